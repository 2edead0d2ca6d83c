/*
 * Rows: which settings there are, and the formats that leave records as they
 * are.  Those that do not have files of their own.
 */
#include "test_row.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
json(const char *record)
{
	return row_of(ROW_JSON, NULL, NULL, record);
}

static void
test_settings(void)
{
	TEST("a format says what it needs and what it does not take")
	{
		eq_str(refusal(ROW_CSV, NULL, NULL),
		    "csv: no columns given, such as id,user.name");
		eq_str(refusal(ROW_TSV, NULL, NULL),
		    "tsv: no columns given, such as id,user.name");
		eq_str(refusal(ROW_RESP, NULL, NULL),
		    "resp: no template given, such as \"SET {id} {}\"");
		eq_str(refusal(ROW_RAW, "a", NULL), "raw: takes no columns");
		eq_str(refusal(ROW_JSON, "a", NULL), "json: takes no columns");
		eq_str(refusal(ROW_RESP, "a", "x"), "resp: takes no columns");
		eq_str(refusal(ROW_COPY, "a", "x"), "copy: takes no template");
		eq_str(refusal(ROW_COPY, NULL, NULL), "-");
	}
	TEST("a column has a name, and is there once")
	{
		eq_str(refusal(ROW_CSV, "", NULL),
		    "columns \"\": a column without a name");
		eq_str(refusal(ROW_CSV, "a,,b", NULL),
		    "columns \"a,,b\": a column without a name");
		eq_str(refusal(ROW_CSV, "a, ,b", NULL),
		    "columns \"a, ,b\": a column without a name");
		eq_str(refusal(ROW_CSV, "a,", NULL),
		    "columns \"a,\": a column without a name");
		eq_str(refusal(ROW_CSV, "a,b, a", NULL),
		    "columns \"a,b, a\": \"a\" is there twice");
		eq_str(refusal(ROW_CSV, "a.b,a,a.c", NULL), "-");
		ok(strcmp(refusal(ROW_CSV, "a..b", NULL), "-") != 0);
		ok(strcmp(refusal(ROW_CSV, ".", NULL), "-") != 0);
	}
	TEST("there may be 256 columns and no more")
	{
		char list[257 * 5 + 1];
		size_t i;

		for (i = 0; i < 257; i++)
			snprintf(list + i * 5, 6, "c%03zu,", i);
		list[256 * 5 - 1] = '\0';
		eq_str(refusal(ROW_CSV, list, NULL), "-");
		list[256 * 5 - 1] = ',';
		list[257 * 5 - 1] = '\0';
		ok(strstr(refusal(ROW_CSV, list, NULL), "more than 256") !=
		    NULL);
	}
	TEST("destroying nothing does nothing")
	{
		row_format_destroy(NULL);
	}
}

static void
test_raw(void)
{
	TEST("a raw record is passed on, whatever is in it")
	{
		struct row_format *format = make_format(ROW_RAW, NULL, NULL);
		struct row_buffer out = {NULL, 0, 0};
		const char *why = NULL;

		eq_int(append_row(&out, format, "a\0\\.\n\xff", 6, &why), 0);
		eq_int(append_row(&out, format, "", 0, &why), 0);
		eq_int(row_format_record(format, NULL, 0, &out, &why), 0);
		eq_int(append_row(&out, format, "b", 1, &why), 0);
		eq_int(out.size, 7);
		eq_mem(out.data,
		    "a\0\\.\n\xff"
		    "b",
		    7);
		free(out.data);
		row_format_destroy(format);
	}
}

static void
test_json(void)
{
	TEST("a JSON record is passed on byte for byte")
	{
		eq_str(json("{\"a\":1}"), "{\"a\":1}");
		eq_str(
		    json(" { \"b\" : [1,\t2 ] }\r"), " { \"b\" : [1,\t2 ] }\r");
		eq_str(
		    json("\"\\u00e9\\/\xc3\xa9\""), "\"\\u00e9\\/\xc3\xa9\"");
	}
	TEST("it may be any value, and numbers stay as they are written")
	{
		eq_str(json("12345678901234567890"), "12345678901234567890");
		eq_str(
		    json("[1e999,-0.0,0.10,1E+2]"), "[1e999,-0.0,0.10,1E+2]");
		eq_str(json("null"), "null");
	}
	TEST("a newline between tokens becomes a blank")
	{
		eq_str(json("{\n  \"a\": 1\n}"), "{   \"a\": 1 }");
		eq_str(json("\n\n1\n"), "  1 ");
		eq_str(json("{\"a\":\"\\n\"}"), "{\"a\":\"\\n\"}");
	}
	TEST("what is not JSON is refused")
	{
		static const char *const bad[] = {"", " ", "{", "{a:1}",
		    "{} {}", "[1,]", "nul", "01", "1.", "\"a", "\"\n\"",
		    "\"\\x41\"", "\"\xff\"", "\"\\ud800\"", "NaN", "'a'"};
		size_t i;

		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			ok(strncmp(json(bad[i]), "refused: ", 9) == 0);
	}
	TEST("a newline in a row before stays")
	{
		struct row_format *format = make_format(ROW_JSON, NULL, NULL);
		struct row_buffer out = {NULL, 0, 0};
		const char *why = NULL;

		append_bytes(&out, "x\n", 2);
		eq_int(append_row(&out, format, "[\n]", 3, &why), 0);
		eq_int(out.size, 5);
		eq_mem(out.data, "x\n[ ]", 5);
		free(out.data);
		row_format_destroy(format);
	}
}

SUITE(row)
{
	test_settings();
	test_raw();
	test_json();
	test_row_copy();
	test_row_csv();
}
