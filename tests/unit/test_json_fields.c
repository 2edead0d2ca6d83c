/*
 * Fields of JSON objects: paths, values as they are written, decoded strings.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static char said[65536];

static struct json_paths *
compile(const char *const *names, size_t count)
{
	struct json_paths *paths;
	struct err e;

	if (json_paths_create(&paths, names, count, &e) != 0) {
		printf("# %s\n", e.message);
		exit(1);
	}
	return paths;
}

/* The message, or "" if the path is accepted. */
static const char *
complaint(const char *name)
{
	struct json_paths *paths;
	static struct err e;

	if (json_paths_create(&paths, &name, 1, &e) == 0) {
		json_paths_destroy(paths);
		return "";
	}
	return e.code == ERR_USAGE && paths == NULL ? e.message : "wrong";
}

static size_t
describe(size_t used, const struct json_value *value)
{
	static const char *const kinds = "-0ftnsao";

	used += (size_t)snprintf(said + used, sizeof(said) - used, "%s%c:%.*s",
	    used > 0 ? " " : "", kinds[value->kind], (int)value->size,
	    value->size > 0 ? (const char *)value->at : "");
	return used;
}

/* Kind and text of each field: "n:12 s:"x" -:"; "!why" if refused. */
static const char *
look(const char *const *names, size_t count, const char *text)
{
	struct json_paths *paths = compile(names, count);
	struct json_value values[JSON_PATHS_MAX];
	struct json_fault fault;
	size_t size = strlen(text), used = 0, i;
	uint8_t *copy = malloc(size + 1);

	memcpy(copy, text, size);
	said[0] = '\0';
	if (json_scan_fields(paths, copy, size, values, &fault) == 0) {
		for (i = 0; i < count; i++)
			used = describe(used, &values[i]);
	} else {
		snprintf(said, sizeof(said), "!%s", fault.why);
	}
	free(copy);
	json_paths_destroy(paths);
	return said;
}

static const char *
look_one(const char *name, const char *text)
{
	return look(&name, 1, text);
}

static const char *
look_first(const char *name, const char *text)
{
	struct json_paths *paths = compile(&name, 1);
	struct json_value value;
	struct json_fault fault;
	size_t size = strlen(text);
	uint8_t *copy = malloc(size + 1);

	memcpy(copy, text, size);
	if (json_scan_first(paths, copy, size, &value, &fault) == 0)
		describe(0, &value);
	else
		snprintf(said, sizeof(said), "!%s", fault.why);
	free(copy);
	json_paths_destroy(paths);
	return said;
}

static void
test_fields(void)
{
	TEST("fields of every kind are found as they are written")
	{
		static const char *const names[] = {
		    "s", "n", "t", "f", "z", "a", "o", "missing"};

		eq_str(look(names, COUNT_OF(names),
		           " {\"o\" : {\"x\": [] } ,\"n\": -1.50e0,\"a\":[ 1 ],"
		           "\"z\":null,\"s\":\"\\u0041\",\"t\":true,"
		           "\"f\" :false} "),
		    "s:\"\\u0041\" n:-1.50e0 t:true f:false 0:null "
		    "a:[ 1 ] o:{\"x\": [] } -:");
	}
	TEST("a path leads into objects")
	{
		static const char *const names[] = {
		    "a.b.c", "a.b", "a.x", "b.c", "c"};

		eq_str(look(names, COUNT_OF(names),
		           "{\"a\":{\"x\":2,\"b\":{\"c\":3,\"b\":4},\"c\":5},"
		           "\"b\":6}"),
		    "n:3 o:{\"c\":3,\"b\":4} n:2 -: -:");
	}
	TEST("a path does not lead into arrays, strings or numbers")
	{
		eq_str(look_one("a.b", "{\"a\":[{\"b\":1}]}"), "-:");
		eq_str(look_one("a.b", "{\"a\":\"{\\\"b\\\":1}\"}"), "-:");
		eq_str(look_one("a.b", "{\"a\":1,\"x\":{\"b\":2}}"), "-:");
		eq_str(look_one("b", "{\"a\":[{\"b\":1},{\"b\":2}]}"), "-:");
	}
	TEST("a key is the same however it is written")
	{
		static const char *const names[] = {"a", "\xc3\xa9", "x\\.y",
		    "b\\\\s", "q\"q", "\xf0\x9f\x98\x80"};

		eq_str(look(names, COUNT_OF(names),
		           "{\"\\u0061\":1,\"\\u00e9\":2,\"x.y\":3,"
		           "\"b\\\\s\":4,\"q\\u0022q\":5,"
		           "\"\\ud83d\\uDE00\":6}"),
		    "n:1 n:2 n:3 n:4 n:5 n:6");
		eq_str(look_one("a", "{\"a\\u0000\":1,\"A\":2,\"\":3}"), "-:");
	}
	TEST("one field may be asked for twice, or none at all")
	{
		static const char *const names[] = {"a.b", "a.b"};

		eq_str(look(names, 2, "{\"a\":{\"b\":7}}"), "n:7 n:7");
		eq_str(look(names, 2, "{\"a\":{}}"), "-: -:");
		eq_str(look(names, 2, "{\"a\":{\"b\":7},\"a\":1}"), "-: -:");
		eq_str(look(names, 0, "{\"a\":{}}"), "");
	}
}

