#ifndef ABUF_INTAKE_ROUTE_H
#define ABUF_INTAKE_ROUTE_H

/*
 * The router: takes the bytes a source has read, and puts each record into
 * the open window of its lane, as whole spans.  Today every record goes to
 * one fixed lane.
 *
 * Loop thread only.
 */

#include <stddef.h>
#include <stdint.h>

#include "intake/framer.h"

struct channel;
struct err;

struct route {
	struct channel *channel; /* where every record goes */
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
 * is to be offered again.  source and first_record (a number from 1) are for
 * the message about a refused record.  *e says why on FEED_NO_SPACE.
 */
struct feed route_feed(struct route *route, struct framer *framer,
    const uint8_t *data, size_t size, const char *source, uint64_t first_record,
    uint64_t now_ns, struct err *e);

/*
 * The input has ended: account for a refused record that it ended in.
 */
void route_finish(struct route *route, struct framer *framer,
    const char *source, uint64_t record);

#endif
