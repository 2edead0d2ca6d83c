/*
 * Changing an entry that is there.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "deliver/dead_internal.h"
#include "deliver/dead_read.h"

int
dead_check_writable(const struct dead_letters *letters, struct err *e)
{
	if (faccessat(letters->fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return err_set_errno(e, ERR_IO, errno, "%.400s", letters->path);
}

static int
sync_folder(const struct dead_letters *letters, struct err *e)
{
	if (fsync(letters->fd) != 0)
		return dead_fail(letters, ".", errno, e);
	return 0;
}

int
dead_update(
    struct dead_letters *letters, const struct dead_copy *copy, struct err *e)
{
	char from[DEAD_NAME_SIZE], to[DEAD_NAME_SIZE], *text;
	size_t size;
	int code;

	dead_temporary_name(copy->entry.id, "json", from);
	dead_final_name(copy->entry.id, "json", to);
	text = dead_json(&copy->entry, copy->crc, &size);
	if (text == NULL)
		return dead_fail(letters, to, ENOMEM, e);
	code = dead_write_description(letters, from, text, size, e);
	free(text);
	if (code != 0)
		return code;
	if (renameat(letters->fd, from, letters->fd, to) != 0) {
		code = dead_fail(letters, to, errno, e);
		unlinkat(letters->fd, from, 0);
		return code;
	}
	return sync_folder(letters, e);
}

/* One of the two files; that it is gone already is fine. */
static int
remove_file(struct dead_letters *letters, const char *id, const char *kind,
    struct err *e)
{
	char name[DEAD_NAME_SIZE];

	dead_final_name(id, kind, name);
	if (unlinkat(letters->fd, name, 0) != 0 && errno != ENOENT)
		return dead_fail(letters, name, errno, e);
	return sync_folder(letters, e);
}

int
dead_remove(struct dead_letters *letters, const char *id, struct err *e)
{
	if (remove_file(letters, id, "json", e) != 0)
		return e->code;
	return remove_file(letters, id, "batch", e);
}

static bool
exists(const struct dead_letters *letters, const char *id, const char *kind)
{
	char name[DEAD_NAME_SIZE];

	dead_final_name(id, kind, name);
	return faccessat(letters->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
dead_drop(struct dead_letters *letters, const char *id, struct err *e)
{
	char name[DEAD_NAME_SIZE];
	int fd, code;

	if (!dead_is_id(id))
		return err_set(e, ERR_DATA, "its name is not an id");
	dead_final_name(id, "batch", name);
	fd = openat(letters->fd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* What cannot be opened cannot be replayed: it needs no lock. */
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
		code = errno == EWOULDBLOCK
		    ? dead_refuse_busy(e)
		    : dead_fail(letters, name, errno, e);
	else if (!exists(letters, id, "json") && !exists(letters, id, "batch"))
		code = err_set(e, ERR_NO_INPUT, "no such entry");
	else
		code = dead_remove(letters, id, e);
	if (fd >= 0)
		close(fd);
	return code;
}
