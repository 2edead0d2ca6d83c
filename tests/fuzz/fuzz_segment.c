/*
 * Segment headers and their names: what is accepted is what we would write.
 * Odd inputs get a right CRC first.
 */
#include "fuzz.h"

#include <string.h>

#include "base/crc.h"
#include "base/pack.h"
#include "journal/segment.h"

static void
check_name(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), name[SEGMENT_NAME_SIZE];
	uint64_t number = segment_number(text);

	if (number != 0) {
		segment_name(number, name);
		HOLDS(strcmp(name, text) == 0);
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t header[SEGMENT_HEADER_SIZE] = {0}, again[SEGMENT_HEADER_SIZE];
	struct segment segment;
	size_t i;

	check_name(data, size);
	segment_decode(data, size, &segment);
	if (size == 0)
		return 0;
	for (i = 0; i < size && i < SEGMENT_HEADER_SIZE; i++)
		header[i] = data[i];
	pack_store_32(header + SEGMENT_HEADER_SIZE - 4,
	    crc32c(0, header, SEGMENT_HEADER_SIZE - 4));
	if (segment_decode(header, sizeof(header), &segment) != SEGMENT_GOOD)
		return 0;
	HOLDS(segment.sequence >= 1);
	HOLDS(segment.sequence <= SEGMENT_SEQUENCE_MAX);
	segment_encode(&segment, again);
	HOLDS(memcmp(again + 16, header + 16, 28) == 0);
	HOLDS(memcmp(again + 48, header + 48, 28) == 0);
	return 0;
}
