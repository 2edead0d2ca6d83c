#ifndef ABUF_INTAKE_MISSING_H
#define ABUF_INTAKE_MISSING_H

/*
 * The paths of a pattern (patterns.h) that name nothing any more, while what
 * was read under them is known: it may have been renamed to what the pattern
 * does not match, with something in it that nobody has read.
 *
 * Most files that are gone were deleted.  So a path is told only if the file
 * is still in its folder, under whatever name; or if files are there that are
 * called as if they had been rotated away from it, or if more was seen of it
 * than read, which is lost; or if it is a symbolic link, which leads elsewhere.
 *
 * It takes a stat(2) for each known file of the pattern that nobody reads, and
 * reads folders when one is missing.  Loop thread only.
 */

#include <stddef.h>

struct known;
struct known_file;

struct missing_path {
	char *path; /* as the pattern would give it */
	struct known_file *file;
};

/* Sorted by path.  All zero: none. */
struct missing {
	struct missing_path *paths;
	size_t count;
};

/*
 * Those of the pattern whose file is not read, and was not found missing
 * before (known_file's is_sought, which becomes true).  The caller releases
 * them.
 */
void missing_find(
    const struct known *known, const char *pattern, struct missing *missing);

/* Tell this one again when it is asked the next time. */
void missing_put_back(const struct missing_path *path);

/* release() of an empty one is a no-op. */
void missing_release(struct missing *missing);

#endif
