/*
 * "abufctl wal repair": what would be done, and with --apply doing it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harmless.h"
#include "journal/repair.h"
#include "wal_work.h"

/* Nobody knows whether they had their end. */
static void
print_loss(const struct inspect *inspect, const struct state_loss *loss)
{
	const struct state_source *source =
	    state_source(&inspect->state, loss->source);

	printf("lose: batches %u.%" PRIu64 " to %u.%" PRIu64 " of ", loss->lane,
	    loss->first, loss->lane, loss->last);
	wal_print_lane(&inspect->state, loss->lane);
	if (source != NULL) {
		printf(": in bytes %" PRIu64 " to %" PRIu64 " of ", loss->from,
		    loss->to);
		harmless_put(stdout, source->path, strlen(source->path));
	}
	putchar('\n');
}

static void
print_holes(const struct inspect *inspect)
{
	const struct reading *reading = &inspect->reading;
	const struct wal_hole *hole;
	size_t i;

	for (i = 0; i < reading->hole_count; i++) {
		hole = &reading->holes[i];
		printf("skip: segment %" PRIu64 ": ", hole->segment);
		wal_print_count(hole->to - hole->from, "byte", "bytes");
		printf(" at %" PRIu64 "\n", hole->from);
	}
	for (i = 0; i < inspect->state.loss_count; i++)
		print_loss(inspect, &inspect->state.losses[i]);
}

static void
print_losses(const struct inspect *inspect)
{
	const struct reading *reading = &inspect->reading;

	if (inspect_has_no_log(inspect)) {
		puts("lose: the whole log: which batches there were, and how "
		     "far each file was read\n"
		     "again: a file is read from its start: what was delivered "
		     "of it comes again, under ids of another run");
		return;
	}
	print_holes(inspect);
	fputs("lose: ", stdout);
	wal_print_count(reading->lost_batches, "batch", "batches");
	fputs(
	    " that may have been done before, as far as it is known; ", stdout);
	wal_print_count(reading->lost_frames, "frame", "frames");
	fputs(" of no use without what is lost\n", stdout);
	puts("again, under other ids: records of files behind the positions "
	     "that are kept, of a file without one all, and those in open "
	     "windows: they may have been in lost batches");
	if (reading->lost_windows > 0) {
		fputs("lose: ", stdout);
		wal_print_count(
		    reading->lost_windows, "open window", "open windows");
		fputs(" whose file is gone\n", stdout);
	}
}

static void
print_moves(const struct inspect *inspect, size_t unnamed)
{
	bool has_segments = !inspect_has_no_log(inspect);

	fputs("move to quarantine: ", stdout);
	if (has_segments)
		fputs("all old segments", stdout);
	if (has_segments && unnamed > 0)
		fputs(", ", stdout);
	if (unnamed > 0)
		wal_print_count(unnamed, "window's file", "windows' files");
	puts(has_segments || unnamed > 0 ? "" : "nothing");
}

/* The numbers of files that are lost have a place, and no path. */
static size_t
count_files(const struct state *state)
{
	size_t count = 0, i;

	for (i = 0; i < state->source_count; i++)
		count += state->sources[i].path[0] == '/';
	return count;
}

static void
print_kept(const struct state *state)
{
	size_t files = count_files(state);

	fputs("keep: ", stdout);
	wal_print_work(state);
	fputs("; ", stdout);
	wal_print_count(state->window_count, "open window", "open windows");
	printf("; how far %zu file%s read\n", files,
	    files == 1 ? " was" : "s were");
}

static int
print_plan(const struct inspect *inspect)
{
	const struct tail *tail = &inspect->salvaged.tail;
	size_t unnamed;
	struct err e;

	if (inspect_unnamed(inspect, &unnamed, &e) != 0)
		return wal_failed(&e);
	print_losses(inspect);
	if (tail->cut_bytes > 0) {
		fputs("cut: ", stdout);
		wal_print_count(tail->cut_bytes, "torn byte", "torn bytes");
		putchar('\n');
	}
	print_moves(inspect, unnamed);
	print_kept(&inspect->state);
	return 0;
}

static int
apply(const struct wal_request *request)
{
	struct repair_report report;
	struct err e;

	if (repair(request->path, &report, &e) != 0)
		return wal_failed(&e);
	if (report.segments == 0 && report.files == 0) {
		puts("repaired: nothing was there to be moved; a file is read "
		     "from its start");
		return 0;
	}
	fputs("repaired: moved to quarantine: ", stdout);
	wal_print_count(report.segments, "segment", "segments");
	fputs(", ", stdout);
	wal_print_count(report.files, "window's file", "windows' files");
	putchar('\n');
	return 0;
}

static int
refuse_held(const struct inspect *inspect)
{
	struct err e;

	if (inspect->holder > 0)
		err_set(&e, ERR_BUSY, "%s: in use by process %ld",
		    inspect->path, inspect->holder);
	else
		err_set(&e, ERR_BUSY, "%s: in use", inspect->path);
	return wal_failed(&e);
}

int
wal_verb_repair(const struct wal_request *request, struct inspect *inspect)
{
	int status;

	if (request->is_apply && inspect->is_held)
		return refuse_held(inspect);
	if (inspect->status == 0) {
		puts("nothing to repair: the log is whole; if a file in w is "
		     "damaged (abufctl wal check says so), abuf --wal-recover "
		     "salvage sets its batch aside");
		return 0;
	}
	if (!inspect->is_known) {
		err_wrap(&inspect->why, "%s: nothing can be made of it",
		    inspect->path);
		wal_failed(&inspect->why);
		wal_print_left(inspect);
		return WAL_DAMAGED;
	}
	status = print_plan(inspect);
	if (status != 0)
		return status;
	if (request->is_apply)
		return apply(request);
	puts("nothing was changed: --apply does it");
	return WAL_DAMAGED;
}
