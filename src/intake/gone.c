/*
 * Which files are gone?  Folder by folder.
 */
#include "intake/gone.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/numbers.h"

/* What is in a folder. */
struct folder {
	bool is_there; /* or is certainly not, and then it is empty */
	uint64_t device;
	uint64_t *inodes; /* they rise */
	size_t count;
};

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
read_folder(struct folder *folder, DIR *opened)
{
	const struct dirent *entry;
	struct stat st;
	size_t room = 0;

	folder->is_there = fstat(dirfd(opened), &st) == 0;
	folder->device = (uint64_t)st.st_dev;
	while (errno = 0, (entry = readdir(opened)) != NULL) {
		/* It may have another name by now, which will not come. */
		if (fstatat(dirfd(opened), entry->d_name, &st,
		        AT_SYMLINK_NOFOLLOW) != 0) {
			folder->is_there = false;
			continue;
		}
		if (folder->count == room) {
			room = room * 2 + 64;
			folder->inodes = memory_resize(
			    folder->inodes, room, sizeof(*folder->inodes));
		}
		folder->inodes[folder->count++] = (uint64_t)st.st_ino;
	}
	if (errno != 0)
		folder->is_there = false;
	numbers_sort(folder->inodes, folder->count);
}

static struct folder
look(const char *path)
{
	char *name = memory_printf("%.*s", (int)folder_size(path), path);
	struct folder folder = {0};
	DIR *opened = opendir(name);

	if (opened != NULL) {
		read_folder(&folder, opened);
		closedir(opened);
	} else if (errno == ENOENT) {
		look_above(&folder, name);
	}
	free(name);
	return folder;
}

/* is_last: no other file was read later under its path. */
static bool
is_gone(const struct gone_file *file, const struct folder *folder, bool is_last)
{
	struct stat st;

	if (!folder->is_there || folder->device != file->device ||
	    (file->later > 0 && file->later <= GONE_LATER_MAX) ||
	    (file->later == 0 &&
	        numbers_has(folder->inodes, folder->count, file->inode)))
		return false;
	if (lstat(file->path, &st) != 0)
		return errno == ENOENT;
	return !S_ISLNK(st.st_mode) && !is_last;
}

/* All files of one folder. */
static void
decide(struct gone_file *files, size_t count)
{
	struct folder folder = look(files[0].path);
	bool is_last;
	size_t i;

	for (i = 0; i < count; i++) {
		is_last = i + 1 == count ||
		    strcmp(files[i].path, files[i + 1].path) != 0;
		files[i].is_gone = is_gone(&files[i], &folder, is_last);
	}
	free(folder.inodes);
}

void
gone_find(struct gone_file *files, size_t count)
{
	size_t i, end;

	qsort(files, count, sizeof(*files), compare_inodes);
	for (i = count; i-- > 0;)
		files[i].later = i + 1 < count &&
		        files[i].device == files[i + 1].device &&
		        files[i].inode == files[i + 1].inode
		    ? files[i + 1].later + 1
		    : 0;
	qsort(files, count, sizeof(*files), compare_paths);
	for (i = 0; i < count; i = end) {
		end = i + 1;
		while (
		    end < count && compare_folders(&files[i], &files[end]) == 0)
			end++;
		decide(&files[i], end - i);
	}
}
