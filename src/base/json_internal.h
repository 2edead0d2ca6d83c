#ifndef ABUF_BASE_JSON_INTERNAL_H
#define ABUF_BASE_JSON_INTERNAL_H

/*
 * What the files behind json_scan.h share: tokens, compiled paths, and the
 * walk.
 *
 * A function that reads a token is given where it begins and returns where it
 * ends; NULL, with the reader's fault filled in, if it is none.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json_scan.h"

struct json_reader {
	const uint8_t *text; /* its start: faults are offsets from here */
	const uint8_t *end;
	struct json_fault *fault;
};

/* Fill in the fault; always NULL. */
const uint8_t *json_token_refuse(
    const struct json_reader *reader, const uint8_t *at, const char *why);

/* The rest of a string, from the first byte that is not plain. */
const uint8_t *json_token_string_rest(
    const struct json_reader *reader, const uint8_t *at, bool *has_escapes);

const uint8_t *json_token_number(
    const struct json_reader *reader, const uint8_t *at);

/* true, false, null. */
const uint8_t *json_token_word(
    const struct json_reader *reader, const uint8_t *at, const char *word);

/* The value of four hexadecimal digits, or -1. */
int32_t json_token_hex4(const uint8_t *digits);

static inline bool
json_is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* May stand in a string as it is, and is ASCII. */
static inline bool
json_is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Mostly there are none, which one comparison tells. */
static inline const uint8_t *
json_skip_blanks(const uint8_t *at, const uint8_t *end)
{
	while (at < end && *at <= ' ' && json_is_blank(*at))
		at++;
	return at;
}

/*
 * Skip blanks, and tell whether c is there.  Mostly it is, without blanks,
 * which is worth a look before anything else.
 */
static inline bool
json_skip_to(const uint8_t **at, const uint8_t *end, uint8_t c)
{
	if (*at < end && **at == c)
		return true;
	*at = json_skip_blanks(*at, end);
	return *at < end && **at == c;
}

/*
 * Where plain bytes end.  As signed numbers, bytes that are not ASCII are less
 * than a space, just as control characters are: one comparison finds both.
 */
static inline const uint8_t *
json_plain_end(const uint8_t *at, const uint8_t *end)
{
#ifdef __SSE2__
	const __m128i quotes = _mm_set1_epi8('"');
	const __m128i backslashes = _mm_set1_epi8('\\');
	const __m128i spaces = _mm_set1_epi8(' ');
	__m128i bytes, found;
	unsigned int mask;

	for (; end - at >= 16; at += 16) {
		bytes = _mm_loadu_si128((const __m128i *)at);
		found = _mm_or_si128(_mm_cmpeq_epi8(bytes, quotes),
		    _mm_cmpeq_epi8(bytes, backslashes));
		found = _mm_or_si128(found, _mm_cmplt_epi8(bytes, spaces));
		mask = (unsigned int)_mm_movemask_epi8(found);
		if (mask != 0)
			return at + __builtin_ctz(mask);
	}
#endif
	while (at < end && json_is_plain(*at))
		at++;
	return at;
}

/* A string from its quote on; most have nothing but plain bytes. */
static inline const uint8_t *
json_token_string(
    const struct json_reader *reader, const uint8_t *at, bool *has_escapes)
{
	at = json_plain_end(at + 1, reader->end);
	*has_escapes = false;
	if (at < reader->end && *at == '"')
		return at + 1;
	return json_token_string_rest(reader, at, has_escapes);
}

/* --- compiled paths --- */

#define JSON_ROOT 0 /* the node of the text itself */
#define JSON_NO_NODE UINT16_MAX
#define JSON_NODES_MAX (JSON_PATHS_MAX * JSON_PATH_PARTS_MAX + 1)
#define JSON_NO_NAME UINT16_MAX

/*
 * The paths as a tree: user.name and user.mail share the node of user.  A
 * node comes after its parent.
 */
struct json_node {
	uint64_t head, tail; /* ends of the key: all of it, if it is short */
	const uint8_t *key;  /* decoded; part of `keys` */
	uint16_t key_size;
	uint16_t parent;
	uint16_t name; /* a path that ends here, or JSON_NO_NAME */
};

struct json_paths {
	size_t name_count;
	size_t node_count;
	struct json_node *nodes;
	uint16_t *node_of_name;
	bool has_twins;  /* a path is there twice; its node names the last */
	uint64_t marks;  /* a bit for each key: json_key_mark() */
	uint16_t *slots; /* nodes by hash; JSON_ROOT says empty */
	uint32_t slot_mask;
	uint8_t *keys;
};

/*
 * Of a key, perhaps of none where its first byte is a quote: most of those that
 * are not looked for have another one than those that are.
 */
static inline uint64_t
json_key_mark(uint8_t first, size_t size)
{
	return UINT64_C(1) << ((first + 11 * size) & 63);
}

/* The child of parent by that key, JSON_NO_NODE if there is none. */
uint16_t json_paths_look_up(const struct json_paths *paths, uint16_t parent,
    const uint8_t *key, size_t size);

/* The same for a key as it stands in the text, quotes included. */
uint16_t json_paths_look_up_written(const struct json_paths *paths,
    uint16_t parent, const struct json_value *key);

/* The same, quick for keys that are not looked for. */
static inline uint16_t
json_paths_find(const struct json_paths *paths, uint16_t parent,
    const uint8_t *from, const uint8_t *to, bool has_escapes)
{
	size_t size = (size_t)(to - from) - 2;
	struct json_value key;

	if (has_escapes) {
		key.kind = JSON_SCAN_STRING;
		key.has_escapes = true;
		key.at = from;
		key.size = size + 2;
		return json_paths_look_up_written(paths, parent, &key);
	}
	if ((paths->marks & json_key_mark(from[1], size)) == 0)
		return JSON_NO_NODE;
	return json_paths_look_up(paths, parent, from + 1, size);
}

/* --- the walk --- */

enum json_goal {
	JSON_VALIDATE,
	JSON_FIELDS, /* all of the paths */
	JSON_FIRST   /* the first of the only path */
};

struct json_walk {
	struct json_reader reader;
	bool is_done;
	uint32_t depth;                      /* of open containers */
	uint8_t closers[JSON_DEPTH_MAX + 1]; /* of them, from 1 */

	/* Unless it only validates. */
	const struct json_paths *paths;
	struct json_value *values;
	uint16_t levels[JSON_DEPTH_MAX + 1]; /* nodes of them, from 1 */
	bool is_settled; /* JSON_FIRST knows what it wants to know */
	size_t *seen; /* JSON_FIELDS: of each node the offset of its last key */
};

/*
 * From the start of a value to its end; JSON_FIRST may stop before.  The
 * caller has set everything up; closers, and levels, need nothing.
 */
const uint8_t *json_walk(
    struct json_walk *walk, enum json_goal goal, const uint8_t *at);

#endif
