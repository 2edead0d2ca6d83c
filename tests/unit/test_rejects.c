/*
 * A command's list of bad records.
 */
#include "tap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/rejects.h"

/* Room for what describe() says. */
static char said[65536];

/* "3:reason 5:" and so on; "-" if the list is not believed. */
static const char *
describe(const char *text, size_t size, uint64_t records)
{
	struct rejects rejects;
	char *copy = malloc(size > 0 ? size : 1);
	size_t i, used = 0;

	memcpy(copy, text, size);
	snprintf(said, sizeof(said), "-");
	if (rejects_parse(&rejects, copy, size, records) == 0) {
		for (i = 0; i < rejects.count; i++)
			used += (size_t)snprintf(said + used,
			    sizeof(said) - used, "%s%" PRIu64 ":%.*s",
			    i > 0 ? " " : "", rejects.items[i].record,
			    (int)rejects.items[i].reason_size,
			    rejects.items[i].reason);
		rejects_release(&rejects);
	}
	free(copy);
	return said;
}

static const char *
read_list(const char *text)
{
	return describe(text, strlen(text), 10);
}

static void
test_lines(void)
{
	TEST("a line is a record and why")
	{
		eq_str(read_list("3 not a date\n5 too long\n"),
		    "3:not a date 5:too long");
	}
	TEST("the reason may be missing, and the blank before it")
	{
		eq_str(read_list("3\n"), "3:");
		eq_str(read_list("3 \n"), "3:");
		eq_str(read_list("3\n5 x\n7\n"), "3: 5:x 7:");
	}
	TEST("more blanks before the reason do not belong to it")
	{
		eq_str(read_list("3 \t x y \n"), "3:x y ");
	}
	TEST("a line may end as on other systems")
	{
		eq_str(read_list("3\r\n5 x\r\n7 \r\n"), "3: 5:x 7:");
		eq_str(read_list("3 x\r\r\n"), "3:x\r");
	}
	TEST("a reason may be any bytes")
	{
		eq_str(read_list("3 5 x\n"), "3:5 x");
		eq_str(read_list("3 \xff\x1b[m\n"), "3:\xff\x1b[m");
	}
	TEST("the first and the last record may be bad, and all of them")
	{
		eq_str(read_list("1\n10\n"), "1: 10:");
		eq_str(describe("1\n2\n", 4, 2), "1: 2:");
		eq_str(describe("1 x\n", 4, 1), "1:x");
	}
}

static void
test_order(void)
{
	TEST("records come in order, whatever the order of lines")
	{
		eq_str(read_list("5 e\n3 c\n4 d\n"), "3:c 4:d 5:e");
		eq_str(read_list("9\n8\n7\n6\n5\n"), "5: 6: 7: 8: 9:");
	}
	TEST("a record named twice is there once, for its first reason")
	{
		eq_str(read_list("3 a\n3 b\n3 c\n"), "3:a");
		eq_str(read_list("3 a\n5 b\n3 c\n"), "3:a 5:b");
		eq_str(read_list("5 a\n3 b\n5 c\n3 d\n"), "3:b 5:a");
		eq_str(read_list("5\n3\n5 c\n3 d\n"), "3: 5:");
	}
	TEST("a first reason stays the first in a long list, too")
	{
		char text[8192];
		size_t used = 0, i;

		for (i = 0; i < 1000; i++)
			used += (size_t)snprintf(text + used,
			    sizeof(text) - used, "%zu %c\n", 1 + (i * 7) % 10,
			    i < 10 ? 'a' : 'z');
		eq_str(describe(text, used, 10),
		    "1:a 2:a 3:a 4:a 5:a 6:a 7:a 8:a 9:a 10:a");
	}
}

static void
test_refused(void)
{
	TEST("an empty list is no list")
	{
		eq_str(read_list(""), "-");
	}
	TEST("a malformed line takes the whole list with it")
	{
		eq_str(read_list("3 a\nx\n5 b\n"), "-");
		eq_str(read_list("3 a\n\n5 b\n"), "-");
		eq_str(read_list("\n"), "-");
		eq_str(read_list("\r\n"), "-");
		eq_str(read_list(" 3\n"), "-");
		eq_str(read_list("3x\n"), "-");
		eq_str(read_list("3:x\n"), "-");
		eq_str(read_list("-3\n"), "-");
		eq_str(read_list("+3\n"), "-");
		eq_str(read_list("3.0\n"), "-");
		eq_str(describe("3\0\n", 3, 10), "-");
	}
	TEST("so does a record that is not in the batch")
	{
		eq_str(read_list("0\n"), "-");
		eq_str(read_list("3\n11\n"), "-");
		eq_str(read_list("18446744073709551616\n"), "-");
		eq_str(read_list("18446744073709551619\n"), "-");
	}
	TEST("so does a line that is not finished")
	{
		eq_str(read_list("3 a\n5 b"), "-");
		eq_str(read_list("3"), "-");
		eq_str(read_list("3\r"), "-");
	}
	TEST("a list is as long as allowed, and no longer")
	{
		char *text = malloc(REJECTS_SIZE_MAX + 1);
		struct rejects rejects;

		memset(text, 'x', REJECTS_SIZE_MAX + 1);
		memcpy(text, "1 ", 2);
		text[REJECTS_SIZE_MAX - 1] = '\n';
		eq_int(rejects_parse(&rejects, text, REJECTS_SIZE_MAX, 9), 0);
		eq_int(rejects.items[0].reason_size, REJECTS_SIZE_MAX - 3);
		rejects_release(&rejects);
		text[REJECTS_SIZE_MAX - 1] = 'x';
		text[REJECTS_SIZE_MAX] = '\n';
		eq_int(
		    rejects_parse(&rejects, text, REJECTS_SIZE_MAX + 1, 9), -1);
		rejects_release(&rejects);
		free(text);
	}
	TEST("nothing is to be released after a refusal, or twice")
	{
		struct rejects rejects;

		eq_int(rejects_parse(&rejects, "3\n", 1, 9), -1);
		ok(rejects.items == NULL);
		eq_int(rejects.count, 0);
		eq_int(rejects_parse(&rejects, "3\n", 2, 9), 0);
		rejects_release(&rejects);
		rejects_release(&rejects);
	}
}

