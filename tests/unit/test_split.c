/*
 * How a rejected batch is taken apart.
 */
#include "tap.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/ibuffer.h"
#include "deliver/split.h"

static bool
gives(uint64_t records, uint64_t line, unsigned int count, uint64_t first,
    uint64_t second, uint64_t third)
{
	struct split_plan plan;
	const uint64_t want[SPLIT_PARTS_MAX] = {first, second, third};
	unsigned int i;

	split_plan(&plan, records, line);
	for (i = 0; i < count; i++) {
		if (plan.records[i] != want[i])
			return false;
	}
	return plan.count == count;
}

/* Parts that are none too many, never empty, and make up the whole. */
static bool
is_sound(uint64_t records, uint64_t line)
{
	struct split_plan plan;
	uint64_t left = records;
	unsigned int i;

	split_plan(&plan, records, line);
	if (records == 1)
		return plan.count == 0;
	if (plan.count < 2 || plan.count > SPLIT_PARTS_MAX)
		return false;
	for (i = 0; i < plan.count; i++) {
		if (plan.records[i] == 0 || plan.records[i] > left)
			return false;
		left -= plan.records[i];
	}
	return left == 0;
}

/* Any number, the small and the very large ones often. */
static uint64_t
random_number(void)
{
	uint64_t number = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^
	    (uint64_t)random();

	return number >> random() % 64;
}

static void
test_plan(void)
{
	TEST("a record that is named is cut out of what surrounds it")
	{
		ok(gives(10, 4, 3, 3, 1, 6));
		ok(gives(3, 2, 3, 1, 1, 1));
	}
	TEST("the first or the last one leaves two parts")
	{
		ok(gives(10, 1, 2, 1, 9, 0));
		ok(gives(10, 10, 2, 9, 1, 0));
		ok(gives(2, 1, 2, 1, 1, 0));
		ok(gives(2, 2, 2, 1, 1, 0));
	}
	TEST("without a name there are two halves, the first the larger")
	{
		ok(gives(10, 0, 2, 5, 5, 0));
		ok(gives(11, 0, 2, 6, 5, 0));
		ok(gives(2, 0, 2, 1, 1, 0));
		ok(gives(3, 0, 2, 2, 1, 0));
	}
	TEST("a record that is not in the batch is not believed")
	{
		ok(gives(10, 11, 2, 5, 5, 0));
		ok(gives(10, UINT64_MAX, 2, 5, 5, 0));
	}
	TEST("one record is not taken apart")
	{
		ok(gives(1, 0, 0, 0, 0, 0));
		ok(gives(1, 1, 0, 0, 0, 0));
		ok(gives(1, 2, 0, 0, 0, 0));
	}
	TEST("as many records as 64 bits hold are not too many")
	{
		ok(gives(
		    UINT64_MAX, 0, 2, UINT64_MAX / 2 + 1, UINT64_MAX / 2, 0));
		ok(gives(UINT64_MAX, UINT64_MAX, 2, UINT64_MAX - 1, 1, 0));
	}
}

static void
test_property(void)
{
	TEST("parts make up the whole, and none is empty: all small batches")
	{
		uint64_t records, line;

		for (records = 1; records <= 100; records++) {
			for (line = 0; line <= records + 2; line++)
				ok(is_sound(records, line));
		}
	}
	TEST("parts make up the whole, and none is empty: any batches")
	{
		int round;

		srandom(1);
		for (round = 0; round < 100000; round++) {
			uint64_t records = random_number();
			uint64_t line = random_number();

			ok(is_sound(records > 0 ? records : 1, line));
		}
	}
}

/* The line that a hint finds, in memory of just the tail's size. */
static uint64_t
line_in(const char *pattern, const char *text, size_t size)
{
	char *tail = malloc(size > 0 ? size : 1);
	uint64_t line = UINT64_MAX;
	regex_t hint;

	memcpy(tail, text, size);
	if (regcomp(&hint, pattern, REG_EXTENDED | REG_NEWLINE) == 0) {
		line = split_hint_line(&hint, tail, size);
		regfree(&hint);
	}
	free(tail);
	return line;
}

static uint64_t
hint(const char *pattern, const char *text)
{
	return line_in(pattern, text, strlen(text));
}

static void
test_hint(void)
{
	TEST("a hint's first group is the line")
	{
		eq_int(hint("line ([0-9]+)", "error in line 17: x\n"), 17);
		eq_int(hint("(line|row) ([0-9]+)", "line 17"), 0);
		eq_int(hint("row ([0-9]+), column ([0-9]+)", "row 3, column 9"),
		    3);
	}
	TEST("the first match in the whole text counts")
	{
		eq_int(hint("line ([0-9]+)", "line 5\nline 6\n"), 5);
		eq_int(hint("^line ([0-9]+)$", "a line 5\nline 6\nline 7"), 6);
	}
	TEST("no match, or one that is no number, is no line")
	{
		eq_int(hint("line ([0-9]+)", "row 5"), 0);
		eq_int(hint("line ([0-9]+)", ""), 0);
		eq_int(hint("line (.*)", "line 5x"), 0);
		eq_int(hint("line (.*)", "line -5"), 0);
		eq_int(hint("line (.*)", "line "), 0);
		eq_int(hint("line (.*)", "line 0"), 0);
	}
	TEST("a group that took no part, or is missing, is no line")
	{
		eq_int(hint("a|line ([0-9]+)", "a line 5"), 0);
		eq_int(hint("line [0-9]+", "line 5"), 0);
	}
	TEST("a line is as large as 64 bits hold, and no larger")
	{
		ok(hint("([0-9]+)", "18446744073709551615") == UINT64_MAX);
		eq_int(hint("([0-9]+)", "18446744073709551616"), 0);
	}
	TEST("bytes 0 end neither the text nor a line")
	{
		eq_int(line_in("line ([0-9]+)", "\0\0line 5\0", 9), 5);
		eq_int(line_in("^line ([0-9]+)", "x\0line 5\nline 6", 15), 6);
		eq_int(line_in("line ([0-9]+)",
		           "line\0"
		           "5",
		           6),
		    0);
	}
	TEST("a tail that is full is read to its end")
	{
		char tail[ATTEMPT_TAIL_SIZE + 8];

		memset(tail, 'x', sizeof(tail));
		memcpy(tail + ATTEMPT_TAIL_SIZE - 6, "line 5", 6);
		eq_int(line_in("line ([0-9]+)$", tail, ATTEMPT_TAIL_SIZE), 5);
		memcpy(tail + sizeof(tail) - 6, "line 6", 6);
		eq_int(line_in("line ([0-9]+)$", tail, sizeof(tail)), 6);
	}
	TEST("noise is read without harm")
	{
		char noise[300];
		size_t round, i, size;

		srandom(2);
		for (round = 0; round < 3000; round++) {
			size = (size_t)random() % sizeof(noise);
			for (i = 0; i < size; i++)
				noise[i] = (char)(random() % 4 > 0
				        ? "line 0123456789\n"[random() % 16]
				        : random());
			line_in("(n?e? ?[0-9]*)$", noise, size);
			line_in("^.*e ([0-9]+)", noise, size);
		}
		eq_int(line_in("line ([0-9]+)", noise, 0), 0);
	}
}

SUITE(split)
{
	test_plan();
	test_property();
	test_hint();
}
