/*
 * Inputs that are one file: all names, sorted by the file that they lead to.
 */
#include "intake/aliases.h"

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "intake/intake_internal.h"
#include "intake/patterns.h"

struct name {
	const char *given; /* the operand; outlives this */
	bool is_pattern;
	size_t order;
	uint64_t device;
	uint64_t inode;
};

struct names {
	struct name *entries;
	size_t count;
	size_t capacity;
};

static struct name *
add(struct names *names, const char *given)
{
	struct name *name;

	if (names->count == names->capacity) {
		names->capacity = names->capacity * 2 + 16;
		names->entries = memory_resize(
		    names->entries, names->capacity, sizeof(*names->entries));
	}
	name = &names->entries[names->count];
	memset(name, 0, sizeof(*name));
	name->given = given;
	name->order = names->count++;
	return name;
}

static void
add_path(struct names *names, const char *path)
{
	struct name *name;
	struct stat st;
	int code =
	    strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st);

	if (code != 0 || !S_ISREG(st.st_mode))
		return;
	name = add(names, path);
	name->device = (uint64_t)st.st_dev;
	name->inode = (uint64_t)st.st_ino;
}

/* What cannot be found is said by whoever reads it. */
static void
add_pattern(struct names *names, const char *pattern)
{
	struct patterns_found found;
	struct name *name;
	struct err ignored;
	size_t i;

	patterns_find(&pattern, 1, SIZE_MAX, &found, &ignored);
	for (i = 0; i < found.count; i++) {
		name = add(names, pattern);
		name->is_pattern = true;
		name->device = found.files[i].device;
		name->inode = found.files[i].inode;
	}
	patterns_release(&found);
}

/* Patterns last: a folder is read only if there is a name to compare with. */
static void
add_all(struct names *names, const struct intake_settings *settings,
    bool are_patterns)
{
	const struct intake_group *group;
	size_t i, k;

	for (i = 0; i < settings->group_count; i++) {
		group = &settings->groups[i];
		for (k = 0; k < group->path_count; k++) {
			if (intake_is_pattern(settings, group->paths[k]) !=
			    are_patterns)
				continue;
			if (are_patterns)
				add_pattern(names, group->paths[k]);
			else
				add_path(names, group->paths[k]);
		}
	}
}

static int
compare_files(const struct name *a, const struct name *b)
{
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

static int
compare_names(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int order = compare_files(a, b);

	return order != 0 ? order
	                  : (a->order > b->order) - (a->order < b->order);
}

static void
warn(const struct name *first, const struct name *second, size_t count)
{
	char others[64] = "";

	if (count > 1)
		snprintf(others, sizeof(others), "; and %zu other%s like that",
		    count - 1, count > 2 ? "s" : "");
	if (strcmp(first->given, second->given) == 0)
		log_warning("input: %s: it is named twice, and read once%s",
		    first->given, others);
	else
		log_warning("input: %s: %s names the same file, which is read "
		            "once%s",
		    first->given, second->given, others);
}

void
aliases_warn(const struct intake_settings *settings)
{
	struct names names = {0};
	const struct name *first = NULL, *name;
	size_t i, count = 0;

	add_all(&names, settings, false);
	if (names.count > 0)
		add_all(&names, settings, true);
	if (names.count > 1)
		qsort(names.entries, names.count, sizeof(*names.entries),
		    compare_names);
	for (i = 1; i < names.count; i++) {
		name = &names.entries[i];
		/* The first of a file is a pattern only if all are. */
		if (compare_files(name - 1, name) != 0 || name[-1].is_pattern)
			continue;
		if (first == NULL)
			first = name;
		count++;
	}
	if (first != NULL)
		warn(first - 1, first, count);
	free(names.entries);
}
