/*
 * Is it JSON?  Texts are copied to blocks of exactly their size, so that the
 * sanitizers see whoever reads behind them.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define BOM "\xef\xbb\xbf"
#define LARGE ((size_t)8 << 20)

static struct json_fault fault;

static bool
is_json(const char *text, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	int error;

	memcpy(copy, text, size);
	fault.why = "accepted";
	fault.offset = 0;
	error = json_scan_validate(copy, size, &fault);
	free(copy);
	return error == 0;
}

/* "why at offset". */
static const char *
why_not(const char *text)
{
	static char said[128];

	if (is_json(text, strlen(text)))
		return "accepted";
	snprintf(said, sizeof(said), "%s at %zu", fault.why, fault.offset);
	return said;
}

static bool
all_accepted(const char *const *texts, size_t count)
{
	bool holds = true;
	size_t i;

	for (i = 0; i < count; i++) {
		if (is_json(texts[i], strlen(texts[i])))
			continue;
		printf("# %s: %s at %zu\n", texts[i], fault.why, fault.offset);
		holds = false;
	}
	return holds;
}

static bool
all_refused(const char *const *texts, size_t count)
{
	bool holds = true;
	size_t i;

	for (i = 0; i < count; i++) {
		if (is_json(texts[i], strlen(texts[i]))) {
			printf("# accepted: %s\n", texts[i]);
			holds = false;
		}
	}
	return holds;
}

static void
test_values(void)
{
	static const char *const good[] = {"0", "-0", "1", "-1", "10", "0.5",
	    "-12.034", "1e5", "1E5", "1e+5", "1e-05", "0e0", "-0.0E-0",
	    "123456789012345678901234567890.123456789e999", "true", "false",
	    "null", "\"\"", "\"x\"", "[]", "{}", "[ ]", "{ }", "[1]", "[1,2]",
	    "[[],{}]", "{\"a\":1}", "{\"\":\"\"}", "{\"a\":1,\"a\":2}",
	    "{\"a\":[{\"b\":null}],\"c\":{}}", "[\"]\",\"}\"]"};
	static const char *const bad_numbers[] = {"-", "+1", "01", "-01", "00",
	    ".5", "-.5", "1.", "1.e5", "1e", "1e+", "1E-", "1e1.5", "1.5.5",
	    "0x10", "1_000", "Infinity", "-Infinity", "NaN", "1a", "--1", "1-2",
	    "0e", "[1 2]", "\xd9\xa1"};
	static const char *const bad_words[] = {"t", "tru", "trueish", "TRUE",
	    "True", "nul", "nulll", "falsey", "fals", "undefined", "x", "'a'",
	    "truefalse", "[true false]"};
	static const char *const bad_brackets[] = {"[", "]", "{", "}", "[}",
	    "{]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[,]", "{\"a\"}",
	    "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}",
	    "{1:2}", "{a:1}", "{null:1}", "{\"a\"::1}", "{\"a\":1:2}",
	    "{\"a\",1}", "[\"a\":1]", "[1]]", "{}}", "[[1]", "[1}", "{\"a\":1]",
	    "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,\"b\"", ",",
	    ":"};

	TEST("every kind of value is accepted")
	{
		ok(all_accepted(good, COUNT_OF(good)));
	}
	TEST("numbers are those of RFC 8259")
	{
		ok(all_refused(bad_numbers, COUNT_OF(bad_numbers)));
	}
	TEST("words are true, false and null")
	{
		ok(all_refused(bad_words, COUNT_OF(bad_words)));
	}
	TEST("brackets, commas and colons are where they belong")
	{
		ok(all_refused(bad_brackets, COUNT_OF(bad_brackets)));
	}
}

