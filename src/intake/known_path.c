/*
 * The paths under which files are known.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "intake/known.h"
#include "intake/rotated.h"

char *
known_path_tidy(const char *path)
{
	char *tidy = memory_string(path), *to = tidy;
	const char *from = path;

	while (*from != '\0') {
		if (from[0] == '.' && from[1] == '/' &&
		    (from == path || from[-1] == '/'))
			from += 2 + strspn(from + 2, "/");
		else if (from[0] == '/' && to > tidy && to[-1] == '/')
			from++;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return tidy;
}

char *
known_path(const char *path)
{
	char *folder, *absolute, *tidy;

	if (path[0] == '/')
		return known_path_tidy(path);
	folder = getcwd(NULL, 0);
	/* Without a folder there is no better name. */
	absolute = folder == NULL ? memory_string(path)
	                          : memory_printf("%s/%s", folder, path);
	tidy = known_path_tidy(absolute);
	free(folder);
	free(absolute);
	return tidy;
}

bool
known_path_matches(const char *pattern, const char *path)
{
	char *prefix = pattern[0] == '/' ? memory_string("") : known_path("");
	char *tidy = known_path_tidy(pattern);
	size_t size = strlen(prefix);
	bool matches = strncmp(path, prefix, size) == 0 &&
	    fnmatch(tidy, path + size, FNM_PATHNAME | FNM_PERIOD) == 0;

	free(prefix);
	free(tidy);
	return matches;
}

/* Is a file at path, in the same folder, from one at `from`? */
static bool
is_from(const char *from, const char *path)
{
	const char *base = strrchr(from, '/');
	size_t folder = base != NULL ? (size_t)(base - from) + 1 : 0;

	return strncmp(path, from, folder) == 0 &&
	    (rotated_has(from + folder, path + folder) ||
	        rotated_has_inside(from + folder, path + folder));
}

uint64_t
known_first_ns(const struct known *known, const char *path)
{
	char *absolute = known_path(path);
	const struct known_file *file;
	uint64_t first_ns = 0, born_ns;
	size_t i;

	for (i = 0; (file = known_at(known, i)) != NULL; i++) {
		born_ns = file->identity.born_ns;
		if (file->path != NULL && strcmp(file->path, absolute) == 0 &&
		    born_ns > 0 && (first_ns == 0 || born_ns < first_ns))
			first_ns = born_ns;
	}
	free(absolute);
	return first_ns;
}

bool
known_has_origin(const struct known *known, const char *path, uint64_t born_ns)
{
	char *absolute = known_path(path);
	const struct known_file *file;
	bool has = false;
	size_t i;

	for (i = 0; !has && (file = known_at(known, i)) != NULL; i++)
		has = file->path != NULL && !file->is_parked &&
		    is_from(file->path, absolute) &&
		    (born_ns == 0 || born_ns > file->identity.born_ns);
	free(absolute);
	return has;
}
