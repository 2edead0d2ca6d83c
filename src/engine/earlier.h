#ifndef ABUF_ENGINE_EARLIER_H
#define ABUF_ENGINE_EARLIER_H

/*
 * The files that earlier runs have read, as the journal knew them when it was
 * opened: found again for batches whose records are read from them.
 *
 * All zero: none.  Set once, by the loop's thread; then any thread may ask.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct earlier_file;
struct err;
struct journal;
struct place;

struct earlier {
	struct earlier_file *files; /* by number, which rise */
	size_t count;
};

void earlier_set(struct earlier *earlier, struct journal *journal);

void earlier_release(struct earlier *earlier);

/* The one of this index, as places.h of the intake has it. */
bool earlier_get(
    const struct earlier *earlier, size_t index, struct place *place);

/*
 * Open the one of this number, where it is, or where it has been moved; returns
 * the descriptor.  -1 with ERR_NO_INPUT: it is certainly gone; with ERR_IO: it
 * cannot be read now.
 */
int earlier_open(const struct earlier *earlier, uint64_t source, struct err *e);

#endif
