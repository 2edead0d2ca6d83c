/*
 * Which files are gone?  Folder by folder.
 */
#include "intake/gone.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "intake/patterns.h"

/* A folder of paths. */
struct folder {
	bool is_there; /* or is certainly not, and then it is empty */
	uint64_t device;
};

/*
 * What is in these folders, and what is read anyway.  A file is a number made
 * of its device and inode: where two have the same, one is remembered that
 * need not be.
 */
struct present {
	uint64_t *files; /* they rise */
	size_t count;
	size_t room;
};

static uint64_t
number_of(uint64_t device, uint64_t inode)
{
	return inode ^ (device * UINT64_C(0x9e3779b97f4a7c15));
}

static void
add(struct present *present, uint64_t device, uint64_t inode)
{
	if (present->count == present->room) {
		present->room = present->room * 2 + 64;
		present->files = memory_resize(
		    present->files, present->room, sizeof(*present->files));
	}
	present->files[present->count++] = number_of(device, inode);
}

/* With its slash; 0: of a name that is lost, nothing is known. */
static size_t
folder_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static int
compare_folders(const struct gone_file *a, const struct gone_file *b)
{
	size_t size = folder_size(a->path), other = folder_size(b->path);
	int order = memcmp(a->path, b->path, size < other ? size : other);

	return order != 0 ? order : (size > other) - (size < other);
}

static int
compare_orders(const struct gone_file *a, const struct gone_file *b)
{
	return (a->order > b->order) - (a->order < b->order);
}

static int
compare_inodes(const void *x, const void *y)
{
	const struct gone_file *a = x, *b = y;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return compare_orders(a, b);
}

static int
compare_paths(const void *x, const void *y)
{
	const struct gone_file *a = x, *b = y;
	int order = compare_folders(a, b);

	if (order == 0)
		order = strcmp(a->path, b->path);
	return order != 0 ? order : compare_orders(a, b);
}

/* A folder that is not there is empty, as far as those above it tell. */
static void
look_above(struct folder *folder, char *path)
{
	struct stat st;
	char *slash;

	while ((slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		if (stat(path[0] != '\0' ? path : "/", &st) == 0) {
			folder->is_there = true;
			folder->device = (uint64_t)st.st_dev;
			return;
		}
		if (errno != ENOENT)
			return;
	}
}

static void
read_folder(struct folder *folder, DIR *opened, struct present *present)
{
	const struct dirent *entry;
	struct stat st;

	folder->is_there = fstat(dirfd(opened), &st) == 0;
	folder->device = (uint64_t)st.st_dev;
	while (errno = 0, (entry = readdir(opened)) != NULL) {
		/* It may have another name by now, which will not come. */
		if (fstatat(dirfd(opened), entry->d_name, &st,
		        AT_SYMLINK_NOFOLLOW) != 0)
			folder->is_there = false;
		else
			add(present, (uint64_t)st.st_dev, (uint64_t)st.st_ino);
	}
	if (errno != 0)
		folder->is_there = false;
}

static struct folder
look(const char *path, struct present *present)
{
	char *name = memory_printf("%.*s", (int)folder_size(path), path);
	struct folder folder = {0};
	DIR *opened = opendir(name);

	if (opened != NULL) {
		read_folder(&folder, opened, present);
		closedir(opened);
	} else if (errno == ENOENT) {
		look_above(&folder, name);
	}
	free(name);
	return folder;
}

/* What inputs name; false: nobody can tell. */
static bool
look_at_inputs(const char *const *inputs, size_t count, struct present *present)
{
	struct patterns_found found;
	struct stat st;
	struct err e;
	size_t i;

	if (patterns_find_all(inputs, count, &found, &e) != 0)
		return false;
	for (i = 0; i < found.count; i++)
		add(present, found.files[i].device, found.files[i].inode);
	patterns_release(&found);
	/* A path that looks like a pattern may be none. */
	for (i = 0; i < count; i++) {
		if (stat(inputs[i], &st) == 0)
			add(present, (uint64_t)st.st_dev, (uint64_t)st.st_ino);
		else if (errno != ENOENT && errno != ENOTDIR)
			return false;
	}
	return true;
}

/* is_last: no other file was read later under its path. */
static bool
is_gone(const struct gone_file *file, const struct folder *folder,
    const struct present *present, bool is_last)
{
	struct stat st;

	if (!folder->is_there || folder->device != file->device ||
	    (file->later > 0 && file->later <= GONE_LATER_MAX) ||
	    (file->later == 0 &&
	        numbers_has(present->files, present->count,
	            number_of(file->device, file->inode))))
		return false;
	if (lstat(file->path, &st) != 0)
		return errno == ENOENT;
	return !S_ISLNK(st.st_mode) && !is_last;
}

/* How many files from the first on have the folder of that. */
static size_t
count_of_folder(const struct gone_file *files, size_t count)
{
	size_t end = 1;

	while (end < count && compare_folders(&files[0], &files[end]) == 0)
		end++;
	return end;
}

/* All files of one folder. */
static void
decide(struct gone_file *files, size_t count, const struct folder *folder,
    const struct present *present)
{
	bool is_last;
	size_t i;

	for (i = 0; i < count; i++) {
		is_last = i + 1 == count ||
		    strcmp(files[i].path, files[i + 1].path) != 0;
		files[i].is_gone = is_gone(&files[i], folder, present, is_last);
	}
}

static void
count_later(struct gone_file *files, size_t count)
{
	size_t i;

	qsort(files, count, sizeof(*files), compare_inodes);
	for (i = count; i-- > 0;)
		files[i].later = i + 1 < count &&
		        files[i].device == files[i + 1].device &&
		        files[i].inode == files[i + 1].inode
		    ? files[i + 1].later + 1
		    : 0;
}

void
gone_find(struct gone_file *files, size_t count, const char *const *inputs,
    size_t input_count)
{
	struct folder *folders = memory_zeroed(count, sizeof(*folders));
	struct present present = {0};
	size_t i, next, f = 0;
	bool is_sure = look_at_inputs(inputs, input_count, &present);

	count_later(files, count);
	qsort(files, count, sizeof(*files), compare_paths);
	for (i = 0; i < count; i += count_of_folder(&files[i], count - i))
		folders[f++] = look(files[i].path, &present);
	/* Again: a file may have moved to one that had been read by then. */
	for (i = 0, f = 0; i < count; f++) {
		struct folder again = look(files[i].path, &present);

		folders[f].is_there &= again.is_there;
		i += count_of_folder(&files[i], count - i);
	}
	numbers_sort(present.files, present.count);
	for (i = 0, f = 0; i < count; i = next, f++) {
		next = i + count_of_folder(&files[i], count - i);
		folders[f].is_there &= is_sure;
		decide(&files[i], next - i, &folders[f], &present);
	}
	free(folders);
	free(present.files);
}
