/*
 * Walking through JSON text, token by token.
 *
 * One walk serves three goals: to validate, to find all fields, to find the
 * first.  It is written once and compiled three times, so that none pays for
 * what only another one needs.
 *
 * Instead of recursion there is a stack of closing brackets, and beside it one
 * of the nodes that these containers are.  Below the deepest path, and in
 * arrays, nothing is looked for.
 */
#include "base/json_internal.h"

#define INLINED static inline __attribute__((always_inline))

/* A value with a node, or the start of one: then size is 0. */
INLINED void
note(struct json_walk *walk, uint16_t node, enum json_kind kind,
    bool has_escapes, const uint8_t *at, size_t size)
{
	uint16_t name = walk->paths->nodes[node].name;
	struct json_value value = {kind, has_escapes, at, size};

	if (name != JSON_NO_NAME)
		walk->values[name] = value;
}

/* The size of a container is known at its end. */
INLINED void
note_size(struct json_walk *walk, uint16_t node, const uint8_t *end)
{
	uint16_t name = walk->paths->nodes[node].name;

	if (name != JSON_NO_NAME)
		walk->values[name].size = (size_t)(end - walk->values[name].at);
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
	walk->levels[walk->depth] = node;
	if (node != JSON_NO_NODE)
		note(walk, node, is_object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY,
		    false, at, 0);
	return at + 1;
}

/*
 * The bracket before `at` closed the innermost container.  Of equal keys
 * JSON_FIRST takes the first, so that at the end of any value with a node it
 * has either found its field, or will never find it.
 */
INLINED void
close_container(struct json_walk *walk, enum json_goal goal, const uint8_t *at)
{
	uint32_t depth = walk->depth--;

	if (goal == JSON_VALIDATE || walk->levels[depth] == JSON_NO_NODE)
		return;
	note_size(walk, walk->levels[depth], at);
	if (goal == JSON_FIRST)
		walk->is_settled = true;
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
		note(walk, node, kind, has_escapes, from, (size_t)(at - from));
		if (goal == JSON_FIRST)
			walk->is_settled = true;
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
		is_comma = json_skip_to(&at, end, ',');
		if (at == end)
			return json_token_refuse(
			    &walk->reader, at, "a bracket is not closed");
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
	uint16_t parent = walk->levels[walk->depth], node = JSON_NO_NODE;

	if (parent != JSON_NO_NODE)
		node =
		    json_paths_find(walk->paths, parent, from, to, has_escapes);
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
	if (!json_skip_to(&at, end, ':'))
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
