#ifndef ABUF_DELIVER_SPAWN_H
#define ABUF_DELIVER_SPAWN_H

/*
 * Starting a process at a cost that does not grow with our memory.
 *
 * clone(2) with CLONE_VM and CLONE_VFORK is what vfork(2) does, with a stack
 * of the child's own: nothing is copied, the calling thread sleeps until the
 * child has executed the program or failed.  The child does nothing but
 * system calls in between, directly, so that neither libc's locks nor a
 * sanitizer's tables are touched behind the parent's back.
 *
 * The child gets: a session of its own, so that it leads a process group and
 * a password prompt fails at once; every signal at its default and none
 * blocked; the given limit on open files; death (SIGKILL) with the thread
 * that started it, where the kernel can.
 *
 * Any thread may call spawn(); it must outlive the child.
 */

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* The one descriptor above 2 that a command may get. */
#define SPAWN_REJECTS_FD 3

struct spawn_request {
	const char *path;
	char *const *argv;
	char *const *interpreted; /* tried when path is a script without #! */
	char *const *environment;
	int input;        /* becomes 0; above 2 */
	int output;       /* becomes 1; above 2; -1: our own stays */
	int errors;       /* becomes 2; above 2 */
	int rejects;      /* becomes SPAWN_REJECTS_FD; above 2; -1: none */
	uint64_t ignored; /* by us: spawn_ignored_signals() */
	struct rlimit open_files;
};

struct child {
	pid_t pid;  /* also its process group and session */
	int pid_fd; /* readable when it has ended; ours to close */
};

/*
 * The signals that this process ignores.  Those alone have to be reset in a
 * child: execve(2) itself does so with signals that have a handler.  Bit
 * N - 1 stands for signal N.
 */
uint64_t spawn_ignored_signals(void);

/*
 * Start it.  Returns 0, or the errno for which it could not be started; then
 * no child is left.
 */
int spawn(const struct spawn_request *request, struct child *child);

#endif
