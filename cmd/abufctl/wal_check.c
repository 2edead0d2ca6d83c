/*
 * "abufctl wal check": a line for each finding, then what a restart would do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harmless.h"
#include "wal_work.h"

static void
say(void *context, enum inspect_kind kind, const char *text)
{
	static const char *const names[] = {
	    [INSPECT_NOTE] = "note",
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

static void
print_restart(const struct inspect *inspect, bool is_damaged)
{
	const struct state *state = &inspect->state;
	const char *between = " (";
	size_t i;

	fputs(is_damaged ? "a restart would do what it can, and tell of a loss"
	                 : "a restart would succeed",
	    stdout);
	fputs(": to do again: ", stdout);
	wal_print_work(state);
	for (i = 0; i < state->lane_count; i++)
		print_lane(state, &state->lanes[i], &between);
	fputs(state->batches > 0 ? "), to go on with: " : ", to go on with: ",
	    stdout);
	wal_print_count(state->window_count, "open window", "open windows");
	fputs(", to cut: ", stdout);
	wal_print_count(
	    inspect->found.tail.cut_bytes, "torn byte", "torn bytes");
	putchar('\n');
}

int
wal_verb_check(const struct wal_request *request, struct inspect *inspect)
{
	enum inspect_kind worst = inspect_check(inspect, say, NULL);

	(void)request;
	if (worst == INSPECT_REFUSAL)
		puts(inspect->is_known && inspect->status != 0
		        ? "a restart would be refused: see abufctl wal repair"
		        : "a restart would be refused");
	else
		print_restart(inspect, worst == INSPECT_DAMAGE);
	if (worst == INSPECT_DAMAGE)
		puts("what is damaged would stay, unless abuf "
		     "--wal-recover salvage sets it aside");
	return worst == INSPECT_NOTE ? 0 : WAL_DAMAGED;
}
