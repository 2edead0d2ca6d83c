/*
 * The path under which a file is known.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "intake/known.h"

char *
known_path(const char *path)
{
	char *folder, *absolute;

	if (path[0] == '/')
		return memory_string(path);
	folder = getcwd(NULL, 0);
	/* Without a folder there is no better name. */
	absolute = folder == NULL ? memory_string(path)
	                          : memory_printf("%s/%s", folder, path);
	free(folder);
	return absolute;
}
