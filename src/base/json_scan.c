/*
 * Walking through JSON text, token by token.
 *
 * One walk serves three goals: to validate, to find all fields, to find the
 * first.  It is written once and compiled three times, so that none pays for
 * what only another one needs.
 *
 * Instead of recursion there is a stack of closing brackets, and beside its
 * first entries the nodes of json_internal.h that these containers are.  Below
 * the deepest path, and in arrays, nothing is looked for.
 */
#include "base/json_scan.h"

#include <string.h>

#include "base/err.h"
#include "base/json_internal.h"

#define INLINED static inline __attribute__((always_inline))

/* The deepest container that a path leads into is an object at this depth. */
#define LEVELS_MAX (JSON_PATH_PARTS_MAX + 1)

enum goal { VALIDATE, FIELDS, FIRST };

struct walk {
	struct json_reader reader;
	bool is_done;
	uint32_t depth;                      /* of open containers */
	uint8_t closers[JSON_DEPTH_MAX + 1]; /* of them, from 1 */

	/* Unless it only validates. */
	const struct json_paths *paths;
	struct json_value *values;
	uint16_t levels[LEVELS_MAX + 1]; /* their nodes, from 1 */
	bool is_settled;                 /* FIRST knows what it wants to know */
	size_t *seen; /* FIELDS: of each node the offset of its last key */
};

/* A value with a node begins: its size is not known yet. */
INLINED void
note_begin(struct walk *walk, uint16_t node, enum json_kind kind,
    bool has_escapes, const uint8_t *at)
{
	uint16_t name = walk->paths->nodes[node].name;
	struct json_value value = {kind, has_escapes, at, 0};

	if (name != JSON_NO_NAME)
		walk->values[name] = value;
}

/*
 * A value with a node ends.  Of equal keys FIRST takes the first, so that it
 * has either found its field now, or will never find it.
 */
INLINED void
note_end(struct walk *walk, enum goal goal, uint16_t node, const uint8_t *at)
{
	uint16_t name = walk->paths->nodes[node].name;

	if (name != JSON_NO_NAME)
		walk->values[name].size = (size_t)(at - walk->values[name].at);
	if (goal == FIRST)
		walk->is_settled = true;
}

/* A bracket opens a container; the text of `node`, if that is one. */
INLINED const uint8_t *
open_container(
    struct walk *walk, enum goal goal, uint16_t node, const uint8_t *at)
{
	bool is_object = *at == '{';

	if (walk->depth == JSON_DEPTH_MAX)
		return json_token_refuse(
		    &walk->reader, at, "nested too deeply");
	walk->closers[++walk->depth] = is_object ? '}' : ']';
	if (goal == VALIDATE)
		return at + 1;
	if (walk->depth <= LEVELS_MAX)
		walk->levels[walk->depth] = node;
	if (node != JSON_NO_NODE)
		note_begin(walk, node,
		    is_object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY, false, at);
	return at + 1;
}

/* The bracket before `at` closed the innermost container. */
INLINED void
close_container(struct walk *walk, enum goal goal, const uint8_t *at)
{
	uint32_t depth = walk->depth--;

	if (goal != VALIDATE && depth <= LEVELS_MAX &&
	    walk->levels[depth] != JSON_NO_NODE)
		note_end(walk, goal, walk->levels[depth], at);
}

INLINED const uint8_t *
read_scalar(const struct json_reader *reader, const uint8_t *at,
    enum json_kind *kind, bool *has_escapes)
{
	switch (*at) {
	case '"':
		*kind = JSON_SCAN_STRING;
		return json_token_string(reader, at, has_escapes);
	case 't':
		*kind = JSON_SCAN_TRUE;
		return json_token_word(reader, at, "true");
	case 'f':
		*kind = JSON_SCAN_FALSE;
		return json_token_word(reader, at, "false");
	case 'n':
		*kind = JSON_SCAN_NULL;
		return json_token_word(reader, at, "null");
	default:
		*kind = JSON_SCAN_NUMBER;
		if (*at != '-' && (*at < '0' || *at > '9'))
			return json_token_refuse(
			    reader, at, "a value is missing");
		return json_token_number(reader, at);
	}
}

/* A whole value, or the start of a container that is not empty: *is_open. */
INLINED const uint8_t *
take_value(struct walk *walk, enum goal goal, uint16_t node, const uint8_t *at,
    bool *is_open)
{
	const uint8_t *end = walk->reader.end, *from = at;
	enum json_kind kind;
	bool has_escapes = false;

	*is_open = false;
	if (at == end)
		return json_token_refuse(
		    &walk->reader, at, "a value is missing");
	if (*at == '{' || *at == '[') {
		at = open_container(walk, goal, node, at);
		if (at == NULL)
			return NULL;
		at = json_skip_blanks(at, end);
		*is_open = at == end || *at != walk->closers[walk->depth];
		if (!*is_open)
			close_container(walk, goal, ++at);
		return at;
	}
	at = read_scalar(&walk->reader, at, &kind, &has_escapes);
	if (at != NULL && goal != VALIDATE && node != JSON_NO_NODE) {
		note_begin(walk, node, kind, has_escapes, from);
		note_end(walk, goal, node, at);
	}
	return at;
}

