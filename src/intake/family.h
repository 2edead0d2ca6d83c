#ifndef ABUF_INTAKE_FAMILY_H
#define ABUF_INTAKE_FAMILY_H

/*
 * Files that came to a path and were rotated away while nobody read it, or the
 * copies that were made of it meanwhile.  Whoever rotates gives them the name
 * of the path and behind it a dot, dash or underscore and a number or date:
 * log.1, log-20261127, log.2026-11-27; or, where that is known of him, puts
 * these before its ending: app.1.log.  What ends with anything else is
 * somebody's own (log.bak), or compressed, which is of no use (log.1.gz).
 *
 * Names with numbers move on, so the order is that of the times at which files
 * were last written.
 *
 * Where the path is a symbolic link, its own folder and that of what it leads
 * to are looked at.  Whoever writes a file a day, and turns the link to it, has
 * names of a series (rotated.h): those behind what the link led to, and before
 * what it leads to now.
 *
 * It reads a folder: not for every turn of a loop.  Any thread.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* The oldest of them; the others are many. */
#define FAMILY_MAX 14

/* Which of them: nanoseconds since 1970; all of it must be true. */
struct family_since {
	uint64_t written_ns; /* last written then, or later */
	const char *than;    /* or rotated_is_newer() than this name; or NULL */
	uint64_t than_ns;    /* which was born then; and born since */
	uint64_t until_ns;   /* and not later than this; 0: whenever */
	uint64_t born_ns;    /* born then or later, where that is known */
	uint64_t new_ns;     /* so if nobody has read it: for is_others() */
	bool is_inside;      /* app.1.log counts, too */
	bool is_dated;       /* at least app-20261127.log does */

	/*
	 * What is certainly one of them is called so; names that may not be
	 * beside it (rotated.h) do not count.  NULL: nobody knows.
	 */
	const char *certain;

	/* A link was turned: the files of a series between count, too. */
	bool is_turned;

	/* Not this file. */
	uint64_t device;
	uint64_t inode;

	/*
	 * Nor one that is not to be read, whose path is given, and whether it
	 * counts by its name; or NULL.
	 */
	bool (*is_others)(void *context, const char *path, int fd, bool counts);
	void *context;
};

struct family_file {
	int fd; /* open for reading, the caller's */
	uint64_t written_ns;
};

struct family {
	struct family_file
	    files[FAMILY_MAX]; /* by the time they were written */
	size_t count;
	bool has_more;      /* newer ones, that are not open */
	uint64_t packed_ns; /* the newest compressed one was written; or 0 */

	/* One that does not count because it is called otherwise; or "". */
	char unlike[NAME_MAX + 1];
};

/*
 * Regular files that are called so.  ERR_NO_INPUT: there is no folder; ERR_IO:
 * it, or one of these files, cannot be read; then none is open.
 */
int family_find(const char *path, const struct family_since *since,
    struct family *family, struct err *e);

/* Close what was found. */
void family_release(struct family *family);

#endif
