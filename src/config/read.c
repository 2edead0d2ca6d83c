/*
 * Reading a file whole, without trust in its size: a FIFO has none, and a
 * regular file may grow while it is read.  The buffer doubles up to one byte
 * over the limit, and that byte is how "too large" is noticed.
 */
#include "config/read.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/units.h"
#include "config/config.h"

#define FIRST_SIZE 8192

struct growing {
	char *text;
	size_t used;
	size_t allocated;
};

/* Room for at least one more byte and the final 0. */
static int
make_room(struct growing *growing)
{
	size_t wanted = growing->allocated * 2;
	char *moved;

	if (growing->allocated - growing->used > 1)
		return 0;
	if (wanted < FIRST_SIZE)
		wanted = FIRST_SIZE;
	if (wanted > CONFIG_FILE_MAX + 2)
		wanted = CONFIG_FILE_MAX + 2;
	moved = realloc(growing->text, wanted);
	if (moved == NULL)
		return ENOMEM;
	growing->text = moved;
	growing->allocated = wanted;
	return 0;
}

/* 0 at the end of the file or one byte over the limit, else an errno. */
static int
read_all(int fd, struct growing *growing)
{
	while (growing->used <= CONFIG_FILE_MAX) {
		ssize_t n;

		if (make_room(growing) != 0)
			return ENOMEM;
		n = read(fd, growing->text + growing->used,
		    growing->allocated - growing->used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			break;
		growing->used += (size_t)n;
	}
	return 0;
}

int
read_file(const char *path, char **text, size_t *size, struct err *e)
{
	struct growing growing = {NULL, 0, 0};
	char limit[UNITS_TEXT_SIZE];
	struct stat st;
	int fd, failure;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_set_errno(e, ERR_CONFIG, errno, "%.200s", path);
	/* Said before the read, which other systems may let pass. */
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		failure = EISDIR;
	else
		failure = read_all(fd, &growing);
	close(fd);
	if (failure != 0) {
		free(growing.text);
		return err_set_errno(e, ERR_CONFIG, failure, "%.200s", path);
	}
	if (growing.used > CONFIG_FILE_MAX) {
		free(growing.text);
		units_format_size(CONFIG_FILE_MAX, limit);
		return err_set(e, ERR_CONFIG,
		    "%.200s: larger than a configuration may be (%s)", path,
		    limit);
	}
	growing.text[growing.used] = '\0';
	*text = growing.text;
	*size = growing.used;
	return 0;
}