static void
test_around(void)
{
	static const char *const good[] = {
	    " 1", "1 ", " \t\r\n[ \t\r\n1 \t\r\n, 2 ] \n", "\n{ \"a\" : 1 } "};
	static const char *const bad[] = {"", " ", "\n\n", "\v1", "1\f",
	    "\xc2\xa0"
	    "1",
	    "[1]\x1e", "\x1e[1]", "1 2", "{}{}", "[] x", "1,", "{} // x",
	    "/* */ 1", BOM, BOM "{}", BOM " 1", " " BOM "1"};

	TEST("white space is space, tab, newline and carriage return")
	{
		ok(all_accepted(good, COUNT_OF(good)));
	}
	TEST("nothing else may stand around the value, and one must be there")
	{
		ok(all_refused(bad, COUNT_OF(bad)));
		ok(!is_json("1\0", 2));
		ok(!is_json("\0", 1));
		ok(json_scan_validate(NULL, 0, &fault) < 0);
	}
	TEST("a text that is cut off anywhere is refused")
	{
		static const char text[] =
		    " {\"a\\n\\u00e9\":[1.5e3,true,\"\xf0\x9f\x98\x80\",{}]}";
		size_t size;

		ok(is_json(text, sizeof(text) - 1));
		for (size = 0; size < sizeof(text) - 1; size++)
			ok(!is_json(text, size));
	}
}

static void
test_strings(void)
{
	static const char *const good[] = {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	    "\"\\u0000\\u001f\\u00E9\\uffff\"", "\"\\ud800\\udc00\"",
	    "\"\\uDBFF\\uDFFF\"", "\"\x7f\"", "\"'/\"", "\"\xc2\x80\"",
	    "\"\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"",
	    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""};
	static const char *const bad[] = {"\"", "\"a", "\"\\", "\"\\\"",
	    "\"\\a\"", "\"\\'\"", "\"\\x41\"", "\"\\0\"", "\"\\\n\"", "\"\\U\"",
	    "\"\\u\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"",
	    "\"\\u+123\"", "\"\\u123", "\"\n\"", "\"\t\"", "\"\x1f\"",
	    "\"\x01\""};
	static const char *const not_utf8[] = {"\"\x80\"", "\"\xbf\"",
	    "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc2\"", "\"\xc3(\"",
	    "\"\xe0\x80\x80\"", "\"\xe0\x9f\xbf\"", "\"\xe2\x82\"",
	    "\"\xe2(\x82\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"",
	    "\"\xf0\x80\x80\x80\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xf0\x9f\x98\"",
	    "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xff\"",
	    "\"\xfe\"", "\"\xe9t\xe9\"", "\"\xc2", "{\"\xff\":1}"};

	TEST("escapes and characters are accepted")
	{
		ok(all_accepted(good, COUNT_OF(good)));
	}
	TEST("escapes are checked, control characters must be escaped")
	{
		ok(all_refused(bad, COUNT_OF(bad)));
		ok(!is_json("\"\0\"", 3));
	}
	TEST("what is not UTF-8 is refused")
	{
		ok(all_refused(not_utf8, COUNT_OF(not_utf8)));
	}
}

static void
test_surrogates(void)
{
	TEST("a surrogate is refused unless it is half of a pair")
	{
		static const char *const bad[] = {"\"\\ud800\"", "\"\\udc00\"",
		    "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"",
		    "\"\\ud800\\ud800\"", "\"\\udc00\\ud800\"",
		    "\"\\ud800\\udbff\"", "\"\\ud800\\ue000\"",
		    "\"\\ud800\\udc0\"", "\"\\ud800\\u", "\"\\ud800udc00\"",
		    "\"\\ud83d\\ude00\\ude00\""};

		ok(all_refused(bad, COUNT_OF(bad)));
	}
	TEST("no surrogate at all stands alone")
	{
		char text[16];
		unsigned int unit;

		for (unit = 0xd7ff; unit <= 0xe000; unit++) {
			snprintf(text, sizeof(text), "\"\\u%04x\"", unit);
			ok(is_json(text, 8) ==
			    (unit == 0xd7ff || unit == 0xe000));
		}
	}
}

/* Is a string of size plain bytes refused for another one at `at`? */
static bool
finds(const char *byte, size_t size, size_t at)
{
	char text[128];

	memset(text, 'x', sizeof(text));
	text[0] = '"';
	text[size + 1] = '"';
	memcpy(text + 1 + at, byte, 1);
	return !is_json(text, size + 2);
}

