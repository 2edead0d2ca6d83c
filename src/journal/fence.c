/*
 * Finding, and ending, what is left of an old run.
 *
 * One look does not see all: a process may start another one behind our back,
 * and end before we come to it; and one that is just changing its program has
 * no environment for that moment.  So we look until several looks in a row have
 * found none.  What we cannot look at for want of descriptors or memory is an
 * error, and never "none".
 *
 * A process is held by its pid descriptor before its environment is read, so
 * that a number which has gone to somebody else meanwhile is never killed.
 */
#include "journal/fence.h"

#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "journal/fence_internal.h"

#define LOOK_AGAIN_MS 20

/* So many looks in a row that find none. */
#define LOOKS 3

/* Whoever waits is told after the first, and then after each of the others. */
#define TELL_FIRST_MS 1000
#define TELL_AGAIN_MS 60000

#define NAMES_SIZE 128

struct looking {
	const char *run;
	enum fence_policy policy;
	struct fence_report *report;

	/* Of this look. */
	size_t found;
	size_t unreadable;
	pid_t named[FENCE_NAMED_MAX];

	/* Of all looks: each process once. */
	pid_t *seen;
	size_t seen_count, seen_room;
};

static void
note(struct looking *looking, pid_t pid)
{
	struct fence_report *report = looking->report;
	size_t i;

	if (looking->found < FENCE_NAMED_MAX)
		looking->named[looking->found] = pid;
	looking->found++;
	for (i = 0; i < looking->seen_count; i++) {
		if (looking->seen[i] == pid)
			return;
	}
	if (looking->seen_count == looking->seen_room) {
		looking->seen_room = looking->seen_room * 2 + FENCE_NAMED_MAX;
		looking->seen = memory_resize(
		    looking->seen, looking->seen_room, sizeof(pid_t));
	}
	looking->seen[looking->seen_count++] = pid;
	if (report->found < FENCE_NAMED_MAX)
		report->named[report->found] = pid;
	report->found++;
}

/*
 * held: its pid descriptor; negative where the system has none, or a sandbox
 * refuses it with whatever it says of calls that it does not know.
 */
static void
end_process(pid_t pid, int held)
{
	if (held >= 0)
		syscall(SYS_pidfd_send_signal, held, SIGKILL, NULL, 0);
	else
		kill(pid, SIGKILL);
}

/* 0, or a negative errno. */
static int
look_at_process(struct looking *looking, int proc, const char *name)
{
	pid_t pid = (pid_t)strtol(name, NULL, 10);
	bool is_kill = looking->policy == FENCE_KILL;
	int held = -1, process, status;

	if (pid == getpid())
		return 0;
	if (is_kill)
		held = (int)syscall(SYS_pidfd_open, pid, 0);
	/* EINVAL: it is just being taken away. */
	if (is_kill && held < 0 && (fence_is_gone(errno) || errno == EINVAL))
		return 0;
	if (is_kill && held < 0 && fence_is_short(errno))
		return -errno;
	process = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process >= 0)
		status =
		    fence_process(process, looking->run, &looking->unreadable);
	else
		status = fence_is_short(errno) ? -errno : 0;
	if (status > 0) {
		note(looking, pid);
		if (is_kill)
			end_process(pid, held);
	}
	if (process >= 0)
		close(process);
	if (held >= 0)
		close(held);
	return status < 0 ? status : 0;
}

static int
look(struct looking *looking, struct err *e)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int status = 0;

	if (proc == NULL)
		return err_set_errno(e, ERR_SYSTEM, errno, "/proc");
	looking->found = 0;
	looking->unreadable = 0;
	while (status == 0 && (errno = 0, entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			status = look_at_process(
			    looking, dirfd(proc), entry->d_name);
	}
	if (status == 0)
		status = -errno;
	closedir(proc);
	if (looking->unreadable > looking->report->unreadable)
		looking->report->unreadable = looking->unreadable;
	return status == 0 ? 0 : err_set_errno(e, ERR_SYSTEM, -status, "/proc");
}

/* Of the last look: "7, 8", and "..." if there are more. */
static void
name_found(const struct looking *looking, char names[NAMES_SIZE])
{
	size_t i, at = 0;

	names[0] = '\0';
	for (i = 0; i < looking->found && i < FENCE_NAMED_MAX; i++)
		at += (size_t)snprintf(names + at, NAMES_SIZE - at, "%s%ld",
		    i > 0 ? ", " : "", (long)looking->named[i]);
	if (looking->found > FENCE_NAMED_MAX)
		snprintf(names + at, NAMES_SIZE - at, ", ...");
}

static int
refuse(const struct looking *looking, struct err *e)
{
	char names[NAMES_SIZE];

	name_found(looking, names);
	return err_set(e, ERR_BUSY,
	    "journal: %zu process%s of an earlier run still there: %s",
	    looking->found, looking->found == 1 ? " is" : "es are", names);
}

static void
tell(const struct looking *looking)
{
	char names[NAMES_SIZE];

	name_found(looking, names);
	log_warning("journal: waiting for what an earlier run has left: "
	            "process%s %s",
	    looking->found == 1 ? "" : "es", names);
}

static int
look_until_none(struct looking *looking, uint64_t timeout_ms, struct err *e)
{
	const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
	uint64_t start_ns = clock_now_ns(), tell_ms = TELL_FIRST_MS, ms;
	int none = 0;

	for (;;) {
		if (look(looking, e) != 0)
			return e->code;
		none = looking->found > 0 ? 0 : none + 1;
		if (none == LOOKS || looking->policy == FENCE_IGNORE)
			return 0;
		ms = (clock_now_ns() - start_ns) / NS_PER_MS;
		if (none == 0 && ms >= timeout_ms)
			return refuse(looking, e);
		if (none == 0 && ms >= tell_ms) {
			tell(looking);
			tell_ms = ms + TELL_AGAIN_MS;
		}
		nanosleep(&pause, NULL);
	}
}

int
fence(const char *run, enum fence_policy policy, uint64_t timeout_ms,
    struct fence_report *report, struct err *e)
{
	struct looking looking = {
	    .run = run, .policy = policy, .report = report};
	int code;

	memset(report, 0, sizeof(*report));
	code = look_until_none(&looking, timeout_ms, e);
	free(looking.seen);
	return code;
}
