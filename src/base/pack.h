#ifndef ABUF_BASE_PACK_H
#define ABUF_BASE_PACK_H

/*
 * Numbers as bytes, little-endian whatever the machine is, for formats that
 * are kept on disk.
 *
 * pack_load_*() and pack_store_*() trust their caller.  A struct pack writes
 * into a buffer of fixed size, and a struct unpack reads from one; both check
 * every step and remember the first that went over the end, so that a series
 * of steps is checked once, at its end.  Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t
pack_load_16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t
pack_load_32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 |
	    (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static inline uint64_t
pack_load_64(const uint8_t *from)
{
	return pack_load_32(from) | (uint64_t)pack_load_32(from + 4) << 32;
}

void pack_store_16(uint8_t *to, uint16_t value);
void pack_store_32(uint8_t *to, uint32_t value);
void pack_store_64(uint8_t *to, uint64_t value);

struct pack {
	uint8_t *data; /* the caller's */
	size_t size;
	size_t used;
	bool is_over; /* something did not fit, and is missing */
};

void pack_8(struct pack *pack, uint8_t value);
void pack_16(struct pack *pack, uint16_t value);
void pack_32(struct pack *pack, uint32_t value);
void pack_64(struct pack *pack, uint64_t value);
void pack_bytes(struct pack *pack, const uint8_t *data, size_t size);

/* Zeros up to the next multiple of `unit` bytes since the beginning. */
void pack_pad(struct pack *pack, size_t unit);

struct unpack {
	const uint8_t *data; /* the caller's */
	size_t size;
	size_t used;
	bool is_short; /* something was missing; 0 was read in its place */
};

uint8_t unpack_8(struct unpack *unpack);
uint16_t unpack_16(struct unpack *unpack);
uint32_t unpack_32(struct unpack *unpack);
uint64_t unpack_64(struct unpack *unpack);

/* The next `size` bytes, which stay where they are; NULL if there are fewer. */
const uint8_t *unpack_bytes(struct unpack *unpack, uint64_t size);

/* Skips what pack_pad() wrote; false if it is not all zero. */
bool unpack_pad(struct unpack *unpack, size_t unit);

/* Everything was there, and nothing is left. */
bool unpack_is_done(const struct unpack *unpack);

#endif
