/*
 * What a segment in memory says of itself, and of the one before it.
 */
#include <string.h>

#include "base/crc.h"
#include "journal/payload_checkpoint.h"
#include "journal/wal_internal.h"

bool
wal_has_frame(
    const struct wal_loaded *segment, size_t offset, struct frame *frame)
{
	return frame_decode(segment->data, segment->size, offset,
	           segment->sequence, segment->header.salt,
	           frame) == FRAME_GOOD;
}

size_t
wal_step(const struct wal_loaded *segment, size_t at, enum frame_state *state,
    struct frame *frame)
{
	enum frame_state other;
	struct frame next;
	size_t end;

	*state = frame_decode(segment->data, segment->size, at,
	    segment->sequence, segment->header.salt, frame);
	if (*state == FRAME_GOOD)
		return at + frame_size(frame->size);
	for (end = at + FRAME_ALIGNMENT; end < segment->size;
	     end += FRAME_ALIGNMENT) {
		other = frame_decode(segment->data, segment->size, end,
		    segment->sequence, segment->header.salt, &next);
		if (other == FRAME_GOOD || other == FRAME_BAD_PAYLOAD)
			return end;
	}
	return segment->size;
}

bool
wal_find_checkpoint(
    const struct wal_loaded *segment, uint64_t *oldest, size_t *end)
{
	struct payload_piece piece;
	uint32_t number = 0;
	struct frame frame;

	*end = SEGMENT_HEADER_SIZE;
	do {
		if (!wal_has_frame(segment, *end, &frame) ||
		    frame.type != PAYLOAD_CHECKPOINT ||
		    !payload_piece_decode(&piece, frame.payload, frame.size) ||
		    piece.number != number ||
		    piece.oldest > segment->sequence ||
		    (number > 0 && piece.oldest != *oldest))
			return false;
		*oldest = piece.oldest;
		number++;
		*end += frame_size(frame.size);
	} while ((frame.flags & FRAME_LAST) == 0);
	return true;
}

bool
wal_is_linked(const struct wal_loaded *before, const struct wal_loaded *after)
{
	return memcmp(before->header.uuid, after->header.uuid,
	           SEGMENT_UUID_SIZE) == 0 &&
	    after->header.previous_sequence == before->sequence &&
	    after->header.previous_length == before->size &&
	    after->header.previous_crc ==
	    crc32c(0, before->data + SEGMENT_HEADER_SIZE,
	        before->size - SEGMENT_HEADER_SIZE);
}

bool
wal_is_seal_right(const struct wal_loaded *segment, const struct frame *frame,
    size_t at, uint64_t frames)
{
	struct payload_seal seal;

	return payload_seal_decode(&seal, frame->payload, frame->size) &&
	    seal.length == at && seal.frames == frames &&
	    seal.crc ==
	    crc32c(0, segment->data + SEGMENT_HEADER_SIZE,
	        at - SEGMENT_HEADER_SIZE) &&
	    at + frame_size(frame->size) == segment->size;
}

bool
wal_is_known(const struct frame *frame)
{
	return frame_is_understood(frame) && frame->type != 0 &&
	    frame->type < PAYLOAD_TYPE_END;
}
