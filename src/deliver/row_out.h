#ifndef ABUF_DELIVER_ROW_OUT_H
#define ABUF_DELIVER_ROW_OUT_H

/*
 * Writing one row at the end of a buffer of rows.
 *
 * Whatever cannot be done returns false and says why; the first who is told
 * by its caller's contract to leave the buffer alone calls row_out_undo().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "deliver/row.h"

struct json_value;

/* No row is longer: a value of PostgreSQL may not be, either. */
#define ROW_SIZE_MAX ((size_t)1 << 30)

/* Encoders that work on blocks may write so far behind what they mean. */
#define ROW_OUT_SLACK 16

struct row_out {
	struct row_buffer *buffer;
	size_t begin;    /* of the row, in the buffer */
	const char *why; /* static text, set when something returned false */
};

/* A value's text: in the record, or decoded, behind the end of the buffer. */
struct row_text {
	const uint8_t *at;
	size_t size;
};

/* At the end of what the buffer has. */
static inline struct row_out
row_out_begin(struct row_buffer *buffer)
{
	struct row_out out = {buffer, buffer->size, NULL};

	return out;
}

/* Take the row back. */
void row_out_undo(struct row_out *out);

/* Say why there can be no row.  Always false. */
bool row_out_refuse(struct row_out *out, const char *why);

/* See to room for that many bytes more. */
bool row_out_reserve(struct row_out *out, size_t size);

/* Called for every value, and mostly there is room: so without a call. */
static inline bool
row_out_put(struct row_out *out, const void *bytes, size_t size)
{
	struct row_buffer *buffer = out->buffer;

	if (size > buffer->capacity - buffer->size &&
	    !row_out_reserve(out, size))
		return false;
	if (size > 0)
		memcpy(buffer->data + buffer->size, bytes, size);
	buffer->size += size;
	return true;
}

static inline bool
row_out_put_byte(struct row_out *out, uint8_t byte)
{
	return row_out_put(out, &byte, 1);
}

/*
 * What a value is as text: a string decoded, anything else as it is written.
 * There is room for each of its bytes twice and ROW_OUT_SLACK more at the end
 * of the buffer; filling it in order does not touch the text.  A NUL in it is
 * refused.
 */
bool row_out_text(
    struct row_out *out, const struct json_value *value, struct row_text *text);

#endif
