#ifndef ABUF_INTAKE_PLACES_H
#define ABUF_INTAKE_PLACES_H

/*
 * The seam between sources and whoever keeps, across runs, how far regular
 * files have been taken: the journal; or nobody.
 *
 * A place is a file, its number, the path under which it was last read, and
 * the position from which it is to be read next.  A path gets a new place with
 * each file that takes its place; the last one stored is that of the file that
 * was read last.  The place of a file that has ended is still of use: the file
 * may grow again, and a pattern may find it under another name.  It may be
 * forgotten when so many have come that somebody must go.
 *
 * Paths begin with a slash.
 *
 * For each file:
 *	1. begin(), before its first byte is given to a window;
 *	2. its records go to windows, with its number as their origin; rest()
 *	   whenever there are no more for now;
 *	3. end(), or the process dies.
 * The copy of a file that was cut is a file of its own to begin(), with the
 * number of the one that it is the copy of; no end() stands between the two.
 * begin() may be called again with the number of a file that has ended.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"

struct err;
struct stream;

struct place {
	uint32_t source;          /* its number, from 1 */
	const char *path;         /* not the reader's */
	struct identity identity; /* with the position to go on at */
};

struct places {
	/*
	 * The stored places, by index from 0, in the order in which they were
	 * stored; false behind the last.  Asked before the first begin() only.
	 */
	bool (*get)(void *context, size_t index, struct place *place);

	/*
	 * A file is about to be read from identity->position on.  known is its
	 * number if it has one; 0: it is a new one.  fd is borrowed: whoever
	 * needs it later duplicates it.  *source is its number from now on,
	 * which may be another one.  ERR_IO: not now, nothing has changed; it
	 * is tried again.  ERR_BUSY: the same, and it is no want of space, but
	 * others are to be done with first.
	 */
	int (*begin)(void *context, uint32_t known, const char *path, int fd,
	    const struct identity *identity, uint32_t *source, struct err *e);

	/*
	 * Everything of it up to position has been given to windows or
	 * refused; nothing more will come from it through this reader: it was
	 * rotated away, or the run's input ends.
	 */
	void (*end)(void *context, uint32_t source, uint64_t position);

	/*
	 * Everything of it up to position has been given to windows or
	 * refused, and that is all that it has for now.
	 */
	void (*rest)(void *context, uint32_t source, uint64_t position);

	/* Has stream had the record of source that ends at `end`? */
	bool (*is_taken)(void *context, uint32_t source,
	    const struct stream *stream, uint64_t end);

	void *context;
};

#endif
