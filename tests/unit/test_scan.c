/*
 * Counting delimiters, held against a loop that looks at every byte.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"

/* scan.c counts in blocks of that size, and looks for up to 16 one by one. */
#define BLOCK 8160
#define FEW 16

static uint8_t bytes[3 * BLOCK];

static struct scan
naive(const uint8_t *data, size_t size, uint8_t byte, uint64_t limit)
{
	struct scan scan = {0, 0};
	size_t i;

	for (i = 0; i < size && scan.count < limit; i++) {
		if (data[i] == byte) {
			scan.count++;
			scan.end = i + 1;
		}
	}
	return scan;
}

static bool
agrees(const uint8_t *data, size_t size, uint64_t limit)
{
	struct scan got = scan_upto(data, size, '\n', limit);
	struct scan want = naive(data, size, '\n', limit);

	if (got.count == want.count && got.end == want.end)
		return true;
	printf("# size %zu limit %llu: got %llu, %zu, want %llu, %zu\n", size,
	    (unsigned long long)limit, (unsigned long long)got.count, got.end,
	    (unsigned long long)want.count, want.end);
	return false;
}

/* For limits around everything that scan.c treats differently. */
static bool
agrees_for_limits(const uint8_t *data, size_t size)
{
	static const uint64_t limits[] = {1, 2, FEW - 1, FEW, FEW + 1, 255, 256,
	    BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, UINT64_MAX};
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!agrees(data, size, limits[i]))
			return false;
	}
	return true;
}

static bool
agrees_for_sizes(void)
{
	static const size_t sizes[] = {0, 1, 2, 31, 32, 33, BLOCK - 1, BLOCK,
	    BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, 3 * BLOCK};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!agrees_for_limits(bytes, sizes[i]))
			return false;
	}
	return true;
}

/* One in `rarity` bytes is a delimiter. */
static void
fill_random(int rarity)
{
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = random() % rarity == 0 ? '\n' : (uint8_t)random();
}

static void
test_contents(void)
{
	TEST("no delimiter: nothing found")
	{
		struct scan scan;

		memset(bytes, 'a', sizeof(bytes));
		scan = scan_upto(bytes, sizeof(bytes), '\n', UINT64_MAX);
		eq_int(scan.count, 0);
		eq_int(scan.end, 0);
		ok(agrees_for_sizes());
	}
	TEST("nothing but delimiters: each byte is found, also the 256th")
	{
		struct scan scan;

		memset(bytes, '\n', sizeof(bytes));
		scan = scan_upto(bytes, sizeof(bytes), '\n', UINT64_MAX);
		eq_int(scan.count, sizeof(bytes));
		eq_int(scan.end, sizeof(bytes));
		ok(agrees_for_sizes());
	}
	TEST("data of no bytes holds nothing")
	{
		ok(agrees_for_limits(bytes, 0));
		eq_int(scan_upto(NULL, 0, '\n', 17).count, 0);
	}
	TEST("any byte value is a delimiter: 0, 127, 128, 255")
	{
		static const uint8_t four[] = {0, 127, 128, 255};

		eq_int(scan_upto(four, 4, 0, 99).end, 1);
		eq_int(scan_upto(four, 4, 127, 99).end, 2);
		eq_int(scan_upto(four, 4, 128, 99).end, 3);
		eq_int(scan_upto(four, 4, 255, 99).end, 4);
		eq_int(scan_upto(four, 4, 128, 99).count, 1);
	}
}

static void
test_limits(void)
{
	TEST("the scan ends behind the last one wanted, and looks no further")
	{
		memset(bytes, '\n', sizeof(bytes));
		eq_int(scan_upto(bytes, 100, '\n', 1).end, 1);
		eq_int(scan_upto(bytes, 100, '\n', FEW).end, FEW);
		eq_int(scan_upto(bytes, 100, '\n', FEW + 1).end, FEW + 1);
		eq_int(scan_upto(bytes, 100, '\n', 100).end, 100);
		eq_int(scan_upto(bytes, 100, '\n', 101).end, 100);
	}
	TEST("a delimiter at every place around a block's edge is found")
	{
		size_t at;

		for (at = BLOCK - 2; at <= BLOCK + 2; at++) {
			memset(bytes, 'a', sizeof(bytes));
			bytes[at] = '\n';
			ok(agrees_for_sizes());
			eq_int(
			    scan_upto(bytes, 2 * BLOCK, '\n', 17).end, at + 1);
		}
	}
	TEST("the one that reaches the limit may be a block's last or first")
	{
		size_t at;

		for (at = BLOCK - 2; at <= BLOCK + 2; at++) {
			memset(bytes, 'a', sizeof(bytes));
			memset(bytes, '\n', FEW);
			bytes[at] = '\n';
			ok(agrees_for_sizes());
			bytes[at + 1] = '\n';
			ok(agrees_for_sizes());
		}
	}
	TEST("a block that just misses the limit is counted, not searched")
	{
		uint64_t limit;

		memset(bytes, '\n', sizeof(bytes));
		for (limit = BLOCK - 2; limit <= BLOCK + 2; limit++)
			ok(agrees(bytes, sizeof(bytes), limit));
	}
}

static void
test_random(void)
{
	TEST("random data, all sizes up to 300: as a plain loop finds")
	{
		size_t size;

		srandom(1);
		fill_random(3);
		for (size = 0; size <= 300; size++)
			ok(agrees_for_limits(bytes + 300 - size, size));
	}
	TEST(
	    "random data, sparse and dense, block edges: as a plain loop finds")
	{
		int round;

		srandom(2);
		for (round = 0; round < 40; round++) {
			fill_random(1 + (1 << round % 14));
			ok(agrees_for_sizes());
		}
	}
	TEST("random data at any alignment: as a plain loop finds")
	{
		size_t shift;

		srandom(3);
		fill_random(5);
		for (shift = 0; shift < 64; shift++)
			ok(agrees_for_limits(bytes + shift, 2 * BLOCK + 1));
	}
}

SUITE(scan)
{
	test_contents();
	test_limits();
	test_random();
}
