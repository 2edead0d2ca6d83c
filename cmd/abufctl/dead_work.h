#ifndef ABUF_ABUFCTL_DEAD_WORK_H
#define ABUF_ABUFCTL_DEAD_WORK_H

/*
 * What the verbs of "abufctl dead" share.  Each walks the same entries and
 * goes on after one that is damaged; the worst exit status wins.
 *
 * Main thread only.
 */

#include <sys/resource.h>

#include "dead_command.h"
#include "deliver/dead_read.h"

struct dead_work {
	const struct dead_request *request;
	struct dead_letters *letters;
	struct dead_names names;  /* what was asked for, in its order */
	int status;               /* the largest so far */
	int signal;               /* we are to die of it; 0: none */
	struct rlimit open_files; /* for commands */
};

/* "abufctl: dead: which: why" on stderr, without control characters. */
void dead_say(const char *which, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status is to be at least this one. */
void dead_worsen(struct dead_work *work, int status);

/*
 * An entry failed: say why, and let the exit status tell.  One that nobody
 * named, and that is gone by now, is none.
 */
void dead_failed(struct dead_work *work, const char *id, const struct err *e);

void dead_ls(struct dead_work *work);
void dead_show(struct dead_work *work);
void dead_replay(struct dead_work *work);
void dead_drop_all(struct dead_work *work);

#endif
