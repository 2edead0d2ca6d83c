/*
 * Paths of patterns that name nothing any more.
 */
#include "intake/missing.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "intake/known.h"
#include "intake/link.h"
#include "intake/rotated.h"

/* A path's folder, which is read once for all that are missing in it. */
struct folder {
	char *name; /* NULL: none was read yet */
	struct entry {
		char *name;
		uint64_t device;
		uint64_t inode;
	} * entries;
	size_t count;
	size_t room;
};

/*
 * What is in front of a pattern's own paths, where they are made absolute; the
 * caller frees.
 */
static char *
prefix_of(const char *pattern)
{
	return pattern[0] == '/' ? memory_string("") : known_path("");
}

/* Is this, of an absolute path, what the pattern would find? */
static bool
is_of(const char *pattern, const char *prefix, const char *path)
{
	size_t size = strlen(prefix);

	return strncmp(path, prefix, size) == 0 &&
	    fnmatch(pattern, path + size, FNM_PATHNAME | FNM_PERIOD) == 0;
}

/* A tidy path, as the pattern would give it; the caller frees. */
static char *
spell(const char *pattern, const char *path)
{
	char *spelled = memory_zeroed(1, strlen(pattern) + strlen(path) + 1);
	char *to = spelled;
	size_t size;

	while (*pattern != '\0') {
		if (pattern[0] == '/' || strncmp(pattern, "./", 2) == 0) {
			*to++ = *pattern++;
			continue;
		}
		pattern += strcspn(pattern, "/");
		path += strspn(path, "/");
		size = strcspn(path, "/");
		to = mempcpy(to, path, size);
		path += size;
	}
	return spelled;
}

static bool
is_nothing(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0 && errno == ENOENT;
}

static void
collect(const struct known *known, const char *pattern, struct missing *missing)
{
	char *prefix = prefix_of(pattern), *tidy = known_path_tidy(pattern);
	struct known_file *file;
	size_t i;

	for (i = 0; (file = known_at(known, i)) != NULL; i++) {
		if (file->path == NULL || file->is_open || file->is_sought ||
		    !is_of(tidy, prefix, file->path) || !is_nothing(file->path))
			continue;
		file->is_sought = true;
		missing->paths = memory_resize(missing->paths,
		    missing->count + 1, sizeof(missing->paths[0]));
		missing->paths[missing->count++] = (struct missing_path){
		    spell(pattern, file->path + strlen(prefix)), file};
	}
	free(prefix);
	free(tidy);
}

/* The one that was read last under a path comes first. */
static int
compare_paths(const void *left, const void *right)
{
	const struct missing_path *a = left, *b = right;
	int order = strcmp(a->path, b->path);

	if (order != 0)
		return order;
	return (a->file->order < b->file->order) -
	    (a->file->order > b->file->order);
}

static void
release_folder(struct folder *folder)
{
	while (folder->count > 0)
		free(folder->entries[--folder->count].name);
	free(folder->entries);
	free(folder->name);
	memset(folder, 0, sizeof(*folder));
}

static void
add_entry(struct folder *folder, const char *name, const struct stat *st)
{
	if (folder->count == folder->room) {
		folder->room = folder->room * 2 + 64;
		folder->entries = memory_resize(
		    folder->entries, folder->room, sizeof(folder->entries[0]));
	}
	folder->entries[folder->count++] = (struct entry){
	    memory_string(name), (uint64_t)st->st_dev, (uint64_t)st->st_ino};
}

/* Read the folder of a path, unless that is the one at hand. */
static void
read_folder(struct folder *folder, const char *path)
{
	char *name = link_folder(path);
	const struct dirent *entry;
	struct stat st;
	DIR *opened;

	if (folder->name != NULL && strcmp(folder->name, name) == 0) {
		free(name);
		return;
	}
	release_folder(folder);
	folder->name = name;
	opened = opendir(name);
	while (opened != NULL && (entry = readdir(opened)) != NULL) {
		if (fstatat(dirfd(opened), entry->d_name, &st,
		        AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			add_entry(folder, entry->d_name, &st);
	}
	if (opened != NULL)
		closedir(opened);
}

/* Is the inode there, or a name that a file from base would have by now? */
static bool
has_trace(const struct folder *folder, const char *base,
    const struct identity *identity)
{
	const struct entry *entry;
	size_t i;

	for (i = 0; i < folder->count; i++) {
		entry = &folder->entries[i];
		if (entry->inode == identity->inode &&
		    entry->device == identity->device)
			return true;
		if (rotated_has(base, entry->name))
			return true;
	}
	return false;
}

static bool
is_worth(struct folder *folder, const struct missing_path *missing)
{
	const struct identity *identity = &missing->file->identity;
	const char *slash = strrchr(missing->path, '/');
	struct stat st;

	if (identity->head_size > identity->position ||
	    lstat(missing->path, &st) == 0)
		return true;
	read_folder(folder, missing->path);
	return has_trace(
	    folder, slash != NULL ? slash + 1 : missing->path, identity);
}

/*
 * Of each path the file that was read last, if nobody reads that, and if it is
 * worth it; the others go.
 */
static void
choose(const struct known *known, struct missing *missing)
{
	struct folder folder = {0};
	struct missing_path *path;
	size_t i, used = 0;
	bool is_last;

	for (i = 0; i < missing->count; i++) {
		path = &missing->paths[i];
		is_last = used == 0 ||
		    strcmp(missing->paths[used - 1].path, path->path) != 0;
		if (is_last && is_worth(&folder, path) &&
		    known_last(known, path->path) == path->file)
			missing->paths[used++] = *path;
		else
			free(path->path);
	}
	missing->count = used;
	release_folder(&folder);
}

void
missing_find(
    const struct known *known, const char *pattern, struct missing *missing)
{
	memset(missing, 0, sizeof(*missing));
	collect(known, pattern, missing);
	if (missing->count == 0)
		return;
	qsort(missing->paths, missing->count, sizeof(missing->paths[0]),
	    compare_paths);
	choose(known, missing);
}

void
missing_put_back(const struct missing_path *path)
{
	path->file->is_sought = false;
}

void
missing_release(struct missing *missing)
{
	while (missing->count > 0)
		free(missing->paths[--missing->count].path);
	free(missing->paths);
	memset(missing, 0, sizeof(*missing));
}
