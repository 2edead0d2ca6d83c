#ifndef ABUF_JOURNAL_WAL_H
#define ABUF_JOURNAL_WAL_H

/*
 * The log of the journal: frames in segments, appended in order and made
 * durable in groups, read again after a crash.  It knows where frames go and
 * what survives; what they mean is for those above.  Named so because
 * base/log.h is about messages.
 *
 * The caller:
 *	1. wal = wal_create(&disk, segment_bytes), the folder being locked;
 *	2. wal_read(): every frame since the last checkpoint, in order; a torn
 *	   end is saved and cut, damage is refused or skipped;
 *	3. wal_begin(): a new segment, with a checkpoint of the state; never
 *	   appends to the old one;
 *	4. wal_append() and wal_flush() as things happen; from time to time
 *	   job = wal_commit_begin(), wal_job_run(job) in any thread, and
 *	   wal_commit_complete();
 *	5. when wal_is_full(), or wal_lacks_room() and much of what it says is
 *	   of no use any more, wal_rotate(), and a job as in 4; then
 *	   wal_remove_dead();
 *	6. wal_destroy().
 *
 * Frames are counted: what wal_appended() says after a frame was appended is
 * its ticket, and it is durable once wal_durable() is as much.
 *
 * Errors: ERR_BUSY means that there is no room now; nothing has changed, and
 * the caller still has what it wanted to write.  ERR_IO is for ever: after a
 * failed sync, or any other error, nobody knows what is on disk, and every
 * later call fails, too.
 *
 * Room: a frame may promise that others will follow it (a batch: its
 * acknowledgement).  Room for these is reserved before the frame is taken, so
 * that wal_append_promised() cannot fail for lack of it.  Neither can
 * wal_rotate(), nor the next run's wal_begin(): as much is reserved in a spare
 * file, which the next segment will be.  That relies on a checkpoint taking no
 * more than the one before it and all frames since.
 *
 * One thread; wal_job_run() may run in another one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/segment.h"
#include "journal/tail.h"

struct disk;
struct err;
struct frame;

struct wal;
struct wal_job;

/* What a new segment needs from outside. */
struct wal_stamp {
	uint32_t salt;    /* random */
	uint64_t wall_ns; /* for people */
};

/* What wal_read() does about damage to what was synced. */
enum wal_recover {
	WAL_REFUSE, /* nothing: ERR_DATA, and nothing is changed */
	WAL_SALVAGE /* tells what is lost, and reads on behind it */
};

/*
 * A range of the log that is lost: `from` up to `to`, offsets in the file of a
 * segment.  `to` is beyond the file's end, or the file is missing, where it is
 * known that it was longer; both are 0 where nothing is known of it.
 */
struct wal_hole {
	uint64_t segment;
	uint64_t from, to;
};

/* What wal_read() found. */
struct wal_report {
	uint64_t segments;   /* that matter */
	uint64_t sequence;   /* of the last one; 0: the journal is new */
	uint64_t frames;     /* in that one */
	bool is_sealed;      /* it ends with a SEAL: the next one is lost */
	struct tail tail;    /* how it ended */
	uint64_t unfinished; /* a newer one, which does not count; or 0 */
	uint64_t removed;    /* files: dead or unfinished */

	/* Where the damage is, if it is refused. */
	uint64_t error_segment;
	uint64_t error_offset;

	/* Of a salvage; 0 if there was nothing to salvage. */
	uint64_t checkpoint; /* the segment whose checkpoint was the first */
	uint64_t holes;
	uint64_t lost_bytes; /* in them, as far as it is known */
};

/*
 * Told a frame, or a hole.  Anything but 0 ends wal_read(), which returns it;
 * *e is the callee's to fill in then.
 */
typedef int wal_each(void *context, const struct frame *frame, struct err *e);
typedef int wal_each_hole(
    void *context, const struct wal_hole *hole, struct err *e);

/* How to read; each() and lost() are called in the log's order. */
struct wal_reader {
	enum wal_recover recover;
	wal_each *each;
	wal_each_hole *lost; /* of WAL_SALVAGE only */
	void *context;
};

/* For the folder of disk, which is copied; its handle must stay open. */
struct wal *wal_create(const struct disk *disk, uint64_t segment_bytes);

/* Closes what is open; what was not committed may be lost. */
void wal_destroy(struct wal *wal);

