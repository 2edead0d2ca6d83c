#ifndef ABUF_DELIVER_ROW_INTERNAL_H
#define ABUF_DELIVER_ROW_INTERNAL_H

/*
 * What the encoders of rows share.  Each of them appends one row, or returns
 * false with the reason in *out and leaves half a row to its caller.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deliver/row_out.h"

struct err;
struct json_paths;
struct json_value;
struct row_format;
struct row_template;

typedef bool row_encoder(const struct row_format *format, const uint8_t *record,
    size_t size, struct row_out *out);

/* One column. */
typedef bool row_value_encoder(
    struct row_out *out, const struct json_value *value);

struct row_format {
	row_encoder *encode;

	/* Columns, and the fields of a template. */
	struct json_paths *paths; /* NULL: records need not be JSON */
	size_t path_count;

	/* Of columns. */
	row_value_encoder *encode_value;
	uint8_t separator;

	struct row_template *template; /* of resp */
};

/* row_columns.c: compile "id,user.name,ts"; encode a row of these. */
int row_columns_create(
    struct row_format *format, const char *columns, struct err *e);
row_encoder row_columns_encode;

/* row_copy.c: the whole record; one column of copy, and of tsv. */
row_encoder row_copy_encode;
row_value_encoder row_copy_value;
row_value_encoder row_copy_tsv_value;

/* row_csv.c: one column. */
row_value_encoder row_csv_value;

/* row_resp.c: a command from format->template. */
row_encoder row_resp_encode;

#endif