/* In order, each once, within the batch, reasons within the text. */
static bool
is_sound(const struct rejects *rejects, const char *text, size_t size,
    uint64_t records)
{
	const struct reject *item = rejects->items;
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < rejects->count; i++, item++) {
		if (item->record <= last || item->record > records ||
		    item->reason < text ||
		    item->reason + item->reason_size >= text + size)
			return false;
		last = item->record;
	}
	return rejects->count > 0;
}

/* Is every item the first of its record's lines?  first[] says which. */
static bool
are_first(const struct rejects *rejects, const size_t *first)
{
	size_t i, number;

	for (i = 0; i < rejects->count; i++) {
		number = strtoul(rejects->items[i].reason, NULL, 10);
		if (first[rejects->items[i].record] != number)
			return false;
	}
	return true;
}

/* A list of random records, each line's number its reason. */
static bool
random_list_is_read(size_t lines, size_t records)
{
	char *text = malloc(lines * 32 + 1);
	size_t *first = calloc(records + 1, sizeof(*first));
	size_t used = 0, named = 0, record, i;
	struct rejects rejects;
	bool holds;

	for (i = 1; i <= lines; i++) {
		record = 1 + (size_t)random() % records;
		if (first[record] == 0) {
			first[record] = i;
			named++;
		}
		used +=
		    (size_t)snprintf(text + used, 32, "%zu %zu\n", record, i);
	}
	holds = rejects_parse(&rejects, text, used, records) == 0 &&
	    rejects.count == named && is_sound(&rejects, text, used, records) &&
	    are_first(&rejects, first);
	rejects_release(&rejects);
	free(first);
	free(text);
	return holds;
}

/* Records from 1 to lines, or back from it. */
static bool
long_list_is_read(size_t lines, bool is_backward)
{
	char *text = malloc(lines * 8);
	size_t used = 0, i;
	struct rejects rejects;
	bool holds;

	for (i = 1; i <= lines; i++)
		used += (size_t)snprintf(
		    text + used, 9, "%zu\n", is_backward ? lines - i + 1 : i);
	holds = rejects_parse(&rejects, text, used, lines) == 0 &&
	    rejects.count == lines && is_sound(&rejects, text, used, lines);
	rejects_release(&rejects);
	free(text);
	return holds;
}

static void
test_long(void)
{
	TEST("random lists, sparse and dense: each record's first line counts")
	{
		size_t round;

		srandom(1);
		for (round = 0; round < 2000; round++)
			ok(random_list_is_read(
			    1 + round % 300, 1 + (size_t)random() % 400));
	}
	TEST("a long list is read, forwards, backwards and in no order")
	{
		srandom(2);
		ok(long_list_is_read(999999, false));
		ok(long_list_is_read(999999, true));
		ok(random_list_is_read(500000, 1000000));
	}
	TEST("a list that repeats itself is read, however long")
	{
		srandom(3);
		ok(random_list_is_read(1000000, 100));
	}
}

static void
test_noise(void)
{
	TEST("noise is refused, or read as a sound list")
	{
		static const char alphabet[] = "01233\n\n\r\t xy";
		char noise[40], *text;
		struct rejects rejects;
		size_t round, size, i, believed = 0;

		srandom(4);
		for (round = 0; round < 200000; round++) {
			size = (size_t)random() % sizeof(noise);
			for (i = 0; i < size; i++)
				noise[i] = alphabet[(size_t)random() %
				    sizeof(alphabet)];
			/* Memory of just its size shows what reads beyond. */
			text = malloc(size > 0 ? size : 1);
			memcpy(text, noise, size);
			if (rejects_parse(&rejects, text, size, 99) == 0) {
				ok(is_sound(&rejects, text, size, 99));
				believed++;
			}
			rejects_release(&rejects);
			free(text);
		}
		ok(believed > 0);
	}
}

SUITE(rejects)
{
	test_lines();
	test_order();
	test_refused();
	test_long();
	test_noise();
}
