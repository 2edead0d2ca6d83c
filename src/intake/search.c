/*
 * Where has a file gone?  Its inode is looked at first, which costs no read.
 */
#include "intake/search.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "intake/rotated.h"

struct search {
	const struct identity *stored;
	const char *base; /* what it was called */
	DIR *folder;
	size_t copies_left; /* files that may still be read */
	struct stat found;  /* of the match */
	struct search_match *match;
};

static DIR *
open_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	DIR *opened;

	if (slash == NULL)
		return opendir(".");
	folder = memory_printf("%.*s", (int)(slash - path + 1), path);
	opened = opendir(folder);
	free(folder);
	return opened;
}

/* Is it worth to be opened? */
static bool
is_candidate(struct search *search, const char *name, const struct stat *st)
{
	const struct identity *stored = search->stored;

	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size < stored->position ||
	    (uint64_t)st->st_size < stored->head_size)
		return false;
	if ((uint64_t)st->st_dev == stored->device &&
	    (uint64_t)st->st_ino == stored->inode)
		return true;
	if (stored->head_size < IDENTITY_EVIDENCE_MIN ||
	    search->copies_left == 0 || !rotated_may_copy(search->base, name))
		return false;
	search->copies_left--;
	return true;
}

/* Was it written later, or is it longer? */
static bool
is_newer(const struct stat *st, const struct stat *than)
{
	const struct timespec *at = &st->st_mtim, *before = &than->st_mtim;

	if (at->tv_sec != before->tv_sec)
		return at->tv_sec > before->tv_sec;
	if (at->tv_nsec != before->tv_nsec)
		return at->tv_nsec > before->tv_nsec;
	return st->st_size > than->st_size;
}

/* It is the file, or the newest copy so far; takes fd over if so. */
static bool
is_better(
    struct search *search, int fd, const char *name, const struct stat *st)
{
	struct search_match *match = search->match;
	enum identity_verdict verdict;
	struct err ignored;

	/* What cannot be read cannot be read on, either. */
	if (identity_compare(search->stored, fd, &verdict, &ignored) != 0)
		return false;
	if (verdict != IDENTITY_SAME &&
	    (verdict != IDENTITY_MOVED ||
	        (match->fd >= 0 && !is_newer(st, &search->found))))
		return false;
	if (match->fd >= 0)
		close(match->fd);
	match->fd = fd;
	match->verdict = verdict;
	search->found = *st;
	snprintf(match->name, sizeof(match->name), "%s", name);
	return true;
}

static void
try_file(struct search *search, const char *name)
{
	int folder = dirfd(search->folder), fd;
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !is_candidate(search, name, &st))
		return;
	/* It may be another file by now, even a FIFO: not to wait for it. */
	fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && !is_better(search, fd, name, &st))
		close(fd);
}

bool
search_again(struct search_pass *pass, DIR *folder)
{
	struct timespec before = pass->changed;
	struct stat st;

	if (pass->times == SEARCH_TIMES_MAX || fstat(dirfd(folder), &st) != 0)
		return pass->times++ == 0;
	pass->changed = st.st_mtim;
	if (pass->times++ > 0 && before.tv_sec == st.st_mtim.tv_sec &&
	    before.tv_nsec == st.st_mtim.tv_nsec)
		return false;
	rewinddir(folder);
	return true;
}

int
search_find(const struct identity *stored, const char *path,
    struct search_match *match, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct search search = {.base = slash != NULL ? slash + 1 : path,
	    .stored = stored,
	    .copies_left = SEARCH_COPIES_MAX,
	    .match = match};
	struct search_pass pass = {0};
	const struct dirent *file;

	match->fd = -1;
	match->verdict = IDENTITY_OTHER;
	match->name[0] = '\0';
	search.folder = open_folder(path);
	if (search.folder == NULL)
		return err_set_errno(e, ERR_NO_INPUT, errno, "%s", path);
	while (match->verdict != IDENTITY_SAME &&
	    search_again(&pass, search.folder)) {
		while (match->verdict != IDENTITY_SAME &&
		    (file = readdir(search.folder)) != NULL)
			try_file(&search, file->d_name);
	}
	closedir(search.folder);
	return 0;
}
