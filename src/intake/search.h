#ifndef ABUF_INTAKE_SEARCH_H
#define ABUF_INTAKE_SEARCH_H

/*
 * Where has a file gone?  Whoever rotates logs renames or copies them within
 * their folder, and so a stored file that its path names no more is looked for
 * among those beside it.
 *
 * The file with the stored inode goes before a copy, and the longest copy
 * before others: it has what they have, and more.  Symbolic links are passed
 * over, and so are other folders: what has been moved there is not found.
 *
 * It reads a folder, and a little of each file that is long enough to be
 * a copy: not for every turn of a loop.  Any thread.
 */

#include <limits.h>

#include "base/identity.h"

struct err;

/* Files that are read to see whether they are copies; more are passed over. */
#define SEARCH_COPIES_MAX 4096

struct search_match {
	int fd; /* open for reading, the caller's; or -1: nothing was found */
	enum identity_verdict verdict; /* IDENTITY_SAME or _MOVED, or _OTHER */
	char name[NAME_MAX + 1];       /* in the folder; or empty */
};

/*
 * Look for the stored file in the folder that path is in.  ERR_NO_INPUT if
 * the folder cannot be read; a file that cannot be is passed over.
 */
int search_find(const struct identity *stored, const char *path,
    struct search_match *match, struct err *e);

#endif
