#ifndef ABUF_JOURNAL_PIPELINE_H
#define ABUF_JOURNAL_PIPELINE_H

/*
 * The way of a closed window until its batches may run: what becomes durable
 * when, and in which order.
 *
 *	closed      its file is complete, and not synced
 *	synced      the file is, and its name in the folder
 *	appended    its BATCH frame is in the log
 *	done        that is durable, too
 *
 * A frame is appended only behind its bytes, so that power loss never leaves a
 * batch without them: that would look like damage.  All frames come in the
 * order in which windows were closed, whatever their sizes; who reads a file
 * again after a crash relies on that.  What rides inside its frame has no file
 * to be synced, and shares the log's sync with its neighbours.
 *
 * Everything that blocks is one job at a time: files, their folder, then the
 * log; and what is no longer needed is removed.  While a job runs the next
 * one's work gathers, so that syncs grow in size and not in number, and no
 * timer is needed.
 *
 * What can be read again may wait in the log until somebody wants it, as there
 * is nothing that a crash could take: pipeline_hurry().
 *
 * Under PIPELINE_NEVER nothing is synced before it is done: only written.
 *
 * Errors: want of room (ERR_BUSY) leaves windows where they are on this way;
 * is_full says so, and the caller tries again after a while.  Anything else is
 * for ever, as wal.h says; nothing becomes done after it.
 *
 * Life cycle: pipeline_init(); pipeline_put() and pipeline_advance() as things
 * happen; for each job pipeline_job_run() in any thread, then
 * pipeline_job_complete(); pipeline_release() when none is under way.  One
 * thread, but for pipeline_job_run().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "journal/wal.h"

struct err;
struct frame;

enum pipeline_sync {
	PIPELINE_SYNC, /* done is durable */
	PIPELINE_NEVER /* done is written */
};

/* A closed window; part of the caller's. */
struct pipeline_item {
	struct pipeline_item *next;
	int file; /* of the disk, open until it is done; -1: inside its frame */
	bool can_wait; /* a crash loses nothing of it: somebody will want it */

	/* The pipeline's. */
	uint64_t ticket; /* of its frame: wal_appended(); 0: it has none yet */
};

struct pipeline_checkpoint {
	struct frame *frames;
	size_t count;
	uint64_t oldest; /* segment that still matters then */
};

/* What the pipeline asks for. */
struct pipeline_ops {
	/* Append the frame of item: as wal_append(). */
	int (*append)(void *context, struct pipeline_item *item, struct err *e);
	/* Its batches may run.  The item is the caller's again. */
	void (*done)(void *context, struct pipeline_item *item);
	/*
	 * The state as it is, for a new segment, and what to call it from: the
	 * pipeline hands it back to `forget` before it asks again.
	 */
	int (*checkpoint)(void *context, struct wal_stamp *stamp,
	    struct pipeline_checkpoint *checkpoint, struct err *e);
	void (*forget)(void *context, struct pipeline_checkpoint *checkpoint);
	void *context;
};

struct pipeline_queue {
	struct pipeline_item *head;
	struct pipeline_item **tail;
};

struct pipeline_job;

struct pipeline {
	/* Set once. */
	struct wal *wal;
	struct disk windows; /* the folder of window files */
	enum pipeline_sync sync;
	struct pipeline_ops ops;

	struct pipeline_queue closed, synced, appended;
	uint64_t wanted; /* ticket that is to be durable, whoever asks */
	uint64_t last;   /* ticket of the last item that was appended */
	bool hurries;    /* nothing waits, though it can */
	bool is_full;    /* there was no room for something */
	bool is_short;   /* the caller's: a shorter log might help */
	bool is_due;     /* the caller's: a new segment is to be begun */
	uint64_t turned; /* wal_appended() at the last try of a new segment */
	uint64_t oldest; /* of the last new segment's checkpoint */
	struct pipeline_job *job; /* under way, or NULL */

	/* Window files to be removed, in the order of their tickets. */
	struct pipeline_removal {
		uint64_t number;
		uint64_t ticket;
	} * removals;
	size_t removal_count, removal_room;
};

/* The log has begun; windows is copied. */
void pipeline_init(struct pipeline *pipeline, struct wal *wal,
    const struct disk *windows, enum pipeline_sync sync,
    const struct pipeline_ops *ops);

/* What is still on its way is the caller's to free: pipeline_take(). */
void pipeline_release(struct pipeline *pipeline);

/* A window was closed. */
void pipeline_put(struct pipeline *pipeline, struct pipeline_item *item);

/* What needs no sync of its own would be appended at once. */
bool pipeline_is_straight(const struct pipeline *pipeline);

/*
 * Append and write what needs no sync before that, so that it survives the
 * process.  ERR_IO: the journal has failed.
 */
int pipeline_write(struct pipeline *pipeline, struct err *e);

/* Any item that is still on its way, or NULL. */
struct pipeline_item *pipeline_take(struct pipeline *pipeline);

/* Have what has been appended so far made durable, soon. */
void pipeline_want(struct pipeline *pipeline);

/*
 * Somebody wants the items that can wait, those on their way and those to come,
 * or nobody does any more: pipeline_advance() is to follow.
 */
void pipeline_hurry(struct pipeline *pipeline, bool hurries);

/*
 * Remove the file of a window once all that has been appended so far (its last
 * acknowledgement) is durable.
 */
void pipeline_remove(struct pipeline *pipeline, uint64_t number);

/*
 * Do what can be done now.  *job is to be run, or NULL.  Returns 0, or ERR_IO
 * if the journal has failed; want of room is no error.
 */
int pipeline_advance(
    struct pipeline *pipeline, struct pipeline_job **job, struct err *e);

/* Blocks; any thread. */
void pipeline_job_run(struct pipeline_job *job);

/* Take the outcome, and the job; pipeline_advance() is to follow. */
int pipeline_job_complete(
    struct pipeline *pipeline, struct pipeline_job *job, struct err *e);

/* Nothing is on its way, and nothing is left to be synced or removed. */
bool pipeline_is_idle(const struct pipeline *pipeline);

/* The name of a window's file: 16 hexadecimal digits. */
#define PIPELINE_NAME_SIZE 17
void pipeline_name(uint64_t number, char name[PIPELINE_NAME_SIZE]);

/*
 * How many frames are certain by now: durable, or, where nothing is ever
 * synced, written.
 */
uint64_t pipeline_certain(const struct pipeline *pipeline);

#endif
