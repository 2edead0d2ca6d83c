/*
 * One field of a record: by its path in an object, by its number in a row.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "intake/field_reader.h"

/* The text of the field, or "! " and why there is none. */
static const char *
read_bytes(struct field_reader *reader, const void *record, size_t size)
{
	static char said[4096];
	const char *why = "";
	const uint8_t *field;
	uint8_t *copy = malloc(size > 0 ? size : 1);
	size_t field_size = 0;

	/* Of exactly that size, for the sanitizer. */
	memcpy(copy, record, size);
	field = field_reader_read(reader, copy, size, &field_size, &why);
	snprintf(said, sizeof(said), "%s%.*s", field != NULL ? "" : "! ",
	    field != NULL ? (int)field_size : (int)strlen(why),
	    field != NULL ? (const char *)field : why);
	free(copy);
	return said;
}

static const char *
of_json(const char *path, const char *record)
{
	struct field_reader *reader;
	struct err e = {0};
	const char *said;

	if (field_reader_of_json(&reader, path, &e) != 0)
		return "no path";
	said = read_bytes(reader, record, strlen(record));
	field_reader_destroy(reader);
	return said;
}

static const char *
of_row(uint64_t number, char separator, bool has_quotes, const char *record)
{
	struct field_reader *reader =
	    field_reader_of_columns(number, (uint8_t)separator, has_quotes);
	const char *said = read_bytes(reader, record, strlen(record));

	field_reader_destroy(reader);
	return said;
}

#define of_csv(number, record) of_row(number, ',', true, record)
#define of_tsv(number, record) of_row(number, '\t', false, record)

static void
test_json(void)
{
	TEST("a string is decoded, anything else is as it is written")
	{
		eq_str(of_json("a", "{\"a\": \"x\"}"), "x");
		eq_str(of_json("a", "{\"a\":\"\\u00e9\\n\"}"), "\xc3\xa9\n");
		eq_str(of_json("a", "{\"a\":\"\"}"), "");
		eq_str(of_json("a", "{\"a\":1.50e+3}"), "1.50e+3");
		eq_str(of_json("a", "{\"a\":true}"), "true");
		eq_str(of_json("a", "{\"a\":[1, 2]}"), "[1, 2]");
	}
	TEST("a path leads into objects, and a key may have a period")
	{
		eq_str(of_json("a.b", "{\"a\":{\"c\":1,\"b\":2}}"), "2");
		eq_str(of_json("a\\.b", "{\"a.b\":3}"), "3");
	}
	TEST("of equal keys the first counts, and nothing behind it is read")
	{
		eq_str(of_json("a", "{\"a\":\"x\",\"a\":\"y\"}"), "x");
		eq_str(of_json("a", "{\"a\":\"x\",nonsense"), "x");
	}
	TEST("no such field, null, no object: each is said")
	{
		eq_str(of_json("a", "{\"b\":1}"), "! it has no such field");
		eq_str(of_json("a", "{\"a\":null}"), "! the field is null");
		eq_str(of_json("a", "[1]"), "! not a JSON object");
		eq_str(of_json("a", ""), "! empty");
		eq_str(
		    of_json("a", "{\"a\":\"\\ud800\"}"), "! a lone surrogate");
	}
	TEST("a text with a NUL is as long as it is")
	{
		struct field_reader *reader;
		const char *why, *record = "{\"a\":\"x\\u0000y\"}";
		struct err e;
		size_t size;

		eq_int(field_reader_of_json(&reader, "a", &e), 0);
		eq_mem(field_reader_read(reader, (const uint8_t *)record,
		           strlen(record), &size, &why),
		    "x\0y", 3);
		eq_int(size, 3);
		field_reader_destroy(reader);
	}
	TEST("one reader reads short and long texts in turn")
	{
		struct field_reader *reader;
		char record[3000];
		struct err e;
		int i;

		eq_int(field_reader_of_json(&reader, "a", &e), 0);
		for (i = 0; i < 1000; i += 37) {
			snprintf(record, sizeof(record), "{\"a\":\"\\t%*d\"}",
			    i + 1, 7);
			eq_int(
			    strlen(read_bytes(reader, record, strlen(record))),
			    i + 2);
		}
		field_reader_destroy(reader);
	}
	TEST("what is no path is the configuration's fault")
	{
		struct field_reader *reader;
		struct err e = {0};

		eq_int(field_reader_of_json(&reader, "a..b", &e), ERR_CONFIG);
		ok(strncmp(e.message, "field: ", 7) == 0);
		field_reader_destroy(NULL);
	}
}

static void
test_csv(void)
{
	TEST("a field of CSV comes without its quotes")
	{
		eq_str(of_csv(1, "a,b,c"), "a");
		eq_str(of_csv(3, "a,b,c"), "c");
		eq_str(of_csv(2, "a,\"b,\"\"\nc\"\"\",d"), "b,\"\nc\"");
		eq_str(of_csv(2, "a,\"\""), "");
		eq_str(of_csv(1, ""), "");
	}
	TEST("quotes in the middle of a field stay")
	{
		eq_str(of_csv(1, "5\"\" x,b"), "5\"\" x");
	}
	TEST("the carriage return at the end is none of it")
	{
		eq_str(of_csv(2, "a,b\r"), "b");
		eq_str(of_csv(2, "a,\"b\"\r"), "b");
		eq_str(of_csv(2, "a,\r"), "");
	}
	TEST("a row may have too few of them")
	{
		eq_str(of_csv(4, "a,b,c"), "! it has too few columns");
		eq_str(of_csv(2, "\"a,b"), "! it has too few columns");
	}
}

static void
test_tsv(void)
{
	TEST("tab-separated values know no quotes")
	{
		eq_str(of_tsv(1, "a b\tc"), "a b");
		eq_str(of_tsv(2, "5\" wide\tb\tc"), "b");
		eq_str(of_tsv(1, "\"a\"\tb"), "\"a\"");
		eq_str(of_tsv(2, "a\t\"b\"\r"), "\"b\"");
		eq_str(of_tsv(3, "a\t\t\r"), "");
		eq_str(of_tsv(1, "\r"), "");
	}
	TEST("... and may be too few as well")
	{
		eq_str(of_tsv(3, "a\tb"), "! it has too few columns");
		eq_str(of_tsv(2, ""), "! it has too few columns");
		eq_str(of_tsv(2, "a\t"), "");
	}
	TEST("tabs between values of CSV are another thing")
	{
		eq_str(of_row(2, '\t', true, "\"a\tb\"\t\"c\""), "c");
	}
}

SUITE(field_reader)
{
	test_json();
	test_csv();
	test_tsv();
}
