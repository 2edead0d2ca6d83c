/*
 * Counting delimiters.  Whole blocks are counted without looking where the
 * delimiters are; only in the block that holds the last one wanted, or when
 * few are wanted, they are looked up one by one.
 */
#include "base/scan.h"

#include <string.h>

/* Counters of one byte each, side by side; none may count beyond 255. */
#define LANES 32
#define BLOCK_SIZE (255 * LANES)

/* Below this, finding each is cheaper than counting a block in vain. */
#define FEW 16

static unsigned int
count_block(const uint8_t *data, size_t size, uint8_t byte)
{
	uint8_t lanes[LANES] = {0};
	unsigned int count = 0;
	size_t i, k;

	for (i = 0; i + LANES <= size; i += LANES) {
		for (k = 0; k < LANES; k++)
			lanes[k] = (uint8_t)(lanes[k] + (data[i + k] == byte));
	}
	for (; i < size; i++)
		count += data[i] == byte;
	for (k = 0; k < LANES; k++)
		count += lanes[k];
	return count;
}

/* Add the first `limit - scan->count` found in data[from, to). */
static void
find_each(struct scan *scan, const uint8_t *data, size_t from, size_t to,
    uint8_t byte, uint64_t limit)
{
	const uint8_t *at = data + from;

	while (scan->count < limit) {
		at = memchr(at, byte, (size_t)(data + to - at));
		if (at == NULL)
			return;
		at++;
		scan->count++;
		scan->end = (size_t)(at - data);
	}
}

struct scan
scan_upto(const uint8_t *data, size_t size, uint8_t byte, uint64_t limit)
{
	struct scan scan = {0, 0};
	const uint8_t *last;
	size_t at = 0, block;
	unsigned int count;

	if (limit <= FEW) {
		find_each(&scan, data, 0, size, byte, limit);
		return scan;
	}
	for (; at < size; at += block) {
		block = size - at < BLOCK_SIZE ? size - at : BLOCK_SIZE;
		count = count_block(data + at, block, byte);
		if (scan.count + count >= limit) {
			find_each(&scan, data, at, at + block, byte, limit);
			return scan;
		}
		scan.count += count;
	}
	if (scan.count > 0) {
		last = memrchr(data, byte, size);
		scan.end = (size_t)(last - data) + 1;
	}
	return scan;
}
