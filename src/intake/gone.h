#ifndef ABUF_INTAKE_GONE_H
#define ABUF_INTAKE_GONE_H

/*
 * Which of the files that were read once are gone for certain, so that nobody
 * need remember how far they were read.
 *
 * A file is gone if nothing in a folder of these paths has its inode any more,
 * and nothing that the inputs name now; or more than GONE_LATER_MAX files that
 * were read later had that; and the path names nothing, or another file that
 * was read later.  (What was cut and begun anew has the inode of what is gone
 * on with, and a rest that was not read may be in a copy.)  It is not gone for
 * certain, and stays, where the path is a symbolic link, or where the folder is
 * on another file system than the file was: that may only not be mounted.  What
 * was moved to a folder that nobody reads counts as gone, for nobody would find
 * it there.
 *
 * It reads folders, and takes a stat(2) for each file in them.  Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GONE_LATER_MAX 16

struct gone_file {
	/* The caller's. */
	const char *path; /* absolute */
	uint64_t device;
	uint64_t inode;
	size_t order; /* in which they were read; no two are the same */

	size_t later; /* files that had its inode after it */
	bool is_gone; /* the answer */
};

/*
 * Sorts the files in its own way.  Inputs are paths and patterns (patterns.h).
 */
void gone_find(struct gone_file *files, size_t count, const char *const *inputs,
    size_t input_count);

#endif
