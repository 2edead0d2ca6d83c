/*
 * "abufctl wal check": a line for each finding, then what a restart would do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harmless.h"
#include "intake/search.h"
#include "wal_work.h"

static void
say(void *context, enum inspect_kind kind, const char *text)
{
	static const char *const names[] = {
	    [INSPECT_NOTE] = "note",
	    [INSPECT_LOSS] = "lost",
	    [INSPECT_DAMAGE] = "damage",
	    [INSPECT_REFUSAL] = "refused",
	};

	(void)context;
	printf("%s: ", names[kind]);
	harmless_put(stdout, text, strlen(text));
	putchar('\n');
}

/* What a lane has to do; nothing if that is nothing. */
static void
print_lane(const struct state *state, const struct state_lane *lane,
    const char **between)
{
	const struct wal_backlog backlog = wal_backlog(lane);

	if (backlog.batches == 0)
		return;
	fputs(*between, stdout);
	*between = "; ";
	wal_print_lane(state, lane->number);
	fputs(": ", stdout);
	wal_print_backlog(&backlog);
}

/* What a restart would do, behind a few words of whether it succeeds. */
static void
print_restart(const char *how, const struct inspect *inspect)
{
	const struct state *state = &inspect->state;
	const struct wal_report *found =
	    inspect->status != 0 ? &inspect->salvaged : &inspect->found;
	const char *between = " (";
	size_t i;

	printf("%s: to do again: ", how);
	wal_print_work(state);
	for (i = 0; i < state->lane_count; i++)
		print_lane(state, &state->lanes[i], &between);
	fputs(state->batches > 0 ? "), to go on with: " : ", to go on with: ",
	    stdout);
	wal_print_count(state->window_count, "open window", "open windows");
	fputs(", to cut: ", stdout);
	wal_print_count(found->tail.cut_bytes, "torn byte", "torn bytes");
	putchar('\n');
}

/* The log is damaged, or something else is not as a run takes it. */
static void
print_refusal(const struct inspect *inspect)
{
	if (inspect->status == 0) {
		puts("a restart would be refused");
		return;
	}
	if (!inspect->is_known) {
		wal_print_left(inspect);
		puts("a restart would end with 74, --wal-recover salvage or "
		     "not: nothing can be made of it");
		return;
	}
	print_restart("abuf --wal-recover salvage would go on, and end with 74 "
	              "for what is lost",
	    inspect);
	puts("a restart would end with 74: see abufctl wal repair");
}

/* The status, after the last line. */
static int
conclude(enum inspect_kind worst, const struct inspect *inspect)
{
	switch (worst) {
	case INSPECT_NOTE:
		print_restart("a restart would succeed", inspect);
		return 0;
	case INSPECT_LOSS:
		puts("what is lost would be set aside, as far as it is there");
		print_restart("a restart would end with 65", inspect);
		return WAL_LOST;
	case INSPECT_DAMAGE:
		puts("what is damaged would stay, unless abuf "
		     "--wal-recover salvage sets it aside");
		print_restart("a restart would end with 74", inspect);
		return WAL_DAMAGED;
	case INSPECT_REFUSAL:
		break;
	}
	print_refusal(inspect);
	return WAL_DAMAGED;
}

int
wal_verb_check(const struct wal_request *request, struct inspect *inspect)
{
	(void)request;
	inspect->open_source = search_open;
	return conclude(inspect_check(inspect, say, NULL), inspect);
}
