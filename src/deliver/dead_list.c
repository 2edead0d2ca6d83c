/*
 * Which entries a directory has.  A description that cannot be understood
 * still is an entry here: whoever opens it is told what is wrong with it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "deliver/dead_internal.h"
#include "deliver/dead_read.h"

#define FIRST_COUNT 64

/* "ID" of "ID.json"; NULL if it ends otherwise.  The caller frees. */
static char *
without(const char *name, const char *ending)
{
	size_t size = strlen(name), end = strlen(ending);

	if (name[0] == '.' || size <= end ||
	    strcmp(name + size - end, ending) != 0)
		return NULL;
	return memory_printf("%.*s", (int)(size - end), name);
}

static bool
has_description(const struct dead_letters *letters, const char *id)
{
	char *name = memory_printf("%s.json", id);
	struct stat st;
	bool has = fstatat(letters->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	free(name);
	return has;
}

static int
add(struct dead_names *names, size_t *room, const struct dead_name *name)
{
	size_t wanted = *room > 0 ? 2 * *room : FIRST_COUNT;
	struct dead_name *grown;

	if (names->count == DEAD_ENTRIES_MAX)
		return EOVERFLOW;
	if (names->count == *room) {
		grown = realloc(names->names, wanted * sizeof(*grown));
		if (grown == NULL)
			return ENOMEM;
		names->names = grown;
		*room = wanted;
	}
	names->names[names->count++] = *name;
	return 0;
}

/* 0 or an errno. */
static int
read_names(struct dead_letters *letters, DIR *folder, struct dead_names *names)
{
	const struct dirent *file;
	struct dead_name name;
	size_t room = 0;
	int why;

	for (;;) {
		errno = 0;
		file = readdir(folder);
		if (file == NULL)
			return errno;
		memset(&name, 0, sizeof(name));
		name.id = without(file->d_name, ".json");
		if (name.id == NULL) {
			name.id = without(file->d_name, ".batch");
			name.is_stray = true;
		}
		if (name.id == NULL)
			continue;
		/* Looked up anew: a writer may have added it by now. */
		if (name.is_stray && has_description(letters, name.id)) {
			free(name.id);
			continue;
		}
		why = add(names, &room, &name);
		if (why != 0) {
			free(name.id);
			return why;
		}
	}
}

static int
compare(const void *left, const void *right)
{
	const struct dead_name *a = left, *b = right;

	if (a->wall_ns != b->wall_ns)
		return a->wall_ns < b->wall_ns ? -1 : 1;
	return strcmp(a->id, b->id);
}

/* When each was set aside. */
static void
read_times(struct dead_letters *letters, struct dead_names *names)
{
	struct dead_copy copy;
	struct err e;
	size_t i;

	for (i = 0; i < names->count; i++) {
		struct dead_name *name = &names->names[i];

		if (name->is_stray ||
		    dead_describe(letters, name->id, &copy, &e) != 0)
			continue;
		name->wall_ns = copy.entry.set_aside_wall_ns;
		dead_copy_release(&copy);
	}
}

/* N of "BATCH_ID.rN.json"; 0: it is none of these. */
static uint64_t
record_number(const char *name, const char *batch_id)
{
	size_t size = strlen(batch_id);
	uint64_t number = 0;

	if (strncmp(name, batch_id, size) != 0 ||
	    strncmp(name + size, ".r", 2) != 0)
		return 0;
	for (name += size + 2; *name >= '0' && *name <= '9'; name++) {
		if (number > UINT64_MAX / 10 - 1)
			return 0;
		number = 10 * number + (uint64_t)(*name - '0');
	}
	return strcmp(name, ".json") == 0 ? number : 0;
}

int
dead_records_read(const struct dead_letters *letters, const char *batch_id,
    uint64_t **numbers, size_t *count, struct err *e)
{
	DIR *folder = dead_folder(letters);
	int why = errno;
	const struct dirent *file;
	uint64_t number;

	*numbers = NULL;
	*count = 0;
	if (folder == NULL)
		return dead_fail(letters, ".", why, e);
	while ((file = readdir(folder)) != NULL) {
		number = record_number(file->d_name, batch_id);
		if (number == 0)
			continue;
		/* Room for the next power of two: counts that are one are
		 * full. */
		if ((*count & (*count - 1)) == 0)
			*numbers = memory_resize(*numbers,
			    *count > 0 ? 2 * *count : 1, sizeof(**numbers));
		(*numbers)[(*count)++] = number;
	}
	closedir(folder);
	numbers_sort(*numbers, *count);
	return 0;
}

int
dead_names_read(
    struct dead_letters *letters, struct dead_names *names, struct err *e)
{
	DIR *folder = dead_folder(letters);
	int why = errno;

	memset(names, 0, sizeof(*names));
	if (folder == NULL)
		return dead_fail(letters, ".", why, e);
	why = read_names(letters, folder, names);
	closedir(folder);
	if (why != 0) {
		dead_names_release(names);
		if (why == EOVERFLOW)
			return err_set(e, ERR_IO, "%.400s: too many entries",
			    letters->path);
		return dead_fail(letters, ".", why, e);
	}
	read_times(letters, names);
	if (names->count > 0)
		qsort(
		    names->names, names->count, sizeof(*names->names), compare);
	return 0;
}

void
dead_names_release(struct dead_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->names[i].id);
	free(names->names);
	memset(names, 0, sizeof(*names));
}
