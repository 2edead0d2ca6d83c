/*
 * One value to its field.  A value is refused with the reason first and then
 * what is allowed, in the words of describe(), which come from the same table
 * as the check.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "config/json.h"
#include "config/load_internal.h"

/* 2^53 - 1: above it a double no longer tells neighbours apart. */
#define INTEGER_MAX 9007199254740991.0

#define EXPECTED_SIZE 160

/* What the field takes, to follow on "expected". */
static void
describe(const struct field *field, char *text, size_t size)
{
	static const char *const words[] = {
	    [FIELD_BOOL] = "true or false",
	    [FIELD_PATH] = "a path",
	    [FIELD_STRING] = "a string",
	};
	const char *sizes =
	    field->kind == FIELD_SIZE ? " or a size such as \"64K\"" : "";
	const char *none = "";

	if (field->kind != FIELD_COUNT && field->kind != FIELD_SIZE) {
		snprintf(text, size, "%s", words[field->kind]);
		return;
	}
	if (field->flags & FIELD_ZERO_MEANS_NONE)
		none = ", 0 for no limit";
	if (field->flags & FIELD_NULL_MEANS_NONE)
		none = ", null for no limit";
	if (field->flags & FIELD_NULL_MEANS_OFF)
		none = ", null for off";
	snprintf(text, size,
	    "a whole number from 1 to %" PRIu64 "%s%s, %s for the default"
	    " of %" PRIu64,
	    field->max, sizes, none,
	    field->flags & FIELD_ZERO_MEANS_NONE ? "less" : "0 or less",
	    field->fallback);
}

static int
refuse(struct loader *loader, const struct place *place,
    const struct field *field, const char *why)
{
	char expected[EXPECTED_SIZE];

	describe(field, expected, sizeof(expected));
	return load_fail(loader, place, "%s, expected %s", why, expected);
}

static int
load_number(struct loader *loader, const struct place *place,
    const struct field *field, uint64_t *value)
{
	double number = json_number(place->node);

	/* Written so that infinity fails too; the cast below is then safe. */
	if (!(number >= -INTEGER_MAX && number <= INTEGER_MAX))
		return refuse(loader, place, field, "out of range");
	if ((double)(int64_t)number != number)
		return refuse(loader, place, field, "not a whole number");
	if (number < 0 ||
	    (number == 0 && !(field->flags & FIELD_ZERO_MEANS_NONE)))
		*value = field->fallback;
	else if ((uint64_t)number > field->max)
		return refuse(loader, place, field, "out of range");
	else
		*value = (uint64_t)number;
	return 0;
}

static int
load_size(struct loader *loader, const struct place *place,
    const struct field *field, uint64_t *value)
{
	struct err inner;

	if (units_parse_size(
	        json_string(place->node), 0, field->max, value, &inner) != 0)
		return load_fail(loader, place, "%s", inner.message);
	if (*value == 0 && !(field->flags & FIELD_ZERO_MEANS_NONE))
		*value = field->fallback;
	return 0;
}

int
load_text(struct loader *loader, const char *text, char **to)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	free(*to);
	*to = copy;
	return 0;
}

int
load_checked(struct loader *loader, const struct place *place, char **text,
    int (*check)(const char *text, struct err *e), const char *expected)
{
	struct err inner;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(loader, place, expected);
	if (check(json_string(place->node), &inner) != 0)
		return load_fail(loader, place, "%s", inner.message);
	return load_text(loader, json_string(place->node), text);
}

int
load_whole(struct loader *loader, const struct place *place, uint64_t min,
    uint64_t max, uint64_t *value)
{
	char expected[EXPECTED_SIZE];
	double number;

	snprintf(expected, sizeof(expected),
	    "a whole number from %" PRIu64 " to %" PRIu64, min, max);
	if (json_type(place->node) != JSON_NUMBER)
		return load_fail_type(loader, place, expected);
	number = json_number(place->node);
	if (!(number >= (double)min && number <= (double)max) ||
	    (double)(uint64_t)number != number)
		return load_fail(
		    loader, place, "not one of those allowed, %s", expected);
	*value = (uint64_t)number;
	return 0;
}

static int
load_path(struct loader *loader, const struct place *place,
    const struct field *field, char **path)
{
	if (json_string(place->node)[0] == '\0')
		return refuse(loader, place, field, "empty");
	return load_text(loader, json_string(place->node), path);
}

int
load_field(struct loader *loader, const struct place *place,
    const struct field *field, void *object)
{
	enum json_type type = json_type(place->node);
	void *target = (char *)object + field->offset;
	bool is_number =
	    field->kind == FIELD_COUNT || field->kind == FIELD_SIZE;
	char expected[EXPECTED_SIZE];

	if (field->kind == FIELD_OTHER)
		return field->load(loader, place, target);
	if (is_number && type == JSON_NUMBER)
		return load_number(loader, place, field, target);
	if (field->kind == FIELD_SIZE && type == JSON_STRING)
		return load_size(loader, place, field, target);
	if (field->kind == FIELD_PATH && type == JSON_STRING)
		return load_path(loader, place, field, target);
	if (field->kind == FIELD_STRING && type == JSON_STRING)
		return 0;
	if (field->kind == FIELD_BOOL && type == JSON_BOOL) {
		*(bool *)target = json_bool(place->node);
		return 0;
	}
	if ((field->flags & FIELD_NULL_MEANS_ZERO) && type == JSON_NULL) {
		*(uint64_t *)target = 0;
		return 0;
	}
	describe(field, expected, sizeof(expected));
	return load_fail_type(loader, place, expected);
}
