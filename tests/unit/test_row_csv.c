/*
 * CSV, and a strict reader of it to hold it against.
 */
#include "tap.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
csv(const char *columns, const char *record)
{
	return row_of(ROW_CSV, columns, NULL, record);
}

/* The value of a JSON string. */
static const char *
value(const char *string)
{
	char record[256];

	snprintf(record, sizeof(record), "{\"a\":%s}", string);
	return csv("a", record);
}

/* A field between quotes; returns what is behind it, NULL: malformed. */
static const uint8_t *
read_quoted(const uint8_t *at, const uint8_t *end, struct text *text)
{
	for (at++; at < end; at++) {
		if (*at == '"') {
			at++;
			if (at == end || *at != '"')
				return at;
		}
		if (text->size == TEXT_SIZE_MAX)
			return NULL;
		text->bytes[text->size++] = *at;
	}
	return NULL;
}

/* As databases read it: an empty field without quotes is NULL. */
static const uint8_t *
read_field(const uint8_t *at, const uint8_t *end, struct text *text)
{
	text->size = 0;
	text->is_null = at == end || *at == ',';
	if (at < end && *at == '"')
		return read_quoted(at, end, text);
	for (; at < end && *at != ','; at++) {
		if (*at == '"' || *at == '\n' || *at == '\r' ||
		    text->size == TEXT_SIZE_MAX)
			return NULL;
		text->bytes[text->size++] = *at;
	}
	return at;
}

static bool
reads_back(const struct row_buffer *row, const struct text *want, size_t count)
{
	const uint8_t *at = row->data, *end = at + row->size;
	struct text got;
	size_t i;

	for (i = 0; i < count; i++) {
		if (i > 0 && (at == end || *at++ != ','))
			return false;
		at = read_field(at, end, &got);
		if (at == NULL || got.is_null != want[i].is_null)
			return false;
		if (!got.is_null &&
		    (got.size != want[i].size ||
		        memcmp(got.bytes, want[i].bytes, got.size) != 0))
			return false;
	}
	return at == end;
}

static void
test_values(void)
{
	TEST("fields become columns, in the order of the columns")
	{
		eq_str(csv("b,a", "{\"a\":1,\"b\":\"x\"}"), "x,1");
	}
	TEST("NULL is empty, an empty text is not")
	{
		eq_str(csv("a,b,c", "{\"a\":null,\"b\":\"\"}"), ",\"\",");
	}
	TEST("quotes go around what needs them")
	{
		eq_str(value("\"a,b\""), "\"a,b\"");
		eq_str(value("\"a\\\"b\""), "\"a\"\"b\"");
		eq_str(value("\"\\\"\""), "\"\"\"\"");
		eq_str(value("\"a\\nb\""), "\"a\nb\"");
		eq_str(value("\"a\\rb\""), "\"a\rb\"");
		eq_str(value("\" a\""), "\" a\"");
		eq_str(value("\"a\\t\""), "\"a\t\"");
		eq_str(value("\" \""), "\" \"");
		eq_str(value("\"\\ufeff\""), "\"\xef\xbb\xbf\"");
	}
	TEST("and around nothing else")
	{
		eq_str(value("\"a b\""), "a b");
		eq_str(value("\"a\\tb\\\\'\""), "a\tb\\'");
		eq_str(value("\"\\u00e9\""), "\xc3\xa9");
		eq_str(value("\"a\\ufeff\""), "a\xef\xbb\xbf");
	}
	TEST("numbers and words pass as they are written")
	{
		eq_str(csv("a,b,c,d,e",
		           "{\"a\":12345678901234567890,\"b\":1e999,"
		           "\"c\":-0.0,\"d\":true,\"e\":false}"),
		    "12345678901234567890,1e999,-0.0,true,false");
	}
	TEST("objects and arrays are JSON text")
	{
		eq_str(value("{\"x\":[1,2]}"), "\"{\"\"x\"\":[1,2]}\"");
		eq_str(value("[]"), "[]");
		eq_str(value("[1,\n2]"), "\"[1,\n2]\"");
	}
}

static void
test_special(void)
{
	TEST("a NUL is refused, and so is what is no object")
	{
		eq_str(value("\"a\\u0000\""), "refused: a string has \\u0000");
		ok(strncmp(csv("a", "[]"), "refused: ", 9) == 0);
		ok(strncmp(csv("a", "{"), "refused: ", 9) == 0);
	}
	TEST("a row of only \\. is not the end of a COPY")
	{
		eq_str(value("\"\\\\.\""), "\"\\.\"");
		eq_str(value("\"\\\\.\\nx\""), "\"\\.\nx\"");
		eq_str(value("\"x\\n\\\\.\""), "\"x\n\\.\"");
		eq_str(value("\"x\\n\\\\.x\\n\""), "\"x\n\\.x\n\"");
	}
}

static void
test_round_trip(void)
{
	struct random random = {2};

	TEST("a reader of CSV gets from a row what was in the record")
	{
		struct row_format *format = make_format(ROW_CSV, "a,b,c", NULL);
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
}

void
test_row_csv(void)
{
	test_values();
	test_special();
	test_round_trip();
}
