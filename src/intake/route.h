#ifndef ABUF_INTAKE_ROUTE_H
#define ABUF_INTAKE_ROUTE_H

/*
 * The router: takes the bytes a source has read, and puts each record into
 * the open window of its lane, as whole spans.  Today every record goes to
 * one fixed lane.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intake/framer.h"

struct channel;
struct err;

/* A piece of a record that is refused for its length; pieces come in order. */
struct refusal {
	const char *source; /* where it came from */
	uint64_t record;    /* its number there, from 1 */
	uint64_t limit_bytes;
	const uint8_t *data; /* with the delimiter in the last piece */
	size_t size;
	bool is_first;
	bool is_last;
	uint64_t bytes; /* if it is the last: of the record, no delimiter */
};

struct route {
	struct channel *channel; /* where every record goes */
	/*
	 * Keep a piece, or drop it: returns 0 or ERR_IO, and then the same
	 * piece, perhaps with more behind it, is offered again later.
	 */
	int (*refuse)(
	    void *context, const struct refusal *refusal, struct err *e);
	void *context;
};

enum feed_end {
	FEED_ALL,     /* every whole record has been taken */
	FEED_STUCK,   /* the next record's lane is stuck */
	FEED_NO_SPACE /* no space for a window now: try again later */
};

struct feed {
	size_t taken;     /* bytes, from the start, that are done with */
	uint64_t records; /* that ended in these, skipped ones included */
	enum feed_end end;
};

/*
 * Feed size bytes at data, framed by framer, to the lanes.  What is not taken
 * is to be offered again.  source and first_record (a number from 1) tell
 * a refused record.  *e says why on FEED_NO_SPACE.
 */
struct feed route_feed(struct route *route, struct framer *framer,
    const uint8_t *data, size_t size, const char *source, uint64_t first_record,
    uint64_t now_ns, struct err *e);

#endif
