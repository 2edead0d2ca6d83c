/*
 * "map" of a route: targets by the values of a field or a column.  Its keys
 * are data, any text at all, and there may be many of them: equal ones are
 * found by sorting, as looking each up would take minutes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/json.h"
#include "config/load_internal.h"

/* A key, and where it stands. */
struct key {
	const struct json *node;
	size_t index;
};

static int
compare(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int order = strcmp(json_key(a->node), json_key(b->node));

	if (order != 0)
		return order;
	return (a->index > b->index) - (a->index < b->index);
}

/* The first key in the file that has an equal one before it. */
static int
check_repeated(struct loader *loader, const struct place *place, size_t count)
{
	struct key *keys = calloc(count, sizeof(keys[0]));
	const struct json *node = json_first(place->node);
	const struct key *repeated = NULL;
	struct place child;
	size_t i;

	if (keys == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	for (i = 0; i < count; i++, node = json_next(node)) {
		keys[i].node = node;
		keys[i].index = i;
	}
	qsort(keys, count, sizeof(keys[0]), compare);
	for (i = 1; i < count; i++) {
		if (strcmp(json_key(keys[i - 1].node),
		        json_key(keys[i].node)) == 0 &&
		    (repeated == NULL || keys[i].index < repeated->index))
			repeated = &keys[i];
	}
	if (repeated != NULL)
		child = load_child(place, repeated->node, repeated->index);
	free(keys);
	if (repeated == NULL)
		return 0;
	return load_fail(
	    loader, &child, "this value is here twice, allowed is one");
}

static int
load_cases(struct loader *loader, const struct place *place,
    struct config_route *route)
{
	const struct json *node = json_first(place->node);
	int rc = 0;

	for (; rc == 0 && node != NULL; node = json_next(node)) {
		struct place child = load_child(place, node, route->map_count);
		struct config_route_case *one = &route->map[route->map_count++];

		rc = load_text(loader, json_key(node), &one->value);
		if (rc == 0)
			rc = load_target(loader, &child, &one->target);
	}
	return rc;
}

int
load_map(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;
	const struct json *node;
	size_t count = 0;
	int rc;

	if (json_type(place->node) != JSON_OBJECT)
		return load_fail_type(loader, place, "an object");
	for (node = json_first(place->node); node != NULL;
	     node = json_next(node))
		count++;
	if (count == 0 || count > CONFIG_MAP_MAX)
		return load_fail(loader, place,
		    "%zu values, allowed are 1 to %d", count, CONFIG_MAP_MAX);
	rc = check_repeated(loader, place, count);
	if (rc != 0)
		return rc;
	route->map = calloc(count, sizeof(route->map[0]));
	if (route->map == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	return load_cases(loader, place, route);
}
