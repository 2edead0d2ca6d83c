/*
 * The end of an unsealed segment: first frame by frame, then, behind the first
 * that is not good, place by place.
 */
#include "journal/tail.h"

#include <string.h>

#include "journal/frame.h"

/* Looks for headers at every place behind E. */
static void
search(const uint8_t *data, size_t size, uint64_t segment, uint32_t salt,
    struct tail *tail)
{
	uint64_t end_lsn = frame_lsn(segment, tail->end);
	enum frame_state state;
	struct frame frame;
	size_t at;

	for (at = (size_t)tail->end + FRAME_ALIGNMENT; at < size;
	     at += FRAME_ALIGNMENT) {
		state = frame_decode(data, size, at, segment, salt, &frame);
		if (state != FRAME_GOOD && state != FRAME_BAD_PAYLOAD)
			continue;
		tail->cut_frames++;
		if (frame.durable_lsn > tail->durable_lsn)
			tail->durable_lsn = frame.durable_lsn;
		if (frame.durable_lsn > end_lsn && tail->proof == 0)
			tail->proof = at;
	}
}

void
tail_examine(const uint8_t *data, size_t size, size_t offset, uint64_t segment,
    uint32_t salt, struct tail *tail)
{
	struct frame frame;

	memset(tail, 0, sizeof(*tail));
	tail->end = offset;
	while (frame_decode(data, size, (size_t)tail->end, segment, salt,
	           &frame) == FRAME_GOOD) {
		tail->frames++;
		tail->end += frame_size(frame.size);
		if (frame.durable_lsn > tail->durable_lsn)
			tail->durable_lsn = frame.durable_lsn;
	}
	tail->cut_bytes = size - tail->end;
	if (tail->cut_bytes == 0) {
		tail->verdict = TAIL_CLEAN;
		return;
	}
	search(data, size, segment, salt, tail);
	if (tail->proof != 0)
		tail->verdict = TAIL_CORRUPT;
	else
		tail->verdict =
		    tail->cut_frames > 0 ? TAIL_UNORDERED : TAIL_TORN;
}
