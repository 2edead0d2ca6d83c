/*
 * Frames and payloads.  The first byte chooses: a payload of that type, which
 * is refused or has one form only; or, at 255, the bytes of a segment behind
 * its header, which are searched for frames, as they are and stamped.
 */
#include "fuzz.h"
#include "payload_again.h"

#include <string.h>

#include "journal/frame.h"
#include "journal/tail.h"

#define SEGMENT 3
#define SALT 0x5a17

static void
check_tail(const uint8_t *data, size_t size, size_t whole)
{
	struct frame frame;
	struct tail tail;

	tail_examine(data, size, 0, SEGMENT, SALT, &tail);
	HOLDS(tail.end >= whole && tail.end + tail.cut_bytes == size);
	HOLDS((tail.verdict == TAIL_CLEAN) == (tail.cut_bytes == 0));
	HOLDS((tail.verdict == TAIL_CORRUPT) == (tail.proof != 0));
	HOLDS(tail.verdict != TAIL_TORN || tail.cut_frames == 0);
	HOLDS(frame_decode(data, size, (size_t)tail.end, SEGMENT, SALT,
	          &frame) != FRAME_GOOD);
}

/* Takes the bytes as frames: places and CRCs become right, as far as it goes */
static size_t
stamp(uint8_t *data, size_t size)
{
	size_t at = 0, length;

	while (size - at >= FRAME_HEADER_SIZE) {
		length = frame_size(pack_load_32(data + at + 8) % 512);
		if (length > size - at)
			break;
		pack_store_32(data + at + 8, pack_load_32(data + at + 8) % 512);
		memset(
		    data + at + FRAME_HEADER_SIZE + pack_load_32(data + at + 8),
		    0,
		    length - FRAME_HEADER_SIZE - pack_load_32(data + at + 8));
		frame_stamp(data + at, frame_lsn(SEGMENT, at),
		    pack_load_64(data + at + 24), SALT);
		at += length;
	}
	return at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack pack = {0};
	uint8_t *copy;

	if (size < 1)
		return 0;
	size--;
	copy = calloc(size + 1, 1);
	if (data[0] == 255) {
		memcpy(copy, data + 1, size);
		check_tail(copy, size, 0);
		check_tail(copy, size, stamp(copy, size));
	} else {
		pack.data = copy;
		pack.size = size;
		if (payload_again(data[0], data + 1, size, &pack)) {
			HOLDS(!pack.is_over && pack.used == size);
			HOLDS(memcmp(copy, data + 1, size) == 0);
		}
	}
	free(copy);
	return 0;
}
