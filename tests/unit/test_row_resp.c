/*
 * Commands of RESP, and a reader of them to hold them against.
 */
#include "tap.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for what words_of() says. */
static char words[65536];

/* "$5\r\n" and its like; returns what is behind it, NULL: malformed. */
static const uint8_t *
read_head(const uint8_t *at, const uint8_t *end, char sign, size_t *number)
{
	const uint8_t *digits = at + 1;

	if (at == end || *at != (uint8_t)sign)
		return NULL;
	*number = 0;
	for (at++; at < end && *at >= '0' && *at <= '9'; at++)
		*number = *number * 10 + (size_t)(*at - '0');
	/* Redis takes neither nothing nor leading zeros for a number. */
	if (at == digits || (*digits == '0' && at - digits > 1))
		return NULL;
	return end - at >= 2 && memcmp(at, "\r\n", 2) == 0 ? at + 2 : NULL;
}

/* One bulk string; returns what is behind it, NULL: malformed. */
static const uint8_t *
read_word(const uint8_t *at, const uint8_t *end, struct text *word)
{
	at = read_head(at, end, '$', &word->size);
	if (at == NULL || word->size > TEXT_SIZE_MAX ||
	    (size_t)(end - at) < word->size + 2)
		return NULL;
	memcpy(word->bytes, at, word->size);
	at += word->size;
	return memcmp(at, "\r\n", 2) == 0 ? at + 2 : NULL;
}

/* What a server reads from a row: "[XADD][events][*]". */
static const char *
describe(const struct row_buffer *row)
{
	const uint8_t *at = row->data, *end = at + row->size;
	size_t count = 0, used = 0;
	struct text word;

	at = read_head(at, end, '*', &count);
	for (; at != NULL && count > 0; count--) {
		at = read_word(at, end, &word);
		if (at != NULL)
			used += (size_t)snprintf(words + used,
			    sizeof(words) - used, "[%.*s]", (int)word.size,
			    (const char *)word.bytes);
	}
	return at == end ? words : "malformed";
}

static const char *
words_of(const char *template, const char *record)
{
	struct row_format *format = make_format(ROW_RESP, NULL, template);
	struct row_buffer out = {malloc(1), 0, 1};
	const char *why = NULL;
	const char *said = words;

	if (append_row(&out, format, record, strlen(record), &why) != 0)
		snprintf(words, sizeof(words), "refused: %s", why);
	else
		said = describe(&out);
	free(out.data);
	row_format_destroy(format);
	return said;
}

/* The words of a template without fields. */
static const char *
plain(const char *template)
{
	return words_of(template, "{}");
}

static const char *
refused(const char *template)
{
	return refusal(ROW_RESP, NULL, template);
}

