#ifndef ABUF_INTAKE_PATTERNS_H
#define ABUF_INTAKE_PATTERNS_H

/*
 * The files that patterns such as /var/log/app*.log name now, and what has
 * changed since they were asked last.
 *
 * Patterns are glob(7)'s, as the shell's without braces and tildes: * ? [...]
 * and a backslash before a character that is meant; * passes over names that
 * begin with a dot; ** is no more than *.  A path without any of these names
 * itself.
 *
 * Found is what is a regular file, also through a symbolic link; each file
 * once, however many patterns, links or ways of writing lead to it: under the
 * first of its paths in the order of bytes.  A folder that cannot be read has
 * no files, and neither has a pattern that nothing matches: whether that is
 * wrong is the caller's to say.  A file that cannot be read is found, and who
 * opens it will see.
 *
 * Asking reads folders, which may take as long as the disk does, and takes
 * memory for all names that match, for as long as it lasts.  Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct patterns_file {
	char *path;
	uint64_t device;
	uint64_t inode;
};

/* Sorted by path, no two of one file.  All zero: none. */
struct patterns_found {
	struct patterns_file *files;
	size_t count;
};

/*
 * Find the files of count patterns, at most max (of CONFIG_INPUTS_MAX, all
 * that may be read).  ERR_NO_INPUT if there are more, ERR_SYSTEM if there is
 * no memory; then *found is empty.  The caller releases it.
 */
int patterns_find(const char *const *patterns, size_t count, size_t max,
    struct patterns_found *found, struct err *e);

/*
 * The same for who must not miss one: ERR_IO, too, if a folder or a file that
 * is there cannot be looked at.
 */
int patterns_find_all(const char *const *patterns, size_t count,
    struct patterns_found *found, struct err *e);

/* release() of an empty one is a no-op. */
void patterns_release(struct patterns_found *found);

struct patterns_change {
	/*
	 * A path that was not there.  `was` is the known file with the same
	 * device and inode, if there is one; else NULL.  It has been renamed,
	 * and whoever has it open goes on.  If nobody has, its inode may have
	 * gone to another file: identity.h tells.
	 */
	void (*appeared)(void *context, const struct patterns_file *file,
	    const struct patterns_file *was);
	/* A path that is not there any more; its file may have appeared. */
	void (*vanished)(void *context, const struct patterns_file *file);
	void *context;
};

/*
 * Tell what has changed from known to found, in the order of paths.  A path
 * that names another file than before has not changed: see follow.h.  Pure.
 */
void patterns_compare(const struct patterns_found *known,
    const struct patterns_found *found, const struct patterns_change *change);

#endif