static void
test_places(void)
{
	TEST("a bad byte is found wherever it is")
	{
		size_t size, at;

		for (size = 1; size < 70; size++) {
			for (at = 0; at < size; at++) {
				ok(finds("\n", size, at));
				ok(fault.offset == at + 1);
				ok(finds("\x80", size, at));
				ok(finds("\"", size, at));
				ok(finds("\\", size, at));
			}
		}
	}
	TEST("the fault says why and where, without the data")
	{
		eq_str(why_not(""), "empty at 0");
		eq_str(why_not(BOM "1"), "a byte order mark at 0");
		eq_str(why_not("{} x"), "something behind the value at 3");
		eq_str(why_not("[1 2]"), "a comma is missing at 3");
		eq_str(why_not("[1"), "a bracket is not closed at 2");
		eq_str(why_not("{1:2}"), "a key is missing at 1");
		eq_str(why_not("{\"a\"=2}"), "a colon is missing at 4");
		eq_str(why_not("[1,]"), "a value is missing at 3");
		eq_str(why_not("[nil]"), "an unknown word at 1");
		eq_str(why_not("-012"), "a leading zero at 1");
		eq_str(why_not("1.x"), "a digit is missing at 2");
		eq_str(why_not("\"abc"), "an unfinished string at 4");
		eq_str(why_not("\"\\q\""), "an unknown escape at 1");
		eq_str(why_not("\"\\u12\""), "\\u without four digits at 1");
		eq_str(why_not("\"a\\udead\""), "a lone surrogate at 2");
		eq_str(why_not("\"a\tb\""),
		    "a control character in a string at 2");
		eq_str(why_not("\"a\xff\""), "not UTF-8 at 2");
	}
}

/* count times open, then a value, then as often close. */
static bool
is_nested(const char *open, const char *close, size_t count)
{
	size_t width = strlen(open), size = count * (width + 1) + 1, i;
	char *text = malloc(size);
	bool is_accepted;

	for (i = 0; i < count; i++) {
		memcpy(text + i * width, open, width);
		text[size - 1 - i] = *close;
	}
	text[count * width] = '1';
	is_accepted = is_json(text, size);
	free(text);
	return is_accepted;
}

/* size bytes, `pattern` over and over. */
static bool
is_repeated(const char *pattern, size_t size)
{
	size_t width = strlen(pattern), i;
	char *text = malloc(size);
	bool is_accepted;

	for (i = 0; i < size; i++)
		text[i] = pattern[i % width];
	is_accepted = is_json(text, size);
	free(text);
	return is_accepted;
}

static void
test_depth(void)
{
	TEST("512 levels are accepted, one more is not")
	{
		ok(is_nested("[", "]", JSON_DEPTH_MAX));
		ok(is_nested("{\"a\":", "}", JSON_DEPTH_MAX));
		ok(!is_nested("[", "]", JSON_DEPTH_MAX + 1));
		eq_str(fault.why, "nested too deeply");
		eq_int(fault.offset, JSON_DEPTH_MAX);
		ok(!is_nested("{\"a\":", "}", JSON_DEPTH_MAX + 1));
		eq_str(fault.why, "nested too deeply");
	}
	TEST("levels one after the other do not add up")
	{
		static char text[3 * JSON_DEPTH_MAX + 5] = "[[]";
		size_t i;

		for (i = 0; i < JSON_DEPTH_MAX; i++)
			memcpy(text + 3 + 3 * i, ",[]", 3);
		text[sizeof(text) - 2] = ']';
		eq_str(why_not(text), "accepted");
	}
	TEST("large texts of nothing but openings are refused in no time")
	{
		ok(!is_repeated("[", LARGE));
		ok(!is_repeated("\"\\", LARGE));
		ok(!is_repeated("{\"a\":", LARGE));
		ok(!is_repeated("[[],", LARGE));
		ok(!is_repeated("\\u", LARGE));
	}
	TEST("a number may be long")
	{
		ok(is_repeated("1", LARGE));
	}
}

SUITE(json_scan)
{
	test_values();
	test_around();
	test_strings();
	test_surrogates();
	test_places();
	test_depth();
}
