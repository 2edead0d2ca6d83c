/*
 * One running command: poll until the process has ended, reap.  What can come
 * in between: output on stderr, or on stdout if that goes through us, the
 * time-out, the stop; the last two lead to TERM, and then to KILL.
 */
#include "deliver/run.h"

#include <sys/ioctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "buffer/queue.h"
#include "config/config.h"
#include "deliver/errors.h"
#include "deliver/group.h"
#include "deliver/ibuffer.h"
#include "deliver/lines.h"

/* Between TERM and KILL of a stop: how often to look for a harder stop. */
#define STOP_TICK_NS (50 * NS_PER_MS)

/* How long poll(2) may sleep, in ms, rounded up so as not to spin. */
static int
sleep_ms(const struct run *run, uint64_t now_ns)
{
	uint64_t until_ns = run->deadline_ns, ms;

	if (run->is_stopped && until_ns > now_ns + STOP_TICK_NS)
		until_ns = now_ns + STOP_TICK_NS;
	if (until_ns == CLOCK_NEVER)
		return -1;
	if (until_ns <= now_ns)
		return 0;
	ms = (until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void
close_errors(struct run *run)
{
	close(run->errors_fd);
	run->errors_fd = -1;
}

/* Something is to be read, or nobody holds the other end any more. */
static void
read_errors(struct run *run, short events)
{
	char data[ERRORS_LINE_SIZE];
	ssize_t n;

	if ((events & POLLIN) == 0) {
		close_errors(run);
		return;
	}
	n = read(run->errors_fd, data, errors_room(run->errors));
	if (n > 0)
		errors_take(run->errors, data, (size_t)n);
	else if (n == 0 || errno != EINTR)
		close_errors(run);
}

/*
 * The process has ended, but our stderr is full: wait until it has room.
 * False when the time-out or a stop ends that, too.
 */
static bool
wait_for_room(struct run *run)
{
	struct pollfd fds[2] = {
	    {STDERR_FILENO, POLLOUT, 0},
	    {run->is_stopped ? -1 : run->stop_fd, POLLIN, 0},
	};
	uint64_t now_ns = clock_now_ns();

	if (run->is_stopped || now_ns >= run->deadline_ns)
		return false;
	poll(fds, 2, sleep_ms(run, now_ns));
	return fds[1].revents == 0;
}

/*
 * The process has ended: take what its stderr held at that moment, and not
 * what a grandchild may still write.
 */
static void
drain_errors(struct run *run)
{
	char data[ERRORS_LINE_SIZE];
	size_t room, left;
	int held = 0;
	ssize_t n;

	if (run->errors_fd >= 0)
		ioctl(run->errors_fd, FIONREAD, &held);
	for (left = held > 0 ? (size_t)held : 0; left > 0; left -= (size_t)n) {
		errors_flush(run->errors);
		room = errors_room(run->errors);
		n = 0;
		if (room == 0 && !wait_for_room(run))
			break;
		if (room == 0)
			continue;
		n = read(run->errors_fd, data, left < room ? left : room);
		if (n <= 0)
			break;
		errors_take(run->errors, data, (size_t)n);
	}
	if (run->errors_fd >= 0)
		close_errors(run);
	while (!errors_finish(run->errors) && wait_for_room(run))
		continue;
}

/* The first step of the kill ladder, or the second. */
static void
terminate(struct run *run, uint64_t now_ns)
{
	if (run->is_terminated) {
		group_signal(run->child.pid, SIGKILL);
		run->deadline_ns = CLOCK_NEVER;
		return;
	}
	run->is_terminated = true;
	group_signal(run->child.pid, SIGTERM);
	run->deadline_ns = now_ns + run->config->kill_after_ms * NS_PER_MS;
}

/* What time and the engine want of the command. */
static void
apply_deadlines(struct run *run, bool is_stop_signalled)
{
	uint64_t now_ns = clock_now_ns();

	if (is_stop_signalled && !run->is_stopped) {
		run->is_stopped = true;
		if (!run->is_terminated)
			terminate(run, now_ns);
	}
	if (run->is_stopped && queue_get_stop(run->queue) == QUEUE_KILL)
		group_signal(run->child.pid, SIGKILL);
	if (now_ns >= run->deadline_ns) {
		if (!run->is_terminated)
			run->is_timed_out = true;
		terminate(run, now_ns);
	}
}

static void
wait_for_end(struct run *run)
{
	struct pollfd fds[4 + LINES_POLLS];
	nfds_t count = run->lines != NULL ? 4 + LINES_POLLS : 4;
	bool is_full;

	for (;;) {
		is_full = errors_room(run->errors) == 0;
		fds[0] = (struct pollfd){run->child.pid_fd, POLLIN, 0};
		fds[1] =
		    (struct pollfd){is_full ? -1 : run->errors_fd, POLLIN, 0};
		/* Stays readable for good: once seen, look no more. */
		fds[2] = (struct pollfd){
		    run->is_stopped ? -1 : run->stop_fd, POLLIN, 0};
		fds[3] = (struct pollfd){
		    run->errors->is_blocked ? STDERR_FILENO : -1, POLLOUT, 0};
		if (run->lines != NULL)
			lines_watch(run->lines, fds + 4);
		if (poll(fds, count, sleep_ms(run, clock_now_ns())) < 0)
			continue;
		if (run->lines != NULL)
			lines_handle(run->lines, fds + 4);
		if (fds[3].revents != 0)
			errors_flush(run->errors);
		if (fds[1].revents != 0 && errors_room(run->errors) > 0)
			read_errors(run, fds[1].revents);
		if (fds[0].revents != 0)
			return;
		apply_deadlines(run, fds[2].revents != 0);
	}
}

/*
 * How it ended; the rest of a failed group ends before its leader is reaped.
 * Many programs exit 0 when they are told to end: once TERM has been sent, no
 * status is an acknowledgement.
 */
static void
reap(struct run *run, struct attempt *attempt)
{
	siginfo_t info = {0};

	waitid(P_PIDFD, (id_t)run->child.pid_fd, &info, WEXITED | WNOWAIT);
	attempt->has_run = true;
	if (info.si_code == CLD_EXITED) {
		attempt->end = ATTEMPT_EXITED;
		attempt->status = info.si_status;
	} else {
		attempt->end = ATTEMPT_SIGNALED;
		attempt->signal = info.si_status;
	}
	if (run->is_timed_out)
		attempt->end = ATTEMPT_TIMED_OUT;
	else if (run->is_stopped)
		attempt->end = ATTEMPT_STOPPED;
	if ((attempt->end != ATTEMPT_EXITED || attempt->status != 0) &&
	    !group_end(run->child.pid))
		log_error(
		    "command: group %d: cannot be killed", (int)run->child.pid);
	waitid(P_PIDFD, (id_t)run->child.pid_fd, &info, WEXITED);
	close(run->child.pid_fd);
}

void
run_to_end(struct run *run, struct attempt *attempt)
{
	run->is_timed_out = false;
	run->is_stopped = false;
	run->is_terminated = false;
	run->deadline_ns = run->config->timeout_ms > 0
	    ? clock_now_ns() + run->config->timeout_ms * NS_PER_MS
	    : CLOCK_NEVER;
	wait_for_end(run);
	drain_errors(run);
	attempt->tail_size = errors_tail(run->errors, attempt->tail);
	reap(run, attempt);
	/* Last, for it may wait: nothing of a failed group lives by then. */
	if (run->lines != NULL)
		lines_finish(run->lines);
}
