/*
 * Checkpoints.  Numbers are little-endian.
 *
 * CHECKPOINT
 *	 0	8	the oldest segment that matters
 *	 8	4	number of this piece
 *	12	4	how many entries
 *	16		for each entry: 1 type, 1 zero, 2 lane, 4 length, the
 *			payload, and zeros up to a multiple of 8
 *
 * To change it: see payload.c.
 */
#include "journal/payload_checkpoint.h"

#include "base/pack.h"
#include "journal/payload.h"

#define ENTRY_ALIGNMENT 8

size_t
payload_entry_size(size_t payload_size)
{
	return PAYLOAD_ENTRY_HEADER_SIZE +
	    (payload_size + ENTRY_ALIGNMENT - 1) / ENTRY_ALIGNMENT *
	    ENTRY_ALIGNMENT;
}

void
payload_piece_encode(const struct payload_piece *piece, struct pack *to)
{
	pack_64(to, piece->oldest);
	pack_32(to, piece->number);
	pack_32(to, piece->entry_count);
}

void
payload_entry_encode(const struct payload_entry *entry, struct pack *to)
{
	pack_8(to, entry->type);
	pack_8(to, 0);
	pack_16(to, entry->lane);
	pack_32(to, entry->size);
	pack_bytes(to, entry->data, entry->size);
	pack_pad(to, ENTRY_ALIGNMENT);
}

static bool
is_entry(struct unpack *from)
{
	uint8_t type = unpack_8(from), zero = unpack_8(from);

	unpack_16(from);
	return unpack_bytes(from, unpack_32(from)) != NULL &&
	    unpack_pad(from, ENTRY_ALIGNMENT) && zero == 0 &&
	    ((type >= PAYLOAD_LANE && type <= PAYLOAD_SPLIT) ||
	        type == PAYLOAD_RUN || type == PAYLOAD_MARK);
}

bool
payload_piece_decode(
    struct payload_piece *piece, const uint8_t *data, size_t size)
{
	struct unpack from = {.data = data, .size = size};
	uint32_t i;

	piece->oldest = unpack_64(&from);
	piece->number = unpack_32(&from);
	piece->entry_count = unpack_32(&from);
	if (from.is_short || piece->oldest == 0)
		return false;
	piece->rest = data + from.used;
	for (i = 0; i < piece->entry_count; i++) {
		if (!is_entry(&from))
			return false;
	}
	return unpack_is_done(&from);
}

struct payload_entry
payload_piece_next(struct payload_piece *piece)
{
	struct payload_entry entry = {
	    .type = piece->rest[0],
	    .lane = pack_load_16(piece->rest + 2),
	    .size = pack_load_32(piece->rest + 4),
	    .data = piece->rest + PAYLOAD_ENTRY_HEADER_SIZE,
	};

	piece->rest += payload_entry_size(entry.size);
	return entry;
}
