#ifndef ABUF_JOURNAL_READING_H
#define ABUF_JOURNAL_READING_H

/*
 * From a log to a state, whether the log is whole or what damage has left of
 * it: the callbacks of a wal_reader, whose context is a struct reading.
 *
 * The caller sets state, all else zero, reads, and calls reading_end().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct folder;
struct frame;
struct state;
struct wal_hole;
struct wal_report;

struct reading {
	struct state *state;

	/* Of a log with holes. */
	struct wal_hole *holes; /* all of them */
	size_t hole_count;
	uint64_t lost_frames;  /* whole, but of no use without those in holes */
	uint64_t lost_batches; /* a lane each, as far as it is known */
	uint64_t lost_windows; /* synced, open, and without a file */
};

int reading_take(void *context, const struct frame *frame, struct err *e);
int reading_lose(void *context, const struct wal_hole *hole, struct err *e);

/* All has been told. */
void reading_end(struct reading *reading);
void reading_release(struct reading *reading);

/*
 * Is a log that is not there no new one?  A run makes it before the first file
 * in w/, before a dead letter, and before anything is in the quarantine, and
 * then names it in LOCK: any of these says that it was lost: ERR_DATA.  0: it
 * is well, or damaged in another way.
 */
int reading_check_missing(
    const struct folder *folder, const struct wal_report *found, struct err *e);

/*
 * In a log with holes, count batches as lost whose files are gone, and forget
 * them: they are lost, or were done before, and that was in a hole.  Before
 * reading_set_aside().  ERR_IO.
 */
int reading_forget_batches(
    struct reading *reading, const struct folder *folder, struct err *e);

/* The same for open windows; a run finds these by itself. */
int reading_forget_windows(
    struct reading *reading, const struct folder *folder, struct err *e);

/*
 * Must a file in w/ with bytes in it, and a number that the log has not come
 * to, have been named by frames that are lost?  It is so behind a torn end, and
 * where there are no sources; else it may hold scattered records of one.
 */
bool reading_has_lost_end(
    const struct state *state, const struct wal_report *found);

/*
 * Move those files in w/ to the quarantine that the state does not know: behind
 * a hole they may be a batch's whose frame is lost.  Before a new segment is
 * begun: after that nobody knows of the hole, and they would be removed.
 * *count is added to.  ERR_IO.
 */
int reading_set_aside(const struct reading *reading,
    const struct folder *folder, uint64_t *count, struct err *e);

#endif
