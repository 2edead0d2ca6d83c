#ifndef ABUF_JOURNAL_READING_INTERNAL_H
#define ABUF_JOURNAL_READING_INTERNAL_H

/*
 * Where the records of lost batches are in a file that was read: between those
 * of the batches around them.  Pure.
 */

#include <stdint.h>

struct frame;
struct state;

/* Bytes of a source that no batch has; source 0: there are none. */
struct reading_range {
	uint64_t source, from, to;
};

/* What a BATCH leaves out, before it is applied. */
void reading_find_range(const struct state *state, const struct frame *frame,
    struct reading_range *range);

/* It has been applied: batches that are missing just before it were there. */
void reading_note_range(struct state *state, const struct frame *frame,
    const struct reading_range *range);

#endif
