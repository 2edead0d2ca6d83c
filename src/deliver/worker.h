#ifndef ABUF_DELIVER_WORKER_H
#define ABUF_DELIVER_WORKER_H

/*
 * A sub worker of a lane: a thread that takes a closed window from the
 * lane's queue, formats it, does it, and gives the batch back to the loop
 * with its result; until the queue is closed and empty.
 *
 * A batch that fails is reported and dropped, the origin's policy.
 *
 * The thread has all signals blocked, and a name ("abuf:LANE.N") that tools
 * show.  It never ends before a command it started has.
 *
 * Life cycle, all on the loop's thread: worker_start(), queue_close(),
 * worker_join().
 */

#include "deliver/ibuffer.h"

struct channel;
struct err;
struct mailbox;
struct worker;

struct worker_settings {
	struct channel *channel;
	struct mailbox *mailbox; /* where finished batches go */
	struct ibuffer ibuffer;  /* the worker owns its context */
	int joblog;              /* descriptor, or -1 */
	unsigned int number;     /* of the lane's workers, from 1 */
};

/* ERR_SYSTEM if there can be no thread; ibuffer's context is freed then. */
int worker_start(struct worker **worker, const struct worker_settings *settings,
    struct err *e);

/* Wait for its end, and free it.  join(NULL) is a no-op. */
void worker_join(struct worker *worker);

#endif