/* From behind a value to where the next one, or its key, begins. */
INLINED const uint8_t *
take_separators(struct walk *walk, enum goal goal, const uint8_t *at)
{
	const uint8_t *end = walk->reader.end;
	bool is_comma;

	while (walk->depth > 0) {
		at = json_skip_blanks(at, end);
		if (at == end)
			return json_token_refuse(
			    &walk->reader, at, "a bracket is not closed");
		is_comma = *at == ',';
		if (!is_comma && *at != walk->closers[walk->depth])
			return json_token_refuse(
			    &walk->reader, at, "a comma is missing");
		if (goal == FIRST && walk->is_settled)
			break;
		at++;
		if (is_comma)
			return json_skip_blanks(at, end);
		close_container(walk, goal, at);
	}
	walk->is_done = true;
	return at;
}

/* The node of the value whose key stands between from and to. */
INLINED uint16_t
find_node(struct walk *walk, enum goal goal, const uint8_t *from,
    const uint8_t *to, bool has_escapes)
{
	uint16_t node = JSON_NO_NODE;

	if (walk->depth <= LEVELS_MAX &&
	    walk->levels[walk->depth] != JSON_NO_NODE)
		node = json_paths_find(walk->paths, walk->levels[walk->depth],
		    from, to, has_escapes);
	if (goal == FIELDS && node != JSON_NO_NODE)
		walk->seen[node] = (size_t)(from - walk->reader.text);
	return node;
}

/* A key and its colon; *node is that of the value. */
INLINED const uint8_t *
take_key(struct walk *walk, enum goal goal, uint16_t *node, const uint8_t *at)
{
	const uint8_t *end = walk->reader.end, *from = at;
	bool has_escapes;

	if (at == end || *at != '"')
		return json_token_refuse(&walk->reader, at, "a key is missing");
	at = json_token_string(&walk->reader, at, &has_escapes);
	if (at == NULL)
		return NULL;
	if (goal != VALIDATE)
		*node = find_node(walk, goal, from, at, has_escapes);
	at = json_skip_blanks(at, end);
	if (at == end || *at != ':')
		return json_token_refuse(
		    &walk->reader, at, "a colon is missing");
	return json_skip_blanks(at + 1, end);
}

/* From the start of a value to its end; FIRST may stop before. */
INLINED const uint8_t *
walk_value(struct walk *walk, enum goal goal, const uint8_t *at)
{
	uint16_t node = goal == VALIDATE ? JSON_NO_NODE : JSON_ROOT;
	bool is_open;

	for (;;) {
		at = take_value(walk, goal, node, at, &is_open);
		if (at != NULL && !is_open)
			at = take_separators(walk, goal, at);
		if (at == NULL || walk->is_done)
			return at;
		node = JSON_NO_NODE;
		if (walk->closers[walk->depth] == '}')
			at = take_key(walk, goal, &node, at);
		if (at == NULL)
			return NULL;
	}
}

/* Skip what may stand before the value; NULL if there is none. */
static const uint8_t *
begin(struct walk *walk, const uint8_t *text, size_t size,
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
begin_object(struct walk *walk, const uint8_t *text, size_t size,
    struct json_fault *fault)
{
	const uint8_t *at = begin(walk, text, size, fault);

	if (at != NULL && *at != '{')
		return json_token_refuse(&walk->reader, at, "not an object");
	return at;
}

/* Nothing but white space may follow; `at` may be NULL. */
static int
finish(const struct walk *walk, const uint8_t *at)
{
	if (at == NULL)
		return -1;
	at = json_skip_blanks(at, walk->reader.end);
	if (at == walk->reader.end)
		return 0;
	json_token_refuse(&walk->reader, at, "something behind the value");
	return -1;
}

/*
 * A field is gone if a later key equal to one of its path replaced what it
 * was in: if its own last key stands before that of its parent.
 */
static void
forget_replaced(struct walk *walk)
{
	const struct json_paths *paths = walk->paths;
	const struct json_value none = {JSON_SCAN_NONE, false, NULL, 0};
	size_t *seen = walk->seen, i;
	uint16_t node;

	for (i = 1; i < paths->node_count; i++) {
		if (seen[i] <= seen[paths->nodes[i].parent])
			seen[i] = SIZE_MAX;
	}
	for (i = 0; i < paths->name_count; i++) {
		node = paths->node_of_name[i];
		if (seen[node] == SIZE_MAX)
			walk->values[i] = none;
		else
			walk->values[i] = walk->values[paths->nodes[node].name];
	}
}

int
json_scan_validate(const uint8_t *text, size_t size, struct json_fault *fault)
{
	struct walk walk;
	const uint8_t *at = begin(&walk, text, size, fault);

	if (at != NULL)
		at = walk_value(&walk, VALIDATE, at);
	return finish(&walk, at);
}

int
json_scan_fields(const struct json_paths *paths, const uint8_t *text,
    size_t size, struct json_value *values, struct json_fault *fault)
{
	size_t seen[JSON_NODES_MAX];
	struct walk walk;
	const uint8_t *at = begin_object(&walk, text, size, fault);

	walk.paths = paths;
	walk.values = values;
	walk.seen = seen;
	memset(seen, 0, paths->node_count * sizeof(seen[0]));
	if (at != NULL)
		at = walk_value(&walk, FIELDS, at);
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
	struct walk walk;
	const uint8_t *at = begin_object(&walk, text, size, fault);

	if (paths->name_count != 1)
		BUG("json_scan_first() looks for one field");
	walk.paths = paths;
	walk.values = value;
	*value = none;
	if (at != NULL)
		at = walk_value(&walk, FIRST, at);
	return at != NULL ? 0 : -1;
}
