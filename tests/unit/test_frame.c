/*
 * From records to a payload.
 */
#include "tap.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "deliver/frame.h"

/* Room for what payload_of() says. */
static char said[65536];
static struct err problem;

static struct frame *
make_frame(const struct frame_settings *settings)
{
	struct frame *frame = NULL;

	if (frame_create(&frame, settings, &problem) != 0)
		printf("# %s\n", problem.message);
	ok(frame != NULL);
	return frame;
}

static const char *
refusal_of(struct frame_settings settings)
{
	struct frame *frame;

	if (frame_create(&frame, &settings, &problem) == 0) {
		frame_destroy(frame);
		return "-";
	}
	ok(frame == NULL);
	eq_int(problem.code, ERR_USAGE);
	return problem.message;
}

/* Frame records, each of which ends with '|'; refused ones leave nothing. */
static struct row_buffer
build(const struct frame_settings *settings, const struct row_format *format,
    const char *records)
{
	struct frame *frame = make_frame(settings);
	struct framing framing = frame_begin(frame, format);
	struct row_buffer out = {malloc(1), 0, 1};
	const char *why = NULL, *end;
	uint64_t rows = 0;
	size_t before;

	for (; *records != '\0'; records = end + 1) {
		end = strchr(records, '|');
		before = out.size;
		if (frame_record(&framing, (const uint8_t *)records,
		        (size_t)(end - records), &out, &why) == 0)
			rows++;
		else
			eq_int(out.size, before);
		eq_int(framing.rows, rows);
	}
	eq_int(frame_end(&framing, &out, &why), 0);
	frame_destroy(frame);
	return out;
}

/* The payload as a string, NULs as '@'. */
static const char *
payload_of(struct frame_settings settings, const char *records)
{
	struct row_format *format = make_format(settings.rows,
	    settings.rows == ROW_CSV || settings.rows == ROW_TSV ? "a,b" : NULL,
	    settings.rows == ROW_RESP ? "ECHO {}" : NULL);
	struct row_buffer out = build(&settings, format, records);
	size_t i;

	for (i = 0; i < out.size; i++) {
		if (out.data[i] == '\0')
			out.data[i] = '@';
	}
	snprintf(
	    said, sizeof(said), "%.*s", (int)out.size, (const char *)out.data);
	free(out.data);
	row_format_destroy(format);
	return said;
}

