/*
 * The files that patterns name.
 */
#include "intake/patterns.h"

#include <sys/stat.h>

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"

/* Not merely not there. */
static int
is_wrong(const char *path, int why)
{
	(void)path;
	return why != ENOENT && why != ENOTDIR;
}

/* What glob() found, as regular files; how many, or -1: see errno. */
static ssize_t
look_up(char *const *paths, size_t count, bool is_strict,
    struct patterns_file *files)
{
	struct stat st;
	ssize_t used = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		/* It may have gone in the meantime. */
		if (stat(paths[i], &st) != 0) {
			if (is_strict && is_wrong(paths[i], errno))
				return -1;
			continue;
		}
		if (!S_ISREG(st.st_mode))
			continue;
		files[used].path = paths[i];
		files[used].device = (uint64_t)st.st_dev;
		files[used].inode = (uint64_t)st.st_ino;
		used++;
	}
	return used;
}

static int
compare_paths(const void *left, const void *right)
{
	const struct patterns_file *a = left, *b = right;

	return strcmp(a->path, b->path);
}

/* Files of one inode side by side, the first path in front. */
static int
compare_files(const void *left, const void *right)
{
	const struct patterns_file *a = left, *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool
is_same_file(const struct patterns_file *a, const struct patterns_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* Each file once, by path; returns how many are left. */
static size_t
sort_distinct(struct patterns_file *files, size_t count)
{
	size_t i, used = 0;

	qsort(files, count, sizeof(*files), compare_files);
	for (i = 0; i < count; i++) {
		if (used == 0 || !is_same_file(&files[used - 1], &files[i]))
			files[used++] = files[i];
	}
	qsort(files, used, sizeof(*files), compare_paths);
	return used;
}

static int
keep(struct patterns_found *found, const struct patterns_file *files,
    size_t count, size_t max, struct err *e)
{
	size_t i;

	if (count > max)
		return err_set(
		    e, ERR_NO_INPUT, "%zu files, %zu are allowed", count, max);
	if (count == 0)
		return 0;
	found->files = memory_zeroed(count, sizeof(*found->files));
	found->count = count;
	for (i = 0; i < count; i++) {
		found->files[i] = files[i];
		found->files[i].path = memory_string(files[i].path);
	}
	return 0;
}

/* All patterns together; the caller calls globfree(). */
static int
run_glob(const char *const *patterns, size_t count, bool is_strict,
    glob_t *matches, struct err *e)
{
	size_t i;
	int status;

	memset(matches, 0, sizeof(*matches));
	for (i = 0; i < count; i++) {
		status =
		    glob(patterns[i], GLOB_NOSORT | (i > 0 ? GLOB_APPEND : 0),
		        is_strict ? is_wrong : NULL, matches);
		if (status == GLOB_ABORTED)
			return err_set(e, ERR_IO, "%s: a folder cannot be read",
			    patterns[i]);
		if (status != 0 && status != GLOB_NOMATCH)
			return err_set_errno(
			    e, ERR_SYSTEM, ENOMEM, "%s", patterns[i]);
	}
	return 0;
}

static int
find(const char *const *patterns, size_t count, bool is_strict, size_t max,
    struct patterns_found *found, struct err *e)
{
	struct patterns_file *files = NULL;
	glob_t matches;
	ssize_t used;
	int error;

	memset(found, 0, sizeof(*found));
	error = run_glob(patterns, count, is_strict, &matches, e);
	if (error != 0 || matches.gl_pathc == 0)
		goto done;
	files = calloc(matches.gl_pathc, sizeof(*files));
	if (files == NULL) {
		error = err_set_errno(e, ERR_SYSTEM, ENOMEM, "patterns");
		goto done;
	}
	used = look_up(matches.gl_pathv, matches.gl_pathc, is_strict, files);
	if (used < 0) {
		error = err_set_errno(e, ERR_IO, errno, "patterns");
		goto done;
	}
	error = keep(found, files, sort_distinct(files, (size_t)used), max, e);
done:
	free(files);
	globfree(&matches);
	return error;
}

int
patterns_find(const char *const *patterns, size_t count, size_t max,
    struct patterns_found *found, struct err *e)
{
	return find(patterns, count, false, max, found, e);
}

int
patterns_find_all(const char *const *patterns, size_t count,
    struct patterns_found *found, struct err *e)
{
	return find(patterns, count, true, SIZE_MAX, found, e);
}

void
patterns_release(struct patterns_found *found)
{
	size_t i;

	for (i = 0; i < found->count; i++)
		free(found->files[i].path);
	free(found->files);
	memset(found, 0, sizeof(*found));
}

/* There are at most a thousand, and few appear. */
static const struct patterns_file *
find_file(const struct patterns_found *known, const struct patterns_file *file)
{
	size_t i;

	for (i = 0; i < known->count; i++) {
		if (is_same_file(&known->files[i], file))
			return &known->files[i];
	}
	return NULL;
}

/* How the first path of each stands to that of the other; none is last. */
static int
compare_heads(const struct patterns_found *known, size_t k,
    const struct patterns_found *found, size_t f)
{
	if (k == known->count)
		return 1;
	if (f == found->count)
		return -1;
	return strcmp(known->files[k].path, found->files[f].path);
}

void
patterns_compare(const struct patterns_found *known,
    const struct patterns_found *found, const struct patterns_change *change)
{
	const struct patterns_file *file;
	size_t k = 0, f = 0;
	int order;

	while (k < known->count || f < found->count) {
		order = compare_heads(known, k, found, f);
		if (order < 0) {
			change->vanished(change->context, &known->files[k]);
		} else if (order > 0) {
			file = &found->files[f];
			change->appeared(
			    change->context, file, find_file(known, file));
		}
		k += order <= 0;
		f += order >= 0;
	}
}
