/*
 * Rows and frames of any bytes.  The first line is a byte that says which
 * format it is, and a setting; what follows is a record.
 *
 * Beside what the sanitizers see: a row that is refused leaves no trace, one
 * that is not has nothing in it that would end it early, and what was before
 * it stays.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "deliver/frame.h"
#include "deliver/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A row before the one that is looked at. */
#define BEFORE "before\n"
#define BEFORE_SIZE strlen(BEFORE)

struct variant {
	enum row_kind rows;
	enum frame_kind frame;
	bool has_columns, has_template, has_strings;
	const char *never; /* bytes that are in no row */
	size_t never_size;
};

static const struct variant variants[] = {
    {ROW_RAW, FRAME_LINES, 0, 0, 0, "", 0},
    {ROW_RAW, FRAME_NULL, 0, 0, 0, "", 0},
    {ROW_RAW, FRAME_STRINGS, 0, 0, 1, "", 0},
    {ROW_JSON, FRAME_LINES, 0, 0, 0, "\n\0", 2},
    {ROW_JSON, FRAME_JSON_ARRAY, 0, 0, 0, "\n\0", 2},
    {ROW_COPY, FRAME_LINES, 0, 0, 0, "\t\n\r\0", 4},
    {ROW_COPY, FRAME_LINES, 1, 0, 0, "\n\r\0", 3},
    {ROW_COPY, FRAME_STRINGS, 0, 0, 1, "\n\r\0", 3},
    {ROW_CSV, FRAME_LINES, 1, 0, 0, "\0", 1},
    {ROW_TSV, FRAME_NULL, 1, 0, 0, "\n\r\0", 3},
    {ROW_RESP, FRAME_NONE, 0, 1, 0, "", 0},
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_row(const struct variant *variant, const struct row_buffer *out)
{
	size_t i;

	for (i = 0; i < variant->never_size; i++)
		require(memchr(out->data + BEFORE_SIZE, variant->never[i],
		            out->size - BEFORE_SIZE) == NULL);
}

static void
format_record(const struct variant *variant, const struct row_format *format,
    const uint8_t *record, size_t size)
{
	struct row_buffer out = {NULL, BEFORE_SIZE, BEFORE_SIZE};
	const char *why = NULL;

	out.data = malloc(BEFORE_SIZE);
	require(out.data != NULL);
	memcpy(out.data, BEFORE, BEFORE_SIZE);
	if (row_format_record(format, record, size, &out, &why) != 0) {
		require(why != NULL && out.size == BEFORE_SIZE);
	} else {
		check_row(variant, &out);
	}
	require(memcmp(out.data, BEFORE, BEFORE_SIZE) == 0);
	free(out.data);
}

/* The record twice, which is two rows or none. */
static void
frame_twice(const struct frame *frame, const struct row_format *format,
    const uint8_t *record, size_t size)
{
	struct framing framing = frame_begin(frame, format);
	struct row_buffer out = {NULL, 0, 0};
	const char *why = NULL;

	frame_record(&framing, record, size, &out, &why);
	frame_record(&framing, record, size, &out, &why);
	require(framing.rows == 0 || framing.rows == 2);
	require(frame_end(&framing, &out, &why) == 0);
	require(framing.rows > 0 || out.size == 0);
	free(out.data);
}

static void
run(const struct variant *variant, const char *setting, const uint8_t *record,
    size_t size)
{
	struct row_settings rows = {variant->rows,
	    variant->has_columns ? setting : NULL,
	    variant->has_template ? setting : NULL};
	struct frame_settings around = {.kind = variant->frame,
	    .rows = variant->rows,
	    .separator = variant->has_strings ? setting : NULL,
	    .suffix = variant->has_strings ? setting : NULL};
	struct row_format *format;
	struct frame *frame;
	struct err e;

	if (row_format_create(&format, &rows, &e) != 0)
		return;
	format_record(variant, format, record, size);
	if (frame_create(&frame, &around, &e) == 0) {
		frame_twice(frame, format, record, size);
		frame_destroy(frame);
	}
	row_format_destroy(format);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t setting_size;
	char *setting;

	if (end == NULL || end == data)
		return 0;
	setting_size = (size_t)(end - data) - 1;
	setting = strndup((const char *)data + 1, setting_size);
	require(setting != NULL);
	run(&variants[data[0] % (sizeof(variants) / sizeof(variants[0]))],
	    setting, end + 1, (size_t)(data + size - end) - 1);
	free(setting);
	return 0;
}
