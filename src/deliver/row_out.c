/*
 * Rows at the end of a buffer.
 *
 * Values are encoded without a buffer of their own: a string with escapes is
 * decoded to behind the place where its encoded form will end at most, and
 * encoded from there.
 */
#include "deliver/row_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

#define FIRST_CAPACITY ((size_t)64 << 10)

void
row_out_undo(struct row_out *out)
{
	out->buffer->size = out->begin;
}

bool
row_out_refuse(struct row_out *out, const char *why)
{
	out->why = why;
	return false;
}

static bool
grow(struct row_out *out, size_t size)
{
	struct row_buffer *buffer = out->buffer;
	size_t capacity =
	    buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;
	uint8_t *moved;

	while (capacity - buffer->size < size) {
		if (capacity > SIZE_MAX / 2)
			return row_out_refuse(out, "out of memory");
		capacity *= 2;
	}
	moved = realloc(buffer->data, capacity);
	if (moved == NULL)
		return row_out_refuse(out, "out of memory");
	buffer->data = moved;
	buffer->capacity = capacity;
	return true;
}

bool
row_out_reserve(struct row_out *out, size_t size)
{
	const struct row_buffer *buffer = out->buffer;

	/* Room may be asked for three times the text, and some more. */
	if (size / 4 > ROW_SIZE_MAX)
		return row_out_refuse(out, "its row is too long");
	if (size <= buffer->capacity - buffer->size)
		return true;
	/* Asked here only, and at the end of a row. */
	if (buffer->size - out->begin > ROW_SIZE_MAX)
		return row_out_refuse(out, "its row is too long");
	return grow(out, size);
}

bool
row_out_text(
    struct row_out *out, const struct json_value *value, struct row_text *text)
{
	size_t room = 2 * value->size + ROW_OUT_SLACK;
	bool is_string = value->kind == JSON_SCAN_STRING;
	bool has_nul = false;
	uint8_t *decoded;

	if (!row_out_reserve(out, room + value->size))
		return false;
	text->at = is_string ? value->at + 1 : value->at;
	text->size = is_string ? value->size - 2 : value->size;
	if (!is_string || !value->has_escapes)
		return true;
	decoded = out->buffer->data + out->buffer->size + room;
	text->at = decoded;
	text->size = json_scan_string(value, decoded, &has_nul);
	if (has_nul)
		return row_out_refuse(out, "a string has \\u0000");
	return true;
}
