/*
 * One field of a record.
 */
#include "intake/field_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv_scan.h"
#include "base/err.h"
#include "base/json_scan.h"
#include "base/memory.h"

struct field_reader {
	/* Set once. */
	struct json_paths *paths; /* NULL: by number */
	uint64_t number;
	uint8_t separator;
	bool has_quotes;

	/* Text that does not stand in the record as it is. */
	uint8_t *text;
	size_t capacity;
};

int
field_reader_of_json(
    struct field_reader **result, const char *path, struct err *e)
{
	struct field_reader *reader;
	struct json_paths *paths;

	if (json_paths_create(&paths, &path, 1, e) != 0) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "field");
	}
	reader = memory_zeroed(1, sizeof(*reader));
	reader->paths = paths;
	*result = reader;
	return 0;
}

struct field_reader *
field_reader_of_columns(uint64_t number, uint8_t separator, bool has_quotes)
{
	struct field_reader *reader = memory_zeroed(1, sizeof(*reader));

	reader->number = number;
	reader->separator = separator;
	reader->has_quotes = has_quotes;
	return reader;
}

void
field_reader_destroy(struct field_reader *reader)
{
	if (reader == NULL)
		return;
	json_paths_destroy(reader->paths);
	free(reader->text);
	free(reader);
}

/* Room for a decoded text, which is never longer than what is written. */
static bool
make_room(struct field_reader *reader, size_t size)
{
	uint8_t *text;

	if (size <= reader->capacity)
		return true;
	text = realloc(reader->text, size);
	if (text == NULL)
		return false;
	reader->text = text;
	reader->capacity = size;
	return true;
}

static const uint8_t *
read_json(struct field_reader *reader, const uint8_t *record, size_t size,
    size_t *field_size, const char **why)
{
	struct json_value value;
	struct json_fault fault;
	bool has_nul;

	if (json_scan_first(reader->paths, record, size, &value, &fault) != 0) {
		*why = fault.why;
		return NULL;
	}
	if (value.kind == JSON_SCAN_NONE || value.kind == JSON_SCAN_NULL) {
		*why = value.kind == JSON_SCAN_NONE ? "it has no such field"
		                                    : "the field is null";
		return NULL;
	}
	*field_size = value.size;
	if (value.kind != JSON_SCAN_STRING)
		return value.at;
	*field_size -= 2;
	if (!value.has_escapes)
		return value.at + 1;
	if (!make_room(reader, value.size)) {
		*why = "no memory for its field";
		return NULL;
	}
	*field_size = json_scan_string(&value, reader->text, &has_nul);
	return reader->text;
}

/* As csv_field(), where quotes are data. */
static const uint8_t *
find_plain(const struct field_reader *reader, const uint8_t *record,
    size_t size, size_t *field_size)
{
	const uint8_t *from = record, *end = record + size, *to;
	uint64_t left = reader->number;

	for (;; from = to + 1) {
		to = memchr(from, reader->separator, (size_t)(end - from));
		if (to == NULL || --left == 0)
			break;
	}
	if (to == NULL && left > 1)
		return NULL;
	if (to == NULL)
		to = end > from && end[-1] == '\r' ? end - 1 : end;
	*field_size = (size_t)(to - from);
	return from;
}

static const uint8_t *
read_column(struct field_reader *reader, const uint8_t *record, size_t size,
    size_t *field_size, const char **why)
{
	const uint8_t *field = reader->has_quotes
	    ? csv_field(
	          record, size, reader->separator, reader->number, field_size)
	    : find_plain(reader, record, size, field_size);

	if (field == NULL) {
		*why = "it has too few columns";
		return NULL;
	}
	/* A field is quoted as a whole, or not at all. */
	if (!reader->has_quotes || *field_size == 0 || field[0] != '"')
		return field;
	if (!make_room(reader, *field_size)) {
		*why = "no memory for its field";
		return NULL;
	}
	*field_size = csv_unquote(field, *field_size, reader->text);
	return reader->text;
}

const uint8_t *
field_reader_read(struct field_reader *reader, const uint8_t *record,
    size_t size, size_t *field_size, const char **why)
{
	if (reader->paths != NULL)
		return read_json(reader, record, size, field_size, why);
	return read_column(reader, record, size, field_size, why);
}
