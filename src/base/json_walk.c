/*
 * Walking through JSON text, token by token.
 *
 * One walk serves three goals: to validate, to find all fields, to find the
 * first.  It is written once and compiled three times, so that none pays for
 * what only another one needs.
 *
 * Instead of recursion there is a stack of closing brackets, and beside its
 * first entries the nodes that these containers are.  Below the deepest path,
 * and in arrays, nothing is looked for.
 */
#include "base/json_internal.h"

#define INLINED static inline __attribute__((always_inline))

/* A value with a node begins: its size is not known yet. */
INLINED void
note_begin(struct json_walk *walk, uint16_t node, enum json_kind kind,
    bool has_escapes, const uint8_t *at)
{
	uint16_t name = walk->paths->nodes[node].name;
	struct json_value value = {kind, has_escapes, at, 0};

	if (name != JSON_NO_NAME)
		walk->values[name] = value;
}

/*
 * A value with a node ends.  Of equal keys JSON_FIRST takes the first, so that
 * it has either found its field now, or will never find it.
 */
INLINED void
note_end(struct json_walk *walk, enum json_goal goal, uint16_t node,
    const uint8_t *at)
{
	uint16_t name = walk->paths->nodes[node].name;

	if (name != JSON_NO_NAME)
		walk->values[name].size = (size_t)(at - walk->values[name].at);
	if (goal == JSON_FIRST)
		walk->is_settled = true;
}

/* A bracket opens a container; the text of `node`, if that is one. */
INLINED const uint8_t *
open_container(struct json_walk *walk, enum json_goal goal, uint16_t node,
    const uint8_t *at)
{
	bool is_object = *at == '{';

	if (walk->depth == JSON_DEPTH_MAX)
		return json_token_refuse(
		    &walk->reader, at, "nested too deeply");
	walk->closers[++walk->depth] = is_object ? '}' : ']';
	if (goal == JSON_VALIDATE)
		return at + 1;
	if (walk->depth <= JSON_LEVELS_MAX)
		walk->levels[walk->depth] = node;
	if (node != JSON_NO_NODE)
		note_begin(walk, node,
		    is_object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY, false, at);
	return at + 1;
}

/* The bracket before `at` closed the innermost container. */
INLINED void
close_container(struct json_walk *walk, enum json_goal goal, const uint8_t *at)
{
	uint32_t depth = walk->depth--;

	if (goal != JSON_VALIDATE && depth <= JSON_LEVELS_MAX &&
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
take_value(struct json_walk *walk, enum json_goal goal, uint16_t node,
    const uint8_t *at, bool *is_open)
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
	if (at != NULL && goal != JSON_VALIDATE && node != JSON_NO_NODE) {
		note_begin(walk, node, kind, has_escapes, from);
		note_end(walk, goal, node, at);
	}
	return at;
}

/* From behind a value to where the next one, or its key, begins. */
INLINED const uint8_t *
take_separators(struct json_walk *walk, enum json_goal goal, const uint8_t *at)
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
		if (goal == JSON_FIRST && walk->is_settled)
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
find_node(struct json_walk *walk, enum json_goal goal, const uint8_t *from,
    const uint8_t *to, bool has_escapes)
{
	uint16_t node = JSON_NO_NODE;

	if (walk->depth <= JSON_LEVELS_MAX &&
	    walk->levels[walk->depth] != JSON_NO_NODE)
		node = json_paths_find(walk->paths, walk->levels[walk->depth],
		    from, to, has_escapes);
	if (goal == JSON_FIELDS && node != JSON_NO_NODE)
		walk->seen[node] = (size_t)(from - walk->reader.text);
	return node;
}

/* A key and its colon; *node is that of the value. */
INLINED const uint8_t *
take_key(struct json_walk *walk, enum json_goal goal, uint16_t *node,
    const uint8_t *at)
{
	const uint8_t *end = walk->reader.end, *from = at;
	bool has_escapes;

	if (at == end || *at != '"')
		return json_token_refuse(&walk->reader, at, "a key is missing");
	at = json_token_string(&walk->reader, at, &has_escapes);
	if (at == NULL)
		return NULL;
	if (goal != JSON_VALIDATE)
		*node = find_node(walk, goal, from, at, has_escapes);
	at = json_skip_blanks(at, end);
	if (at == end || *at != ':')
		return json_token_refuse(
		    &walk->reader, at, "a colon is missing");
	return json_skip_blanks(at + 1, end);
}

/* From the start of a value to its end; JSON_FIRST may stop before. */
INLINED const uint8_t *
walk_value(struct json_walk *walk, enum json_goal goal, const uint8_t *at)
{
	uint16_t node = goal == JSON_VALIDATE ? JSON_NO_NODE : JSON_ROOT;
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

const uint8_t *
json_walk(struct json_walk *walk, enum json_goal goal, const uint8_t *at)
{
	switch (goal) {
	case JSON_FIELDS:
		return walk_value(walk, JSON_FIELDS, at);
	case JSON_FIRST:
		return walk_value(walk, JSON_FIRST, at);
	default:
		return walk_value(walk, JSON_VALIDATE, at);
	}
}