static void
test_equal_keys(void)
{
	static const char *const names[] = {"a", "a.b", "a.b.c"};

	TEST("of equal keys the last one counts")
	{
		eq_str(look_one("a", "{\"a\":1,\"b\":2,\"\\u0061\":3}"), "n:3");
		eq_str(look(names, 3, "{\"a\":{\"b\":1,\"b\":{\"c\":2}}}"),
		    "o:{\"b\":1,\"b\":{\"c\":2}} o:{\"c\":2} n:2");
	}
	TEST("what was in a replaced object is gone")
	{
		eq_str(look(names, 3, "{\"a\":{\"b\":{\"c\":2}},\"a\":1}"),
		    "n:1 -: -:");
		eq_str(look(names, 3, "{\"a\":{\"b\":{\"c\":2}},\"a\":{}}"),
		    "o:{} -: -:");
		eq_str(
		    look(names, 3, "{\"a\":{\"b\":{\"c\":2}},\"a\":{\"b\":3}}"),
		    "o:{\"b\":3} n:3 -:");
		eq_str(
		    look(names, 3, "{\"a\":1,\"a\":{\"b\":0,\"b\":{\"c\":2}}}"),
		    "o:{\"b\":0,\"b\":{\"c\":2}} o:{\"c\":2} n:2");
	}
	TEST("the first counts where only one field is wanted")
	{
		eq_str(look_first("a", "{\"a\":1,\"a\":3}"), "n:1");
		eq_str(look_first("a.b", "{\"a\":{\"b\":1},\"a\":{\"b\":2}}"),
		    "n:1");
		eq_str(look_first("a.b", "{\"a\":{},\"a\":{\"b\":2}}"), "-:");
		eq_str(look_first("a.b", "{\"a\":1,\"a\":{\"b\":2}}"), "-:");
	}
}

