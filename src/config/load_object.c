/*
 * Objects: those whose keys are in a table, and those whose keys are names
 * that the user chose.  Both refuse what JSON parsers let pass, a key that
 * nobody knows and a key that is there twice: either is a slip that would
 * otherwise silently change what the program does.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/nearest.h"
#include "config/json.h"
#include "config/load_internal.h"

static int
require_object(struct loader *loader, const struct place *place)
{
	if (json_type(place->node) == JSON_OBJECT)
		return 0;
	return load_fail_type(loader, place, "an object");
}

/* Is there an equal key before the node? */
static bool
is_repeated(const struct place *object, const struct json *node)
{
	return json_member(object->node, json_key(node)) != node;
}

static int
refuse_unknown(struct loader *loader, const struct place *place,
    const struct field *fields, size_t count)
{
	const char *keys[LOAD_FIELDS_MAX];
	const char *nearest;
	char list[224];
	size_t used = 0, i;

	for (i = 0; i < count; i++) {
		keys[i] = fields[i].key;
		if (used < sizeof(list))
			used +=
			    (size_t)snprintf(list + used, sizeof(list) - used,
			        "%s%s", i > 0 ? ", " : "", keys[i]);
	}
	nearest = nearest_find(json_key(place->node), keys, count);
	if (nearest != NULL)
		return load_fail(loader, place,
		    "unknown key, did you mean \"%s\"?", nearest);
	return load_fail(loader, place, "unknown key, allowed are: %s", list);
}

/* All members before any value: a typo is the likelier of two mistakes. */
static int
check_keys(struct loader *loader, const struct place *place,
    const struct field *fields, size_t count)
{
	const struct json *node = json_first(place->node);
	size_t index, i;

	for (index = 0; node != NULL; node = json_next(node), index++) {
		struct place child = load_child(place, node, index);

		for (i = 0; i < count; i++) {
			if (strcmp(fields[i].key, json_key(node)) == 0)
				break;
		}
		if (i == count)
			return refuse_unknown(loader, &child, fields, count);
		if (is_repeated(place, node))
			return load_fail(loader, &child,
			    "this key is here twice, allowed is one");
	}
	return 0;
}

bool
load_member(const struct place *place, const char *key, struct place *child)
{
	const struct json *node = json_first(place->node);
	size_t index;

	for (index = 0; node != NULL; node = json_next(node), index++) {
		if (strcmp(json_key(node), key) != 0)
			continue;
		*child = load_child(place, node, index);
		return true;
	}
	return false;
}

int
load_object(struct loader *loader, const struct place *place,
    const struct field *fields, size_t count, void *object)
{
	struct place child;
	size_t i;
	int rc;

	if (count > LOAD_FIELDS_MAX)
		BUG("more keys than LOAD_FIELDS_MAX");
	rc = require_object(loader, place);
	if (rc == 0)
		rc = check_keys(loader, place, fields, count);
	for (i = 0; rc == 0 && i < count; i++) {
		if (load_member(place, fields[i].key, &child))
			rc = load_field(loader, &child, &fields[i], object);
	}
	return rc;
}

int
load_names(struct loader *loader, const struct place *place, size_t max,
    const char *what)
{
	const struct json *node;
	size_t index = 0;
	int rc;

	rc = require_object(loader, place);
	if (rc != 0)
		return rc;
	for (node = json_first(place->node); node != NULL;
	     node = json_next(node), index++) {
		struct place child = load_child(place, node, index);

		/* First the number: it bounds the search for an equal name. */
		if (index >= max)
			return load_fail(loader, &child,
			    "too many %s, allowed are %zu", what, max);
		if (!config_name_is_valid(json_key(node)))
			return load_fail(loader, &child,
			    "not a name, allowed are 1 to %d of "
			    "A-Z a-z 0-9 . _ -",
			    CONFIG_NAME_MAX);
		if (is_repeated(place, node))
			return load_fail(loader, &child,
			    "this name is here twice, allowed is one");
	}
	return 0;
}

int
load_choice(struct loader *loader, const struct place *place,
    const char *const *names, unsigned *choice)
{
	char list[80] = "";
	size_t used = 0;
	unsigned i;

	for (i = 0; names[i] != NULL; i++) {
		if (json_type(place->node) == JSON_STRING &&
		    strcmp(json_string(place->node), names[i]) == 0) {
			*choice = i;
			return 0;
		}
		if (used < sizeof(list))
			used +=
			    (size_t)snprintf(list + used, sizeof(list) - used,
			        "%s\"%s\"", i > 0 ? " or " : "", names[i]);
	}
	if (json_type(place->node) == JSON_STRING)
		return load_fail(
		    loader, place, "not one of those allowed, %s", list);
	return load_fail_type(loader, place, list);
}
