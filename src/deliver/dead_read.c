/*
 * Reading an entry: open, look what it is, and only then read.  No name is
 * followed to another place, and nothing that could block is opened for long.
 */
#include "deliver/dead_read.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/json.h"
#include "deliver/dead_internal.h"

bool
dead_is_id(const char *text)
{
	size_t size = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-");

	return size > 0 && size < BATCH_ID_SIZE && text[size] == '\0' &&
	    text[0] != '.';
}

int
dead_letter_find(struct dead_letters **result, const char *path, struct err *e)
{
	struct dead_letters *letters = memory_zeroed(1, sizeof(*letters));
	size_t size = strlen(path);

	/* "link/" would be followed. */
	while (size > 1 && path[size - 1] == '/')
		size--;
	letters->path = memory_printf("%.*s", (int)size, path);
	letters->bytes_max = UINT64_MAX;
	letters->fd = open(
	    letters->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (letters->fd >= 0) {
		*result = letters;
		return 0;
	}
	err_set_errno(e,
	    errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? ERR_NO_INPUT
	                                                          : ERR_IO,
	    errno, "%.400s", letters->path);
	free(letters->path);
	free(letters);
	return e->code;
}

/* A regular file of that name: its descriptor, or -1 and *e. */
static int
open_regular(const struct dead_letters *letters, const char *name,
    struct stat *st, struct err *e)
{
	int fd = openat(letters->fd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int why;

	memset(st, 0, sizeof(*st));
	why = fd < 0 || fstat(fd, st) != 0 ? errno : 0;
	if (why == 0 && S_ISREG(st->st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	/* ENXIO: a socket. */
	if (why == 0 || why == ENXIO)
		err_set(e, ERR_DATA, "%s: not a regular file", name);
	else if (why == ELOOP)
		err_set(e, ERR_DATA, "%s: a symbolic link", name);
	else if (why == ENOENT)
		err_set(e, ERR_NO_INPUT, "no such entry");
	else
		dead_fail(letters, name, why, e);
	return -1;
}

/* 0, or an errno; shorter than it was: EIO. */
static int
read_all(int fd, char *text, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, text + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		done += (size_t)n;
	}
	text[size] = '\0';
	return 0;
}

int
dead_describe(const struct dead_letters *letters, const char *id,
    struct dead_copy *copy, struct err *e)
{
	char name[DEAD_NAME_SIZE], *text = NULL;
	struct stat st;
	int fd, why = ENOMEM;

	memset(copy, 0, sizeof(*copy));
	if (!dead_is_id(id))
		return err_set(e, ERR_DATA, "its name is not an id");
	dead_final_name(id, "json", name);
	fd = open_regular(letters, name, &st, e);
	if (fd < 0)
		return e->code;
	if (st.st_size > (off_t)DEAD_DESCRIPTION_MAX) {
		close(fd);
		return err_set(e, ERR_DATA, "%s: too large", name);
	}
	text = malloc((size_t)st.st_size + 1);
	if (text != NULL)
		why = read_all(fd, text, (size_t)st.st_size);
	close(fd);
	if (why != 0)
		dead_fail(letters, name, why, e);
	else if (dead_members(copy, id, text, (size_t)st.st_size, e) != 0)
		err_wrap(e, "%s", name);
	else
		why = -1;
	free(text);
	copy->owner = st.st_uid;
	return why == -1 ? 0 : e->code;
}

int
dead_refuse_busy(struct err *e)
{
	return err_set(e, ERR_BUSY, "busy: another replay or drop has it");
}

/* The data, locked if that is wanted. */
static int
open_data(const struct dead_letters *letters, const char *id, bool lock,
    struct stat *st, struct err *e)
{
	char name[DEAD_NAME_SIZE];
	int fd, why;

	dead_final_name(id, "batch", name);
	fd = open_regular(letters, name, st, e);
	if (fd < 0 || !lock || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	why = errno;
	close(fd);
	if (why == EWOULDBLOCK)
		dead_refuse_busy(e);
	else
		dead_fail(letters, name, why, e);
	return -1;
}

/* Is the open file still the one of that name? */
static bool
is_current(
    const struct dead_letters *letters, const char *name, const struct stat *st)
{
	struct stat now;

	return fstatat(letters->fd, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    now.st_dev == st->st_dev && now.st_ino == st->st_ino;
}

static int
check_data(const struct dead_letters *letters, const struct dead_copy *copy,
    int fd, const struct stat *st, struct err *e)
{
	char name[DEAD_NAME_SIZE];
	uint32_t crc;
	int why;

	dead_final_name(copy->entry.id, "batch", name);
	if (!is_current(letters, name, st))
		return err_set(e, ERR_BUSY, "%s: replaced meanwhile", name);
	if ((uint64_t)st->st_size != copy->entry.bytes)
		return err_set(
		    e, ERR_DATA, "%s: not as large as described", name);
	why = dead_checksum(fd, copy->entry.bytes, &crc);
	if (why != 0)
		return dead_fail(letters, name, why, e);
	if (crc != copy->crc)
		return err_set(e, ERR_DATA,
		    "%s: not the bytes described: "
		    "the CRC differs",
		    name);
	return 0;
}

int
dead_open(struct dead_letters *letters, const char *id, bool lock,
    struct dead_copy *copy, int *fd, struct err *e)
{
	struct err data_error = {0};
	struct stat st = {0};

	memset(copy, 0, sizeof(*copy));
	*fd = -1;
	if (!dead_is_id(id))
		return err_set(e, ERR_DATA, "its name is not an id");
	/*
	 * The data first, for its lock: the description that is then there
	 * stays.  Who removes an entry removes that first.
	 */
	*fd = open_data(letters, id, lock, &st, &data_error);
	if (*fd < 0 && data_error.code != ERR_NO_INPUT &&
	    data_error.code != ERR_DATA) {
		*e = data_error;
		return e->code;
	}
	if (dead_describe(letters, id, copy, e) == 0) {
		if (data_error.code == ERR_NO_INPUT)
			err_set(e, ERR_DATA, "%s.batch: missing", id);
		else if (data_error.code != 0)
			*e = data_error;
		else if (check_data(letters, copy, *fd, &st, e) == 0)
			return 0;
	}
	dead_copy_release(copy);
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return e->code;
}

char *
dead_copy_json(const struct dead_copy *copy, size_t *size)
{
	return dead_json(&copy->entry, copy->crc, size);
}

void
dead_copy_release(struct dead_copy *copy)
{
	size_t i;

	for (i = 0; copy->command != NULL && copy->command[i] != NULL; i++)
		free(copy->command[i]);
	free(copy->command);
	json_free(copy->document);
	memset(copy, 0, sizeof(*copy));
}
