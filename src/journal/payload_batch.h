#ifndef ABUF_JOURNAL_PAYLOAD_BATCH_H
#define ABUF_JOURNAL_PAYLOAD_BATCH_H

/*
 * BATCH, a closed window with its ids, and OPEN, what of an open window was
 * synced.  As payload.h says for all payloads.
 *
 * One payload for all lanes of a fan-out: a batch has a number in each of its
 * lanes.  The frame's header has the first one.
 *
 * Where the bytes are: in the frame itself, in the window's file, or in the
 * sources, span after span.  When they are elsewhere, spans tell how far a
 * source has been taken whose records are spread over streams: it is to be read
 * again from start, but this stream has all its records up to end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack;

#define PAYLOAD_LANES_MAX 1024
#define PAYLOAD_SPANS_MAX 8192

/* A larger payload has a file. */
#define PAYLOAD_INSIDE_MAX 65536

/* Some bytes of a source: from start to before end. */
struct payload_span {
	uint64_t source; /* its id */
	uint64_t start, end;
	/*
	 * As struct identity has them, for who goes on behind this: at end;
	 * or at start, if the bytes are elsewhere.
	 */
	uint64_t marker_hash;
	uint64_t head_hash;
	uint32_t head_size;
};

/*
 * Channels of a fan-out may be configured otherwise than the first: then a lane
 * has a shape of its own.
 */
struct payload_number {
	uint16_t lane;
	uint64_t seq;   /* from 1 */
	uint64_t shape; /* 48 bits of it; 0: it is that of the batch */
};

enum payload_place {
	PAYLOAD_INSIDE = 1,
	PAYLOAD_FILE,
	PAYLOAD_SPANS,
	PAYLOAD_PLACE_COUNT
};

/* Why the window was closed.  Never renumbered. */
enum payload_reason {
	PAYLOAD_SIZE = 1,
	PAYLOAD_BYTES,
	PAYLOAD_DELAY,
	PAYLOAD_IDLE,
	PAYLOAD_FLUSH,
	PAYLOAD_EOF,
	PAYLOAD_STOP,
	PAYLOAD_HEADER,
	PAYLOAD_SOURCE_KIND,
	PAYLOAD_REASON_COUNT
};

struct payload_batch {
	uint64_t records; /* at least 1 */
	uint64_t bytes;   /* of these */
	uint64_t shape;   /* a hash of all that shapes what a command gets: */
	/* of the first lane when it was closed, perhaps done since */
	uint64_t window; /* number of its file; 0: it has none */
	/* The stream: of this lane, or the shared one of its buffer. */
	uint16_t stream;
	bool is_shared;
	uint32_t header_size; /* bytes before the records: a header line */
	uint32_t crc;         /* CRC-32C of header and records */
	uint8_t place;        /* enum payload_place */
	uint8_t reason;       /* enum payload_reason */
	uint16_t lane_count;  /* at least 1 */
	uint32_t span_count;  /* at least 1 for PAYLOAD_SPANS */
	uint32_t inside_size; /* header and records, if PAYLOAD_INSIDE */
	const uint8_t *inside;

	/* Set by decode, for payload_batch_number() and _span(). */
	const uint8_t *encoded_numbers, *encoded_spans;
};

/* The counts say how many numbers and spans there are. */
void payload_batch_encode(const struct payload_batch *batch,
    const struct payload_number *numbers, const struct payload_span *spans,
    struct pack *to);
bool payload_batch_decode(
    struct payload_batch *batch, const uint8_t *data, size_t size);

/* The index-th of a decoded batch, from 0. */
struct payload_number payload_batch_number(
    const struct payload_batch *batch, size_t index);
struct payload_span payload_batch_span(
    const struct payload_batch *batch, size_t index);

/*
 * What a number has for a lane of this shape, in a batch of that one; and
 * whether that stands for a lane which is now of this shape.
 */
uint64_t payload_lane_shape(uint64_t batch_shape, uint64_t shape);
bool payload_lane_has_shape(
    const struct payload_batch *batch, uint64_t lane_shape, uint64_t shape);

/*
 * Of the frame's lane, or of the shared stream of its buffer.  A window that
 * was just opened has a length of 0.
 */
struct payload_open {
	uint64_t window;      /* number of its file */
	uint64_t length;      /* of the file that was synced: whole records */
	uint64_t records;     /* in these */
	uint32_t header_size; /* that the file begins with, perhaps unsynced */
	uint32_t crc;         /* of `length` bytes, header included */
	bool is_shared;
	/* Lanes that each get all of it; 0: one of them, or it is not known. */
	uint16_t lane_count;
	const uint16_t *lanes; /* for encode; NULL after decode, which sets: */
	const uint8_t *encoded_lanes; /* for payload_open_lane() */
};

#define PAYLOAD_OPEN_SIZE 40 /* without the lanes */

void payload_open_encode(const struct payload_open *window, struct pack *to);
bool payload_open_decode(
    struct payload_open *window, const uint8_t *data, size_t size);

/* The index-th of a decoded window, from 0. */
uint16_t payload_open_lane(const struct payload_open *window, size_t index);

#endif
