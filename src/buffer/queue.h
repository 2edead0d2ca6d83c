#ifndef ABUF_BUFFER_QUEUE_H
#define ABUF_BUFFER_QUEUE_H

/*
 * A channel's queue: where closed windows wait for a worker, and one of the
 * two places where threads meet.  The lock is taken once per batch, never
 * per record.
 *
 * The loop pushes, workers take.  ch_len says how many records may wait: a
 * batch is admitted while fewer than ch_len records wait and fewer than
 * batches_max batches (one may overshoot).  A batch for which a worker
 * is already free does not wait, so it is always admitted; with ch_len 0
 * that is the only way in.
 *
 * Room appears only when a worker finishes a batch, at the latest when it
 * gives that batch back through the mailbox: queue_next() has taken the
 * worker's next batch by then, or counted the worker as free.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/health.h"

struct batch;

#define QUEUE_BATCHES_MAX 256 /* unless descriptors are scarce */

/* How much the workers are to hurry; only ever raised. */
enum queue_stop {
	QUEUE_RUN,
	QUEUE_FINISH,    /* let commands end; hold nothing, start none */
	QUEUE_TERMINATE, /* end commands: TERM, later KILL; start none */
	QUEUE_KILL       /* end commands at once; start none */
};

struct queue {
	uint64_t ch_len;    /* set once */
	size_t batches_max; /* set once */

	/*
	 * Guarded by lock.  Whenever it is free: batch_count and records
	 * describe the list; free_workers counts the workers that have no
	 * batch and have not yet been woken for one that is listed.
	 */
	pthread_mutex_t lock;
	pthread_cond_t has_work;
	struct batch *head;
	struct batch **tail;
	size_t batch_count;
	uint64_t records;
	size_t free_workers;
	size_t workers; /* all of them */
	bool is_closed;
	enum queue_stop stop;
	struct health health; /* see health.h */
};

struct queue_numbers {
	uint64_t batches; /* that wait, beyond those a free worker will have */
	uint64_t records; /* in them */
	uint64_t free_workers;
	uint64_t workers; /* all of them; 0: the lane gets no records */
};

void queue_init(struct queue *queue, uint64_t ch_len);

/* Let fewer batches wait: each keeps a descriptor.  Before any is pushed. */
void queue_limit(struct queue *queue, size_t batches_max);
void queue_release(struct queue *queue);

/* Loop: a worker will come and take.  Before any batch is pushed. */
void queue_add_worker(struct queue *queue);

/* Loop: whether queue_push() is allowed.  Only the loop can take room away. */
bool queue_has_room(struct queue *queue);

/* Loop: give batch to the workers. */
void queue_push(struct queue *queue, struct batch *batch);

/* Worker: the first batch, or NULL when the queue is closed and empty. */
struct batch *queue_wait(struct queue *queue);

/*
 * Worker, after finishing a batch and before giving it back: the next batch
 * if one waits, else NULL, and the worker counts as free and must call
 * queue_wait() next.
 */
struct batch *queue_next(struct queue *queue);

/* Loop: no batch will be pushed any more; workers end when it is empty. */
void queue_close(struct queue *queue);

/*
 * The loop; or, to FINISH its lane at once, a worker: raise the hurry.  The
 * stop eventfd wakes workers that wait, from TERMINATE on.
 */
void queue_set_stop(struct queue *queue, enum queue_stop stop);

/* Worker. */
enum queue_stop queue_get_stop(struct queue *queue);

/* Any thread. */
void queue_count(struct queue *queue, struct queue_numbers *numbers);

#endif
