/*
 * json_scan.h held against cJSON, which builds trees and is more lenient: on
 * documents drawn at random, and on the same with something broken.
 */
#include "tap.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "json_random.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define DOCUMENTS 2500
#define MUTATIONS 15

/* A document: a block of exactly its size, and a NUL for cJSON elsewhere. */
struct document {
	char *text;
	size_t size;
};

static struct document
draw(void (*write)(FILE *out))
{
	struct document document;
	FILE *out = open_memstream(&document.text, &document.size);

	write(out);
	fclose(out);
	return document;
}

static cJSON *
parse(const char *text, size_t size)
{
	char *copy = malloc(size + 1);
	cJSON *tree;

	memcpy(copy, text, size);
	copy[size] = '\0';
	tree = cJSON_ParseWithLengthOpts(copy, size + 1, NULL, true);
	free(copy);
	return tree;
}

static struct json_paths *
compile(const char *const *list, size_t count)
{
	struct json_paths *paths = NULL;
	struct err e;

	if (json_paths_create(&paths, list, count, &e) != 0)
		exit(1);
	return paths;
}

static bool
is_accepted(const struct document *document, struct json_fault *fault)
{
	uint8_t *exact = malloc(document->size > 0 ? document->size : 1);
	int error;

	memcpy(exact, document->text, document->size);
	error = json_scan_validate(exact, document->size, fault);
	free(exact);
	return error == 0;
}

/* Is it an object?  Asking for fields must say the same of its validity. */
static bool
is_object(const struct document *document, const struct json_paths *paths)
{
	struct json_value value;
	struct json_fault fault;

	return json_scan_fields(paths, (const uint8_t *)document->text,
	           document->size, &value, &fault) == 0;
}

/* --- is it JSON? --- */

/* What cJSON is known to let pass. */
static bool
is_lenience(const struct document *document, const struct json_fault *fault)
{
	static const char *const known[] = {"a control character in a string",
	    "not UTF-8", "a leading zero", "a digit is missing",
	    "a byte order mark", "\\u without four digits"};
	size_t i;

	for (i = 0; i < COUNT_OF(known); i++) {
		if (strcmp(fault->why, known[i]) == 0)
			return true;
	}
	/* Any control character is white space to it. */
	return fault->offset < document->size &&
	    (uint8_t)document->text[fault->offset] < ' ';
}

static bool
agrees(const struct document *document, const struct json_paths *paths)
{
	struct json_fault fault = {"accepted", 0};
	bool ours = is_accepted(document, &fault), theirs, fields;
	cJSON *tree = parse(document->text, document->size);

	theirs = tree != NULL;
	fields = is_object(document, paths) == (ours && cJSON_IsObject(tree));
	cJSON_Delete(tree);
	if (fields &&
	    (ours == theirs || (!ours && is_lenience(document, &fault))))
		return true;
	printf("# %.*s: %s at %zu, cJSON %s it\n", (int)document->size,
	    document->text, fault.why, fault.offset,
	    theirs ? "accepts" : "refuses");
	return false;
}

static void
replace_byte(struct document *document, size_t at)
{
	static const char bytes[] =
	    "\"\"\\\\{}[],:0123456789eE.+-truefalsn u\x01\n\x1f\x7f\x80\xbf\xc0"
	    "\xc3\xe2\xed\xf0\xff\xef";

	document->text[at] = bytes[json_random(sizeof(bytes) - 1)];
}

/* Break something; the document may stay valid. */
static void
mutate(struct document *document)
{
	size_t at, count;

	if (document->size == 0)
		return;
	at = json_random((uint32_t)document->size);
	count = 1 + json_random(4);
	if (count > document->size - at)
		count = document->size - at;
	switch (json_random(5)) {
	case 0: /* cut the end off */
		document->size = at;
		break;
	case 1: /* take bytes out */
		memmove(document->text + at, document->text + at + count,
		    document->size - at - count);
		document->size -= count;
		break;
	case 2: /* repeat a byte in place of those behind it */
		memset(document->text + at, document->text[at], count);
		break;
	default:
		replace_byte(document, at);
		break;
	}
}

static void
test_validity(void)
{
	static const char *const name = "a.b";
	struct json_paths *paths = compile(&name, 1);
	struct document document, broken;
	struct json_fault fault = {"accepted", 0};
	int i, k, wrong = 0, refused = 0;

	json_random_seed(1);
	TEST("what is valid is accepted, and so it is by cJSON")
	{
		for (i = 0; i < DOCUMENTS; i++) {
			document = draw(json_random_value);
			wrong += !is_accepted(&document, &fault);
			wrong += !agrees(&document, paths);
			free(document.text);
		}
		eq_int(wrong, 0);
	}
	TEST("what is broken is refused, unless cJSON accepts it, too")
	{
		for (i = 0; i < DOCUMENTS; i++) {
			document = draw(json_random_value);
			for (k = 0; k < MUTATIONS; k++) {
				broken.size = document.size;
				broken.text = malloc(document.size);
				memcpy(
				    broken.text, document.text, document.size);
				mutate(&broken);
				wrong += !agrees(&broken, paths);
				refused += !is_accepted(&broken, &fault);
				free(broken.text);
			}
			free(document.text);
		}
		eq_int(wrong, 0);
		ok(refused > DOCUMENTS * MUTATIONS / 4);
		ok(refused < DOCUMENTS * MUTATIONS);
	}
	json_paths_destroy(paths);
}

