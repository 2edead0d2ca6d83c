/*
 * Values of JSON from bytes, however they are laid out.
 */
#include "test_cuts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_random.h"

#define RECORD_SEPARATOR '\x1e'

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
	    c == RECORD_SEPARATOR;
}

/* Of a string, an array, an object. */
static bool
is_opening(uint8_t c)
{
	return c == '"' || c == '[' || c == '{';
}

/* Behind the quote that closes, or before what is in no string. */
static size_t
string_end(const uint8_t *data, size_t size, size_t at, bool *is_whole)
{
	bool is_escaped = false;

	for (at++; at < size; at++) {
		if (data[at] == '\n' || data[at] == RECORD_SEPARATOR) {
			*is_whole = false;
			return at;
		}
		if (data[at] == '"' && !is_escaped)
			return at + 1;
		is_escaped = data[at] == '\\' && !is_escaped;
	}
	return size + 1;
}

/*
 * Where the value at the start of data ends, whole or torn; beyond size if it
 * does not.
 */
static size_t
value_end(const uint8_t *data, size_t size, bool *is_whole)
{
	size_t depth = 0, at = 0;

	*is_whole = true;

	if (!is_opening(data[0])) {
		while (!is_blank(data[at]) && !is_opening(data[at]))
			at++;
		return at;
	}
	while (at < size && data[at] != RECORD_SEPARATOR) {
		if (data[at] == '"') {
			at = string_end(data, size, at, is_whole);
		} else {
			depth += data[at] == '[' || data[at] == '{';
			depth -= data[at] == ']' || data[at] == '}';
			at++;
		}
		if (!*is_whole || depth == 0)
			return at;
	}
	*is_whole = false;
	return at < size ? at : size + 1;
}

static struct found
find_json(const uint8_t *data, size_t size, bool was_added,
    const struct limits *limits)
{
	struct found found = {.what = FOUND_NOTHING};
	bool is_whole, has_ended;

	while (found.size < size && is_blank(data[found.size]))
		found.size++;
	if (found.size > 0)
		return found;
	found.length = value_end(data, size, &is_whole);
	found.what = is_whole ? FOUND_RECORD : FOUND_REFUSED;
	found.size = found.length;
	has_ended = found.length <= size;
	if (!has_ended) {
		found.length = size - was_added;
		found.size = size;
	}
	if (found.length > limits->max_record) {
		found.what = FOUND_REFUSED;
		found.is_too_long = true;
	} else if (!has_ended) {
		found.length = size - 1;
	}
	return found;
}

static const struct cuts json = {FRAMER_JSON_SEQ, find_json};

static void
test_exhaustive(void)
{
	struct limits limits = {1, 1, false, 100};

	TEST("all small inputs and cuts: as value by value")
	{
		ok(cuts_agree_on_all(&json, "[]\"\\1 \n\x1e", 5, &limits));
		ok(cuts_agree_on_all(&json, "{\"\n}1", 7, &limits));
	}
	TEST("... also where values of more than 0 to 4 bytes are refused")
	{
		for (limits.max_record = 0; limits.max_record <= 4;
		     limits.max_record++) {
			ok(cuts_agree_on_all(
			    &json, "[]\"\\1 \n\x1e", 4, &limits));
			ok(cuts_agree_on_all(&json, "{\"\n}1", 6, &limits));
		}
	}
}

/* Values with white space between them; their number goes to *count. */
static size_t
draw_values(char *data, size_t size, int *count)
{
	static const char *const spaces[] = {"\n", " ", "\n\x1e", "\t\r\n", ""};
	size_t used = 0, more;
	char *text;
	FILE *out;

	for (*count = 0;; ++*count) {
		out = open_memstream(&text, &more);
		json_random_value(out);
		/* A number or word needs something behind it. */
		fputs(spaces[json_random(4)], out);
		fclose(out);
		if (used + more <= size)
			memcpy(data + used, text, more);
		free(text);
		if (used + more > size)
			return used;
		used += more;
	}
}

