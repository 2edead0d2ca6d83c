/*
 * Files that were rotated away while nobody read.
 */
#include "intake/family.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/identity.h"
#include "base/memory.h"
#include "intake/link.h"
#include "intake/rotated.h"
#include "intake/search.h"

/* What is beside a path. */
struct beside {
	struct family *family;
	const struct family_since *since;
	DIR *folder;
	const char *path;
	const char *base; /* the last name of it */
};

/* It has been found already, under another name of the path or in its place. */
static bool
has(const struct family *family, const struct statx *st)
{
	struct stat other;
	size_t i;

	for (i = 0; i < family->count; i++) {
		if (fstat(family->files[i].fd, &other) == 0 &&
		    other.st_ino == st->stx_ino &&
		    other.st_dev ==
		        makedev(st->stx_dev_major, st->stx_dev_minor))
			return true;
	}
	return false;
}

/* By their times; of too many, the newest gives way. */
static void
insert(struct family *family, const struct family_file *file)
{
	size_t at = family->count;

	if (at == FAMILY_MAX) {
		family->has_more = true;
		at--;
		if (family->files[at].written_ns <= file->written_ns) {
			close(file->fd);
			return;
		}
		close(family->files[at].fd);
	} else {
		family->count++;
	}
	while (at > 0 && family->files[at - 1].written_ns > file->written_ns) {
		family->files[at] = family->files[at - 1];
		at--;
	}
	family->files[at] = *file;
}

/* Is it newer by its name?  But a copy may be older than what it is called. */
static bool
is_newer(const struct family_since *since, const struct statx *st,
    const char *base, const char *name)
{
	return since->than != NULL &&
	    rotated_is_newer(base, name, since->than) &&
	    ((st->stx_mask & STATX_BTIME) == 0 ||
	        identity_time_ns(&st->stx_btime) >= since->than_ns);
}

/* Is it one of those that are meant? */
static bool
is_since(const struct family_since *since, const struct statx *st,
    const char *base, const char *name)
{
	bool has_birth = (st->stx_mask & STATX_BTIME) != 0;
	uint64_t written_ns = identity_time_ns(&st->stx_mtime);

	return S_ISREG(st->stx_mode) &&
	    (written_ns >= since->written_ns ||
	        is_newer(since, st, base, name)) &&
	    (since->until_ns == 0 || written_ns <= since->until_ns) &&
	    (!has_birth ||
	        identity_time_ns(&st->stx_btime) >= since->born_ns) &&
	    (st->stx_ino != since->inode ||
	        makedev(st->stx_dev_major, st->stx_dev_minor) != since->device);
}

/*
 * Has a link to base been turned to name before?  If nobody knows what it led
 * to, only dates are a series: what has numbers may be of several writers.
 */
static bool
is_between(const char *base, const char *name, const struct family_since *since)
{
	const char *certain = since->certain;

	if (!since->is_turned || !rotated_is_series(base, name))
		return false;
	if (certain == NULL)
		return rotated_has_date(base) && strverscmp(name, base) < 0;
	return rotated_is_series(base, certain) &&
	    (strverscmp(certain, base) > 0 ||
	        (strverscmp(certain, name) < 0 && strverscmp(name, base) < 0));
}

/* Is it called so? */
static bool
is_called(const char *base, const char *name, const struct family_since *since)
{
	return rotated_has(base, name) ||
	    (since->is_inside && rotated_has_inside(base, name)) ||
	    (since->is_dated && rotated_has_date_inside(base, name)) ||
	    is_between(base, name, since);
}

/* May it be, beside the one that is certain? */
static bool
fits(const char *base, const char *name, const struct family_since *since)
{
	return since->certain == NULL || is_between(base, name, since) ||
	    rotated_is_beside(base, name, since->certain);
}

/* Is it not to be read? */
static bool
is_others(const struct beside *beside, const char *name, int fd, bool counts)
{
	const struct family_since *since = beside->since;
	char *path;
	bool is;

	if (since->is_others == NULL)
		return false;
	path = memory_printf(
	    "%.*s%s", (int)(beside->base - beside->path), beside->path, name);
	is = since->is_others(since->context, path, fd, counts);
	free(path);
	return is;
}

static int
take(const struct beside *beside, const char *name, uint64_t written_ns,
    struct err *e)
{
	const struct family_file file = {
	    .fd = openat(dirfd(beside->folder), name,
	        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
	    .written_ns = written_ns,
	};

	struct family *family = beside->family;
	bool counts = fits(beside->base, name, beside->since);

	/* It may have another name by now: the folder is read again. */
	if (file.fd < 0)
		return errno == ENOENT || !counts
		    ? 0
		    : err_set_errno(e, ERR_IO, errno, "%s", name);
	if (is_others(beside, name, file.fd, counts)) {
		close(file.fd);
	} else if (counts) {
		insert(family, &file);
	} else {
		snprintf(family->unlike, sizeof(family->unlike), "%s", name);
		close(file.fd);
	}
	return 0;
}

static int
look_at(const struct beside *beside, const char *name, struct err *e)
{
	bool is_packed = rotated_is_packed(beside->base, name);
	struct family *family = beside->family;
	uint64_t written_ns;
	struct statx st;

	if (!is_packed && !is_called(beside->base, name, beside->since))
		return 0;
	if (statx(dirfd(beside->folder), name, AT_SYMLINK_NOFOLLOW,
	        STATX_BASIC_STATS | STATX_BTIME, &st) != 0 ||
	    !is_since(beside->since, &st, beside->base, name) ||
	    has(family, &st))
		return 0;
	written_ns = identity_time_ns(&st.stx_mtime);
	if (!is_packed)
		return take(beside, name, written_ns, e);
	if (family->packed_ns < written_ns)
		family->packed_ns = written_ns;
	return 0;
}

void
family_release(struct family *family)
{
	while (family->count > 0)
		close(family->files[--family->count].fd);
	family->has_more = false;
	family->packed_ns = 0;
}

/* What is in the folder, once. */
static int
read_folder(const struct beside *beside, struct err *e)
{
	const struct dirent *entry;
	int code = 0;

	while (
	    code == 0 && (errno = 0, entry = readdir(beside->folder)) != NULL)
		code = look_at(beside, entry->d_name, e);
	if (code == 0 && errno != 0)
		code = err_set_errno(e, ERR_IO, errno, "its folder");
	return code;
}

static int
find_beside(struct family *family, const char *path,
    const struct family_since *since, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct beside beside = {
	    .family = family,
	    .since = since,
	    .folder = search_open_folder(path, e),
	    .path = path,
	    .base = slash != NULL ? slash + 1 : path,
	};
	struct search_pass pass = {0};
	int code = 0;

	if (beside.folder == NULL)
		return e->code;
	while (code == 0 && search_again(&pass, beside.folder))
		code = read_folder(&beside, e);
	closedir(beside.folder);
	return code;
}

int
family_find(const char *path, const struct family_since *since,
    struct family *family, struct err *e)
{
	char *target = link_target(path);
	struct family_since itself = *since;
	int code;

	memset(family, 0, sizeof(*family));
	itself.is_turned = false;
	code = find_beside(family, path, &itself, e);
	if (code == 0 && target != NULL)
		code = find_beside(family, target, since, e);
	free(target);
	if (code != 0)
		family_release(family);
	return code;
}