static void
test_refusals(void)
{
	TEST("the text must be an object, and be valid to its end")
	{
		eq_str(look_one("a", "[1]"), "!not a JSON object");
		eq_str(look_one("a", "\"a\""), "!not a JSON object");
		eq_str(look_one("a", " "), "!empty");
		eq_str(look_one("a", "{\"a\":1"), "!a bracket is not closed");
		eq_str(
		    look_one("a", "{\"a\":1}}"), "!something behind the value");
		eq_str(look_one("a", "{\"a\":1,\"b\":01}"), "!a leading zero");
		eq_str(
		    look_one("a", "{\"a\":\"\\ud800\"}"), "!a lone surrogate");
	}
	TEST("one field is found without looking at what is behind it")
	{
		eq_str(look_first("a", "{\"a\":12,"), "n:12");
		eq_str(look_first("a", "{\"a\":[1,2] , garbage"), "a:[1,2]");
		eq_str(look_first("a", "{\"a\":{}}}}}"), "o:{}");
		eq_str(
		    look_first("a.b", "{\"a\":{\"b\":\"x\"},\xff"), "s:\"x\"");
		eq_str(look_first("a.b", "{\"a\":{\"c\":1},\xff"), "-:");
		eq_str(look_first("b", "{\"a\":1}garbage"), "-:");
	}
	TEST("a field at which the text is torn is not taken for whole")
	{
		eq_str(
		    look_first("a", "{\"a\":12"), "!a bracket is not closed");
		eq_str(look_first("a", "{\"a\":true "),
		    "!a bracket is not closed");
		eq_str(look_first("a", "{\"a\":12x,"), "!a comma is missing");
		eq_str(look_first("a", "{\"a\":\"x"), "!an unfinished string");
		eq_str(look_first("b", "{\"a\":nope,\"b\":1}"),
		    "!an unknown word");
		eq_str(look_first("a", "[]"), "!not a JSON object");
	}
}

static void
test_keys(void)
{
	static const char key[] = "abcdefghijklmnopqrstuvwxyz";
	size_t size, i, differ = 0;
	char path[32], text[64];

	TEST("keys of any size differ in each of their bytes")
	{
		for (size = 1; size <= strlen(key); size++) {
			snprintf(path, sizeof(path), "%.*s", (int)size, key);
			snprintf(text, sizeof(text), "{\"%s\":1}", path);
			eq_str(look_one(path, text), "n:1");
			for (i = 2; i < size + 2; i++) {
				text[i] ^= 0x20;
				differ +=
				    strcmp(look_one(path, text), "-:") == 0;
				text[i] ^= 0x20;
			}
		}
		eq_int(differ, 26 * 27 / 2);
	}
}

static void
test_paths(void)
{
	static char many[3 * JSON_PATH_PARTS_MAX], long_key[1100];
	int i;

	for (i = 0; i < JSON_PATH_PARTS_MAX; i++)
		memcpy(many + 2 * i, "a.", 2);
	many[2 * JSON_PATH_PARTS_MAX - 1] = '\0';
	memset(long_key, 'k', JSON_KEY_SIZE_MAX);

	TEST("a path that is no path is refused, and quoted")
	{
		eq_str(complaint(""), "\"\": a key is empty");
		eq_str(complaint("."), "\".\": a key is empty");
		eq_str(complaint("a."), "\"a.\": a key is empty");
		eq_str(complaint(".a"), "\".a\": a key is empty");
		eq_str(complaint("a..b"), "\"a..b\": a key is empty");
		eq_str(complaint("a\\b"), "\"a\\b\": \\ is not before . or \\");
		eq_str(complaint("a\\"), "\"a\\\": \\ is not before . or \\");
		eq_str(complaint("a\xff"), "\"a\xff\": not UTF-8");
		eq_str(complaint("a\\.\\\\.b"), "");
	}
	TEST("sixteen keys lead as deep as they may, seventeen are refused")
	{
		static char text[128];
		size_t used = 0;

		eq_str(complaint(many), "");
		for (i = 0; i < JSON_PATH_PARTS_MAX; i++)
			used += (size_t)snprintf(
			    text + used, sizeof(text) - used, "{\"a\":");
		text[used++] = '[';
		text[used++] = ']';
		memset(text + used, '}', JSON_PATH_PARTS_MAX);
		eq_str(look_one(many, text), "a:[]");
		eq_str(look_first(many, text), "a:[]");
		memcpy(many + strlen(many), ".a", 3);
		ok(strstr(complaint(many), "too many keys") != NULL);
	}
	TEST("a longer key of a record is another one")
	{
		static char text[20000] = "{\"\\n";

		memset(text + 4, 'k', sizeof(text) - 9);
		memcpy(text + sizeof(text) - 5, "\":1}", 5);
		eq_str(look_one(long_key, text), "-:");
	}
	TEST("a key may have 1024 bytes, and be written with six for each")
	{
		static char text[8000] = "{\"";
		size_t used = 2;

		eq_str(complaint(long_key), "");
		for (i = 0; i < JSON_KEY_SIZE_MAX; i++)
			used += (size_t)snprintf(
			    text + used, sizeof(text) - used, "\\u006b");
		snprintf(text + used, sizeof(text) - used, "\":1}");
		eq_str(look_one(long_key, text), "n:1");
		snprintf(text + used, sizeof(text) - used, "k\":1}");
		eq_str(look_one(long_key, text), "-:");
		long_key[JSON_KEY_SIZE_MAX] = 'k';
		ok(strstr(complaint(long_key), "a key is too long") != NULL);
	}
}

