/*
 * COPY's text format and tab-separated values, and a reader of COPY to hold
 * them against.
 */
#include "tap.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
copy(const char *record)
{
	return row_of(ROW_COPY, NULL, NULL, record);
}

static const char *
copy_of(const char *columns, const char *record)
{
	return row_of(ROW_COPY, columns, NULL, record);
}

static const char *
tsv(const char *columns, const char *record)
{
	return row_of(ROW_TSV, columns, NULL, record);
}

/*
 * What PostgreSQL makes of a column: *text, which is not longer.  Returns what
 * is behind it: a tab, or the end.  NULL: it would not take it.
 */
static const uint8_t *
read_column(const uint8_t *at, const uint8_t *end, struct text *text)
{
	static const char letters[] = "bfnrtv\\";
	static const char meanings[] = "\b\f\n\r\t\v\\";

	text->size = 0;
	text->is_null = end - at >= 2 && memcmp(at, "\\N", 2) == 0 &&
	    (end - at == 2 || at[2] == '\t');
	if (text->is_null)
		return at + 2;
	for (; at < end && *at != '\t'; at++) {
		uint8_t byte = *at;

		if (byte == '\n' || byte == '\r' || byte == '\0')
			return NULL;
		if (byte == '\\') {
			const char *found;

			if (++at == end || *at == '\0')
				return NULL;
			found = strchr(letters, *at);
			if (found == NULL)
				return NULL;
			byte = (uint8_t)meanings[found - letters];
		}
		if (text->size == TEXT_SIZE_MAX)
			return NULL;
		text->bytes[text->size++] = byte;
	}
	return at;
}

static bool
is_same(const struct text *got, const struct text *want)
{
	if (got->is_null || want->is_null)
		return got->is_null && want->is_null;
	return got->size == want->size &&
	    memcmp(got->bytes, want->bytes, got->size) == 0;
}

/* Does PostgreSQL read these columns from the row, and no more? */
static bool
reads_back(const struct row_buffer *row, const struct text *want, size_t count)
{
	const uint8_t *at = row->data, *end = row->data + row->size;
	struct text got;
	size_t i;

	if (row->size == 2 && memcmp(row->data, "\\.", 2) == 0)
		return false;
	for (i = 0; i < count; i++) {
		if (i > 0 && *at++ != '\t')
			return false;
		at = read_column(at, end, &got);
		if (at == NULL || !is_same(&got, &want[i]))
			return false;
		if (i + 1 < count && at == end)
			return false;
	}
	return at == end;
}

static void
test_whole(void)
{
	TEST("what COPY treats specially is escaped")
	{
		eq_str(copy("a\tb"), "a\\tb");
		eq_str(copy("a\nb\r"), "a\\nb\\r");
		eq_str(copy("C:\\temp\\new"), "C:\\\\temp\\\\new");
		eq_str(copy("\\."), "\\\\.");
		eq_str(copy("\\N"), "\\\\N");
		eq_str(copy("\\"), "\\\\");
	}
	TEST("anything else stays, UTF-8 or not")
	{
		eq_str(copy(""), "");
		eq_str(copy("plain, \"text\" {}\b\f\v\x01\x7f"),
		    "plain, \"text\" {}\b\f\v\x01\x7f");
		eq_str(copy("\xc3\xa9\xff\xdc"), "\xc3\xa9\xff\xdc");
	}
	TEST("a special byte is found wherever it stands")
	{
		static const char specials[] = "\\\t\n\r";
		static const char letters[] = "\\tnr";
		char record[67], want[68];
		size_t size, at, k;
		bool holds = true;

		for (size = 1; size < 66; size++) {
			for (at = 0; at < size; at++) {
				k = at % 4;
				memset(record, 'x', size);
				record[at] = specials[k];
				record[size] = '\0';
				memset(want, 'x', size + 1);
				want[at] = '\\';
				want[at + 1] = letters[k];
				want[size + 1] = '\0';
				holds = holds && !strcmp(copy(record), want);
			}
		}
		ok(holds);
	}
	TEST("nothing but special bytes doubles a record")
	{
		char record[100], want[200];

		memset(record, '\\', sizeof(record));
		memset(want, '\\', sizeof(want));
		record[99] = '\0';
		want[198] = '\0';
		eq_str(copy(record), want);
	}
}

static void
test_nul(void)
{
	TEST("a NUL is refused wherever it stands, and leaves no trace")
	{
		struct row_format *format = make_format(ROW_COPY, NULL, NULL);
		struct row_buffer out = {NULL, 0, 0};
		const char *why = NULL;
		char record[40];
		size_t at;

		append_bytes(&out, "row\n", 4);
		for (at = 0; at < sizeof(record); at++) {
			memset(record, '\t', sizeof(record));
			record[at] = '\0';
			why = NULL;
			eq_int(append_row(
			           &out, format, record, sizeof(record), &why),
			    -1);
			eq_str(why, "it has a NUL");
			eq_int(out.size, 4);
		}
		eq_mem(out.data, "row\n", 4);
		free(out.data);
		row_format_destroy(format);
	}
	TEST("so is one that is written as an escape")
	{
		eq_str(copy_of("a", "{\"a\":\"x\\u0000y\"}"),
		    "refused: a string has \\u0000");
		eq_str(tsv("a", "{\"a\":\"\\u0000\"}"),
		    "refused: a string has \\u0000");
	}
	TEST("in a field that is no column, or deep in JSON text, it passes")
	{
		eq_str(copy_of("a", "{\"a\":1,\"b\":\"\\u0000\"}"), "1");
		eq_str(
		    copy_of("a", "{\"a\":[\"\\u0000\"]}"), "[\"\\\\u0000\"]");
	}
}

