/*
 * Splits.  Numbers are little-endian.
 *
 * SPLIT
 *	 0	8	number of the batch
 *	 8	4	the part that is split
 *	12	4	how many parts it becomes
 *	16	4	the highest number of a part so far
 *	20	4	0
 *	24		for each of them: 4 its number, 4 how many ranges, and
 *			for each range: 8 its first record, 8 how many records
 *
 * To change it: see payload.c.
 */
#include "journal/payload_split.h"

#include "base/pack.h"

#define CHILD_SIZE 8
#define RANGE_SIZE 16

void
payload_split_encode(const struct payload_split *split, struct pack *to)
{
	pack_64(to, split->seq);
	pack_32(to, split->parent);
	pack_32(to, split->child_count);
	pack_32(to, split->highest);
	pack_32(to, 0);
}

void
payload_child_encode(uint32_t number, const struct payload_range *ranges,
    uint32_t range_count, struct pack *to)
{
	uint32_t i;

	pack_32(to, number);
	pack_32(to, range_count);
	for (i = 0; i < range_count; i++) {
		pack_64(to, ranges[i].first);
		pack_64(to, ranges[i].count);
	}
}

struct payload_range
payload_child_range(const struct payload_child *child, size_t index)
{
	const uint8_t *at = child->encoded_ranges + index * RANGE_SIZE;

	return (struct payload_range){
	    .first = pack_load_64(at),
	    .count = pack_load_64(at + 8),
	};
}

size_t
payload_child_size(uint32_t range_count)
{
	return CHILD_SIZE + (size_t)range_count * RANGE_SIZE;
}

/* They rise, do not overlap, and end before the largest number. */
static bool
are_ranges(const struct payload_child *child)
{
	struct payload_range range;
	uint64_t next = 1;
	size_t i;

	for (i = 0; i < child->range_count; i++) {
		range = payload_child_range(child, i);
		if (range.first < next || range.count == 0 ||
		    range.count > UINT64_MAX - range.first)
			return false;
		next = range.first + range.count;
	}
	return child->range_count > 0;
}

static bool
is_child(struct unpack *from, uint32_t highest)
{
	struct payload_child child;

	child.number = unpack_32(from);
	child.range_count = unpack_32(from);
	child.encoded_ranges =
	    unpack_bytes(from, (uint64_t)child.range_count * RANGE_SIZE);
	return child.encoded_ranges != NULL && child.number > 0 &&
	    child.number <= highest && are_ranges(&child);
}

bool
payload_split_decode(
    struct payload_split *split, const uint8_t *data, size_t size)
{
	struct unpack from = {.data = data, .size = size};
	uint32_t zero, i;

	split->seq = unpack_64(&from);
	split->parent = unpack_32(&from);
	split->child_count = unpack_32(&from);
	split->highest = unpack_32(&from);
	zero = unpack_32(&from);
	if (from.is_short || zero != 0 || split->seq == 0)
		return false;
	split->rest = data + from.used;
	/* A count that is too large ends with the bytes. */
	for (i = 0; i < split->child_count; i++) {
		if (!is_child(&from, split->highest))
			return false;
	}
	return unpack_is_done(&from);
}

struct payload_child
payload_split_next(struct payload_split *split)
{
	struct payload_child child = {
	    .number = pack_load_32(split->rest),
	    .range_count = pack_load_32(split->rest + 4),
	    .encoded_ranges = split->rest + CHILD_SIZE,
	};

	split->rest += payload_child_size(child.range_count);
	return child;
}