/* --- where are its fields? --- */

static const char *const names[] = {"a", "b", "c", "d\\.e", "\xc3\xa9", "a.a",
    "a.b", "b.a", "a.\xc3\xa9", "b.d\\.e", "a.a.a", "a.b.a.b", "d.e"};

#define NAMES COUNT_OF(names)

/* The same as keys, for the slow path. */
static const char *const parts[NAMES][5] = {{"a"}, {"b"}, {"c"}, {"d.e"},
    {"\xc3\xa9"}, {"a", "a"}, {"a", "b"}, {"b", "a"}, {"a", "\xc3\xa9"},
    {"b", "d.e"}, {"a", "a", "a"}, {"a", "b", "a", "b"}, {"d", "e"}};

/* The last of equal keys, or the first. */
static const cJSON *
member(const cJSON *object, const char *key, bool is_first)
{
	const cJSON *item, *found = NULL;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach(item, object)
	{
		if (strcmp(item->string, key) == 0 &&
		    (found == NULL || !is_first))
			found = item;
	}
	return found;
}

static const cJSON *
slow_path(const cJSON *tree, size_t name, bool is_first)
{
	size_t i;

	for (i = 0; tree != NULL && parts[name][i] != NULL; i++)
		tree = member(tree, parts[name][i], is_first);
	return tree;
}

static bool
same_string(const struct json_value *value, const cJSON *item)
{
	uint8_t *out = malloc(value->size);
	bool has_nul, same;
	size_t size = json_scan_string(value, out, &has_nul);

	same = !has_nul && size == strlen(item->valuestring) &&
	    memcmp(out, item->valuestring, size) == 0;
	free(out);
	return same;
}

/* Numbers and containers: as cJSON understands the text found. */
static bool
same_text(const struct json_value *value, const cJSON *item)
{
	cJSON *tree = parse((const char *)value->at, value->size);
	char *got = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;
	char *want = cJSON_PrintUnformatted(item);
	bool same = got != NULL && strcmp(got, want) == 0;

	cJSON_free(got);
	cJSON_free(want);
	cJSON_Delete(tree);
	return same;
}

static bool
same_value(const struct json_value *value, const cJSON *item)
{
	switch (value->kind) {
	case JSON_SCAN_NONE:
		return item == NULL;
	case JSON_SCAN_NULL:
		return cJSON_IsNull(item);
	case JSON_SCAN_FALSE:
		return cJSON_IsFalse(item);
	case JSON_SCAN_TRUE:
		return cJSON_IsTrue(item);
	case JSON_SCAN_STRING:
		return cJSON_IsString(item) && same_string(value, item);
	case JSON_SCAN_NUMBER:
		return cJSON_IsNumber(item) && same_text(value, item);
	case JSON_SCAN_ARRAY:
		return cJSON_IsArray(item) && same_text(value, item);
	case JSON_SCAN_OBJECT:
		return cJSON_IsObject(item) && same_text(value, item);
	}
	return false;
}

/* How many of the fields are others than cJSON's; *found counts all. */
static int
compare(const struct document *document, const struct json_paths *all,
    struct json_paths *const *each, int *found)
{
	const uint8_t *text = (const uint8_t *)document->text;
	struct json_value values[NAMES], first;
	cJSON *tree = parse(document->text, document->size);
	struct json_fault fault;
	int wrong;
	size_t i;

	wrong = json_scan_fields(all, text, document->size, values, &fault) < 0;
	for (i = 0; wrong == 0 && i < NAMES; i++) {
		*found += values[i].kind != JSON_SCAN_NONE;
		wrong += !same_value(&values[i], slow_path(tree, i, false));
		wrong += json_scan_first(each[i], text, document->size, &first,
		             &fault) < 0 ||
		    !same_value(&first, slow_path(tree, i, true));
	}
	cJSON_Delete(tree);
	if (wrong > 0)
		printf("# %.*s\n", (int)document->size, document->text);
	return wrong;
}

static void
test_values(void)
{
	struct json_paths *all = compile(names, NAMES), *each[NAMES];
	struct document document;
	int i, wrong = 0, found = 0;
	size_t k;

	for (k = 0; k < NAMES; k++)
		each[k] = compile(&names[k], 1);
	json_random_seed(2);
	TEST("fields are those that cJSON finds, by the last key or the first")
	{
		for (i = 0; i < DOCUMENTS; i++) {
			document = draw(json_random_object);
			wrong += compare(&document, all, each, &found);
			free(document.text);
		}
		eq_int(wrong, 0);
		ok(found > DOCUMENTS);
	}
	for (k = 0; k < NAMES; k++)
		json_paths_destroy(each[k]);
	json_paths_destroy(all);
}

SUITE(json_oracle)
{
	test_validity();
	test_values();
}
