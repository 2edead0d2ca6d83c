/*
 * Segments for tests.
 */
#include "test_journal.h"

#include <stdlib.h>
#include <string.h>

#include "crash_disk.h"
#include "journal/frame.h"
#include "journal/segment.h"

void
image_add(struct image *image, uint8_t type, const uint8_t *payload,
    size_t size, size_t group)
{
	struct frame frame = {
	    .type = type,
	    .lane = (uint16_t)image->count,
	    .size = (uint32_t)size,
	    .payload = payload,
	};
	uint8_t *at = image->data + image->size;

	if (image->size + frame_size(size) > IMAGE_MAX ||
	    image->count == IMAGE_FRAMES_MAX)
		abort();
	frame_lay_out(&frame, at);
	frame_stamp(at, frame_lsn(image->segment, image->size),
	    frame_lsn(image->segment, group), image->salt);
	image->group[image->count++] = group;
	image->size += frame_size(size);
	image->offsets[image->count] = image->size;
}

void
image_make(struct image *image, uint64_t segment, uint32_t salt, size_t size,
    size_t payload_max, uint64_t seed)
{
	const struct segment header = {.sequence = segment, .salt = salt};
	size_t i, group = SEGMENT_HEADER_SIZE, payload_size;
	uint8_t payload[IMAGE_MAX];

	image->segment = segment;
	image->salt = salt;
	image->count = 0;
	image->size = image->offsets[0] = SEGMENT_HEADER_SIZE;
	segment_encode(&header, image->data);
	for (;;) {
		payload_size = crash_random(&seed) % payload_max;
		if (image->size + frame_size(payload_size) > size)
			break;
		for (i = 0; i < payload_size; i++)
			payload[i] = (uint8_t)crash_random(&seed);
		if (crash_random(&seed) % 4 == 0)
			group = image->size;
		image_add(image, (uint8_t)crash_random(&seed), payload,
		    payload_size, group);
	}
}

size_t
image_frame_of(const struct image *image, size_t offset)
{
	size_t low = 0, high = image->count, middle;

	while (high - low > 1) {
		middle = (low + high) / 2;
		if (image->offsets[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}
