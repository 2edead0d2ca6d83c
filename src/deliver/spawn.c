/*
 * Starting a process.  See clone(2), pidfd_open(2) and the notes of
 * vfork(2): all signals are blocked around it, because a handler that ran in
 * the child would run in our memory.
 */
#include "deliver/spawn.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#define STACK_SIZE 16384

/* The kernel's own idea of struct sigaction is smaller; zero is SIG_DFL. */
#define KERNEL_ACTION_SIZE 64
#define KERNEL_SIGSET_SIZE ((size_t)(_NSIG - 1) / 8)

#define NO_SANITIZE \
	__attribute__((no_sanitize("address", "thread", "undefined")))

/*
 * clone(2) by glibc's other name for it: ThreadSanitizer wraps the usual one
 * as if it were fork(2), and would from then on take this thread for the
 * child.
 */
int __clone(int (*run)(void *), void *stack, int flags, void *context, ...);

struct shared {
	const struct spawn_request *request;
	pid_t parent;
	volatile int why; /* errno of the step that failed */
};

/* By the kernel's own call: libc hides two signals that it uses itself. */
uint64_t
spawn_ignored_signals(void)
{
	uint64_t action[KERNEL_ACTION_SIZE / 8] = {0};
	uint64_t ignored = 0;
	int number;

	for (number = 1; number < _NSIG; number++) {
		/* The handler comes first. */
		if (syscall(SYS_rt_sigaction, number, NULL, action,
		        KERNEL_SIGSET_SIZE) == 0 &&
		    action[0] == (uint64_t)(uintptr_t)SIG_IGN)
			ignored |= UINT64_C(1) << (number - 1);
	}
	return ignored;
}

/* A descriptor of ours becomes number `target` of the child. */
NO_SANITIZE static long
move_descriptor(int fd, int target)
{
	if (fd < 0)
		return 0;
	/* dup3(2) refuses this; only the flag is to go. */
	if (fd == target)
		return syscall(SYS_fcntl, fd, F_SETFD, 0);
	return syscall(SYS_dup3, fd, target, 0);
}

NO_SANITIZE static void
reset_signals(uint64_t ignored)
{
	uint64_t zeros[KERNEL_ACTION_SIZE / 8];
	int number;
	size_t i;

	for (i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		((volatile uint64_t *)zeros)[i] = 0;
	for (number = 1; number < _NSIG; number++) {
		if ((ignored >> (number - 1) & 1) != 0)
			syscall(SYS_rt_sigaction, number, zeros, NULL,
			    KERNEL_SIGSET_SIZE);
	}
	syscall(
	    SYS_rt_sigprocmask, SIG_SETMASK, zeros, NULL, KERNEL_SIGSET_SIZE);
}

/* The child, from its first instruction to execve(2). */
NO_SANITIZE static int
run_child(void *context)
{
	struct shared *shared = context;
	const struct spawn_request *request = shared->request;

	syscall(SYS_setsid);
	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Had the parent died before that, nobody would have told us. */
	if (syscall(SYS_getppid) != shared->parent)
		syscall(SYS_exit_group, 127);
	/* The last one may replace one of the others, which have moved by then.
	 */
	if (move_descriptor(request->input, STDIN_FILENO) < 0 ||
	    move_descriptor(request->output, STDOUT_FILENO) < 0 ||
	    move_descriptor(request->errors, STDERR_FILENO) < 0 ||
	    move_descriptor(request->rejects, SPAWN_REJECTS_FD) < 0)
		goto failed;
	syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &request->open_files, NULL);
	reset_signals(request->ignored);
	syscall(SYS_execve, request->path, request->argv, request->environment);
	if (errno == ENOEXEC)
		syscall(SYS_execve, request->interpreted[0],
		    request->interpreted, request->environment);
failed:
	shared->why = errno;
	syscall(SYS_exit_group, 127);
	return 127;
}

int
spawn(const struct spawn_request *request, struct child *child)
{
	struct shared shared = {.request = request, .parent = getpid()};
	_Alignas(16) uint8_t stack[STACK_SIZE];
	sigset_t all, before;
	siginfo_t info;
	int why = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child->pid = __clone(run_child, stack + sizeof(stack),
	    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &shared,
	    &child->pid_fd);
	if (child->pid < 0)
		why = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (why != 0 || shared.why == 0)
		return why;

	/* It never became the program: nothing of it may stay. */
	waitid(P_PID, (id_t)child->pid, &info, WEXITED);
	close(child->pid_fd);
	return shared.why;
}
