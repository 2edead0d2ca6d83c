/*
 * Files of patterns that cannot be read, each of which is told once.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"
#include "intake/intake_internal.h"
#include "intake/patterns.h"

bool
patterns_is_refused(struct intake *intake, const struct patterns_file *file)
{
	struct refused_file *refused;
	size_t i;

	if (faccessat(AT_FDCWD, file->path, R_OK, AT_EACCESS) == 0 ||
	    errno == ENOENT)
		return false;
	for (i = 0; i < intake->refused_count; i++) {
		refused = &intake->refused[i];
		if (refused->device == file->device &&
		    refused->inode == file->inode) {
			refused->is_there = true;
			return true;
		}
	}
	intake->refused = memory_resize(intake->refused,
	    intake->refused_count + 1, sizeof(intake->refused[0]));
	intake->refused[intake->refused_count++] =
	    (struct refused_file){file->device, file->inode, true};
	return false;
}

void
patterns_purge_refused(struct intake *intake)
{
	size_t i, used = 0;

	for (i = 0; i < intake->refused_count; i++) {
		if (intake->refused[i].is_there)
			intake->refused[used++] = intake->refused[i];
	}
	intake->refused_count = used;
	for (i = 0; i < used; i++)
		intake->refused[i].is_there = false;
}
