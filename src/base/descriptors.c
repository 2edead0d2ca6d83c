/*
 * The process's descriptors, put in order.
 */
#include "base/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"

/* open() returns the lowest free number, so the gaps fill from below. */
static int
fill_gaps(struct err *e)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return err_set_errno(e, ERR_SYSTEM, errno, "/dev/null");
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

int
descriptors_prepare(struct rlimit *before, struct err *e)
{
	struct rlimit raised;

	if (fill_gaps(e) != 0)
		return e->code;
	/* Kernels before 5.11 cannot; then what was inherited leaks. */
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	getrlimit(RLIMIT_NOFILE, before);
	raised = *before;
	raised.rlim_cur = raised.rlim_max;
	setrlimit(RLIMIT_NOFILE, &raised);
	return 0;
}

size_t
descriptors_left(size_t max)
{
	DIR *folder = opendir("/proc/self/fd");
	struct rlimit limit;
	rlim_t used = 0;

	if (folder == NULL || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return max;
	while (readdir(folder) != NULL)
		used++;
	closedir(folder);
	used -= 3; /* ".", ".." and the folder itself */
	if (limit.rlim_cur <= used)
		return 0;
	return limit.rlim_cur - used < max ? (size_t)(limit.rlim_cur - used)
	                                   : max;
}
