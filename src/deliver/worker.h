#ifndef ABUF_DELIVER_WORKER_H
#define ABUF_DELIVER_WORKER_H

/*
 * A sub worker of a lane: a thread that takes a closed window from the
 * lane's queue, does what is to be done with it (delivery.h), and gives the
 * batch back to the loop with its result; until the queue is closed and empty.
 *
 * The thread has all signals blocked, and a name ("abuf:LANE.N") that tools
 * show.  It never ends before a command it started has.
 *
 * Life cycle, all on the loop's thread: worker_start(), queue_close(),
 * worker_join().
 */

struct delivery;
struct err;
struct mailbox;
struct queue;
struct worker;

struct worker_settings {
	unsigned int lane;         /* its number, for the thread's name */
	struct queue *queue;       /* of the lane */
	struct mailbox *mailbox;   /* where finished batches go */
	struct delivery *delivery; /* the worker's own from now on */
	unsigned int
	    number; /* of the lane's workers, from 1; 0: of its overflow */
};

/* ERR_SYSTEM if there can be no thread; delivery is destroyed then. */
int worker_start(struct worker **worker, const struct worker_settings *settings,
    struct err *e);

/* Wait for its end, and free it.  join(NULL) is a no-op. */
void worker_join(struct worker *worker);

#endif
