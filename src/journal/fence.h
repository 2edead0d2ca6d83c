#ifndef ABUF_JOURNAL_FENCE_H
#define ABUF_JOURNAL_FENCE_H

/*
 * Between an old run and a new one: whoever still works for the old one must
 * have ended before its batches are done again, or both would commit them.
 *
 * A killed abuf takes its commands with it, but not what these have started:
 * the members of a pipeline, for one.  All of them have the batch's id in their
 * environment, and ids begin with the journal's RUN; that is how they are
 * found, among the processes of our user.
 *
 * A replay of a dead letter (ABUF_REPLAY=1) is none of them, for its id has its
 * end.
 *
 * What cannot be found: a process that has another user by now, one whose
 * environment was taken away or changed, and one whose first thread has ended
 * before the others.  One that replaces itself faster than we look may be
 * missed, though several looks in a row must.
 *
 * Linux: reads /proc.  Loop thread, before anything runs; blocks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

enum fence_policy {
	FENCE_KILL,  /* kill them */
	FENCE_WAIT,  /* wait until they end by themselves */
	FENCE_IGNORE /* leave them */
};

/* How many are named in a message. */
#define FENCE_NAMED_MAX 8

struct fence_report {
	size_t found; /* each process once; killed, if that was asked for */
	pid_t named[FENCE_NAMED_MAX];
	size_t unreadable; /* ours, but not their environment */
};

/*
 * End, or await, all that belong to run (16 hexadecimal digits).  ERR_BUSY:
 * some are still there after timeout_ms (CLOCK_NEVER: for ever), which the
 * message names.  ERR_SYSTEM: we cannot look: there is no /proc, or no
 * descriptor is left for it.  The report is filled in either way.  Whoever
 * waits long is told so in the log, now and then.
 */
int fence(const char *run, enum fence_policy policy, uint64_t timeout_ms,
    struct fence_report *report, struct err *e);

/*
 * Does an environment (NUL-terminated variables, size bytes, of which the last
 * may be cut off) have an ABUF_BATCH_ID of this run, and no ABUF_REPLAY?  Pure.
 */
bool fence_is_of_run(const char *environment, size_t size, const char *run);

#endif
