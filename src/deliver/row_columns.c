/*
 * Rows of columns: fields of a JSON object, one after the other.
 */
#include "deliver/row_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "base/memory.h"

/* More of the user's text than this says nothing new in a message. */
#define QUOTED 80

/* A list of columns taken apart. */
struct names {
	char *text; /* of all of them */
	const char *items[JSON_PATHS_MAX];
	size_t count;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int
add_name(struct names *names, char *name, size_t size, struct err *e)
{
	size_t i;

	while (size > 0 && is_blank(name[0])) {
		name++;
		size--;
	}
	while (size > 0 && is_blank(name[size - 1]))
		size--;
	name[size] = '\0';
	if (size == 0)
		return err_set(e, ERR_USAGE, "a column without a name");
	if (names->count == JSON_PATHS_MAX)
		return err_set(
		    e, ERR_USAGE, "more than %d columns", JSON_PATHS_MAX);
	for (i = 0; i < names->count; i++) {
		if (strcmp(names->items[i], name) == 0)
			return err_set(e, ERR_USAGE, "\"%.*s\" is there twice",
			    QUOTED, name);
	}
	names->items[names->count++] = name;
	return 0;
}

/* Cut names->text, in place, where a comma has no backslash before it. */
static int
split(struct names *names, struct err *e)
{
	char *from = names->text, *name = names->text, *to = names->text;

	for (;; from++) {
		if (*from == '\0' || *from == ',') {
			bool is_last = *from == '\0';

			if (add_name(names, name, (size_t)(to - name), e) != 0)
				return e->code;
			if (is_last)
				return 0;
			name = to = from + 1;
			continue;
		}
		/* Other escapes are those of paths, and stay. */
		if (*from == '\\' && from[1] != '\0') {
			if (from[1] != ',')
				*to++ = *from;
			from++;
		}
		*to++ = *from;
	}
}

int
row_columns_create(
    struct row_format *format, const char *columns, struct err *e)
{
	struct names names = {.text = memory_string(columns)};
	int code;

	code = split(&names, e);
	if (code == 0)
		code = json_paths_create(
		    &format->paths, names.items, names.count, e);
	if (code != 0)
		err_wrap(e, "columns \"%.*s\"", QUOTED, columns);
	format->path_count = names.count;
	free(names.text);
	return code;
}

bool
row_columns_encode(const struct row_format *format, const uint8_t *record,
    size_t size, struct row_out *out)
{
	struct json_value values[JSON_PATHS_MAX];
	struct json_fault fault;
	size_t i;

	if (json_scan_fields(format->paths, record, size, values, &fault) != 0)
		return row_out_refuse(out, fault.why);
	for (i = 0; i < format->path_count; i++) {
		if (i > 0 && !row_out_put_byte(out, format->separator))
			return false;
		if (!format->encode_value(out, &values[i]))
			return false;
	}
	return true;
}
