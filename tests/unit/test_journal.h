#ifndef ABUF_TESTS_JOURNAL_H
#define ABUF_TESTS_JOURNAL_H

/*
 * A segment's data for tests: random frames in groups, each of which was
 * written when everything before it was durable.
 */

#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAX (64 * 1024)
#define IMAGE_FRAMES_MAX 2048

struct image {
	uint8_t data[IMAGE_MAX];
	size_t size;
	uint64_t segment;
	uint32_t salt;
	size_t count;
	size_t offsets[IMAGE_FRAMES_MAX + 1]; /* the last is the end */
	size_t group[IMAGE_FRAMES_MAX];       /* where its group begins */
};

/*
 * Random frames up to about `size` bytes, with payloads below payload_max.
 * What lies behind its end stays as it was.
 */
void image_make(struct image *image, uint64_t segment, uint32_t salt,
    size_t size, size_t payload_max, uint64_t seed);

/* Another frame at the end, of the group that begins there or earlier. */
void image_add(struct image *image, uint8_t type, const uint8_t *payload,
    size_t size, size_t group);

/* Which frame a byte is in. */
size_t image_frame_of(const struct image *image, size_t offset);

#endif
