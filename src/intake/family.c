/*
 * Files that were rotated away while nobody read.
 */
#include "intake/family.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/identity.h"
#include "base/memory.h"
#include "intake/link.h"
#include "intake/rotated.h"
#include "intake/search.h"

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

/* Is it one of those that are meant? */
static bool
is_since(const struct family_since *since, const struct statx *st,
    const char *base, const char *name)
{
	bool has_birth = (st->stx_mask & STATX_BTIME) != 0;
	uint64_t written_ns = identity_time_ns(&st->stx_mtime);

	return S_ISREG(st->stx_mode) &&
	    (written_ns >= since->written_ns ||
	        (since->than != NULL &&
	            rotated_is_newer(base, name, since->than))) &&
	    (since->until_ns == 0 || written_ns <= since->until_ns) &&
	    (!has_birth ||
	        identity_time_ns(&st->stx_btime) >= since->born_ns) &&
	    (st->stx_ino != since->inode ||
	        makedev(st->stx_dev_major, st->stx_dev_minor) != since->device);
}

static int
look_at(struct family *family, int folder, const char *name, const char *base,
    const struct family_since *since, struct err *e)
{
	bool is_packed = rotated_is_packed(base, name);
	struct family_file file;
	struct statx st;

	if (!is_packed && !rotated_has(base, name) &&
	    !(since->is_inside && rotated_has_inside(base, name)) &&
	    !(since->is_dated && rotated_has_date_inside(base, name)))
		return 0;
	if (statx(folder, name, AT_SYMLINK_NOFOLLOW,
	        STATX_BASIC_STATS | STATX_BTIME, &st) != 0 ||
	    !is_since(since, &st, base, name) || has(family, &st))
		return 0;
	if (is_packed) {
		if (family->packed_ns < identity_time_ns(&st.stx_mtime))
			family->packed_ns = identity_time_ns(&st.stx_mtime);
		return 0;
	}
	file.fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* It may have another name by now: the folder is read again. */
	if (file.fd < 0)
		return errno == ENOENT
		    ? 0
		    : err_set_errno(e, ERR_IO, errno, "%s", name);
	if (since->is_read != NULL && since->is_read(since->context, file.fd)) {
		close(file.fd);
		return 0;
	}
	file.written_ns = identity_time_ns(&st.stx_mtime);
	insert(family, &file);
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

/* What is in the folder of path, once. */
static int
read_folder(struct family *family, DIR *folder, const char *base,
    const struct family_since *since, struct err *e)
{
	const struct dirent *entry;
	int code = 0;

	while (code == 0 && (errno = 0, entry = readdir(folder)) != NULL)
		code = look_at(
		    family, dirfd(folder), entry->d_name, base, since, e);
	if (code == 0 && errno != 0)
		code = err_set_errno(e, ERR_IO, errno, "its folder");
	return code;
}

static int
find_beside(struct family *family, const char *path,
    const struct family_since *since, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	DIR *folder = search_open_folder(path, e);
	struct search_pass pass = {0};
	int code = 0;

	if (folder == NULL)
		return e->code;
	while (code == 0 && search_again(&pass, folder))
		code = read_folder(family, folder, base, since, e);
	closedir(folder);
	return code;
}

int
family_find(const char *path, const struct family_since *since,
    struct family *family, struct err *e)
{
	char *target = link_target(path);
	int code;

	memset(family, 0, sizeof(*family));
	code = find_beside(family, path, since, e);
	if (code == 0 && target != NULL)
		code = find_beside(family, target, since, e);
	free(target);
	if (code != 0)
		family_release(family);
	return code;
}
