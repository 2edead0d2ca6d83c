/*
 * Records of CSV from bytes: a newline in quotes ends none.
 */
#include "test_cuts.h"

#include <stdlib.h>
#include <string.h>

static struct found
end_at(size_t at, bool is_refused, bool is_too_long)
{
	const struct found found = {
	    .what = is_refused ? FOUND_REFUSED : FOUND_RECORD,
	    .is_too_long = is_too_long,
	    .length = at,
	    .size = at + 1,
	};

	return found;
}

/* A newline that was added makes no record longer than it is. */
static struct found
find_csv(const uint8_t *data, size_t size, bool was_added,
    const struct limits *limits)
{
	bool is_quoted = false, is_end;
	size_t at;

	for (at = 0; at + 1 < size || !was_added; at++) {
		if (at == size)
			return end_at(size - 1, true, false);
		is_quoted ^= data[at] == '"';
		is_end = data[at] == '\n' && !is_quoted;
		if (is_end && at <= limits->max_record)
			return end_at(at, false, false);
		if (data[at] == '\n' && at >= limits->max_record)
			return end_at(at, true, true);
	}
	if (at > limits->max_record)
		return end_at(at, true, true);
	return end_at(at, is_quoted, false);
}

static const struct cuts csv = {FRAMER_CSV, find_csv};

/* Some limits of records and bytes; inputs of up to 7 bytes. */
static bool
check_limits(bool skip_empty, uint64_t max_record)
{
	static const uint64_t records[] = {1, 2, 9}, bytes[] = {1, 3, 4, 9};
	struct limits limits = {0, 0, skip_empty, max_record};
	size_t i;

	for (i = 0; i < 12; i++) {
		limits.records = records[i % 3];
		limits.bytes = bytes[i / 3];
		if (!cuts_agree_on_all(&csv, "a\"\n", 6, &limits))
			return false;
	}
	return true;
}

static void
test_exhaustive(void)
{
	TEST("all small inputs, limits and cuts: as record by record")
	{
		ok(check_limits(false, 100));
	}
	TEST("... also where empty records are skipped")
	{
		ok(check_limits(true, 100));
	}
	TEST("... also where records of more than 0 to 5 bytes are refused")
	{
		uint64_t max;

		for (max = 0; max <= 5; max++)
			ok(check_limits(false, max));
	}
	TEST("... also with both")
	{
		uint64_t max;

		for (max = 0; max <= 5; max++)
			ok(check_limits(true, max));
	}
}

/* One in `rarity` bytes is a newline, as many are quotes. */
static bool
check_random(int rarity, size_t piece_max, const struct limits *limits)
{
	static uint8_t data[CUTS_INPUT_MAX];
	size_t size = (size_t)random() % (CUTS_INPUT_MAX - 1), i;
	long drawn;

	for (i = 0; i < size; i++) {
		drawn = random() % rarity;
		data[i] = drawn == 0 ? '\n'
		    : drawn == 1     ? '"'
		                     : (uint8_t)random();
	}
	return cuts_agree_in_pieces(&csv, data, size, piece_max, limits);
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
begin(uint64_t max_record)
{
	const struct framer fresh = {
	    .format = FRAMER_CSV,
	    .delimiter = '\n',
	    .max_record_bytes = max_record,
	};

	framer = fresh;
}

static struct cut
cut(const char *text)
{
	return framer_cut(
	    &framer, (const uint8_t *)text, strlen(text), 9, 99, true);
}

static void
test_quotes(void)
{
	TEST("a quoted newline ends nothing, a doubled quote changes nothing")
	{
		begin(99);
		eq_int(cut("a,\"b\nc\"\n").size, 8);
		eq_int(cut("a,\"b\nc\"\n").records, 1);
		eq_int(cut("\"a\"\"\n\"\nb\n").records, 2);
	}
	TEST("a quote that never closes takes no more than max_record with it")
	{
		struct cut got;

		begin(4);
		got = cut("\"aaaaa\nb\n");
		ok(got.is_refused);
		eq_int(got.refused_bytes, 6);
		eq_str(got.why, FRAMER_TOO_LONG);
		eq_int(cut("b\n").size, 2);
	}
	TEST("... up to the first newline behind the limit, quoted or not")
	{
		begin(4);
		eq_int(cut("\"a\nb\nc\n").skip, 5);
		begin(5);
		eq_int(cut("\"a\nb\nc\n").skip, 7);
	}
	TEST("one that is still open at the end of the input is refused")
	{
		struct cut got;

		begin(99);
		framer.is_at_end = true;
		got = cut("a\n\"b\nc\n");
		eq_int(got.size, 2);
		eq_int(got.skip, 5);
		ok(got.is_refused);
		eq_int(got.refused_bytes, 4);
		eq_str(got.why, "a quote that does not close");
	}
	TEST("... for that, and not for its length, if it is no longer")
	{
		begin(4);
		cut("\"aaa");
		framer.is_at_end = true;
		eq_str(cut("\"aaa\n").why, "a quote that does not close");
	}
}

static void
test_cost(void)
{
	TEST("16 MiB of an open quote are looked at once, however they come")
	{
		ok(cuts_look_once(FRAMER_CSV, '"', '\n'));
	}
}

SUITE(framer_csv)
{
	test_exhaustive();
	test_pieces();
	test_quotes();
	test_cost();
}
