/*
 * A command in the foreground.
 */
#include "replay_child.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/err.h"
#include "deliver/command.h"
#include "deliver/group.h"
#include "deliver/spawn.h"

int
replay_watch_open(struct replay_watch *watch, struct err *e)
{
	static const int wanted[] = {SIGHUP, SIGINT, SIGTERM};
	sigset_t set;
	size_t i;

	/* A file that may not grow is an error, and no reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	/* Or its end would be told to nobody. */
	signal(SIGCHLD, SIG_DFL);
	watch->ignored = spawn_ignored_signals();
	sigemptyset(&set);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if ((watch->ignored >> (wanted[i] - 1) & 1) == 0)
			sigaddset(&set, wanted[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	watch->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signal_fd < 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "signals");
	return 0;
}

void
replay_watch_close(struct replay_watch *watch)
{
	if (watch->signal_fd >= 0)
		close(watch->signal_fd);
	watch->signal_fd = -1;
}

bool
replay_watch_look(struct replay_watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->signal_fd, &info, sizeof(info)) != sizeof(info))
		return false;
	watch->caught = (int)info.ssi_signo;
	return true;
}

static void
wait_for_end(struct replay_watch *watch, const struct child *child)
{
	struct pollfd fds[2] = {
	    {child->pid_fd, POLLIN, 0},
	    {watch->signal_fd, POLLIN, 0},
	};

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		/* First: what ended by itself was not told to. */
		if (fds[0].revents != 0)
			return;
		while (replay_watch_look(watch))
			group_signal(child->pid, watch->caught);
	}
}

int
replay_child_run(struct replay_watch *watch, const struct command *command,
    int input, struct replay_end *end, struct err *e)
{
	const struct spawn_request request = {
	    .path = command->path,
	    .argv = command->argv,
	    .interpreted = command->interpreted,
	    .environment = environ,
	    .input = input,
	    .output = -1,
	    .errors = -1,
	    .rejects = -1,
	    .ignored = watch->ignored,
	    .open_files = watch->open_files,
	};
	struct child child;
	siginfo_t info = {0};
	int why = spawn(&request, &child);

	if (why != 0)
		return err_set_errno(
		    e, ERR_SYSTEM, why, "%.300s", command->path);
	wait_for_end(watch, &child);
	waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT);
	end->status = info.si_code == CLD_EXITED ? info.si_status : -1;
	end->signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
	if (end->status != 0)
		group_end(child.pid);
	waitid(P_PID, (id_t)child.pid, &info, WEXITED);
	close(child.pid_fd);
	return 0;
}