static void
test_many(void)
{
	static char names[JSON_PATHS_MAX + 1][24];
	static const char *list[JSON_PATHS_MAX + 1];
	static char text[JSON_PATHS_MAX * 32], want[JSON_PATHS_MAX * 16];
	size_t used = 0, wanted = 0;
	int i;

	for (i = 0; i <= JSON_PATHS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "col%d.v", i);
		list[i] = names[i];
	}
	TEST("256 fields are found at once, one more is refused")
	{
		struct json_paths *paths;
		struct err e;

		for (i = JSON_PATHS_MAX; i-- > 0;)
			used += (size_t)snprintf(text + used,
			    sizeof(text) - used, "%s\"col%d\":{\"v\":%d}",
			    used > 0 ? "," : "{", i, i);
		snprintf(text + used, sizeof(text) - used, "}");
		for (i = 0; i < JSON_PATHS_MAX; i++)
			wanted += (size_t)snprintf(want + wanted,
			    sizeof(want) - wanted, "%sn:%d",
			    wanted > 0 ? " " : "", i);
		eq_str(look(list, JSON_PATHS_MAX, text), want);
		eq_int(json_paths_create(&paths, list, JSON_PATHS_MAX + 1, &e),
		    ERR_USAGE);
		json_paths_destroy(paths);
	}
}

/* Decoded, with NUL as '@'. */
static const char *
decode(const char *written, bool *has_nul)
{
	static char out[128];
	struct json_value value = {JSON_SCAN_STRING,
	    strchr(written, '\\') != NULL, (const uint8_t *)written,
	    strlen(written)};
	size_t size = json_scan_string(&value, (uint8_t *)out, has_nul), i;

	for (i = 0; i < size; i++) {
		if (out[i] == '\0')
			out[i] = '@';
	}
	out[size] = '\0';
	return size <= value.size ? out : "too long";
}

static void
test_decoding(void)
{
	bool has_nul;

	TEST("a string is decoded to the characters it means")
	{
		eq_str(decode("\"\"", &has_nul), "");
		eq_str(decode("\"plain\"", &has_nul), "plain");
		eq_str(decode("\"a\\\"b\\\\c\\/d\"", &has_nul), "a\"b\\c/d");
		eq_str(decode("\"\\b\\f\\n\\r\\t\"", &has_nul), "\b\f\n\r\t");
		eq_str(decode("\"\\u0041\\u00e9\\u20AC\"", &has_nul),
		    "A\xc3\xa9\xe2\x82\xac");
		eq_str(
		    decode("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", &has_nul),
		    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
		eq_str(decode("\"\\ud800\\udc00 \\udbff\\udfff\"", &has_nul),
		    "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
		eq_str(decode("\"\xc3\xa9\\n\xe2\x82\xac\"", &has_nul),
		    "\xc3\xa9\n\xe2\x82\xac");
		ok(!has_nul);
	}
	TEST("a NUL that is written as \\u0000 is told")
	{
		eq_str(decode("\"a\\u0000b\\n\\u0041\"", &has_nul), "a@b\nA");
		ok(has_nul);
		eq_str(decode("\"\\\\u0000\"", &has_nul), "\\u0000");
		ok(!has_nul);
	}
}

SUITE(json_fields)
{
	test_fields();
	test_equal_keys();
	test_refusals();
	test_keys();
	test_paths();
	test_many();
	test_decoding();
}
