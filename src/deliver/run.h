#ifndef ABUF_DELIVER_RUN_H
#define ABUF_DELIVER_RUN_H

/*
 * One running command, from its first instruction to the last of its group.
 *
 * It is over when the process has exited, not when its pipes are closed: a
 * grandchild that keeps them open holds nobody up; what such a one writes to
 * one of them later goes nowhere.
 *
 * One that takes longer than the time-out gets TERM, and KILL kill_after
 * later, as its whole group does; so does one that runs when the engine
 * stops.  After a failure nothing of the group is left alive: it is killed
 * before its leader is reaped, while its number is still its own.
 *
 * Worker thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "deliver/spawn.h"

struct attempt;
struct config_batch_do;
struct errors;
struct lines;
struct queue;

struct run {
	/* Set by the caller. */
	const struct config_batch_do *config;
	struct queue *queue;   /* of the lane: tells how hard to stop */
	int stop_fd;           /* readable for good when it is to be asked */
	struct errors *errors; /* where its stderr goes; cleared */
	struct lines *lines; /* the same for its stdout; NULL: not through us */
	struct child child;
	int errors_fd; /* read end of its stderr; ours to close */

	/* State. */
	uint64_t deadline_ns; /* of the time-out, then of the KILL */
	bool is_timed_out;
	bool is_stopped;
	bool is_terminated; /* TERM has been sent */
};

/*
 * Stay with a process that has just been started until it has ended, and
 * describe that in *attempt.  Closes both descriptors.
 */
void run_to_end(struct run *run, struct attempt *attempt);

#endif
