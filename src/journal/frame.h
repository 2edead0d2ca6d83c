#ifndef ABUF_JOURNAL_FRAME_H
#define ABUF_JOURNAL_FRAME_H

/*
 * A frame: what the log consists of, behind a segment's header.  A header of
 * 32 bytes, a payload (payload.h), zeros up to a multiple of 8.  Pure.
 *
 * A frame knows where it stands: its position (lsn) is the segment's number
 * and its offset in the file.  A frame that is copied elsewhere, that belongs
 * to another segment or journal (another salt), or that lies inside another
 * frame's payload, is none.
 *
 * A frame also says how much was durable when it was written (durable_lsn):
 * that tells a torn end of the log from damage (tail.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_ALIGNMENT 8
#define FRAME_HEADER_SIZE 32

/* A longer payload is damage. */
#define FRAME_PAYLOAD_MAX (UINT32_C(1) << 20)

enum frame_flags {
	FRAME_LAST = 1 << 0 /* the last piece of a checkpoint */
};

/*
 * Flags of later versions: a reader may ignore those of the lower half that it
 * does not know, and must refuse a frame with one of the upper half.
 */
#define FRAME_FLAGS_BINDING 0xf0

struct frame {
	uint8_t type; /* enum payload_type */
	uint8_t flags;
	uint16_t lane; /* that it is about, or 0 */
	uint32_t size; /* of the payload, at most FRAME_PAYLOAD_MAX */
	uint64_t lsn;
	uint64_t durable_lsn;   /* everything below was durable */
	const uint8_t *payload; /* the caller's */
};

enum frame_state {
	FRAME_GOOD,
	FRAME_NONE,        /* the log ends here */
	FRAME_BAD_HEADER,  /* not a frame of this place */
	FRAME_BAD_PAYLOAD, /* its header is good, but its payload is not */
};

/* A position; the offset is below 4 GiB. */
static inline uint64_t
frame_lsn(uint64_t segment, uint64_t offset)
{
	return segment << 32 | offset;
}

/* All that a frame with such a payload takes. */
static inline size_t
frame_size(size_t payload_size)
{
	return (FRAME_HEADER_SIZE + payload_size + FRAME_ALIGNMENT - 1) /
	    FRAME_ALIGNMENT * FRAME_ALIGNMENT;
}

/*
 * Write the frame into frame_size(frame->size) bytes, without its place and
 * its CRCs; frame_stamp() adds these once it is known where it goes.
 */
void frame_lay_out(const struct frame *frame, uint8_t *to);
void frame_stamp(
    uint8_t *laid_out, uint64_t lsn, uint64_t durable_lsn, uint32_t salt);

/*
 * The frame at offset (a multiple of FRAME_ALIGNMENT, at most `size`) of a
 * segment's data, which is all of its file.  *frame is filled in if it is
 * FRAME_GOOD; all but its payload, which is NULL, if FRAME_BAD_PAYLOAD.
 */
enum frame_state frame_decode(const uint8_t *data, size_t size, size_t offset,
    uint64_t segment, uint32_t salt, struct frame *frame);

/* This version knows all flags that it must know. */
bool frame_is_understood(const struct frame *frame);

#endif
