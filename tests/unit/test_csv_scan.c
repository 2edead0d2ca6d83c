/*
 * CSV, held against a loop that looks at every byte.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_scan.h"
#include "json_random.h"

#define SIZE_MAX_TRIED 700

static struct scan
naive(struct csv_state *state, const uint8_t *data, size_t size, uint64_t limit)
{
	struct scan scan = {0, 0};
	size_t i;

	for (i = 0; i < size && scan.count < limit; i++) {
		if (data[i] == '"')
			state->is_quoted = !state->is_quoted;
		if (data[i] == '\n' && !state->is_quoted) {
			scan.count++;
			scan.end = i + 1;
		}
	}
	return scan;
}

static bool
agrees(const char *data, size_t size, uint64_t limit, bool is_quoted)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	struct csv_state ours = {is_quoted}, theirs = {is_quoted};
	struct scan got, want;

	memcpy(copy, data, size);
	got = csv_scan_upto(&ours, copy, size, limit);
	want = naive(&theirs, copy, size, limit);
	free(copy);
	if (got.count == want.count && got.end == want.end &&
	    ours.is_quoted == theirs.is_quoted)
		return true;
	printf("# size %zu limit %llu: got %llu, %zu, want %llu, %zu\n", size,
	    (unsigned long long)limit, (unsigned long long)got.count, got.end,
	    (unsigned long long)want.count, want.end);
	return false;
}

/* Quotes and newlines, one of each in `rarity` bytes. */
static void
draw(char *data, size_t size, uint32_t rarity)
{
	size_t i;
	uint32_t k;

	for (i = 0; i < size; i++) {
		k = json_random(rarity);
		data[i] = "\"\nx"[k < 2 ? k : 2];
	}
}

static void
test_scan(void)
{
	static char data[SIZE_MAX_TRIED];
	uint64_t limit;
	size_t size;
	int wrong = 0;

	json_random_seed(4);
	TEST("records are those that a loop over all bytes finds")
	{
		for (size = 0; size < SIZE_MAX_TRIED; size++) {
			draw(data, size, 2 + json_random(60));
			for (limit = 0; limit < 80; limit++)
				wrong +=
				    !agrees(data, size, limit, limit % 2 > 0);
			wrong += !agrees(data, size, UINT64_MAX, false);
		}
		eq_int(wrong, 0);
	}
	TEST("nothing, only newlines and only quotes are no exceptions")
	{
		memset(data, '\n', sizeof(data));
		ok(agrees(data, sizeof(data), UINT64_MAX, false));
		ok(agrees(data, sizeof(data), 65, false));
		ok(agrees(data, sizeof(data), 1, true));
		memset(data, '"', sizeof(data));
		ok(agrees(data, sizeof(data), UINT64_MAX, false));
		ok(agrees(data, sizeof(data) - 1, UINT64_MAX, false));
		ok(agrees(data, 0, 1, true));
	}
}

/* Records with a | behind each, scanned in pieces, `limit` at once. */
static const char *
records(const char *text, size_t piece_max, uint64_t limit)
{
	static char cuts[512];
	struct csv_state state = {false};
	size_t size = strlen(text), at = 0, used = 0, piece;
	struct scan scan;

	while (at < size) {
		piece = size - at < piece_max ? size - at : piece_max;
		scan = csv_scan_upto(
		    &state, (const uint8_t *)text + at, piece, limit);
		/* What is behind the limit is scanned again. */
		if (scan.count == limit)
			piece = scan.end;
		memcpy(cuts + used, text + at, piece);
		used += piece;
		if (scan.count == limit)
			cuts[used++] = '|';
		at += piece;
	}
	cuts[used] = '\0';
	return cuts;
}

static void
test_records(void)
{
	size_t piece;

	TEST("a quoted newline does not end a record")
	{
		for (piece = 1; piece < 50; piece++) {
			eq_str(
			    records("a,b\n\"c\nd\",e\n\"f\"\"\n\"\"\",g\n\nh",
			        piece, 1),
			    "a,b\n|\"c\nd\",e\n|\"f\"\"\n\"\"\",g\n|\n|h");
		}
	}
	TEST("so it does not in the middle of a count")
	{
		eq_str(records("1\n2\n\"3\n\n\"\n4\n5\n", 99, 2),
		    "1\n2\n|\"3\n\n\"\n4\n|5\n");
	}
}

/* The field with its quotes taken away; "none" if there are fewer. */
static const char *
field(const char *record, char separator, uint64_t number)
{
	static char out[64];
	size_t size = strlen(record);
	uint8_t *copy = malloc(size > 0 ? size : 1);
	const uint8_t *found;

	memcpy(copy, record, size);
	found = csv_field(copy, size, (uint8_t)separator, number, &size);
	if (found != NULL)
		size = csv_unquote(found, size, (uint8_t *)out);
	free(copy);
	out[found != NULL ? size : 0] = '\0';
	return found != NULL ? out : "none";
}

static void
test_fields(void)
{
	TEST("fields are counted from one")
	{
		eq_str(field("a,bc,,d", ',', 1), "a");
		eq_str(field("a,bc,,d", ',', 2), "bc");
		eq_str(field("a,bc,,d", ',', 3), "");
		eq_str(field("a,bc,,d", ',', 4), "d");
		eq_str(field("a,bc,,d", ',', 5), "none");
		eq_str(field("a,bc,,d", ',', 0), "none");
		eq_str(field("a", ',', 0), "none");
		eq_str(field("a,bc,,d", ',', UINT64_MAX), "none");
	}
	TEST("an empty record has one empty field")
	{
		eq_str(field("", ',', 1), "");
		eq_str(field("", ',', 2), "none");
		eq_str(field(",", ',', 2), "");
	}
	TEST("tabs separate where they are to")
	{
		eq_str(field("a,b\tc", '\t', 1), "a,b");
		eq_str(field("a,b\tc", '\t', 2), "c");
	}
	TEST("quoted separators are data, and the quotes are not")
	{
		eq_str(field("\"a,b\",\"c\nd\",e", ',', 1), "a,b");
		eq_str(field("\"a,b\",\"c\nd\",e", ',', 2), "c\nd");
		eq_str(field("\"a,b\",\"c\nd\",e", ',', 3), "e");
		eq_str(field("\"say \"\"hi\"\"\",x", ',', 1), "say \"hi\"");
		eq_str(field("\"\",\"\"\"\"", ',', 1), "");
		eq_str(field("\"\",\"\"\"\"", ',', 2), "\"");
		eq_str(field("a\"b,c\"d,e", ',', 1), "ab,cd");
		eq_str(field("a,\"b", ',', 2), "b");
	}
	TEST("the carriage return before the newline is no data")
	{
		eq_str(field("a,b\r", ',', 2), "b");
		eq_str(field("a,\"b\"\r", ',', 2), "b");
		eq_str(field("a\r,b\r", ',', 1), "a\r");
		eq_str(field("a,\r", ',', 2), "");
		eq_str(field("a,\"b\r\"", ',', 2), "b\r");
		eq_str(field("a,\"b\r", ',', 2), "b\r");
	}
}

SUITE(csv_scan)
{
	test_scan();
	test_records();
	test_fields();
}
