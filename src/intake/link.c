/*
 * Where symbolic links lead.
 */
#include "intake/link.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* As many as the system follows, or nearly. */
#define LINKS_MAX 32

char *
link_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL
	    ? memory_printf("%.*s", (int)(slash - path + 1), path)
	    : memory_string("./");
}

/* One step; NULL: path is no link. */
static char *
follow_one(const char *path)
{
	char text[PATH_MAX], *folder, *target;
	ssize_t size = readlink(path, text, sizeof(text) - 1);

	if (size <= 0)
		return NULL;
	text[size] = '\0';
	if (text[0] == '/')
		return memory_string(text);
	folder = link_folder(path);
	target = memory_printf("%s%s", folder, text);
	free(folder);
	return target;
}

char *
link_target(const char *path)
{
	char *target = follow_one(path), *next;
	int links;

	for (links = 1; target != NULL && links < LINKS_MAX; links++) {
		next = follow_one(target);
		if (next == NULL)
			return target;
		free(target);
		target = next;
	}
	free(target);
	return NULL;
}
