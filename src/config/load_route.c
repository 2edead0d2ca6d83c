/*
 * "route": which buffer or channel a record goes to.  An object says by what,
 * with exactly one of its keys "tagged", "field", "column" and "buffer"; the
 * other keys are each for some of these.
 */
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "config/field_path.h"
#include "config/json.h"
#include "config/load_internal.h"

#define IN_ROUTE(member) offsetof(struct config_route, member)

static int
load_tagged(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;

	if (json_type(place->node) != JSON_BOOL || !json_bool(place->node))
		return load_fail(loader, place, "only true is allowed");
	route->kind = CONFIG_ROUTE_TAGGED;
	return 0;
}

static int
load_by_field(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;

	route->kind = CONFIG_ROUTE_FIELD;
	return load_checked(loader, place, &route->field, field_path_check,
	    "a string such as \"user.kind\"");
}

static int
load_column(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;

	route->kind = CONFIG_ROUTE_COLUMN;
	return load_whole(loader, place, 1, CONFIG_COLUMN_MAX, &route->column);
}

static int
load_separator(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;
	struct err inner;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(loader, place,
		    "a string of one byte, such as \",\" or \"\\t\"");
	if (units_parse_byte(
	        json_string(place->node), &route->separator, &inner) != 0)
		return load_fail(loader, place, "%s", inner.message);
	/* 0 stands for none given, and quotes are for what is in a column. */
	if (route->separator == '\0' || route->separator == '"' ||
	    route->separator == '\n')
		return load_fail(loader, place,
		    "NUL, a newline and a quote are not allowed");
	return 0;
}

static int
load_fixed(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;

	route->has_otherwise = true;
	return load_target_buffer(loader, place, &route->otherwise);
}

static int
load_else(struct loader *loader, const struct place *place, void *object)
{
	struct config_route *route = object;

	route->has_otherwise = true;
	return load_target(loader, place, &route->otherwise);
}

static const struct field route_fields[] = {
    OTHER("tagged", load_tagged, 0),
    OTHER("field", load_by_field, 0),
    OTHER("column", load_column, 0),
    OTHER("separator", load_separator, 0),
    OTHER("map", load_map, 0),
    OTHER("buffer", load_fixed, 0),
    OTHER("channel", load_target_channel, IN_ROUTE(otherwise)),
    OTHER("else", load_else, 0),
};

/* The first of a NULL-terminated list of keys that the object has, or NULL. */
static const char *
first_of(const struct place *place, const char *const *keys)
{
	size_t i;

	for (i = 0; keys[i] != NULL; i++) {
		if (json_member(place->node, keys[i]) != NULL)
			return keys[i];
	}
	return NULL;
}

/* Exactly one key says by what. */
static int
check_one(struct loader *loader, const struct place *place)
{
	static const char *const keys[] = {
	    "tagged", "field", "column", "buffer", NULL};
	const char *found = first_of(place, keys);
	struct place child;
	size_t i;

	if (found == NULL)
		return load_fail(loader, place,
		    "by what is missing, expected one of tagged, field, "
		    "column and buffer");
	for (i = 0; keys[i] != NULL; i++) {
		if (keys[i] != found && load_member(place, keys[i], &child))
			return load_fail(loader, &child,
			    "not allowed together with \"%s\"", found);
	}
	return 0;
}

/* And the others fit it. */
static int
check_others(struct loader *loader, const struct place *place)
{
	static const struct {
		const char *key;
		const char *with[4]; /* at least one of these */
		const char *expected;
	} rows[] = {
	    {"separator", {"column", NULL}, "\"column\""},
	    {"map", {"field", "column", NULL}, "\"field\" or \"column\""},
	    {"else", {"tagged", "field", "column", NULL},
	        "\"tagged\", \"field\" or \"column\""},
	};
	struct place child;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		if (load_member(place, rows[i].key, &child) &&
		    first_of(place, rows[i].with) == NULL)
			return load_fail(loader, &child,
			    "allowed only with %s beside it", rows[i].expected);
	}
	return 0;
}

int
load_route(struct loader *loader, const struct place *place, void *object)
{
	struct config *config = object;
	int rc;

	if (json_type(place->node) == JSON_STRING &&
	    strcmp(json_string(place->node), "tagged") == 0) {
		config->route.kind = CONFIG_ROUTE_TAGGED;
		return 0;
	}
	if (json_type(place->node) != JSON_OBJECT)
		return load_fail(loader, place,
		    "not one of those allowed, \"tagged\" or an object");
	rc = load_object(loader, place, route_fields, COUNT_OF(route_fields),
	    &config->route);
	if (rc == 0)
		rc = check_one(loader, place);
	return rc == 0 ? check_others(loader, place) : rc;
}
