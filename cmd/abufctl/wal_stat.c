/*
 * "abufctl wal stat": what is in a journal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "harmless.h"
#include "journal/describe.h"
#include "journal/survey.h"
#include "wal_work.h"

struct totals {
	uint64_t segments, frames, bytes; /* of the log */
};

static int
count_segment(
    void *context, const struct survey_segment *segment, struct err *e)
{
	struct totals *totals = context;

	(void)e;
	totals->segments++;
	totals->frames += segment->frames;
	totals->bytes += segment->size;
	return 0;
}

static void
print_text(const char *text)
{
	harmless_put(stdout, text, strlen(text));
}

static void
print_run(const struct state *state)
{
	const struct payload_run *run = &state->run;
	char when[CLOCK_TEXT_SIZE];

	/* A repair that found none has written down that there is one. */
	if (run->process == 0) {
		puts("last run: none");
		return;
	}
	clock_format(run->wall_ns, when);
	printf("last run: process %" PRIu32 ", since %s, sync %s, %s\n",
	    run->process, when, describe_sync(run->sync),
	    state->is_clean ? "ended" : "no end known");
}

static void
print_lanes(const struct state *state)
{
	size_t i;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];
		const struct wal_backlog backlog = wal_backlog(lane);

		printf("lane %d: ", lane->number);
		wal_print_lane(state, lane->number);
		printf(": next %" PRIu64 ", to do: ", lane->next_seq);
		wal_print_backlog(&backlog);
		putchar('\n');
	}
}

static void
print_rest(const struct state *state)
{
	char when[CLOCK_TEXT_SIZE];
	size_t i;

	for (i = 0; i < state->source_count; i++) {
		const struct state_source *source = &state->sources[i];

		printf("source %" PRIu32 ": ", source->id);
		print_text(source->path);
		printf(": position %" PRIu64 ", inode %" PRIu64,
		    source->identity.position, source->identity.inode);
		/* Inodes are used again, soon. */
		if (source->identity.born_ns > 0) {
			clock_format(source->identity.born_ns, when);
			printf(", made %s", when);
		}
		putchar('\n');
	}
	for (i = 0; i < state->window_count; i++) {
		const struct state_window *window = &state->windows[i];

		printf("open window %016" PRIx64 ": ", window->about.window);
		wal_print_lane(state, window->lane);
		fputs(": synced: ", stdout);
		wal_print_count(window->about.records, "record", "records");
		fputs(", ", stdout);
		wal_print_count(window->about.length, "byte", "bytes");
		putchar('\n');
	}
}

static void
print_all(const struct inspect *inspect, const struct totals *totals)
{
	if (inspect->is_held && inspect->holder > 0)
		printf("in use by process %ld\n", inspect->holder);
	else if (inspect->is_held)
		puts("in use");
	if (inspect->status != 0) {
		fputs("damaged: ", stdout);
		print_text(inspect->why.message);
		putchar('\n');
	}
	fputs("log: ", stdout);
	wal_print_count(totals->segments, "segment", "segments");
	fputs(", ", stdout);
	wal_print_count(totals->frames, "frame", "frames");
	fputs(", ", stdout);
	wal_print_count(totals->bytes, "byte", "bytes");
	putchar('\n');
	if (!inspect->is_known)
		return;
	print_run(&inspect->state);
	print_lanes(&inspect->state);
	print_rest(&inspect->state);
}

static void
put_member(const char *name, const char *text)
{
	printf("\"%s\":", name);
	json_text_string(stdout, text, strlen(text));
}

static void
put_run(const struct state *state)
{
	const struct payload_run *run = &state->run;
	char when[CLOCK_TEXT_SIZE];

	if (run->process == 0) {
		fputs(",\"run\":null", stdout);
		return;
	}
	clock_format(run->wall_ns, when);
	printf(",\"run\":{\"process\":%" PRIu32 ",\"since\":\"%s\""
	       ",\"sync\":\"%s\",\"ended\":%s}",
	    run->process, when, describe_sync(run->sync),
	    state->is_clean ? "true" : "false");
}

static void
put_lanes(const struct state *state)
{
	size_t i;

	fputs(",\"lanes\":[", stdout);
	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];
		const struct wal_backlog backlog = wal_backlog(lane);

		printf("%s{\"lane\":%d,", i > 0 ? "," : "", lane->number);
		put_member("buffer", lane->buffer);
		putchar(',');
		put_member("channel", lane->channel);
		printf(",\"next_seq\":%" PRIu64 ",\"batches\":%" PRIu64
		       ",\"records\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
		    lane->next_seq, backlog.batches, backlog.records,
		    backlog.bytes);
	}
	putchar(']');
}

/* When it was made, of which not each file system tells. */
static void
put_born(uint64_t born_ns)
{
	char when[CLOCK_TEXT_SIZE];

	if (born_ns == 0) {
		fputs(",\"made\":null}", stdout);
		return;
	}
	clock_format(born_ns, when);
	printf(",\"made\":\"%s\"}", when);
}

static void
put_rest(const struct state *state)
{
	size_t i;

	fputs(",\"sources\":[", stdout);
	for (i = 0; i < state->source_count; i++) {
		const struct state_source *source = &state->sources[i];

		printf(
		    "%s{\"source\":%" PRIu32 ",", i > 0 ? "," : "", source->id);
		put_member("path", source->path);
		printf(",\"position\":%" PRIu64 ",\"device\":%" PRIu64
		       ",\"inode\":%" PRIu64,
		    source->identity.position, source->identity.device,
		    source->identity.inode);
		put_born(source->identity.born_ns);
	}
	fputs("],\"windows\":[", stdout);
	for (i = 0; i < state->window_count; i++) {
		const struct state_window *window = &state->windows[i];

		printf("%s{\"window\":\"%016" PRIx64 "\",\"lane\":%d"
		       ",\"records\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
		    i > 0 ? "," : "", window->about.window, window->lane,
		    window->about.records, window->about.length);
	}
	putchar(']');
}

static void
put_all(const struct inspect *inspect, const struct totals *totals)
{
	printf("{\"in_use\":%s,\"holder\":%ld,\"damage\":",
	    inspect->is_held ? "true" : "false", inspect->holder);
	if (inspect->status != 0)
		json_text_string(
		    stdout, inspect->why.message, strlen(inspect->why.message));
	else
		fputs("null", stdout);
	printf(",\"segments\":%" PRIu64 ",\"frames\":%" PRIu64
	       ",\"bytes\":%" PRIu64,
	    totals->segments, totals->frames, totals->bytes);
	if (inspect->is_known) {
		put_run(&inspect->state);
		put_lanes(&inspect->state);
		put_rest(&inspect->state);
	}
	puts("}");
}

int
wal_verb_stat(const struct wal_request *request, struct inspect *inspect)
{
	struct totals totals = {0};
	const struct survey_calls calls = {
	    .segment = count_segment, .context = &totals};
	struct survey survey;
	struct err e;

	if (survey_read(&inspect->folder.disk, &calls, &survey, &e) != 0) {
		err_wrap(&e, "%s", inspect->path);
		return wal_failed(&e);
	}
	if (request->is_json)
		put_all(inspect, &totals);
	else
		print_all(inspect, &totals);
	return inspect->status != 0 ? WAL_DAMAGED : 0;
}
