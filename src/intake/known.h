#ifndef ABUF_INTAKE_KNOWN_H
#define ABUF_INTAKE_KNOWN_H

/*
 * The files that a run knows: those that are stored (places.h), and those that
 * its own readers have or had.  It is how no file is read by two readers, and
 * none twice, whatever paths lead to it: a pattern finds a rotated file under
 * its new name, while the reader of the old one has it, or after that.
 *
 * A file is known by device and inode, and by being IDENTITY_SAME.  A copy is
 * another file: patterns that match the copies of those who copy and truncate
 * read what is in them again.
 *
 * So that names in a journal mean the same in every folder, paths are made
 * absolute, by their text: a symbolic link stays one, and so does `..', which
 * may stand behind one.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"

struct err;
struct known;
struct places;

/*
 * More are forgotten, the oldest first; never one that is being read, or that
 * is parked, or that has a number: it would be read again from its start.  It
 * is as many as a journal knows.
 */
#define KNOWN_MAX 65536

struct known_file {
	struct identity identity; /* up to where it has been read */
	uint32_t source;          /* its number with places; 0: none yet */
	char *path;               /* where it was stored, or parked; or NULL */
	bool is_open;             /* somebody reads it */
	bool is_parked;           /* nobody does, as long as it is quiet */
	bool is_sought;           /* it was looked for; see missing.h */
	uint64_t order;           /* when it came to be known: a number */

	/* known.c's own. */
	uint64_t path_hash;
	struct known_file *older; /* with the same hash of its inode */
};

enum known_verdict {
	KNOWN_NEW,   /* begins at 0 */
	KNOWN_AGAIN, /* goes on at its position */
	KNOWN_BUSY   /* another has it: it is not to be read */
};

/* Know what is stored; places NULL: nothing. */
struct known *known_create(const struct places *places);

/* destroy(NULL) is a no-op. */
void known_destroy(struct known *known);

/*
 * Somebody is about to read an open file.  Unless it is BUSY, *file is his
 * until known_close().  ERR_NO_INPUT: it cannot be identified.
 */
int known_open(struct known *known, int fd, enum known_verdict *verdict,
    struct known_file **file, struct err *e);

/* He has read up to identity->position; close(NULL) is a no-op. */
void known_close(struct known_file *file, const struct identity *identity);

/* Those that come to be known from now on are behind this mark; NULL: 0. */
uint64_t known_mark(const struct known *known);

/*
 * Those behind the mark were only looked at: forget them, but for those that
 * somebody reads.  NULL: a no-op.
 */
void known_forget_since(struct known *known, uint64_t mark);

/* Another can be parked. */
bool known_can_park(const struct known *known);

/*
 * It is closed, because others need the descriptor, and to be opened again when
 * there is more in it: to be called before known_close(), with the absolute
 * path under which it was read.
 */
void known_park(struct known_file *file, const char *path);

/*
 * The file that was stored, or parked, last for a path, if nobody reads it; or
 * NULL.  It may not be there any more.
 */
const struct known_file *known_last(
    const struct known *known, const char *path);

/* Was any file stored, or parked, for a path, whoever reads it? */
bool known_has(const struct known *known, const char *path);

/*
 * Is path called as files of a stored path are once they are rotated, and was
 * what it names born after one of these, as far as one can tell?  born_ns 0:
 * nobody knows.
 */
bool known_has_origin(
    const struct known *known, const char *path, uint64_t born_ns);

/* When the first of the files that are stored for a path was born; 0: unknown.
 */
uint64_t known_first_ns(const struct known *known, const char *path);

/* Was a file stored for the absolute path that nobody reads? */
bool known_has_idle(const struct known *known, const char *path);

/*
 * The file that had this inode last, if it was stored for the absolute path,
 * and nobody reads it; or NULL.
 */
const struct known_file *known_find_inode(const struct known *known,
    const char *path, uint64_t device, uint64_t inode);

/* May there be one, on whatever device?  A folder tells the inode only. */
bool known_has_inode(
    const struct known *known, const char *path, uint64_t inode);

/*
 * The file that had the inode of this one before it, as one has that was cut,
 * under the same conditions.
 */
const struct known_file *known_before(
    const struct known_file *file, const char *path);

/* Is this that file, with more in it than has been read? */
bool known_has_rest(const struct known_file *file, int fd, uint64_t size);

/*
 * Is there anything to read in the file at path, which has this device and
 * inode, for a reader of its own?
 */
bool known_wants(
    struct known *known, const char *path, uint64_t device, uint64_t inode);

/* By index, in the order in which they came to be known; NULL behind the last.
 */
struct known_file *known_at(const struct known *known, size_t index);

/* The absolute path, which is tidy; the caller frees. */
char *known_path(const char *path);

/* A path without what means nothing: ./ and slashes that are doubled. */
char *known_path_tidy(const char *path);

/* Would a pattern (patterns.h) find this absolute path, if it were there? */
bool known_path_matches(const char *pattern, const char *path);

#endif
