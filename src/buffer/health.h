#ifndef ABUF_BUFFER_HEALTH_H
#define ABUF_BUFFER_HEALTH_H

/*
 * How a lane is doing: what its workers must know of each other, and of the
 * end of the input, to decide how long to hold a batch and whether a failure
 * is the batch's or the world's.
 *
 * Part of the queue, guarded by the queue's lock; workers note, the loop
 * tells of the end of the input and looks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct health {
	bool has_input_ended;
	uint64_t input_ended_ns; /* if so */
	bool has_succeeded;      /* any batch or part, in this run */
	uint64_t failed_in_row;  /* whole batches since the last success */
	size_t holds;            /* workers that hold a batch now */
	bool has_held;           /* since the last success */
	uint64_t held_since_ns;  /* if so: when that began */
	bool has_aside_failed;   /* since something was last set aside */
	uint64_t aside_since_ns; /* if so: when that began */
	bool has_left;           /* a batch in the journal, since a success */
};

/* Loop: no record will come any more, whatever becomes of the held ones. */
void health_end_input(struct queue *queue, uint64_t now_ns);

/* Loop: it was not the end: somebody has written more. */
void health_resume_input(struct queue *queue);

/* Worker: something was delivered. */
void health_note_success(struct queue *queue);

/*
 * Worker: a whole batch was rejected, or used up its attempts.  True if that
 * makes an outage: failures_max batches in a row did so before it.
 */
bool health_note_failure(struct queue *queue, uint64_t failures_max);

/* Worker: it was no outage after all; begin to count anew. */
void health_forgive(struct queue *queue);

/*
 * Worker: it begins to hold its batch, for the destination's sake or (is_aside)
 * because it cannot be set aside; or it has ended to.
 */
void health_begin_hold(struct queue *queue, bool is_aside, uint64_t now_ns);
void health_end_hold(struct queue *queue);

/* Worker: something was set aside. */
void health_note_aside(struct queue *queue);

/*
 * Worker: its batch is left in the journal.  True for the first one since
 * something was delivered.
 */
bool health_note_left(struct queue *queue);

/* Any thread: a copy of how things are. */
struct health health_look(struct queue *queue);

#endif