#define FRAME(kind_, rows_) \
	((struct frame_settings){.kind = FRAME_##kind_, .rows = ROW_##rows_})

static struct frame_settings
strings(enum row_kind rows, const char *prefix, const char *separator,
    const char *suffix)
{
	struct frame_settings settings = {
	    FRAME_STRINGS, rows, prefix, separator, suffix};

	return settings;
}

static void
test_kinds(void)
{
	TEST("lines end with a newline, each")
	{
		eq_str(payload_of(FRAME(LINES, RAW), "a|b||c|"), "a\nb\n\nc\n");
		eq_str(payload_of(FRAME(LINES, COPY), "a\tb|\\.|"),
		    "a\\tb\n\\\\.\n");
		eq_str(payload_of(FRAME(LINES, JSON), "1|[2]|"), "1\n[2]\n");
	}
	TEST("null ends each with a NUL")
	{
		eq_str(payload_of(FRAME(NULL, RAW), "a|b\nc|"), "a@b\nc@");
	}
	TEST("a JSON array has commas between")
	{
		eq_str(payload_of(FRAME(JSON_ARRAY, JSON), "1|"), "[1]\n");
		eq_str(payload_of(FRAME(JSON_ARRAY, JSON), "1|{\"a\":2}|[]|"),
		    "[1,{\"a\":2},[]]\n");
	}
	TEST("commands of resp follow each other")
	{
		eq_str(payload_of(FRAME(NONE, RESP), "a|b|"),
		    "*2\r\n$4\r\nECHO\r\n$1\r\na\r\n"
		    "*2\r\n$4\r\nECHO\r\n$1\r\nb\r\n");
	}
	TEST("strings are what they are given as")
	{
		eq_str(payload_of(strings(ROW_RAW, "<\\t", "\\x2d\\\\", "\\0>"),
		           "a|b|"),
		    "<\ta-\\b@>");
		eq_str(payload_of(strings(ROW_RAW, NULL, ", ", NULL), "a|b|"),
		    "a, b");
		eq_str(payload_of(
		           strings(ROW_JSON, "{\"rows\":[", ",", "]}"), "1|2|"),
		    "{\"rows\":[1,2]}");
		eq_str(payload_of(strings(ROW_RAW, NULL, NULL, NULL), "a|b|"),
		    "ab");
	}
	TEST("without rows there is nothing")
	{
		eq_str(payload_of(FRAME(LINES, RAW), ""), "");
		eq_str(payload_of(FRAME(JSON_ARRAY, JSON), ""), "");
		eq_str(payload_of(FRAME(JSON_ARRAY, JSON), "{|x|"), "");
		eq_str(payload_of(strings(ROW_RAW, "a", "b", "c"), ""), "");
	}
	TEST("a refused record leaves no gap, first, between or last")
	{
		eq_str(payload_of(FRAME(JSON_ARRAY, JSON), "x|1|x|x|2|x|"),
		    "[1,2]\n");
		eq_str(payload_of(FRAME(LINES, JSON), "x|1|x|2|x|"), "1\n2\n");
	}
}

static void
test_two_of_one(void)
{
	TEST("a raw record with a newline in it is no line")
	{
		eq_str(payload_of(FRAME(LINES, RAW), "a|b\nc|d|"), "a\nd\n");
		eq_str(payload_of(FRAME(LINES, RAW), "\n|"), "");
		eq_str(payload_of(FRAME(LINES, RAW), "a\r|"), "a\r\n");
	}
	TEST("nor is one with a NUL one of null")
	{
		struct frame_settings settings = FRAME(NULL, RAW);
		struct frame *frame = make_frame(&settings);
		struct row_format *format = make_format(ROW_RAW, NULL, NULL);
		struct framing framing = frame_begin(frame, format);
		struct row_buffer out = {NULL, 0, 0};
		const char *why = NULL;

		eq_int(frame_record(
		           &framing, (const uint8_t *)"a\0b", 3, &out, &why),
		    -1);
		eq_str(why, "it has the separator of rows in it");
		eq_int(out.size, 0);
		free(out.data);
		row_format_destroy(format);
		frame_destroy(frame);
	}
	TEST("JSON over several lines is one line")
	{
		eq_str(payload_of(FRAME(LINES, JSON), "{\n\"a\":\n1}|2|"),
		    "{ \"a\": 1}\n2\n");
	}
	TEST("CSV has newlines between quotes")
	{
		eq_str(payload_of(FRAME(LINES, CSV), "{\"a\":\"x\\ny\"}|{}|"),
		    "\"x\ny\",\n,\n");
	}
	TEST("a separator of several bytes is found, also in part")
	{
		struct frame_settings two =
		    strings(ROW_RAW, NULL, "\\n\\n", "\\n\\n");

		eq_str(payload_of(two, "a\nb|c|"), "a\nb\n\nc\n\n");
		eq_str(payload_of(two, "a\n\nb|c|"), "c\n\n");
		eq_str(payload_of(two, "a|b\n|c|"), "a\n\nc\n\n");
		eq_str(payload_of(two, "a|\nb|"), "a\n\n\nb\n\n");
	}
	TEST("one that is not there in full does no harm")
	{
		struct frame_settings dashes =
		    strings(ROW_RAW, NULL, "\\n--\\n", NULL);

		eq_str(payload_of(dashes, "a\n-|\n-x|--|b|"),
		    "a\n-\n--\n\n-x\n--\n--\n--\nb");
		eq_str(payload_of(dashes, "a|\n--|b|"), "a\n--\nb");
	}
	TEST("rows of copy and tsv are looked at, too")
	{
		eq_str(
		    payload_of(strings(ROW_COPY, NULL, ";", NULL), "a|b;|c|"),
		    "a;c");
		eq_str(payload_of(strings(ROW_TSV, NULL, ";", NULL),
		           "{\"a\":\";\"}|{\"b\":1}|"),
		    "\t1");
	}
	TEST("in JSON and in CSV a separator is no separator")
	{
		eq_str(
		    payload_of(strings(ROW_JSON, NULL, ",", NULL), "[1,2]|3|"),
		    "[1,2],3");
		eq_str(payload_of(strings(ROW_CSV, NULL, ";", NULL),
		           "{\"a\":\";\"}|{}|"),
		    ";,;,");
	}
}

static void
test_settings(void)
{
	TEST("strings belong to a framing of strings")
	{
		struct frame_settings settings = FRAME(LINES, RAW);

		settings.separator = ",";
		eq_str(refusal_of(settings),
		    "prefix, separator and suffix go with no other framing");
	}
	TEST("escapes that are not understood are refused")
	{
		eq_str(refusal_of(strings(ROW_RAW, "\\q", NULL, NULL)),
		    "prefix: \"\\q\": only \\n \\t \\r \\0 \\\\ and \\xNN may "
		    "follow a backslash");
		ok(strstr(refusal_of(strings(ROW_RAW, NULL, "a\\", NULL)),
		       "separator: ") != NULL);
		ok(strstr(refusal_of(strings(ROW_RAW, NULL, NULL, "\\x1")),
		       "suffix: ") != NULL);
	}
	TEST("a string is as long as allowed, and no longer")
	{
		char text[FRAME_STRING_MAX + 2];

		memset(text, 'x', sizeof(text));
		text[FRAME_STRING_MAX] = '\0';
		eq_str(refusal_of(strings(ROW_RAW, text, NULL, NULL)), "-");
		text[FRAME_STRING_MAX] = 'x';
		text[FRAME_STRING_MAX + 1] = '\0';
		eq_str(refusal_of(strings(ROW_RAW, text, NULL, NULL)),
		    "prefix: it has 4097 bytes, at most 4096 are allowed");
	}
	TEST("a JSON array is of JSON, and only resp needs nothing around it")
	{
		ok(strcmp(refusal_of(FRAME(JSON_ARRAY, RAW)), "-") != 0);
		ok(strcmp(refusal_of(FRAME(JSON_ARRAY, CSV)), "-") != 0);
		ok(strcmp(refusal_of(FRAME(LINES, RESP)), "-") != 0);
		ok(strcmp(refusal_of(FRAME(NONE, RAW)), "-") != 0);
		eq_str(refusal_of(FRAME(NONE, RESP)), "-");
	}
	TEST("destroying nothing does nothing")
	{
		frame_destroy(NULL);
	}
}

static bool
is_plain(struct frame_settings settings, uint8_t delimiter)
{
	struct frame *frame = make_frame(&settings);
	bool is = frame_is_plain(frame, delimiter);

	frame_destroy(frame);
	return is;
}

static void
test_plain(void)
{
	TEST("raw records that end as the window's do pass as they are")
	{
		ok(is_plain(FRAME(LINES, RAW), '\n'));
		ok(is_plain(FRAME(NULL, RAW), '\0'));
		ok(is_plain(strings(ROW_RAW, NULL, ";", "\\x3b"), ';'));
	}
	TEST("others do not")
	{
		ok(!is_plain(FRAME(LINES, RAW), '\0'));
		ok(!is_plain(FRAME(LINES, JSON), '\n'));
		ok(!is_plain(FRAME(LINES, COPY), '\n'));
		ok(!is_plain(strings(ROW_RAW, NULL, ";", NULL), ';'));
		ok(!is_plain(strings(ROW_RAW, ";", ";", ";"), ';'));
		ok(!is_plain(strings(ROW_RAW, NULL, NULL, NULL), '\0'));
	}
}

/* Cut at the separator, as a reader would: are these the records? */
static bool
cuts_back(const struct row_buffer *payload, const char *separator,
    const struct text *want, size_t count)
{
	const uint8_t *at = payload->data, *end = at + payload->size, *cut;
	size_t i;

	for (i = 0; i < count; i++) {
		cut = memmem(
		    at, (size_t)(end - at), separator, strlen(separator));
		if (cut == NULL || (size_t)(cut - at) != want[i].size ||
		    memcmp(at, want[i].bytes, want[i].size) != 0)
			return false;
		at = cut + strlen(separator);
	}
	return at == end;
}

static void
test_round_trip(void)
{
	static const char *const separators[] = {
	    "\n", "a", "ab", "aa", "aba", "aab", "abab"};
	struct random random = {4};

	TEST("cut at the separator, a payload is its records again")
	{
		struct row_format *format = make_format(ROW_RAW, NULL, NULL);
		struct row_buffer out = {NULL, 0, 0};
		struct text kept[8];
		const char *why;
		int i, k, failed = 0;
		uint32_t at;

		for (i = 0; i < 20000; i++) {
			const char *separator = separators[i % 7];
			struct frame_settings settings =
			    strings(ROW_RAW, NULL, separator, separator);
			struct frame *frame = NULL;
			struct framing framing;

			failed += frame_create(&frame, &settings, &problem);
			framing = frame_begin(frame, format);
			out.size = 0;
			for (k = 0; k < 8; k++) {
				struct text *text = &kept[framing.rows];

				text->size = draw(&random, 6);
				for (at = 0; at < text->size; at++)
					text->bytes[at] =
					    "ab\n"[draw(&random, 3)];
				frame_record(&framing, text->bytes, text->size,
				    &out, &why);
			}
			frame_end(&framing, &out, &why);
			failed +=
			    !cuts_back(&out, separator, kept, framing.rows);
			frame_destroy(frame);
		}
		eq_int(failed, 0);
		free(out.data);
		row_format_destroy(format);
	}
}

SUITE(frame)
{
	test_kinds();
	test_two_of_one();
	test_settings();
	test_plain();
	test_round_trip();
}
