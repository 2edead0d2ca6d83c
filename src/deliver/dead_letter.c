/*
 * The directory of dead letters.
 */
#include "deliver/dead_letter.h"

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
#include "base/log.h"
#include "base/memory.h"
#include "base/units.h"
#include "deliver/dead_internal.h"

/* How old what we know of the directory may be. */
#define SCAN_AGE_NS (5 * NS_PER_S)

#define PROBE_NAME ".abuf.tmp"

/* The first path of a list, if it is absolute. */
static char *
below(const char *list, const char *rest)
{
	if (list == NULL || list[0] != '/')
		return NULL;
	return memory_printf("%.*s%s", (int)strcspn(list, ":"), list, rest);
}

char *
dead_letter_default_path(void)
{
	char *path = below(getenv("STATE_DIRECTORY"), "/dead");

	if (path == NULL)
		path = below(getenv("XDG_STATE_HOME"), "/abuf/dead");
	if (path == NULL)
		path = below(getenv("HOME"), "/.local/state/abuf/dead");
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

/* mkdir -p, each for the owner only.  Whether it worked, open(2) tells. */
static void
make_folders(char *path)
{
	char *at = path;

	while ((at = strchr(at + 1, '/')) != NULL) {
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	mkdir(path, 0700);
}

/* Can files be made there?  0 or an errno; nothing stays. */
static int
try_to_write(int folder_fd)
{
	int fd = openat(folder_fd, PROBE_NAME,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	unlinkat(folder_fd, PROBE_NAME, 0);
	return 0;
}

static uint64_t
count_bytes(const struct dead_letters *letters)
{
	uint64_t bytes = 0;
	int fd = openat(letters->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *file;
	struct stat st;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((file = readdir(folder)) != NULL) {
		if (fstatat(fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
	}
	closedir(folder);
	return bytes;
}

static void
scan(struct dead_letters *letters, uint64_t now_ns)
{
	atomic_store(&letters->scanned_ns, now_ns);
	atomic_store(&letters->used_bytes, count_bytes(letters));
}

int
dead_letter_open(struct dead_letters **result, const char *path,
    uint64_t bytes_max, struct err *e)
{
	struct dead_letters *letters;
	char *copy = without_slashes(path);
	int fd, why;

	make_folders(copy);
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
	letters->fd = fd;
	letters->bytes_max = bytes_max;
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
	free(letters);
}

const char *
dead_letter_path(const struct dead_letters *letters)
{
	return letters->path;
}

void
dead_remake(const struct dead_letters *letters)
{
	char *path = memory_string(letters->path);
	int fd;

	make_folders(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return;
	log_warning("dead letters: %s: it was removed, and is made again",
	    letters->path);
	/* The same number: other threads may be using it. */
	dup3(fd, letters->fd, O_CLOEXEC);
	close(fd);
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
