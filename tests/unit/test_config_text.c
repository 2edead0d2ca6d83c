/*
 * What is said about text that is not JSON, or too much of it.
 */
#include "test_config.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static void
test_syntax_errors(void)
{
	TEST("an empty file is refused as such, comments or not")
	{
		eq_str(parse(""),
		    "f:1:1: empty, expected { \"async_buffer\": { ... } }");
		eq_str(parse(" \n\t\r\n"),
		    "f:1:1: empty, expected { \"async_buffer\": { ... } }");
		eq_str(parse("// nothing\n"),
		    "f:1:1: empty, expected { \"async_buffer\": { ... } }");
	}
	TEST("an open comment or string is named where it begins")
	{
		eq_str(parse("{\n /* "), "f:2:2: a comment is not closed");
		eq_str(parse("{\n  \"a: 1\n}"),
		    "f:2:3: a string is not closed on its line");
	}
	TEST("a column is a character of the file as it is, comments and all")
	{
		eq_str(parse("{ /* \xc3\xa4\xe2\x82\xac */ \"a: 1\n}"),
		    "f:1:12: a string is not closed on its line");
	}
	TEST("a comma before a closing bracket is named")
	{
		eq_str(parse("{\"async_buffer\": {\"b\": {}, // x\n}}"),
		    "f:1:26: a comma before a closing bracket");
	}
	TEST("what is not JSON is refused near the place")
	{
		eq_str(parse("{\"a\" 1}"),
		    "f:1:6: not JSON near here (a comma, colon, quote or "
		    "bracket is missing or too many)");
		eq_str(parse("{\"a\": 1"),
		    "f:1:8: not JSON: the file ends too "
		    "early (a bracket is open)");
		ok(strstr(parse("{} {}"), "f:1:4: not JSON near") != NULL);
		ok(strstr(parse("{'a': 1}"), "f:1:3: not JSON near") != NULL);
	}
	TEST("a NUL byte is refused")
	{
		eq_str(parse_bytes("{}\n\0", 4),
		    "f:2:1: a NUL byte, expected text");
	}
}

static void
test_token_errors(void)
{
	TEST("a number is written as JSON has it")
	{
		eq_str(parse("[01]"), "f:1:2: not a number as JSON writes it");
		eq_str(parse("[1.]"), "f:1:2: not a number as JSON writes it");
		eq_str(parse("[-]"), "f:1:2: not a number as JSON writes it");
		eq_str(parse("[1e]"), "f:1:2: not a number as JSON writes it");
		eq_str(
		    parse("[1.2.3]"), "f:1:2: not a number as JSON writes it");
		ok(strstr(parse("[-0.5e+10]"), "not a number") == NULL);
	}
	TEST("a string is UTF-8")
	{
		eq_str(parse("[\"a\xff\"]"), "f:1:4: not UTF-8");
		eq_str(parse("[\"\xc0\x80\"]"), "f:1:3: not UTF-8");
		eq_str(parse("[\"\xed\xa0\x80\"]"), "f:1:3: not UTF-8");
		eq_str(parse("[\"\xf4\x90\x80\x80\"]"), "f:1:3: not UTF-8");
		ok(strstr(parse("[\"\xf4\x8f\xbf\xbf\"]"), "UTF-8") == NULL);
	}
	TEST("a string has no NUL, and says how to write the delimiter")
	{
		eq_str(parse("[\"a\\u0000\"]"),
		    "f:1:4: \\u0000 cannot be used "
		    "(the delimiter NUL is written \"\\\\0\")");
	}
	TEST("an escape is one that JSON has")
	{
		eq_str(parse("[\"\\u00g0\"]"),
		    "f:1:3: \\u wants four hexadecimal digits");
		eq_str(parse("[\"\\x41\"]"),
		    "f:1:3: unknown escape (allowed are "
		    "\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uNNNN)");
		eq_str(
		    parse("[\"\\ud83d\"]"), "f:1:3: half of a surrogate pair");
		eq_str(parse("[\"\\ude00\\ud83d\"]"),
		    "f:1:3: half of a surrogate pair");
		ok(strstr(parse("[\"\\ud83d\\uDE00\"]"), "pair") == NULL);
	}
	TEST("a control character is refused in a string and outside")
	{
		eq_str(parse("[\"\t\"]"),
		    "f:1:3: a control character in a string "
		    "(write it as \\t or \\uNNNN)");
		eq_str(parse("[\f]"), "f:1:2: a control character");
	}
	TEST("brackets nest a hundred deep and no deeper")
	{
		char text[101];

		memset(text, '[', sizeof(text));
		eq_str(parse_bytes(text, 101), "f:1:101: nested too deeply");
		ok(strstr(parse_bytes(text, 100), "ends too early") != NULL);
	}
}

/* A file of so many buffers, each with so many channels. */
static const char *
parse_many(int buffers, int channels)
{
	static char text[1 << 16];
	size_t used = 0;
	int i, j;

	used += (size_t)snprintf(text, sizeof(text), "{\"async_buffer\":{");
	for (i = 0; i < buffers; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s\n\"b%d\": {\"chs\": {", i > 0 ? "," : "", i);
		for (j = 0; j < channels; j++)
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
			        "%s\"c%d\":{}", j > 0 ? "," : "", j);
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, "}}");
	}
	snprintf(text + used, sizeof(text) - used, "}}");
	return parse(text);
}

static void
test_limits(void)
{
	TEST("256 buffers are accepted, and not one more")
	{
		eq_str(parse_many(256, 0), "");
		eq_int(config.buffer_count, 256);
		eq_str(parse_many(257, 0),
		    "f:258:1: async_buffer.b256: "
		    "too many buffers, allowed are 256");
	}
	TEST("256 channels are accepted in all buffers, and not one more")
	{
		eq_str(parse_many(2, 128), "");
		eq_str(parse_many(1, 256), "");
		eq_str(parse_many(3, 86),
		    "f:4:762: async_buffer.b2.chs.c84: too many channels, "
		    "allowed are 256 in all buffers together");
		ok(strstr(parse_many(1, 257), "too many channels") != NULL);
	}
	TEST("a name has at most 64 bytes")
	{
		char name[66];

		memset(name, 'a', sizeof(name));
		name[65] = '\0';
		ok(!config_name_is_valid(name));
		name[64] = '\0';
		ok(config_name_is_valid(name));
		ok(config_name_is_valid("A-Z_a.9"));
		ok(!config_name_is_valid(""));
		ok(!config_name_is_valid("a/b"));
	}
}

void
test_config_text(void)
{
	test_syntax_errors();
	test_token_errors();
	test_limits();
}