static void
test_columns(void)
{
	TEST("fields become columns, in the order of the columns")
	{
		eq_str(copy_of("id,user,ts",
		           "{\"ts\":3,\"user\":\"bob\",\"id\":1}"),
		    "1\tbob\t3");
		eq_str(copy_of("a.b , c", "{\"a\":{\"b\":\"x y\"},\"c\":true}"),
		    "x y\ttrue");
	}
	TEST("a path may have periods, commas and backslashes in its parts")
	{
		eq_str(copy_of("a\\.b,c\\,d,e\\\\f",
		           "{\"a.b\":1,\"c,d\":2,\"e\\\\f\":3}"),
		    "1\t2\t3");
	}
	TEST("NULL, and what is not there, is \\N")
	{
		eq_str(copy_of("a,b,c.d", "{\"a\":null,\"c\":1}"),
		    "\\N\t\\N\t\\N");
		eq_str(copy_of("a", "{}"), "\\N");
	}
	TEST("text that looks like NULL or like the end is text")
	{
		eq_str(copy_of("a", "{\"a\":\"\\\\N\"}"), "\\\\N");
		eq_str(copy_of("a", "{\"a\":\"\\\\.\"}"), "\\\\.");
		eq_str(copy_of("a", "{\"a\":\"\"}"), "");
		eq_str(copy_of("a", "{\"a\":\"null\"}"), "null");
	}
	TEST("strings are decoded, then escaped")
	{
		eq_str(copy_of("a", "{\"a\":\"x\\ty\\nz\\r\\\\\\/\\\"\"}"),
		    "x\\ty\\nz\\r\\\\/\"");
		eq_str(copy_of("a", "{\"a\":\"\\u00e9\\ud83d\\ude00\\u0009\"}"),
		    "\xc3\xa9\xf0\x9f\x98\x80\\t");
	}
	TEST("numbers pass as they are written")
	{
		eq_str(copy_of("a,b,c,d",
		           "{\"a\":12345678901234567890,\"b\":1e999,"
		           "\"c\":-0.0,\"d\":0.10}"),
		    "12345678901234567890\t1e999\t-0.0\t0.10");
	}
	TEST("true and false are words, objects and arrays are JSON text")
	{
		eq_str(copy_of("a,b,c,d",
		           "{\"a\":false,\"b\":[1,\t\"\\n\"],"
		           "\"c\":{\"x\" :\n 1},\"d\":[]}"),
		    "false\t[1,\\t\"\\\\n\"]\t{\"x\" :\\n 1}\t[]");
	}
	TEST("what is not a JSON object is refused")
	{
		static const char *const bad[] = {"", "x", "[1]", "1", "null",
		    "\"a\"", "{\"a\":1", "{\"a\":1}x", "{\"a\":\"\\ud800\"}",
		    "{\"a\":1,\"b\":\xff}"};
		size_t i;

		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			ok(strncmp(copy_of("a", bad[i]), "refused: ", 9) == 0);
	}
}

static void
test_tsv(void)
{
	TEST("tsv has tabs between values, escapes, and nothing for NULL")
	{
		eq_str(tsv("a,b,c", "{\"a\":\"x\\ty\",\"b\":null,\"c\":2}"),
		    "x\\ty\t\t2");
		eq_str(tsv("a,b", "{\"a\":\"\\n\\r\\\\\",\"b\":\"\"}"),
		    "\\n\\r\\\\\t");
		eq_str(tsv("a,b,c", "{}"), "\t\t");
		eq_str(tsv("a", "{\"a\":[1,\"\\t\"]}"), "[1,\"\\\\t\"]");
	}
}

static void
test_round_trip(void)
{
	struct random random = {1};

	TEST("PostgreSQL reads from a row of columns what was in the record")
	{
		struct row_format *format =
		    make_format(ROW_COPY, "a,b,c", NULL);
		struct row_buffer record = {NULL, 0, 0}, row = {NULL, 0, 0};
		const char *why = NULL;
		struct text texts[3];
		int i, k, failed = 0;

		for (i = 0; i < 20000; i++) {
			record.size = row.size = 0;
			for (k = 0; k < 3; k++)
				texts[k] = draw_text(&random);
			append_object(&record, texts, 3, &random);
			failed += append_row(&row, format, record.data,
			              record.size, &why) != 0 ||
			    !reads_back(&row, texts, 3);
		}
		eq_int(failed, 0);
		free(record.data);
		free(row.data);
		row_format_destroy(format);
	}
	TEST("and from a whole record, the record")
	{
		struct row_format *format = make_format(ROW_COPY, NULL, NULL);
		struct row_buffer row = {NULL, 0, 0};
		const char *why = NULL;
		struct text text;
		int i, failed = 0;

		for (i = 0; i < 20000; i++) {
			row.size = 0;
			text = draw_text(&random);
			text.is_null = false;
			failed += append_row(&row, format, text.bytes,
			              text.size, &why) != 0 ||
			    !reads_back(&row, &text, 1);
		}
		eq_int(failed, 0);
		free(row.data);
		row_format_destroy(format);
	}
}

void
test_row_copy(void)
{
	test_whole();
	test_nul();
	test_columns();
	test_tsv();
	test_round_trip();
}
