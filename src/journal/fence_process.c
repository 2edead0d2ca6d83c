/*
 * One process: does it work for a run?
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/proc_stat.h"
#include "journal/fence.h"
#include "journal/fence_internal.h"

#define VARIABLE "ABUF_BATCH_ID="
#define REPLAY "ABUF_REPLAY=1"

/* The kernel keeps no more of an environment than this in any case. */
#define ENVIRONMENT_MAX ((size_t)8 << 20)
#define STAT_SIZE 1024

bool
fence_is_of_run(const char *environment, size_t size, const char *run)
{
	size_t variable = strlen(VARIABLE), name = strlen(run), at = 0, length;
	bool is_of_run = false;

	while (at < size) {
		length = strnlen(environment + at, size - at);
		if (length > variable + name &&
		    memcmp(environment + at, VARIABLE, variable) == 0 &&
		    memcmp(environment + at + variable, run, name) == 0 &&
		    environment[at + variable + name] == '.')
			is_of_run = true;
		/* Of an id that has its end: somebody else's. */
		if (length == strlen(REPLAY) &&
		    memcmp(environment + at, REPLAY, length) == 0)
			return false;
		at += length + 1;
	}
	return is_of_run;
}

/*
 * All of a small file of a process, up to max bytes; the caller frees.  NULL:
 * errno says why.
 */
static char *
read_file(int process, const char *name, size_t max, size_t *size)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC), error;
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
	error = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && n >= 0)
		return data;
	free(data);
	errno = error;
	return NULL;
}

/* It has ended, and at most waits for its parent to notice. */
static bool
is_dead(int process)
{
	size_t size;
	char *text = read_file(process, "stat", STAT_SIZE, &size);
	struct proc_stat stat;
	bool is_ended;

	if (text == NULL)
		return fence_is_gone(errno);
	is_ended =
	    proc_stat_parse(&stat, text, size) && proc_stat_is_dead(&stat);
	free(text);
	return is_ended;
}

bool
fence_is_gone(int error)
{
	return error == ENOENT || error == ESRCH;
}

bool
fence_is_short(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

int
fence_process(int process, const char *run, size_t *unreadable)
{
	struct stat st;
	size_t size;
	char *environment;
	bool is_of_run;

	if (fstat(process, &st) != 0 || st.st_uid != geteuid())
		return 0;
	environment = read_file(process, "environ", ENVIRONMENT_MAX, &size);
	if (environment == NULL && fence_is_short(errno))
		return -errno;
	/* The kernel's own have none, either. */
	if (environment == NULL && fence_is_gone(errno))
		return 0;
	if (environment == NULL) {
		*unreadable += !is_dead(process);
		return 0;
	}
	is_of_run = fence_is_of_run(environment, size, run);
	free(environment);
	return is_of_run && !is_dead(process);
}
