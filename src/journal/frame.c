/*
 * Frames.  Numbers are little-endian.
 *
 *	 0	4	CRC-32C of bytes 4 to 31
 *	 4	4	CRC-32C of the payload
 *	 8	4	length of the payload
 *	12	1	type
 *	13	1	flags
 *	14	2	lane
 *	16	8	lsn: segment << 32 | offset of this frame in its file
 *	24	8	durable_lsn
 *	32		the payload, and zeros up to a multiple of 8
 *
 * Both CRCs begin with the segment's salt in place of 0.  A frame is good if
 * its header's CRC is, if it stands where its lsn says, if its payload's CRC
 * is right and if the zeros behind it are zeros.  The length is looked at only
 * after the header's CRC, so that a damaged one is never trusted.
 *
 * A crash can leave any of a frame's sectors as they were before: zeros, the
 * end of the file, or bytes of a frame that was cut off there.
 *
 * To change it: a new segment version (segment.c).  New types and new flags
 * need none, as frame.h says.
 */
#include "journal/frame.h"

#include <string.h>

#include "base/crc.h"
#include "base/pack.h"

void
frame_lay_out(const struct frame *frame, uint8_t *to)
{
	size_t end = FRAME_HEADER_SIZE + frame->size;

	memset(to, 0, FRAME_HEADER_SIZE);
	pack_store_32(to + 8, frame->size);
	to[12] = frame->type;
	to[13] = frame->flags;
	pack_store_16(to + 14, frame->lane);
	if (frame->size > 0)
		memcpy(to + FRAME_HEADER_SIZE, frame->payload, frame->size);
	memset(to + end, 0, frame_size(frame->size) - end);
}

void
frame_stamp(
    uint8_t *laid_out, uint64_t lsn, uint64_t durable_lsn, uint32_t salt)
{
	uint32_t size = pack_load_32(laid_out + 8);

	pack_store_32(
	    laid_out + 4, crc32c(salt, laid_out + FRAME_HEADER_SIZE, size));
	pack_store_64(laid_out + 16, lsn);
	pack_store_64(laid_out + 24, durable_lsn);
	pack_store_32(
	    laid_out, crc32c(salt, laid_out + 4, FRAME_HEADER_SIZE - 4));
}

static bool
is_padded(const uint8_t *at, const struct frame *frame)
{
	size_t i;

	for (i = FRAME_HEADER_SIZE + frame->size; i < frame_size(frame->size);
	     i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

enum frame_state
frame_decode(const uint8_t *data, size_t size, size_t offset, uint64_t segment,
    uint32_t salt, struct frame *frame)
{
	const uint8_t *at = data + offset;
	size_t room = size - offset;

	if (room == 0)
		return FRAME_NONE;
	/* The place first: it is wrong nearly everywhere, and cheap. */
	if (room < FRAME_HEADER_SIZE ||
	    pack_load_64(at + 16) != frame_lsn(segment, offset) ||
	    pack_load_32(at) != crc32c(salt, at + 4, FRAME_HEADER_SIZE - 4))
		return FRAME_BAD_HEADER;
	frame->size = pack_load_32(at + 8);
	frame->type = at[12];
	frame->flags = at[13];
	frame->lane = pack_load_16(at + 14);
	frame->lsn = pack_load_64(at + 16);
	frame->durable_lsn = pack_load_64(at + 24);
	frame->payload = NULL;
	if (frame->size > FRAME_PAYLOAD_MAX)
		return FRAME_BAD_HEADER;
	if (frame_size(frame->size) > room || !is_padded(at, frame) ||
	    pack_load_32(at + 4) !=
	        crc32c(salt, at + FRAME_HEADER_SIZE, frame->size))
		return FRAME_BAD_PAYLOAD;
	frame->payload = at + FRAME_HEADER_SIZE;
	return FRAME_GOOD;
}

bool
frame_is_understood(const struct frame *frame)
{
	return (frame->flags & FRAME_FLAGS_BINDING) == 0;
}
