#ifndef ABUF_TESTS_WAL_H
#define ABUF_TESTS_WAL_H

/*
 * A world around a log: numbered frames are appended at random, and whoever
 * reads the log again must find them: all that were promised to be durable, in
 * order, byte by byte, and no others.  A checkpoint's state is how many there
 * are.
 *
 * A frame that is lost in a crash is appended anew by the next run with other
 * bytes, so that the lost one would be noticed if it came back.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/err.h"
#include "journal/wal.h"

#define WORLD_FRAMES_MAX 4096
#define WORLD_MORE_PIECES_MAX 3

/* What a promised frame's payload is. */
#define WORLD_PROMISED_SIZE 16

struct world {
	uint64_t random;
	uint64_t segment_bytes;
	bool has_thread;    /* that runs the jobs */
	bool needs_all;     /* no checkpoint calls a segment dead */
	size_t more_pieces; /* of a checkpoint, than one */
	uint64_t run;       /* which one it is */

	/* How many frames there are, since ever. */
	uint64_t appended;
	uint64_t written; /* survive the end of the process */
	uint64_t durable; /* survive power loss */

	/* What each of them is. */
	uint64_t run_of[WORLD_FRAMES_MAX];
	uint32_t size_of[WORLD_FRAMES_MAX];

	/* Of the run. */
	struct wal *wal;
	uint64_t before; /* frames before it */
	uint64_t promises;
	uint64_t oldest; /* segment that its checkpoints need */
	uint64_t found;  /* while reading: frames so far */
	bool is_wrong;   /* something was found that should not be */
	struct wal_report report;
	struct err e;
};

void world_init(struct world *world, uint64_t seed, uint64_t segment_bytes);

/*
 * Read the log, and check that what is there is what was appended, and at
 * least `least` frames.  Returns what wal_read() does.  The log stays open.
 */
int world_read(struct world *world, const struct disk *disk, uint64_t least);

/* Is this what was appended as that number? */
bool world_is_frame(
    const struct world *world, uint64_t number, const struct frame *frame);

/* Begin a segment behind what was read. */
int world_begin(struct world *world);

/* A random step: append, write, commit, rotate. */
int world_step(struct world *world);

/* A frame with so many bytes. */
int world_append(struct world *world, uint32_t size, bool has_promise);

/* One that was promised. */
int world_keep_promise(struct world *world);
int world_flush(struct world *world);
int world_commit(struct world *world);
int world_turn(struct world *world); /* to a segment that is not durable yet */
int world_rotate(struct world *world);

/* The run ends, however it does. */
void world_end(struct world *world);

#endif
