/*
 * Cutting a stream of JSON values, in pieces of every size.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "json_random.h"

#define STREAM_MAX 65536

static char cuts[2 * STREAM_MAX];

/* The values with a | behind each; what is left at the end has none. */
static const char *
cut(const char *stream, size_t size, size_t piece_max)
{
	struct json_cutter cutter = {0};
	size_t used = 0, at = 0, piece, taken;
	bool is_end;

	while (at < size) {
		piece = size - at < piece_max ? size - at : piece_max;
		do {
			taken = json_cut(&cutter, (const uint8_t *)stream + at,
			    piece, &is_end);
			memcpy(cuts + used, stream + at, taken);
			used += taken;
			if (is_end)
				cuts[used++] = '|';
			at += taken;
			piece -= taken;
		} while (piece > 0);
	}
	cuts[used] = '\0';
	return cuts;
}

/* The same in pieces of every size up to that of the stream, or "differs". */
static const char *
cut_all(const char *stream)
{
	static char whole[2 * STREAM_MAX];
	size_t size = strlen(stream), piece;

	memcpy(whole, cut(stream, size, size), sizeof(whole));
	for (piece = 1; piece < size; piece++) {
		if (strcmp(cut(stream, size, piece), whole) != 0)
			return "differs";
	}
	return whole;
}

static void
test_values(void)
{
	TEST("values are cut wherever one ends")
	{
		eq_str(cut_all("{}{\"a\":[1]}[2]\"x\"\n"),
		    "{}|{\"a\":[1]}|[2]|\"x\"|\n");
		eq_str(cut_all("{\n \"a\": [\n 1\n ]\n}\n{}\n"),
		    "{\n \"a\": [\n 1\n ]\n}|\n{}|\n");
		eq_str(cut_all(" [1] \t\r\n [2] "), " [1]| \t\r\n [2]| ");
	}
	TEST("a number or word ends before what ends it")
	{
		eq_str(cut_all("1 -2.5e3\ntrue null\n"),
		    "1| -2.5e3|\ntrue| null|\n");
		eq_str(cut_all("1\"a\"true{}null[]2"),
		    "1|\"a\"|true|{}|null|[]|2");
	}
	TEST("brackets and quotes in strings do not count")
	{
		eq_str(cut_all("{\"}\":\"]{\"}[\"\\\"]\"]\"{\" \"\\\\\"1 "),
		    "{\"}\":\"]{\"}|[\"\\\"]\"]|\"{\"| \"\\\\\"|1| ");
		eq_str(
		    cut_all("[\"a string of more than sixteen bytes \\\\\\\" "
		            "\xc3\xa9, it is\"]1 "),
		    "[\"a string of more than sixteen bytes \\\\\\\" "
		    "\xc3\xa9, it is\"]|1| ");
	}
	TEST("record separators are white space between values")
	{
		eq_str(cut_all("\x1e{}\n\x1e\x1e"
		               "1\n\x1e[]\n"),
		    "\x1e{}|\n\x1e\x1e"
		    "1|\n\x1e[]|\n");
	}
	TEST("an end that is not there is not made up")
	{
		eq_str(cut_all("{\"a\":[1,2"), "{\"a\":[1,2");
		eq_str(cut_all("[\"x]"), "[\"x]");
		eq_str(cut_all("12"), "12");
		eq_str(cut_all(" \n"), " \n");
	}
}

static void
test_no_json(void)
{
	TEST("what is no JSON is cut, too, and takes nothing with it")
	{
		eq_str(cut_all("1,2 [}] {]\n{\"a\":1}\n"),
		    "1,2| [}|]| {]|\n{\"a\":1}|\n");
		eq_str(cut_all("}}\nnonsense {} "), "}}|\nnonsense| {}| ");
	}
	TEST("a string that is not closed ends with its line")
	{
		eq_str(cut_all("{\"a\":\"x\n{\"b\":2}\n"),
		    "{\"a\":\"x|\n{\"b\":2}|\n");
		eq_str(cut_all("\"x\\\n1\n"), "\"x\\|\n1|\n");
	}
	TEST("a torn value ends before the next record separator")
	{
		eq_str(cut_all("\x1e{\"a\":[1,\n\x1e{\"b\":2}\n"),
		    "\x1e{\"a\":[1,\n|\x1e{\"b\":2}|\n");
		eq_str(cut_all("\x1e{\"a\x1e{}\n\x1e"
		               "12\x1e"
		               "34\n"),
		    "\x1e{\"a|\x1e{}|\n\x1e"
		    "12|\x1e"
		    "34|\n");
	}
	TEST("nothing but openings is one value, however large")
	{
		struct json_cutter cutter = {0};
		uint8_t *opened = malloc((size_t)20 << 20);
		bool is_end;

		memset(opened, '[', (size_t)20 << 20);
		eq_int(json_cut(&cutter, opened, (size_t)20 << 20, &is_end),
		    (size_t)20 << 20);
		ok(!is_end);
		free(opened);
	}
}

/* Some values, each with white space before it, and where they are cut. */
static void
draw_stream(FILE *stream, FILE *wanted)
{
	static const char *const spaces[] = {"\n", " ", "\n\x1e", "\t\r\n"};
	uint32_t count = json_random(12), i;
	char *text;
	size_t size;
	FILE *out;

	for (i = 0; i < count; i++) {
		out = open_memstream(&text, &size);
		fputs(spaces[json_random(4)], out);
		json_random_value(out);
		fclose(out);
		fprintf(stream, "%s", text);
		fprintf(wanted, "%s|", text);
		free(text);
	}
	fputs("\n", stream);
	fputs("\n", wanted);
}

static void
test_random(void)
{
	char *stream, *wanted;
	size_t size, wanted_size;
	FILE *out, *want;
	int i, wrong = 0;

	json_random_seed(3);
	TEST("streams drawn at random are cut into what they were made of")
	{
		for (i = 0; i < 2000; i++) {
			out = open_memstream(&stream, &size);
			want = open_memstream(&wanted, &wanted_size);
			draw_stream(out, want);
			fclose(out);
			fclose(want);
			if (size < STREAM_MAX)
				wrong += strcmp(cut(stream, size,
				                    1 + json_random(64)),
				             wanted) != 0;
			free(stream);
			free(wanted);
		}
		eq_int(wrong, 0);
	}
}

SUITE(json_cut)
{
	test_values();
	test_no_json();
	test_random();
}