static bool
check_values(size_t piece_max, uint64_t max_record)
{
	static char data[CUTS_INPUT_MAX];
	const struct limits limits = {1, 1, false, max_record};
	size_t size;
	int count;

	size = draw_values(data, 1 + json_random(sizeof(data) - 1), &count);
	return cuts_agree_in_pieces(
	    &json, (const uint8_t *)data, size, piece_max, &limits);
}

/* Any bytes, many of them with a meaning. */
static bool
check_nonsense(size_t piece_max, uint64_t max_record)
{
	static const char special[] = "[]{}\"\\\n\x1e ,:1";
	static uint8_t data[CUTS_INPUT_MAX];
	const struct limits limits = {1, 1, false, max_record};
	size_t size = json_random(sizeof(data)), i;
	uint32_t rarity = 1 + json_random(50);

	for (i = 0; i < size; i++)
		data[i] = json_random(rarity) == 0
		    ? (uint8_t)special[json_random(sizeof(special) - 1)]
		    : (uint8_t)json_random(256);
	return cuts_agree_in_pieces(&json, data, size, piece_max, &limits);
}

static void
test_pieces(void)
{
	int round;

	json_random_seed(5);
	srandom(5);
	TEST("random values in random pieces: the same as in one piece")
	{
		for (round = 0; round < 60; round++)
			ok(check_values((size_t)1 << round % 14,
			    round % 2 ? CUTS_INPUT_MAX : 20));
	}
	TEST("... random nonsense, too")
	{
		for (round = 0; round < 60; round++)
			ok(check_nonsense((size_t)1 << round % 14,
			    round % 2 ? CUTS_INPUT_MAX : 20));
	}
}

static struct framer framer;

static void
begin(uint64_t max_record)
{
	const struct framer fresh = {
	    .format = FRAMER_JSON_SEQ,
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
test_values(void)
{
	TEST("a value comes alone, and white space before it belongs to none")
	{
		struct cut got;

		begin(99);
		got = cut(" \n\x1e{} []");
		eq_int(got.size, 0);
		eq_int(got.skip, 3);
		eq_int(got.skipped, 0);
		eq_int(got.end, CUT_AGAIN);
		got = cut("{\n} []");
		eq_int(got.size, 3);
		eq_int(got.records, 1);
	}
	TEST("a value that is too long ends where its brackets do")
	{
		struct cut got;

		begin(4);
		got = cut("[\"]\", [\n]\n] {}");
		ok(got.is_refused);
		eq_int(got.skip, 11);
		eq_int(got.refused_bytes, 11);
		eq_str(got.why, FRAMER_TOO_LONG);
	}
	TEST("... also if it is thrown away as it comes")
	{
		struct cut got;

		begin(4);
		eq_int(cut("[\"]\", [").skip, 7);
		ok(framer.is_skipping);
		got = cut("\n]\n] {}");
		eq_int(got.skip, 4);
		eq_int(got.refused_bytes, 11);
		ok(!framer.is_skipping);
	}
	TEST("one that does not end before the input does is refused")
	{
		struct cut got;

		begin(99);
		eq_int(cut("[1,").end, CUT_NEED_DATA);
		framer.is_at_end = true;
		got = cut("[1,\n");
		ok(got.is_refused);
		eq_int(got.skip, 4);
		eq_int(got.refused_bytes, 3);
		eq_str(got.why, "a value that does not end");
	}
	TEST("... for that, and not for its length, if it is no longer")
	{
		begin(3);
		cut("[1,");
		framer.is_at_end = true;
		eq_str(cut("[1,\n").why, "a value that does not end");
	}
	TEST("a number at the end of the input is a value")
	{
		begin(99);
		framer.is_at_end = true;
		eq_int(cut("12\n").size, 2);
	}
}

static void
test_cost(void)
{
	TEST("16 MiB of an open string are looked at once, however they come")
	{
		ok(cuts_look_once(FRAMER_JSON_SEQ, '"', 'a'));
	}
	TEST("... of nothing but openings, too")
	{
		ok(cuts_look_once(FRAMER_JSON_SEQ, '[', '['));
	}
}

SUITE(framer_json)
{
	test_exhaustive();
	test_pieces();
	test_values();
	test_cost();
}