static void
test_protocol(void)
{
	TEST("a command has the number of its words, and each its length")
	{
		eq_str(row_of(ROW_RESP, NULL, "XADD events * id {id} ts {ts}",
		           "{\"id\":7,\"ts\":\"now\"}"),
		    "*7\r\n$4\r\nXADD\r\n$6\r\nevents\r\n$1\r\n*\r\n"
		    "$2\r\nid\r\n$1\r\n7\r\n$2\r\nts\r\n$3\r\nnow\r\n");
	}
	TEST("an empty word is a word")
	{
		eq_str(row_of(ROW_RESP, NULL, "SET k ''", "{}"),
		    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
	}
	TEST("lengths count bytes, decoded ones")
	{
		eq_str(row_of(ROW_RESP, NULL, "SET k {a}",
		           "{\"a\":\"\\u00e9\\n\xc3\xa9\"}"),
		    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n"
		    "$5\r\n\xc3\xa9\n\xc3\xa9\r\n");
	}
	TEST("a length may lose digits when a string is decoded")
	{
		eq_str(words_of("SET k {a}", "{\"a\":\"12345\\u0041789\"}"),
		    "[SET][k][12345A789]");
		eq_str(words_of("SET k <{a}>", "{\"a\":\"\\u0041\\u0042\"}"),
		    "[SET][k][<AB>]");
	}
}

static void
test_words(void)
{
	TEST("words stand between blanks")
	{
		eq_str(plain("PING"), "[PING]");
		eq_str(plain("  SET\tk  \n v "), "[SET][k][v]");
	}
	TEST("quotes of both kinds keep blanks, and may be empty")
	{
		eq_str(plain("SET 'a b' \"c  d\" '' \"\""),
		    "[SET][a b][c  d][][]");
		eq_str(plain("SET a'b c'd\"e f\"g"), "[SET][ab cde fg]");
		eq_str(plain("SET 'it\"s' \"it's\""), "[SET][it\"s][it's]");
	}
	TEST("escapes are understood between double quotes only")
	{
		eq_str(plain("SET \"a\\n\\t\\r\\\\\\\"\\x41\""),
		    "[SET][a\n\t\r\\\"A]");
		eq_str(plain("SET 'a\\n' b\\n"), "[SET][a\\n][b\\n]");
	}
	TEST("braces of the template's own are doubled")
	{
		eq_str(plain("SET {{a}} '}}{{'"), "[SET][{a}][}{]");
	}
	TEST("a NUL may be written, and is one byte of a word")
	{
		struct row_format *format =
		    make_format(ROW_RESP, NULL, "SET \"\\0\\x00\"");
		struct row_buffer out = {NULL, 0, 0};
		const char *why = NULL;

		eq_int(append_row(&out, format, "", 0, &why), 0);
		eq_int(out.size, 21);
		eq_mem(out.data, "*2\r\n$3\r\nSET\r\n$2\r\n\0\0\r\n", 21);
		free(out.data);
		row_format_destroy(format);
	}
}

static void
test_fields(void)
{
	TEST("fields are replaced inside of words, several in one, and again")
	{
		eq_str(words_of("SET user:{id}:{kind} {id}",
		           "{\"id\":7,\"kind\":\"x\"}"),
		    "[SET][user:7:x][7]");
		eq_str(words_of("SET '{a} {b.c}'\"{a}\"",
		           "{\"a\":1,\"b\":{\"c\":2}}"),
		    "[SET][1 21]");
		eq_str(words_of("SET {{{a}}}", "{\"a\":1}"), "[SET][{1}]");
	}
	TEST("blanks around a path do not belong to it")
	{
		eq_str(words_of("SET { a }", "{\"a\":1}"), "[SET][1]");
	}
	TEST("a field that is missing or null is empty")
	{
		eq_str(
		    words_of("SET {a} x{b}y", "{\"b\":null}"), "[SET][][xy]");
	}
	TEST("every other value is as it is written")
	{
		eq_str(words_of("SET {a} {b} {c} {d} {e}",
		           "{\"a\":12345678901234567890,\"b\":1e999,"
		           "\"c\":-0.0,\"d\":true,\"e\":{\"x\":[1, 2]}}"),
		    "[SET][12345678901234567890][1e999][-0.0][true]"
		    "[{\"x\":[1, 2]}]");
	}
	TEST("whatever is in a record, it stays one word")
	{
		eq_str(words_of("SET k {a}",
		           "{\"a\":\"x y\\r\\n$3\\r\\n\\\"'{b}\"}"),
		    "[SET][k][x y\r\n$3\r\n\"'{b}]");
	}
	TEST("a NUL in a string is a byte like others")
	{
		struct row_format *format =
		    make_format(ROW_RESP, NULL, "SET {a}");
		struct row_buffer out = {NULL, 0, 0};
		const char *why = NULL;

		eq_int(
		    append_row(&out, format, "{\"a\":\"x\\u0000y\"}", 16, &why),
		    0);
		eq_int(out.size, 22);
		eq_mem(out.data, "*2\r\n$3\r\nSET\r\n$3\r\nx\0y\r\n", 22);
		free(out.data);
		row_format_destroy(format);
	}
	TEST("records must be objects if there are fields")
	{
		ok(strncmp(words_of("SET {a}", "x"), "refused: ", 9) == 0);
		ok(strncmp(words_of("SET {a}", "[1]"), "refused: ", 9) == 0);
		ok(strncmp(words_of("SET {a}{}", ""), "refused: ", 9) == 0);
	}
	TEST("the record itself is {}, and need not be JSON for that")
	{
		eq_str(words_of("RPUSH l {}", "any \r\n bytes\xff"),
		    "[RPUSH][l][any \r\n bytes\xff]");
		eq_str(words_of("RPUSH l <{}>", ""), "[RPUSH][l][<>]");
		eq_str(words_of("SET {a} {}", "{\"a\": 1}"),
		    "[SET][1][{\"a\": 1}]");
	}
}

static void
test_templates(void)
{
	TEST("there must be a command")
	{
		eq_str(refused(""), "template \"\": there is no command in it");
		eq_str(refused(" \t"),
		    "template \" \t\": there is no command in it");
	}
	TEST("its name does not come from a record")
	{
		static const char *const bad[] = {
		    "{a}", "{} x", "X{a} y", "'{a}'", "\"SE{a}\" k"};
		size_t i;

		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			ok(strstr(refused(bad[i]), "the command's name") !=
			    NULL);
		eq_str(plain("{{a}} x"), "[{a}][x]");
	}
	TEST("quotes and braces have their ends")
	{
		ok(strstr(refused("SET 'a"), "a ' without its end") != NULL);
		ok(strstr(refused("SET \"a"), "a \" without its end") != NULL);
		ok(strstr(refused("SET \"a\\\""), "a \" without") != NULL);
		ok(strstr(refused("SET {a"), "a { without its }") != NULL);
		ok(strstr(refused("SET {a{b}}"), "a { without") != NULL);
		ok(strstr(refused("SET {"), "a { without its }") != NULL);
		ok(strstr(refused("SET }"), "a } without its {") != NULL);
		ok(strstr(refused("SET {a}}"), "a } without its {") != NULL);
	}
	TEST("an unknown escape is no escape")
	{
		ok(strstr(refused("SET \"\\q\""), "\\q is none of") != NULL);
		ok(strstr(refused("SET \"\\x4\""), "\\x is none of") != NULL);
		ok(strstr(refused("SET \"\\"), "is none of") != NULL);
	}
	TEST("a path is checked as columns are")
	{
		ok(strcmp(refused("SET {a..b}"), "-") != 0);
		ok(strcmp(refused("SET {.}"), "-") != 0);
	}
	TEST("a template is as long as allowed, and no longer")
	{
		char template[4098];

		memset(template, 'x', sizeof(template));
		template[4096] = '\0';
		eq_str(refused(template), "-");
		template[4096] = 'x';
		template[4097] = '\0';
		eq_str(refused(template),
		    "the template has 4097 bytes, at most 4096 are allowed");
	}
	TEST("one of nothing but words, pieces or fields has room for them")
	{
		char template[4097];
		size_t i;

		for (i = 0; i < 4096; i++)
			template[i] = i % 2 ? ' ' : 'x';
		template[4096] = '\0';
		eq_str(refused(template), "-");
		memcpy(template, "x ", 2);
		for (i = 2; i + 1 < 4096; i += 2)
			memcpy(template + i, "{}", 2);
		eq_str(refused(template), "-");
		for (i = 2; i + 6 <= 4096; i += 6)
			snprintf(template + i, 7, "{f%03zu}", i / 6);
		ok(strstr(refused(template), "more than 256 fields") != NULL);
	}
}

static bool
reads_back(const struct row_buffer *row, const struct text *want, size_t count)
{
	const uint8_t *at = row->data, *end = at + row->size;
	struct text got;
	size_t number, i;

	at = read_head(at, end, '*', &number);
	if (at == NULL || number != count + 1)
		return false;
	at = read_word(at, end, &got);
	for (i = 0; at != NULL && i < count; i++) {
		size_t size = want[i].is_null ? 0 : want[i].size;

		at = read_word(at, end, &got);
		if (at == NULL || got.size != size ||
		    memcmp(got.bytes, want[i].bytes, size) != 0)
			return false;
	}
	return at == end;
}

static void
test_round_trip(void)
{
	struct random random = {3};

	TEST("a server reads from a row what was in the record")
	{
		struct row_format *format =
		    make_format(ROW_RESP, NULL, "X {a} {b} {c}");
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

SUITE(row_resp)
{
	test_protocol();
	test_words();
	test_fields();
	test_templates();
	test_round_trip();
}
