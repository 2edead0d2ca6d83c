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
#include "intake/link.h"
#include "intake/rotated.h"

struct search {
	const struct identity *stored;
	const char *base; /* what it was called */
	DIR *folder;
	size_t copies_left; /* files that may still be read */
	struct stat found;  /* of the match */
	struct search_match *match;
};

static bool
is_it(const struct identity *stored, const struct stat *st)
{
	return (uint64_t)st->st_dev == stored->device &&
	    (uint64_t)st->st_ino == stored->inode;
}

/* Is it worth to be opened? */
static bool
is_candidate(struct search *search, const char *name, const struct stat *st)
{
	const struct identity *stored = search->stored;

	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size < stored->position ||
	    (uint64_t)st->st_size < stored->head_size)
		return false;
	if (is_it(stored, st))
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
is_better(struct search *search, int fd, enum identity_verdict verdict,
    const char *name, const struct stat *st)
{
	struct search_match *match = search->match;

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
	match->is_inside = rotated_has_inside(search->base, name);
	return true;
}

/* It has the inode; was that born when the file was, as far as one can tell? */
static bool
is_born_then(const struct search *search, const char *name)
{
	struct statx st;

	if (search->stored->born_ns == 0 ||
	    statx(dirfd(search->folder), name, AT_SYMLINK_NOFOLLOW, STATX_BTIME,
	        &st) != 0 ||
	    (st.stx_mask & STATX_BTIME) == 0 ||
	    identity_time_ns(&st.stx_btime) == 0)
		return true;
	return identity_time_ns(&st.stx_btime) == search->stored->born_ns;
}

/*
 * One cannot be opened or read.  If it is the file itself, that is there all
 * the same, and not lost; of a copy, nobody could read on.
 */
static int
fail(const struct search *search, const char *name, const struct stat *st,
    int why, struct err *e)
{
	if (why == 0 || why == ENOENT || !is_it(search->stored, st) ||
	    !is_born_then(search, name))
		return 0;
	return err_set_errno(e, ERR_IO, why, "%s", name);
}

static int
try_file(struct search *search, const char *name, struct err *e)
{
	int folder = dirfd(search->folder), fd;
	enum identity_verdict verdict;
	struct err wrong;
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !is_candidate(search, name, &st))
		return 0;
	/* It may be another file by now, even a FIFO: not to wait for it. */
	fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fail(search, name, &st, errno, e);
	if (identity_compare(search->stored, fd, &verdict, &wrong) != 0) {
		close(fd);
		return fail(search, name, &st, wrong.sys_errno, e);
	}
	if (!is_better(search, fd, verdict, name, &st))
		close(fd);
	return 0;
}

DIR *
search_open_folder(const char *path, struct err *e)
{
	char *name = link_folder(path);
	DIR *folder = opendir(name);

	if (folder == NULL)
		err_set_errno(e,
		    errno == ENOENT || errno == ENOTDIR ? ERR_NO_INPUT : ERR_IO,
		    errno, "%s", name);
	free(name);
	return folder;
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

static int
read_folder(struct search *search, struct err *e)
{
	const struct search_match *match = search->match;
	const struct dirent *file;
	int code = 0;

	while (code == 0 && match->verdict != IDENTITY_SAME &&
	    (errno = 0, file = readdir(search->folder)) != NULL)
		code = try_file(search, file->d_name, e);
	if (code == 0 && match->verdict != IDENTITY_SAME && errno != 0)
		code = err_set_errno(e, ERR_IO, errno, "its folder");
	return code;
}

/* In the folder that path is in. */
static int
find_beside(struct search *search, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct search_pass pass = {0};
	int code = 0;

	search->base = slash != NULL ? slash + 1 : path;
	search->folder = search_open_folder(path, e);
	if (search->folder == NULL)
		return e->code;
	while (code == 0 && search->match->verdict != IDENTITY_SAME &&
	    search_again(&pass, search->folder))
		code = read_folder(search, e);
	closedir(search->folder);
	return code;
}

int
search_find(const struct identity *stored, const char *path,
    struct search_match *match, struct err *e)
{
	struct search search = {
	    .stored = stored, .copies_left = SEARCH_COPIES_MAX, .match = match};
	char *target = NULL;
	int code;

	match->fd = -1;
	match->verdict = IDENTITY_OTHER;
	match->name[0] = '\0';
	match->is_inside = false;
	code = find_beside(&search, path, e);
	if (code == 0 && match->verdict != IDENTITY_SAME)
		target = link_target(path);
	if (target != NULL)
		code = find_beside(&search, target, e);
	free(target);
	if (code != 0 && match->fd >= 0) {
		close(match->fd);
		match->fd = -1;
	}
	return code;
}

int
search_open(const char *path, const struct identity *stored, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	enum identity_verdict verdict = IDENTITY_OTHER;
	struct search_match match = {.fd = -1};
	int why = errno;

	if (fd < 0 && why != ENOENT) {
		err_set_errno(e, ERR_IO, why, "%s", path);
		return -1;
	}
	if (fd >= 0 && identity_compare(stored, fd, &verdict, e) != 0) {
		close(fd);
		e->code = ERR_IO;
		return -1;
	}
	if (fd >= 0 && verdict == IDENTITY_SAME)
		return fd;
	if (fd >= 0)
		close(fd);
	if (search_find(stored, path, &match, e) != 0) {
		e->code = ERR_IO;
		return -1;
	}
	if (match.fd >= 0)
		return match.fd;
	err_set(e, ERR_NO_INPUT,
	    "%s: it is gone, or not the file that was read any more", path);
	return -1;
}
