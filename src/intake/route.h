#ifndef ABUF_INTAKE_ROUTE_H
#define ABUF_INTAKE_ROUTE_H

/*
 * From the bytes of a source to open windows.
 *
 * Where all records of a source go the same way, they go there as whole spans
 * (route_spans.c), at a cost per byte.  Where each has to be looked at (a tag,
 * a field, a hash, a value of JSON that has to be made one line), they go one
 * by one (route_each.c), gathered in memory.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/keeper.h"
#include "intake/framer.h"

struct destination;
struct err;
struct router;
struct stream;

/*
 * A piece of a record that is refused: for its length, for want of an end or
 * of a destination.  Pieces come in order; only long records have several.
 */
struct refusal {
	const char *source; /* where it came from */
	uint64_t record;    /* its number there, from 1 */
	uint64_t file;      /* if it can be read again: of struct inlet_file; */
	uint64_t offset;    /* in that, of the piece */
	const char *why;    /* a few words */
	bool is_unrouted;   /* it is whole, but has nowhere to go */
	uint64_t limit_bytes;
	const uint8_t *data;
	size_t size;
	bool is_first;
	bool is_last;
	bool lacks_delimiter; /* the last piece does not end with one */
	uint64_t bytes; /* if it is the last: of the record, no delimiter */
};

/* So many records are refused at most in one feed. */
#define ROUTE_REFUSALS 16

/* Where the records of a source go. */
struct route {
	const struct destination *home; /* all of them, unless: */
	struct router *router;          /* each says so itself; or NULL */
	/*
	 * Keep a piece, or drop it: returns 0 or ERR_IO, and then the same
	 * piece, perhaps with more behind it, is offered again later.  It may
	 * wait for a disk.
	 */
	int (*refuse)(
	    void *context, const struct refusal *refusal, struct err *e);
	void *context;
};

/*
 * For a keeper (buffer/keeper.h): where the records of a file stand in it, and
 * which of them it has already.
 */
struct inlet_file {
	enum origin_kind kind; /* ORIGIN_NONE: the rest is of no use */
	uint64_t source;       /* its number, from 1 */
	uint64_t offset;       /* in the file, of the bytes at the front */
	uint64_t limit; /* of all offsets: the last delimiter is ours; or 0 */
	/*
	 * After a crash a file may be read again from before what is kept:
	 * true if stream has had its record that ends before offset `end`.
	 * NULL: there is no such record.
	 */
	bool (*is_taken)(
	    void *context, const struct stream *stream, uint64_t end);
	void *context;
};

/* What is known of a source between two feeds. */
struct inlet {
	const char *source; /* its name, for messages */
	struct framer framer;
	bool wants_header;    /* the next line is the header */
	uint8_t *header;      /* it, with its delimiter */
	size_t header_size;   /* 0: there is none */
	uint64_t next_record; /* number of the record at the front, from 1 */
	struct inlet_file file;
	/* One record, made into a line. */
	uint8_t *line;
	size_t line_capacity;
};

void inlet_release(struct inlet *inlet);

/*
 * What kind of origin records of a file have that go along route: as they are,
 * all of them to one stream, or not.
 */
enum origin_kind route_origin_kind(
    const struct route *route, const struct framer *framer);

enum feed_end {
	FEED_ALL,     /* every whole record has been taken */
	FEED_TURN,    /* others first: whoever refuses records takes long */
	FEED_STUCK,   /* the next record's stream is stuck */
	FEED_NO_SPACE /* no space for a window now: try again later */
};

struct feed {
	size_t taken; /* bytes, from the start, that are done with */
	enum feed_end end;
};

/*
 * Feed size bytes at data, which begin with the inlet's next record, to the
 * windows.  What is not taken is to be offered again.  *e says why on
 * FEED_NO_SPACE.
 */
struct feed route_feed(const struct route *route, struct inlet *inlet,
    const uint8_t *data, size_t size, uint64_t now_ns, struct err *e);

#endif
