#ifndef ABUF_INTAKE_FAMILY_H
#define ABUF_INTAKE_FAMILY_H

/*
 * Files that came to a path and were rotated away while nobody read it. Whoever
 * rotates gives them the name of the path and behind it a dot, dash or
 * underscore and a number or date: log.1, log-20261127, log.2026-11-27.  What
 * ends with anything else is of no use (log.1.gz), or somebody's own (log.bak).
 *
 * Names with numbers move on, so the order is that of the times at which files
 * were last written.
 *
 * It reads a folder: not for every turn of a loop.  Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stat;

/* The oldest of them; the others are many. */
#define FAMILY_MAX 14

struct family_file {
	int fd; /* open for reading, the caller's */
	uint64_t written_ns;
};

struct family {
	struct family_file
	    files[FAMILY_MAX]; /* by the time they were written */
	size_t count;
	bool has_more; /* newer ones, that are not open */
};

/*
 * Regular files in the folder of path that are called so, and were written
 * when the one with this stat was, or later: not that itself.  What cannot be
 * read is passed over.
 */
void family_find(
    const char *path, const struct stat *begun, struct family *family);

#endif
