/*
 * Records from bytes: lines, and what all formats have in common.
 */
#include "test_cuts.h"

#include <stdlib.h>
#include <string.h>

static struct found
find_line(const uint8_t *data, size_t size, bool was_added,
    const struct limits *limits)
{
	struct found found = {.what = FOUND_RECORD};

	(void)size;
	(void)was_added;
	while (data[found.length] != '\n')
		found.length++;
	found.size = found.length + 1;
	if (found.length > limits->max_record) {
		found.what = FOUND_REFUSED;
		found.is_too_long = true;
	}
	return found;
}

static const struct cuts lines = {FRAMER_LINES, find_line};

/* Every limit from 1 to 6, of records and of bytes. */
static bool
check_limits(bool skip_empty, uint64_t max_record)
{
	struct limits limits = {1, 1, skip_empty, max_record};

	for (; limits.records <= 6; limits.records++) {
		for (limits.bytes = 1; limits.bytes <= 6; limits.bytes++) {
			if (!cuts_agree_on_all(&lines, "a\n", 8, &limits))
				return false;
		}
	}
	return true;
}

static void
test_exhaustive(void)
{
	TEST("all small inputs, limits and cuts: windows as record by record")
	{
		ok(check_limits(false, 100));
	}
	TEST("... also where empty records are skipped")
	{
		ok(check_limits(true, 100));
	}
	TEST("... also where records of more than 0 to 4 bytes are refused")
	{
		uint64_t max;

		for (max = 0; max <= 4; max++)
			ok(check_limits(false, max));
	}
	TEST("... also with both")
	{
		uint64_t max;

		for (max = 0; max <= 4; max++)
			ok(check_limits(true, max));
	}
}

/* One in `rarity` bytes a newline; offered in pieces of up to piece_max. */
static bool
check_random(int rarity, size_t piece_max, const struct limits *limits)
{
	static uint8_t data[CUTS_INPUT_MAX];
	size_t size = (size_t)random() % (CUTS_INPUT_MAX - 1), i;

	for (i = 0; i < size; i++)
		data[i] = random() % rarity == 0 ? '\n' : (uint8_t)random();
	return cuts_agree_in_pieces(&lines, data, size, piece_max, limits);
}

static void
test_pieces(void)
{
	TEST("random data in random pieces: the same records as in one piece")
	{
		const struct limits limits = {100, 4000, false, CUTS_INPUT_MAX};
		int round;

		srandom(1);
		for (round = 0; round < 40; round++)
			ok(check_random(2 + (1 << round % 10),
			    (size_t)1 << round % 14, &limits));
	}
	TEST("... also where empty ones are skipped and long ones refused")
	{
		const struct limits limits = {100, 4000, true, 50};
		int round;

		srandom(2);
		for (round = 0; round < 40; round++)
			ok(check_random(2 + (1 << round % 10),
			    (size_t)1 << round % 14, &limits));
	}
}

static struct framer framer;

static void
begin(bool skip_empty)
{
	const struct framer fresh = {
	    .delimiter = '\n',
	    .skip_empty = skip_empty,
	    .max_record_bytes = 4,
	};

	framer = fresh;
}

/* What is cut from text by a fresh framer, with this much left. */
static struct cut
cut(const char *text, uint64_t records_left, uint64_t bytes_left, bool is_empty)
{
	return framer_cut(&framer, (const uint8_t *)text, strlen(text),
	    records_left, bytes_left, is_empty);
}

static void
test_ends(void)
{
	TEST("an incomplete record stays with the caller")
	{
		struct cut got;

		begin(false);
		got = cut("ab\nc", 9, 99, true);
		eq_int(got.size, 3);
		eq_int(got.skip, 0);
		eq_int(got.end, CUT_NEED_DATA);
	}
	TEST("the record that reaches the limit of records ends the cut")
	{
		struct cut got;

		begin(false);
		got = cut("a\nb\nc\n", 2, 99, true);
		eq_int(got.size, 4);
		eq_int(got.records, 2);
		eq_int(got.end, CUT_RECORDS);
	}
	TEST("the record that would pass the limit of bytes stays outside")
	{
		struct cut got;

		begin(false);
		got = cut("a\nb\nc\n", 9, 5, true);
		eq_int(got.size, 4);
		eq_int(got.end, CUT_BYTES);
		got = cut("abc\n", 9, 3, false);
		eq_int(got.size, 0);
		eq_int(got.end, CUT_BYTES);
	}
	TEST("a record beyond the limit of bytes goes alone into an empty one")
	{
		struct cut got;

		begin(false);
		got = cut("abc\nd\n", 9, 2, true);
		eq_int(got.size, 4);
		eq_int(got.records, 1);
		eq_int(got.end, CUT_BYTES);
	}
}

static void
test_refused(void)
{
	TEST("a record of max_record bytes is taken, one byte more is refused")
	{
		begin(false);
		eq_int(cut("abcd\n", 9, 99, true).size, 5);
		eq_int(cut("abcde\n", 9, 99, true).size, 0);
		ok(cut("abcde\n", 9, 99, true).is_refused);
		eq_int(cut("abcde\n", 9, 99, true).refused_bytes, 5);
		eq_int(cut("abcde\n", 9, 99, true).skip, 6);
	}
	TEST("a long one is thrown away as it comes, and its length is known")
	{
		begin(false);
		eq_int(cut("aaaaa", 9, 99, true).skip, 5);
		eq_int(cut("aaaaaaaaa", 9, 99, true).skip, 9);
		eq_int(cut("a\nb\n", 9, 99, true).skip, 2);
		ok(!framer.is_skipping);
	}
	TEST("the input may end inside it: a delimiter tells its length")
	{
		struct cut got;

		begin(false);
		cut("ok\naaaaaaa", 9, 99, true);
		cut("aaa", 9, 99, true);
		got = cut("\n", 9, 99, true);
		ok(got.is_refused);
		eq_int(got.refused_bytes, 10);
		ok(!framer.is_skipping);
		eq_int(cut("b\n", 9, 99, true).size, 2);
	}
	TEST("the records before and behind it are taken")
	{
		struct cut got;

		begin(false);
		got = cut("a\nbbbbb\nc\n", 9, 99, true);
		eq_int(got.size, 2);
		eq_int(got.skip, 6);
		eq_int(got.skipped, 1);
		eq_int(got.end, CUT_AGAIN);
	}
	TEST("empty records in a row are skipped in one step")
	{
		struct cut got;

		begin(true);
		got = cut("\n\n\na\n", 9, 99, true);
		eq_int(got.skip, 3);
		eq_int(got.skipped, 3);
		eq_int(got.end, CUT_AGAIN);
		ok(!got.is_refused);
	}
}

static void
test_cost(void)
{
	TEST("16 MiB of an open line are looked at once, however they come")
	{
		ok(cuts_look_once(FRAMER_LINES, 'a', 'a'));
	}
}

SUITE(framer)
{
	test_exhaustive();
	test_pieces();
	test_ends();
	test_refused();
	test_cost();
}
