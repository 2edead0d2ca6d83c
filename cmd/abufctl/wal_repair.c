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
	printf("lose: batches %u.%" PRIu64 " to %u.%" PRIu64 " of ", loss->lane,
	    loss->first, loss->lane, loss->last);
	wal_print_lane(&inspect->state, loss->lane);
	putchar('\n');
}

static void
print_losses(const struct inspect *inspect)
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
	fputs("lose: ", stdout);
	wal_print_count(reading->lost_batches, "batch", "batches");
	fputs(
	    " that may have been done before, as far as it is known; ", stdout);
	wal_print_count(reading->lost_frames, "frame", "frames");
	fputs(" of no use without what is lost\n", stdout);
	puts("again: what is open or to be read again may have been in these, "
	     "and come under another id");
	if (reading->lost_windows > 0) {
		fputs("lose: ", stdout);
		wal_print_count(
		    reading->lost_windows, "open window", "open windows");
		fputs(" whose file is gone\n", stdout);
	}
}

static int
print_plan(const struct inspect *inspect)
{
	const struct state *state = &inspect->state;
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
	fputs("move to quarantine: all old segments", stdout);
	if (unnamed > 0) {
		fputs(", ", stdout);
		wal_print_count(unnamed, "window's file", "windows' files");
	}
	fputs("\nkeep: ", stdout);
	wal_print_work(state);
	fputs("; ", stdout);
	wal_print_count(state->window_count, "open window", "open windows");
	putchar('\n');
	return 0;
}

static int
apply(const struct wal_request *request)
{
	struct repair_report report;
	struct err e;

	if (repair(request->path, &report, &e) != 0)
		return wal_failed(&e);
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
