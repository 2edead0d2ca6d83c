#ifndef ABUF_INTAKE_SEARCH_H
#define ABUF_INTAKE_SEARCH_H

/*
 * Where has a file gone?  Whoever rotates logs renames or copies them within
 * their folder, and so a stored file that its path names no more is looked for
 * among those beside it.
 *
 * The file with the stored inode goes before a copy, and the copy that was
 * written last before others: these have less, or are of earlier files that
 * began alike.  A copy is called as rotated.h says.  Symbolic links in a folder
 * are passed over, and so are other folders: what has been moved there is not
 * found.
 *
 * It reads a folder, and a little of each file that is long enough to be
 * a copy: not for every turn of a loop.  Any thread.
 */

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/identity.h"

struct err;

/* Files that are read to see whether they are copies; more are passed over. */
#define SEARCH_COPIES_MAX 4096

/* So often a folder is read that is changed meanwhile. */
#define SEARCH_TIMES_MAX 8

/*
 * Open the folder that path is in; the caller closes.  NULL, ERR_NO_INPUT: it
 * is not there; ERR_IO: it cannot be read.
 */
DIR *search_open_folder(const char *path, struct err *e);

/* How often a folder has been read, all zero to begin with. */
struct search_pass {
	struct timespec changed; /* when it had been, the last time */
	unsigned times;
};

/*
 * Whoever rotates renames files while we read their folder, so that one of them
 * may be passed over: is it to be read, for the first time or again?  It is at
 * its start then.
 */
bool search_again(struct search_pass *pass, DIR *folder);

struct search_match {
	int fd; /* open for reading, the caller's; or -1: nothing was found */
	enum identity_verdict verdict; /* IDENTITY_SAME or _MOVED, or _OTHER */
	char name[NAME_MAX + 1];       /* in the folder; or empty */
	bool is_inside; /* that is rotated_has_inside() of what it was called */
};

/*
 * Look for the stored file in the folder that path is in, and in that of what
 * path leads to, if it is a symbolic link.  ERR_NO_INPUT: there is no such
 * folder; ERR_IO: it cannot be read, or the file is there and cannot be opened.
 * Another one that cannot be is passed over.
 */
int search_find(const struct identity *stored, const char *path,
    struct search_match *match, struct err *e);

/*
 * Open the stored file for reading: where it was, or where it has been moved.
 * -1 and ERR_NO_INPUT: it is certainly not there; -1 and ERR_IO: it cannot be
 * opened or read now, and may be there again, and so may a folder.
 */
int search_open(const char *path, const struct identity *stored, struct err *e);

#endif
