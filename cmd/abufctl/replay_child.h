#ifndef ABUF_ABUFCTL_REPLAY_CHILD_H
#define ABUF_ABUFCTL_REPLAY_CHILD_H

/*
 * Running a command once, in the foreground, for a replay.  HUP, INT and TERM
 * (those of them that we do not ignore) are passed on to it; the command is
 * in a session of its own, so that nobody else sends them.
 *
 * Main thread only.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

struct command;
struct err;

struct replay_watch {
	struct rlimit open_files; /* for commands: set by the caller */
	int signal_fd;            /* -1: not open */
	uint64_t ignored;         /* signals, to be reset in commands */
	int caught;               /* the last signal that came; 0: none */
};

struct replay_end {
	int status; /* -1: it did not exit */
	int signal; /* that ended it; 0: none */
};

/* From here on signals wait to be looked at.  ERR_SYSTEM. */
int replay_watch_open(struct replay_watch *watch, struct err *e);
void replay_watch_close(struct replay_watch *watch);

/* Has a signal come? */
bool replay_watch_look(struct replay_watch *watch);

/*
 * Run command with input (above 2) on its standard input and our environment,
 * and wait for its end.  After a failure nothing of its process group is left
 * alive.  ERR_SYSTEM: it could not be started.
 */
int replay_child_run(struct replay_watch *watch, const struct command *command,
    int input, struct replay_end *end, struct err *e);

#endif
