/*
 * FormatInput at work.  Rows gather in a buffer and go on in large pieces,
 * through the compressor if there is one.
 */
#include "deliver/formatting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "buffer/batch.h"
#include "deliver/compress.h"
#include "deliver/formatter.h"
#include "deliver/frame.h"
#include "deliver/part.h"
#include "deliver/reader.h"

/* Rows go on when there is so much of them. */
#define ROWS_SIZE ((size_t)256 << 10)

/* More memory than this is not kept. */
#define KEPT_SIZE (4 * ROWS_SIZE)

struct formatting {
	/* Set once. */
	const struct formatter *formatter;
	struct compressor *compressor; /* or NULL */

	/* For the part at hand. */
	struct reader reader;
	struct row_buffer rows;
	payload_taker *take; /* the compressor's, if there is one */
	void *context;
};

struct formatting *
formatting_create(const struct formatter *formatter)
{
	struct formatting *formatting = memory_zeroed(1, sizeof(*formatting));

	formatting->formatter = formatter;
	if (formatter->compress != CONFIG_COMPRESS_NONE)
		formatting->compressor = compressor_create(formatter->compress);
	return formatting;
}

void
formatting_destroy(struct formatting *formatting)
{
	reader_release(&formatting->reader);
	free(formatting->rows.data);
	compressor_destroy(formatting->compressor);
	free(formatting);
}

static int
fail(const struct formatting *formatting, const char *why, struct err *e)
{
	return err_set_errno(
	    e, ERR_IO, ENOMEM, "%s: %s", formatting->reader.id, why);
}

/* The record, counted from 1, is refused. */
static int
refuse(struct formatting *formatting, struct formatted *formatted,
    uint64_t record, const char *why, struct err *e)
{
	if (rejects_append(&formatted->refused, record, why) != 0)
		return fail(formatting, "a list of records", e);
	formatted->has_more = formatted->refused.count == FORMAT_REFUSED_MAX;
	return 0;
}

static int
pass_on(struct formatting *formatting, struct err *e)
{
	struct row_buffer *rows = &formatting->rows;
	size_t size = rows->size;

	rows->size = 0;
	if (size == 0)
		return 0;
	return formatting->take(formatting->context, rows->data, size, e);
}

/* JSON that is JSON is passed on as it is. */
static int
check_records(
    struct formatting *formatting, struct formatted *formatted, struct err *e)
{
	struct json_fault fault;
	struct record record;
	uint64_t number;

	for (number = 1; !formatted->has_more; number++) {
		if (reader_next(&formatting->reader, &record, e) != 0)
			return e->code;
		if (record.data == NULL)
			break;
		if (json_scan_validate(record.data, record.size, &fault) != 0 &&
		    refuse(formatting, formatted, number, fault.why, e) != 0)
			return e->code;
	}
	formatted->is_raw = true;
	return 0;
}

/* The batch's header line, without its newline, before the rows. */
static int
put_header(struct formatting *formatting, const struct batch *batch,
    struct framing *framing, struct err *e)
{
	size_t size = (size_t)batch->header_size;
	const char *why;
	uint8_t *header;
	ssize_t n;
	int code;

	if (size == 0)
		return 0;
	header = malloc(size);
	if (header == NULL)
		return fail(formatting, "a header", e);
	n = pread(batch->fd, header, size, 0);
	if (n < 0 || (size_t)n < size)
		code = err_set_errno(e, ERR_IO, n < 0 ? errno : ENODATA,
		    "%s: cannot be read", batch->id);
	else if (frame_header(
	             framing, header, size - 1, &formatting->rows, &why) != 0)
		code = fail(formatting, why, e);
	else
		code = 0;
	free(header);
	return code;
}

static int
put_rows(struct formatting *formatting, struct framing *framing,
    struct formatted *formatted, struct err *e)
{
	struct row_buffer *rows = &formatting->rows;
	struct record record;
	const char *why;
	uint64_t number;

	for (number = 1; !formatted->has_more; number++) {
		if (reader_next(&formatting->reader, &record, e) != 0)
			return e->code;
		if (record.data == NULL)
			break;
		if (frame_record(
		        framing, record.data, record.size, rows, &why) != 0) {
			if (refuse(formatting, formatted, number, why, e) != 0)
				return e->code;
		} else if (rows->size >= ROWS_SIZE &&
		    pass_on(formatting, e) != 0) {
			return e->code;
		}
	}
	return 0;
}

static int
make_rows(struct formatting *formatting, const struct batch *batch,
    struct formatted *formatted, struct err *e)
{
	const struct formatter *formatter = formatting->formatter;
	struct framing framing = frame_begin(formatter->frame, formatter->row);
	const char *why;

	formatting->rows.size = 0;
	if (put_header(formatting, batch, &framing, e) != 0 ||
	    put_rows(formatting, &framing, formatted, e) != 0)
		return e->code;
	if (frame_end(&framing, &formatting->rows, &why) != 0)
		return fail(formatting, why, e);
	return pass_on(formatting, e);
}

static int
make(struct formatting *formatting, const struct batch *batch,
    const struct part *part, struct formatted *formatted, struct err *e)
{
	switch (formatting->formatter->way) {
	case FORMATTER_AS_READ:
		return part_copy_payload(
		    part, batch, formatting->take, formatting->context, e);
	case FORMATTER_CHECK:
		return check_records(formatting, formatted, e);
	default:
		return make_rows(formatting, batch, formatted, e);
	}
}

int
formatting_do(struct formatting *formatting, const struct batch *batch,
    const struct part *part, payload_taker *take, void *take_context,
    struct formatted *formatted, struct err *e)
{
	struct compressor *compressor = formatting->compressor;
	int code = 0;

	if (formatter_is_plain(formatting->formatter)) {
		formatted->is_raw = true;
		return 0;
	}
	formatting->take = take;
	formatting->context = take_context;
	if (compressor != NULL) {
		formatting->take = compressor_put;
		formatting->context = compressor;
		code = compressor_begin(compressor, take, take_context, e);
	}
	reader_begin(&formatting->reader, batch, part);
	if (code == 0)
		code = make(formatting, batch, part, formatted, e);
	if (code == 0 && compressor != NULL)
		code = compressor_end(compressor, e);
	reader_end(&formatting->reader);
	if (formatting->rows.capacity > KEPT_SIZE) {
		free(formatting->rows.data);
		memset(&formatting->rows, 0, sizeof(formatting->rows));
	}
	return code;
}
