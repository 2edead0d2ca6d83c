/*
 * Folders of a journal: making, opening and refusing them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/folder_internal.h"

/* Where a path's last name is; the caller frees. */
static char *
parent_of(const char *path)
{
	char *parent = memory_string(path);
	size_t size = strlen(parent);

	while (size > 0 && parent[size - 1] == '/')
		size--;
	while (size > 0 && parent[size - 1] != '/')
		size--;
	while (size > 1 && parent[size - 1] == '/')
		size--;
	parent[size] = '\0';
	if (size > 0)
		return parent;
	free(parent);
	return memory_string(".");
}

static int
refuse_to_make(const char *path, int error, struct err *e)
{
	char *parent = parent_of(path);
	bool is_users = error == ENOENT || error == EACCES || error == ENOTDIR;

	err_set_errno(e, is_users ? ERR_CONFIG : ERR_IO, error,
	    "%s: cannot be made in %s", path, parent);
	free(parent);
	return e->code;
}

/*
 * A parent that we may not read we cannot sync; and some file systems have
 * nothing to sync there.
 */
int
folder_sync_parent(const char *path, struct err *e)
{
	char *parent = parent_of(path);
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

	if (fd < 0 || fsync(fd) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error == EACCES || error == EINVAL)
		error = 0;
	if (error != 0)
		err_set_errno(e, ERR_IO, error, "%s", parent);
	free(parent);
	return error != 0 ? e->code : 0;
}

int
folder_check_owner(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set_errno(e, ERR_IO, errno, "%s", path);
	if (st.st_uid != geteuid())
		return err_set(
		    e, ERR_CONFIG, "%s: it belongs to another user", path);
	if ((st.st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG,
		    "%s: others may use it (mode %04o): chmod 700 it", path,
		    (unsigned)(st.st_mode & 07777));
	return 0;
}

static int
refuse_to_open(
    int in, const char *name, const char *path, int error, struct err *e)
{
	bool is_users = error == ENOTDIR || error == ELOOP || error == EACCES;
	struct stat st;

	if (fstatat(in, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return err_set(e, ERR_CONFIG,
		    "%s: a symbolic link: name the folder that it leads to",
		    path);
	return err_set_errno(
	    e, is_users ? ERR_CONFIG : ERR_IO, error, "%s", path);
}

int
folder_make(int in, const char *name, const char *path, struct err *e)
{
	int fd;

	if (mkdirat(in, name, 0700) != 0 && errno != EEXIST)
		return refuse_to_make(path, errno, e);
	fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : refuse_to_open(in, name, path, errno, e);
}

int
folder_check_umask(const char *path, struct err *e)
{
	mode_t mask = umask(077);

	umask(mask);
	if ((mask & 0700) == 0)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "%s: the umask, %04o, takes the rights of its owner: no journal "
	    "can be kept",
	    path, (unsigned)mask);
}
