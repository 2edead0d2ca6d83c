/*
 * Numbers as little-endian bytes.
 */
#include "base/pack.h"

#include <string.h>

void
pack_store_16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

void
pack_store_32(uint8_t *to, uint32_t value)
{
	pack_store_16(to, (uint16_t)value);
	pack_store_16(to + 2, (uint16_t)(value >> 16));
}

void
pack_store_64(uint8_t *to, uint64_t value)
{
	pack_store_32(to, (uint32_t)value);
	pack_store_32(to + 4, (uint32_t)(value >> 32));
}

/* Room for so many bytes more, or NULL. */
static uint8_t *
claim(struct pack *pack, size_t size)
{
	uint8_t *at;

	if (pack->is_over || size > pack->size - pack->used) {
		pack->is_over = true;
		return NULL;
	}
	at = pack->data + pack->used;
	pack->used += size;
	return at;
}

void
pack_8(struct pack *pack, uint8_t value)
{
	uint8_t *at = claim(pack, 1);

	if (at != NULL)
		*at = value;
}

void
pack_16(struct pack *pack, uint16_t value)
{
	uint8_t *at = claim(pack, 2);

	if (at != NULL)
		pack_store_16(at, value);
}

void
pack_32(struct pack *pack, uint32_t value)
{
	uint8_t *at = claim(pack, 4);

	if (at != NULL)
		pack_store_32(at, value);
}

void
pack_64(struct pack *pack, uint64_t value)
{
	uint8_t *at = claim(pack, 8);

	if (at != NULL)
		pack_store_64(at, value);
}

void
pack_bytes(struct pack *pack, const uint8_t *data, size_t size)
{
	uint8_t *at = claim(pack, size);

	if (at != NULL && size > 0)
		memcpy(at, data, size);
}

/* How many bytes are missing to a multiple of unit. */
static size_t
missing(size_t used, size_t unit)
{
	return (unit - used % unit) % unit;
}

void
pack_pad(struct pack *pack, size_t unit)
{
	size_t size = missing(pack->used, unit);
	uint8_t *at = claim(pack, size);

	if (at != NULL)
		memset(at, 0, size);
}

const uint8_t *
unpack_bytes(struct unpack *unpack, uint64_t size)
{
	const uint8_t *at;

	if (unpack->is_short || size > unpack->size - unpack->used) {
		unpack->is_short = true;
		return NULL;
	}
	at = unpack->data + unpack->used;
	unpack->used += (size_t)size;
	return at;
}

uint8_t
unpack_8(struct unpack *unpack)
{
	const uint8_t *at = unpack_bytes(unpack, 1);

	return at != NULL ? *at : 0;
}

uint16_t
unpack_16(struct unpack *unpack)
{
	const uint8_t *at = unpack_bytes(unpack, 2);

	return at != NULL ? pack_load_16(at) : 0;
}

uint32_t
unpack_32(struct unpack *unpack)
{
	const uint8_t *at = unpack_bytes(unpack, 4);

	return at != NULL ? pack_load_32(at) : 0;
}

uint64_t
unpack_64(struct unpack *unpack)
{
	const uint8_t *at = unpack_bytes(unpack, 8);

	return at != NULL ? pack_load_64(at) : 0;
}

bool
unpack_pad(struct unpack *unpack, size_t unit)
{
	size_t i, size = missing(unpack->used, unit);
	const uint8_t *at = unpack_bytes(unpack, size);

	for (i = 0; at != NULL && i < size; i++) {
		if (at[i] != 0)
			return false;
	}
	return at != NULL;
}

bool
unpack_is_done(const struct unpack *unpack)
{
	return !unpack->is_short && unpack->used == unpack->size;
}
