/*
 * Finding, and ending, what is left of an old run.
 *
 * New processes may be started while we look, by those that we have not come
 * to: so it is done again until none is found.  A process is held by its pid
 * descriptor before its environment is read, so that a number which has gone
 * to somebody else meanwhile is never killed.
 */
#include "journal/fence.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"

#define VARIABLE "ABUF_BATCH_ID="

/* The kernel keeps no more of an environment than this in any case. */
#define ENVIRONMENT_MAX ((size_t)8 << 20)
#define STAT_SIZE 1024
#define LOOK_AGAIN_MS 20

struct looking {
	const char *run;
	enum fence_policy policy;
	struct fence_report *report; /* of the first look; NULL: a later one */
	size_t found;
	pid_t first;
};

bool
fence_is_of_run(const char *environment, size_t size, const char *run)
{
	size_t variable = strlen(VARIABLE), name = strlen(run), at = 0, length;

	while (at < size) {
		length = strnlen(environment + at, size - at);
		if (length > variable + name &&
		    memcmp(environment + at, VARIABLE, variable) == 0 &&
		    memcmp(environment + at + variable, run, name) == 0 &&
		    environment[at + variable + name] == '.')
			return true;
		at += length + 1;
	}
	return false;
}

char
fence_state(const char *stat, size_t size)
{
	size_t at = size;

	/* The name is in brackets, and may have some of its own. */
	while (at > 0 && stat[at - 1] != ')')
		at--;
	if (at == 0 || size - at < 2 || stat[at] != ' ')
		return 0;
	return stat[at + 1];
}

/* All of a small file of a process, up to max bytes; the caller frees. */
static char *
read_file(int process, const char *name, size_t max, size_t *size)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
	size_t room = 4096;
	char *data = NULL;
	ssize_t n = 1;

	*size = 0;
	while (fd >= 0 && n > 0 && *size < max) {
		if (data == NULL || *size == room)
			data = memory_resize(data, room *= 2, 1);
		n = read(fd, data + *size, room - *size);
		if (n > 0)
			*size += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && n >= 0)
		return data;
	free(data);
	return NULL;
}

/* It has ended, and only waits for its parent to notice. */
static bool
is_dead(int process)
{
	size_t size;
	char *stat = read_file(process, "stat", STAT_SIZE, &size);
	char state = stat != NULL ? fence_state(stat, size) : 'X';

	free(stat);
	return state == 'Z' || state == 'X';
}

/* One of ours, and of the run. */
static bool
belongs(struct looking *looking, int process)
{
	struct stat st;
	size_t size;
	char *environment;
	bool is_ours;

	if (fstat(process, &st) != 0 || st.st_uid != geteuid())
		return false;
	environment = read_file(process, "environ", ENVIRONMENT_MAX, &size);
	if (environment == NULL) {
		if (looking->report != NULL && !is_dead(process))
			looking->report->unreadable++;
		return false;
	}
	is_ours = fence_is_of_run(environment, size, looking->run);
	free(environment);
	return is_ours && !is_dead(process);
}

static void
note(struct looking *looking, pid_t pid)
{
	struct fence_report *report = looking->report;

	if (report != NULL && report->found < FENCE_NAMED_MAX)
		report->named[report->found] = pid;
	if (report != NULL)
		report->found++;
	if (looking->found++ == 0)
		looking->first = pid;
}

static void
look_at_process(struct looking *looking, int proc, const char *name)
{
	pid_t pid = (pid_t)strtol(name, NULL, 10);
	int held = (int)syscall(SYS_pidfd_open, pid, 0);
	bool is_old_kernel = held < 0 && errno == ENOSYS;
	int process = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (process >= 0 && pid != getpid() && belongs(looking, process)) {
		note(looking, pid);
		if (looking->policy == FENCE_KILL && held >= 0)
			syscall(SYS_pidfd_send_signal, held, SIGKILL, NULL, 0);
		else if (looking->policy == FENCE_KILL && is_old_kernel)
			kill(pid, SIGKILL);
	}
	if (process >= 0)
		close(process);
	if (held >= 0)
		close(held);
}

static int
look(struct looking *looking, struct err *e)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (proc == NULL)
		return err_set_errno(e, ERR_SYSTEM, errno, "/proc");
	while ((entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			look_at_process(looking, dirfd(proc), entry->d_name);
	}
	closedir(proc);
	return 0;
}

int
fence(const char *run, enum fence_policy policy, uint64_t timeout_ms,
    struct fence_report *report, struct err *e)
{
	const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
	uint64_t start_ns = clock_now_ns();
	struct looking looking = {
	    .run = run, .policy = policy, .report = report};

	memset(report, 0, sizeof(*report));
	for (;;) {
		looking.found = 0;
		if (look(&looking, e) != 0)
			return e->code;
		looking.report = NULL;
		if (looking.found == 0 || policy == FENCE_IGNORE)
			return 0;
		if ((clock_now_ns() - start_ns) / NS_PER_MS >= timeout_ms)
			return err_set(e, ERR_BUSY,
			    "journal: %zu process%s of an earlier run still "
			    "there: %ld",
			    looking.found,
			    looking.found == 1 ? " is" : "es are",
			    (long)looking.first);
		nanosleep(&pause, NULL);
	}
}
