/*
 * The directory of dead letters.
 */
#include "deliver/dead_letter.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/folders.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/units.h"
#include "deliver/dead_internal.h"

/* How old what we know of the directory may be. */
#define SCAN_AGE_NS (5 * NS_PER_S)

/* The first path, up to one of `ends`, if it is absolute. */
static char *
below(const char *path, const char *ends, const char *rest)
{
	if (path == NULL || path[0] != '/')
		return NULL;
	return memory_printf("%.*s%s", (int)strcspn(path, ends), path, rest);
}

char *
dead_letter_default_path(void)
{
	char *path = below(getenv("STATE_DIRECTORY"), ":", "/dead");

	if (path == NULL)
		path = below(getenv("XDG_STATE_HOME"), "", "/abuf/dead");
	if (path == NULL)
		path = below(getenv("HOME"), "", "/.local/state/abuf/dead");
	return path;
}

/* A copy of path; "link/" would be followed where "link" is not. */
static char *
without_slashes(const char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	return memory_printf("%.*s", (int)size, path);
}

static char *
absolute_of(const char *path)
{
	char *here = path[0] != '/' ? getcwd(NULL, 0) : NULL;
	char *result = here != NULL ? memory_printf("%s/%s", here, path)
	                            : memory_string(path);

	free(here);
	return result;
}

/* Can files be made there?  0 or an errno; nothing stays. */
static int
try_to_write(int folder_fd)
{
	char name[64];
	int fd = openat(folder_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		snprintf(name, sizeof(name), ".abuf.%d.tmp", (int)getpid());
		fd = openat(folder_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlinkat(folder_fd, name, 0);
	}
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* Ours, and nobody else may put files there: else somebody should look. */
static void
look_at_rights(const char *path, int folder_fd)
{
	struct stat st;

	if (fstat(folder_fd, &st) != 0)
		return;
	if (st.st_uid != geteuid())
		log_warning("dead letters: %s: belongs to another user", path);
	else if ((st.st_mode & 022) != 0)
		log_warning(
		    "dead letters: %s: others may write there, too", path);
}

/* What begins with a period and ends so is a file in the making. */
static bool
is_temporary(const char *name)
{
	const char *end = strrchr(name, '.');

	return name[0] == '.' && end != NULL && strcmp(end, ".tmp") == 0;
}

/* One that nobody has locked is a crash's. */
static void
remove_leftover(int folder_fd, const char *name)
{
	int fd = openat(
	    folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder_fd, name, 0);
	close(fd);
}

DIR *
dead_folder(const struct dead_letters *letters)
{
	int fd = openat(letters->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	int why = errno;

	if (folder == NULL && fd >= 0)
		close(fd);
	errno = why;
	return folder;
}

static void
remove_leftovers(const struct dead_letters *letters)
{
	DIR *folder = dead_folder(letters);
	const struct dirent *file;

	if (folder == NULL)
		return;
	while ((file = readdir(folder)) != NULL) {
		if (is_temporary(file->d_name))
			remove_leftover(letters->fd, file->d_name);
	}
	closedir(folder);
}

/* False if the directory cannot be read now. */
static bool
count_bytes(const struct dead_letters *letters, uint64_t *bytes)
{
	DIR *folder = dead_folder(letters);
	const struct dirent *file;
	struct stat st;

	if (folder == NULL)
		return false;
	*bytes = 0;
	while ((file = readdir(folder)) != NULL) {
		if (fstatat(letters->fd, file->d_name, &st,
		        AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			*bytes += (uint64_t)st.st_size;
	}
	closedir(folder);
	return true;
}

static void
scan(struct dead_letters *letters, uint64_t now_ns)
{
	uint64_t bytes;

	if (!count_bytes(letters, &bytes))
		return;
	atomic_store(&letters->scanned_ns, now_ns);
	atomic_store(&letters->used_bytes, bytes);
}

int
dead_letter_open(struct dead_letters **result, const char *path,
    uint64_t bytes_max, struct err *e)
{
	struct dead_letters *letters;
	char *copy = without_slashes(path);
	int why = folders_make(copy), fd;

	if (why != 0) {
		free(copy);
		return err_set_errno(e, ERR_IO, why, "%s", path);
	}
	fd = open(copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	why = fd < 0 ? errno : try_to_write(fd);
	if (why != 0) {
		if (fd >= 0)
			close(fd);
		free(copy);
		return err_set_errno(e, ERR_CONFIG, why, "%s", path);
	}
	letters = memory_zeroed(1, sizeof(*letters));
	letters->path = copy;
	letters->absolute = absolute_of(copy);
	letters->fd = fd;
	letters->bytes_max = bytes_max;
	look_at_rights(copy, fd);
	remove_leftovers(letters);
	*result = letters;
	return 0;
}

void
dead_letter_close(struct dead_letters *letters)
{
	if (letters == NULL)
		return;
	close(letters->fd);
	free(letters->path);
	free(letters->absolute);
	free(letters);
}

int
dead_letter_sync(const struct dead_letters *letters, struct err *e)
{
	/* A file system that knows no such thing has nothing to sync. */
	if (fsync(letters->fd) != 0 && errno != EINVAL)
		return dead_fail(letters, ".", errno, e);
	return 0;
}

const char *
dead_letter_path(const struct dead_letters *letters)
{
	return letters->path;
}

int
dead_remake(const struct dead_letters *letters, struct err *e)
{
	const char *path = letters->absolute;
	int why = folders_make(path), fd;

	if (why != 0)
		return err_set_errno(e, ERR_IO, why, "%s", letters->path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	log_warning("dead letters: %s: it was removed, and is made again",
	    letters->path);
	/* The same number: other threads may be using it. */
	dup3(fd, letters->fd, O_CLOEXEC);
	close(fd);
	return 0;
}

bool
dead_is_replaced(const struct dead_letters *letters)
{
	struct stat ours, there;

	return fstat(letters->fd, &ours) == 0 &&
	    (lstat(letters->absolute, &there) != 0 ||
	        ours.st_ino != there.st_ino || ours.st_dev != there.st_dev);
}

int
dead_reserve(struct dead_letters *letters, uint64_t bytes, struct err *e)
{
	uint64_t now_ns = clock_now_ns();
	char size[UNITS_TEXT_SIZE];

	if (now_ns - atomic_load(&letters->scanned_ns) > SCAN_AGE_NS ||
	    atomic_load(&letters->used_bytes) + bytes > letters->bytes_max)
		scan(letters, now_ns);
	if (atomic_fetch_add(&letters->used_bytes, bytes) + bytes <=
	    letters->bytes_max)
		return 0;
	atomic_fetch_sub(&letters->used_bytes, bytes);
	units_format_size(letters->bytes_max, size);
	err_set(e, ERR_IO, "%s: full: at most %s: see --dead-letter-max",
	    letters->path, size);
	e->sys_errno = ENOSPC;
	return e->code;
}

void
dead_release(struct dead_letters *letters, uint64_t bytes)
{
	atomic_fetch_sub(&letters->used_bytes, bytes);
}
