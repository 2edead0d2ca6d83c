#ifndef ABUF_INTAKE_ROUTE_INTERNAL_H
#define ABUF_INTAKE_ROUTE_INTERNAL_H

/*
 * What the files of routing share; see route.h.
 */

#include "intake/route.h"

struct stream;

/* The bytes on offer, and how far they have been taken. */
struct feeding {
	const struct route *route;
	struct inlet *inlet;
	const uint8_t *data; /* what is left of them */
	size_t size;
	uint64_t now_ns;
	unsigned int refusals;
	struct feed feed;
	struct err *e;
};

/* False, and the feeding ends: it has refused enough for one turn. */
bool route_may_go_on(struct feeding *feeding);

/* Where the first size bytes end in the file. */
uint64_t route_end_in_file(const struct feeding *feeding, size_t size);

/* The stream has taken size bytes from the front, which are records. */
void route_note_origin(
    const struct feeding *feeding, struct stream *stream, size_t size);

/* The first bytes are done with; with them, so many records. */
void route_take(struct feeding *feeding, size_t size, uint64_t records);

/*
 * Let go of what a cut skips, behind the records in it, which have been taken.
 * If it is a piece of a refused record that cannot be kept now, the framer goes
 * back to where it was before: false, and the feeding ends.
 */
bool route_skip(struct feeding *feeding, const struct framer *before,
    const struct cut *cut);

/* A whole record is refused, given with its delimiter; false as above. */
bool route_refuse(struct feeding *feeding, const uint8_t *record, size_t size,
    const char *why);

/* True if the stream takes a record; false, and the feeding ends: stuck. */
bool route_open(struct feeding *feeding, struct stream *stream);

/* The feeding ends for want of space; the framer goes back. */
void route_stop(struct feeding *feeding, const struct framer *before);

/* As long as there is something to do. */
void route_spans(struct feeding *feeding, struct stream *stream);
void route_each(struct feeding *feeding);

#endif