/*
 * Read the log.  Nothing is changed before each() has taken all frames.  May
 * be interrupted anywhere and begun again.  ERR_DATA if it is damaged or not
 * ours, ERR_IO if it cannot be read.
 *
 * With WAL_SALVAGE, damage is refused only where nothing can be made of it: no
 * segment with a whole checkpoint is left in the unbroken row of files that
 * ends with the newest, or a later version wrote it.  Otherwise every frame
 * whose CRCs are good is told, and lost() every range in between.  Frames of
 * segments whose checkpoint was lost follow those of the segment before; a
 * hole says that what the checkpoint added is not known.  A segment without
 * its header is lost whole, for the salt of its CRCs is.  What is damaged is
 * copied to the quarantine, and a torn end as well, and every segment is kept
 * there whole; in their place, too, they stay as they are, uncut, until a
 * checkpoint calls them dead, and a second salvage before that tells the same.
 * report->segments is how many of the newest are still in a chain: what
 * wal_begin() writes must not need any older.
 */
int wal_read(struct wal *wal, const struct wal_reader *reader,
    struct wal_report *report, struct err *e);

/*
 * What wal_read() would tell and report, but for files removed; nothing is
 * changed, and leave to read suffices.  Beside a run that goes on writing it is
 * one moment: the last group may look torn; and if a segment goes meanwhile,
 * that looks like damage, or is ERR_IO with ENOENT, and is gone at the next
 * try.
 */
int wal_look(const struct disk *disk, const struct wal_reader *reader,
    struct wal_report *report, struct err *e);

/* The journal's uuid; all 0 before wal_begin() in a new one. */
const uint8_t *wal_uuid(const struct wal *wal);

/* The number of the segment that wal_begin() or the next rotation makes. */
uint64_t wal_next_sequence(const struct wal *wal);

/*
 * Begin a segment with a checkpoint: `count` CHECKPOINT frames, at least one.
 * uuid is for a new journal.  What it promises is room for all promises that
 * follow from the checkpoint.  `oldest` is what the checkpoint says: older ones
 * are gone for certain when this returns.  Blocks.
 */
int wal_begin(struct wal *wal, const struct wal_stamp *stamp,
    const uint8_t uuid[SEGMENT_UUID_SIZE], const struct frame *checkpoint,
    size_t count, uint64_t promise, uint64_t oldest, struct err *e);

/*
 * Append a frame: type, flags, lane and payload.  It promises frames that take
 * `promise` bytes in all (frame_size()).
 */
int wal_append(struct wal *wal, const struct frame *frame, uint64_t promise,
    struct err *e);

/* The same, in room that was promised: never ERR_BUSY. */
int wal_append_promised(
    struct wal *wal, const struct frame *frame, struct err *e);

/* So much of what was promised is not needed any more. */
void wal_forgo(struct wal *wal, uint64_t promise);

/* Write what was appended: it survives the process from now on. */
int wal_flush(struct wal *wal, struct err *e);

/*
 * Flush, and have all that is written made durable by *job; NULL if that is
 * the case already, or a job is under way.
 */
int wal_commit_begin(struct wal *wal, struct wal_job **job, struct err *e);

/* The segment has reached its size, or several times its checkpoint's. */
bool wal_is_full(const struct wal *wal);

/* The last frame that needed room found none. */
bool wal_lacks_room(const struct wal *wal);

/* Bytes of the segment: what a shorter one would save. */
uint64_t wal_size(const struct wal *wal);

/* So many bytes of room a byte of a checkpoint takes, or less. */
#define WAL_ROOM_FACTOR 8

/*
 * Bytes of the disk that it takes at most until there is another checkpoint,
 * the spare included, and with that one, if its payloads have `state` bytes; at
 * least WAL_ROOM_FACTOR times as many.
 */
uint64_t wal_room(const struct wal *wal, uint64_t state);

/*
 * Go on in a new segment, with a checkpoint of the state as it is now.  The
 * old one is what counts after power loss until the next job is complete.
 * ERR_BUSY if there is no room, or a job is under way, or the last rotation is
 * not yet durable: the old one goes on.
 */
int wal_rotate(struct wal *wal, const struct wal_stamp *stamp,
    const struct frame *checkpoint, size_t count, struct err *e);

/* A rotation is to be made durable by the next job. */
bool wal_is_turning(const struct wal *wal);

/* Do it: blocks, in any thread. */
void wal_job_run(struct wal_job *job);

/* Take the outcome, and the job. */
int wal_commit_complete(struct wal *wal, struct wal_job *job, struct err *e);

uint64_t wal_appended(const struct wal *wal);

/* What the end of the process leaves of it. */
uint64_t wal_written(const struct wal *wal);
uint64_t wal_durable(const struct wal *wal);

/*
 * Delete segments below oldest, which a durable checkpoint calls dead, and make
 * a spare of their room.  They may come back after a crash; wal_read() deletes
 * them again.
 */
int wal_remove_dead(struct wal *wal, uint64_t oldest, struct err *e);

#endif
