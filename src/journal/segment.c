/*
 * Segment headers.  Numbers are little-endian.
 *
 *	   0	 8	"ABUFLOG\n"
 *	   8	 2	format version
 *	  10	 2	the oldest version whose reader understands it
 *	  12	 4	length of this header: 4096
 *	  16	16	uuid of the journal
 *	  32	 8	sequence number: 1, 2, ...
 *	  40	 4	salt
 *	  44	 4	0
 *	  48	 8	when it was made: ns since 1970
 *	  56	 8	sequence number of the segment before it, or 0
 *	  64	 8	length of that segment's file
 *	  72	 4	CRC-32C of its bytes from 4096 on
 *	  76  4016	0
 *	4092	 4	CRC-32C of bytes 0 to 4091
 *
 * To change it: fields may be added in place of zeros, and are zero in older
 * segments; then SEGMENT_VERSION goes up.  If older programs would be wrong to
 * go on without them, SEGMENT_MINIMUM_READER goes up to it, too.  Offsets 0 to
 * 15 and 4092 never change, so that every version can refuse every other.
 */
#include "journal/segment.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "base/pack.h"

#define MAGIC "ABUFLOG\n"
#define MAGIC_SIZE 8
#define CRC_AT (SEGMENT_HEADER_SIZE - 4)
#define NAME_PREFIX "log-"
#define NAME_DIGITS 16

void
segment_encode(const struct segment *segment, uint8_t to[SEGMENT_HEADER_SIZE])
{
	memset(to, 0, SEGMENT_HEADER_SIZE);
	memcpy(to, MAGIC, MAGIC_SIZE);
	pack_store_16(to + 8, SEGMENT_VERSION);
	pack_store_16(to + 10, SEGMENT_MINIMUM_READER);
	pack_store_32(to + 12, SEGMENT_HEADER_SIZE);
	memcpy(to + 16, segment->uuid, SEGMENT_UUID_SIZE);
	pack_store_64(to + 32, segment->sequence);
	pack_store_32(to + 40, segment->salt);
	pack_store_64(to + 48, segment->created_ns);
	pack_store_64(to + 56, segment->previous_sequence);
	pack_store_64(to + 64, segment->previous_length);
	pack_store_32(to + 72, segment->previous_crc);
	pack_store_32(to + CRC_AT, crc32c(0, to, CRC_AT));
}

static bool
is_blank(const uint8_t *data)
{
	size_t i;

	for (i = 0; i < SEGMENT_HEADER_SIZE; i++) {
		if (data[i] != 0)
			return false;
	}
	return true;
}

/* Numbers that no version writes: the CRC is right, so a bug did. */
static bool
is_sound(const struct segment *segment)
{
	if (segment->sequence == 0 || segment->sequence > SEGMENT_SEQUENCE_MAX)
		return false;
	if (segment->previous_sequence == 0)
		return segment->previous_length == 0 &&
		    segment->previous_crc == 0;
	return segment->previous_sequence < segment->sequence &&
	    segment->previous_length >= SEGMENT_HEADER_SIZE &&
	    segment->previous_length <= UINT32_MAX;
}

enum segment_state
segment_decode(const uint8_t *data, size_t size, struct segment *segment)
{
	if (size < SEGMENT_HEADER_SIZE)
		return SEGMENT_SHORT;
	if (is_blank(data))
		return SEGMENT_BLANK;
	if (memcmp(data, MAGIC, MAGIC_SIZE) != 0)
		return SEGMENT_FOREIGN;
	if (pack_load_32(data + CRC_AT) != crc32c(0, data, CRC_AT))
		return SEGMENT_DAMAGED;
	memset(segment, 0, sizeof(*segment));
	segment->version = pack_load_16(data + 8);
	segment->minimum_reader = pack_load_16(data + 10);
	if (segment->minimum_reader > SEGMENT_VERSION ||
	    pack_load_32(data + 12) != SEGMENT_HEADER_SIZE)
		return SEGMENT_TOO_NEW;
	memcpy(segment->uuid, data + 16, SEGMENT_UUID_SIZE);
	segment->sequence = pack_load_64(data + 32);
	segment->salt = pack_load_32(data + 40);
	segment->created_ns = pack_load_64(data + 48);
	segment->previous_sequence = pack_load_64(data + 56);
	segment->previous_length = pack_load_64(data + 64);
	segment->previous_crc = pack_load_32(data + 72);
	return is_sound(segment) ? SEGMENT_GOOD : SEGMENT_DAMAGED;
}

void
segment_name(uint64_t sequence, char name[SEGMENT_NAME_SIZE])
{
	snprintf(name, SEGMENT_NAME_SIZE, NAME_PREFIX "%016" PRIx64, sequence);
}

uint64_t
segment_number(const char *name)
{
	static const char digits[] = "0123456789abcdef";
	const size_t prefix = sizeof(NAME_PREFIX) - 1;
	const char *digit;
	uint64_t number = 0;
	size_t i;

	if (strlen(name) != prefix + NAME_DIGITS ||
	    memcmp(name, NAME_PREFIX, prefix) != 0)
		return 0;
	for (i = prefix; name[i] != '\0'; i++) {
		digit = strchr(digits, name[i]);
		if (digit == NULL)
			return 0;
		number = number << 4 | (uint64_t)(digit - digits);
	}
	return number <= SEGMENT_SEQUENCE_MAX ? number : 0;
}
