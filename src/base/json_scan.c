/*
 * The questions that are asked of JSON text, each one walk through it.
 */
#include "base/json_scan.h"

#include <string.h>

#include "base/err.h"
#include "base/json_internal.h"

/* Skip what may stand before the value; NULL if there is none. */
static const uint8_t *
begin(struct json_walk *walk, const uint8_t *text, size_t size,
    struct json_fault *fault)
{
	const uint8_t *at;

	fault->why = "empty";
	fault->offset = 0;
	if (size == 0)
		return NULL;
	walk->reader.text = text;
	walk->reader.end = text + size;
	walk->reader.fault = fault;
	walk->is_done = false;
	walk->is_settled = false;
	walk->depth = 0;
	at = json_skip_blanks(text, walk->reader.end);
	if (at == walk->reader.end)
		return json_token_refuse(&walk->reader, at, "empty");
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return json_token_refuse(
		    &walk->reader, at, "a byte order mark");
	return at;
}

static const uint8_t *
begin_object(struct json_walk *walk, const uint8_t *text, size_t size,
    struct json_fault *fault)
{
	const uint8_t *at = begin(walk, text, size, fault);

	if (at != NULL && *at != '{')
		return json_token_refuse(
		    &walk->reader, at, "not a JSON object");
	return at;
}

/* Nothing but white space may follow; `at` may be NULL. */
static int
finish(const struct json_walk *walk, const uint8_t *at)
{
	if (at == NULL)
		return -1;
	at = json_skip_blanks(at, walk->reader.end);
	if (at == walk->reader.end)
		return 0;
	json_token_refuse(&walk->reader, at, "something behind the value");
	return -1;
}

/* A path that is there twice has been found once. */
static void
copy_twins(struct json_walk *walk)
{
	const struct json_paths *paths = walk->paths;
	const struct json_node *node;
	size_t i;

	for (i = 0; i < paths->name_count; i++) {
		node = &paths->nodes[paths->node_of_name[i]];
		walk->values[i] = walk->values[node->name];
	}
}

/*
 * A field is gone if a later key equal to one of its path replaced what it
 * was in: if its own last key stands before that of its parent.
 */
static void
forget_replaced(struct json_walk *walk)
{
	const struct json_value none = {JSON_SCAN_NONE, false, NULL, 0};
	const struct json_paths *paths = walk->paths;
	const struct json_node *node;
	size_t *seen = walk->seen, i;

	for (i = 1; i < paths->node_count; i++) {
		node = &paths->nodes[i];
		if (seen[i] > seen[node->parent])
			continue;
		seen[i] = SIZE_MAX;
		if (node->name != JSON_NO_NAME)
			walk->values[node->name] = none;
	}
	if (paths->has_twins)
		copy_twins(walk);
}

int
json_scan_validate(const uint8_t *text, size_t size, struct json_fault *fault)
{
	struct json_walk walk;
	const uint8_t *at = begin(&walk, text, size, fault);

	if (at != NULL)
		at = json_walk(&walk, JSON_VALIDATE, at);
	return finish(&walk, at);
}

int
json_scan_fields(const struct json_paths *paths, const uint8_t *text,
    size_t size, struct json_value *values, struct json_fault *fault)
{
	size_t seen[JSON_NODES_MAX];
	struct json_walk walk;
	const uint8_t *at = begin_object(&walk, text, size, fault);

	walk.paths = paths;
	walk.values = values;
	walk.seen = seen;
	memset(seen, 0, paths->node_count * sizeof(seen[0]));
	if (at != NULL)
		at = json_walk(&walk, JSON_FIELDS, at);
	if (finish(&walk, at) < 0)
		return -1;
	forget_replaced(&walk);
	return 0;
}

int
json_scan_first(const struct json_paths *paths, const uint8_t *text,
    size_t size, struct json_value *value, struct json_fault *fault)
{
	const struct json_value none = {JSON_SCAN_NONE, false, NULL, 0};
	struct json_walk walk;
	const uint8_t *at = begin_object(&walk, text, size, fault);

	if (paths->name_count != 1)
		BUG("json_scan_first() looks for one field");
	walk.paths = paths;
	walk.values = value;
	*value = none;
	if (at != NULL)
		at = json_walk(&walk, JSON_FIRST, at);
	return at != NULL ? 0 : -1;
}
