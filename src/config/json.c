/*
 * cJSON behind a read-only face.
 *
 * A struct json is a cJSON under another name and is never defined: the casts
 * in json_of() and node_of() are the whole trick.
 */
#include "config/json.h"

#include <cjson/cJSON.h>

#include "base/err.h"

static const cJSON *
node_of(const struct json *node)
{
	return (const cJSON *)node;
}

static const struct json *
json_of(const cJSON *node)
{
	return (const struct json *)node;
}

int
json_parse(const char *text, size_t size, struct json **root, size_t *offset,
    struct err *e)
{
	const char *end = text;

	/* size + 1: the parser wants to see the final 0, and nothing after. */
	*root =
	    (struct json *)cJSON_ParseWithLengthOpts(text, size + 1, &end, 1);
	if (*root != NULL)
		return 0;
	*offset = (size_t)(end - text) < size ? (size_t)(end - text) : size;
	if (*offset == size)
		return err_set(e, ERR_CONFIG,
		    "not JSON: the file ends too early (a bracket is open)");
	return err_set(e, ERR_CONFIG,
	    "not JSON near here (a comma, colon, quote or bracket is "
	    "missing or too many)");
}

void
json_free(struct json *root)
{
	cJSON_Delete((cJSON *)root);
}

enum json_type
json_type(const struct json *node)
{
	const cJSON *item = node_of(node);

	if (cJSON_IsBool(item))
		return JSON_BOOL;
	if (cJSON_IsNumber(item))
		return JSON_NUMBER;
	if (cJSON_IsString(item))
		return JSON_STRING;
	if (cJSON_IsArray(item))
		return JSON_ARRAY;
	return cJSON_IsObject(item) ? JSON_OBJECT : JSON_NULL;
}

const char *
json_type_name(const struct json *node)
{
	static const char *const names[] = {
	    [JSON_NULL] = "null",
	    [JSON_BOOL] = "true or false",
	    [JSON_NUMBER] = "a number",
	    [JSON_STRING] = "a string",
	    [JSON_ARRAY] = "an array",
	    [JSON_OBJECT] = "an object",
	};

	return names[json_type(node)];
}

const char *
json_key(const struct json *node)
{
	return node_of(node)->string;
}

bool
json_bool(const struct json *node)
{
	return cJSON_IsTrue(node_of(node));
}

double
json_number(const struct json *node)
{
	/* Not valueint, which saturates at INT_MAX. */
	return node_of(node)->valuedouble;
}

const char *
json_string(const struct json *node)
{
	return node_of(node)->valuestring;
}

const struct json *
json_first(const struct json *node)
{
	return json_of(node_of(node)->child);
}

const struct json *
json_next(const struct json *node)
{
	return json_of(node_of(node)->next);
}

const struct json *
json_member(const struct json *object, const char *key)
{
	/* The plain GetObjectItem compares without regard to case. */
	return json_of(cJSON_GetObjectItemCaseSensitive(node_of(object), key));
}
