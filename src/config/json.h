#ifndef ABUF_CONFIG_JSON_H
#define ABUF_CONFIG_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/*
 * A JSON document, to read only.  json.c is the one file that knows which
 * library parses it.
 *
 * A struct json is one value of the document.  All belong to the root, die
 * with it, and never change.  Members are walked with json_first() and
 * json_next() in the order of the file, so that the n-th member here is the
 * n-th in the text; keys are compared exactly.  Depth is bounded by the pass
 * in lexical.h, which has to have accepted the text.
 *
 * Parsing allocates; everything else is a pure look-up.  Any thread, one
 * document each.
 */

struct json;

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/*
 * Parse size bytes; text[size] must be readable and 0.  On success *root is
 * the caller's, to json_free().  ERR_CONFIG if it is not JSON: *offset is
 * near the byte to blame and *e has the reason without a position.
 */
int json_parse(const char *text, size_t size, struct json **root,
    size_t *offset, struct err *e);

/* NULL is a no-op. */
void json_free(struct json *root);

enum json_type json_type(const struct json *node);

/* "a string", "an object" and so on, for messages. */
const char *json_type_name(const struct json *node);

/* The key that the value has in its object. */
const char *json_key(const struct json *node);

/*
 * The value itself; the node must be of that type.  A number is what a double
 * keeps of it, so that the caller has to refuse what may have been rounded; a
 * string is the node's own, UTF-8 and without NUL.
 */
bool json_bool(const struct json *node);
double json_number(const struct json *node);
const char *json_string(const struct json *node);

/* Members of an object or elements of an array; NULL after the last. */
const struct json *json_first(const struct json *node);
const struct json *json_next(const struct json *node);

/* The first member of that key, or NULL. */
const struct json *json_member(const struct json *object, const char *key);

#endif
