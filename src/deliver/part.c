/*
 * Parts of a batch.  Where a record begins is found by counting delimiters,
 * reading the payload in pieces; nothing keeps more than a piece of it.
 */
#include "deliver/part.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/scan.h"
#include "deliver/rejects.h"

#define PIECE_SIZE ((size_t)64 << 10)

/* A place in the payload, with what has been read from there on. */
struct cursor {
	const struct payload *whole;
	uint64_t offset; /* of data[at] */
	size_t at;
	size_t size;
	uint8_t data[PIECE_SIZE];
};

static int
read_piece(struct cursor *cursor, struct err *e)
{
	ssize_t n;

	do
		n = pread(cursor->whole->fd, cursor->data, PIECE_SIZE,
		    (off_t)cursor->offset);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return err_set_errno(e, ERR_IO, n < 0 ? errno : ENODATA,
		    "%s: cannot be read", cursor->whole->id);
	cursor->at = 0;
	cursor->size = (size_t)n;
	return 0;
}

static void
seek(struct cursor *cursor, uint64_t offset)
{
	cursor->offset = offset;
	cursor->at = 0;
	cursor->size = 0;
}

/* Go on behind so many records. */
static int
skip_records(struct cursor *cursor, uint64_t records, struct err *e)
{
	struct scan scan;
	size_t taken;

	while (records > 0) {
		if (cursor->at == cursor->size && read_piece(cursor, e) != 0)
			return e->code;
		scan = scan_upto(cursor->data + cursor->at,
		    cursor->size - cursor->at, cursor->whole->delimiter,
		    records);
		records -= scan.count;
		taken = records == 0 ? scan.end : cursor->size - cursor->at;
		cursor->at += taken;
		cursor->offset += taken;
	}
	return 0;
}

static struct part *
part_create(void)
{
	struct part *part = memory_zeroed(1, sizeof(*part));

	part->fd = -1;
	return part;
}

static void
add_span(struct part *part, const struct span *span)
{
	/* At powers of two: a part may have a span for each record. */
	if ((part->span_count & (part->span_count - 1)) == 0)
		part->spans = memory_resize(part->spans,
		    part->span_count > 0 ? part->span_count * 2 : 1,
		    sizeof(*part->spans));
	part->spans[part->span_count++] = *span;
	part->records += span->records;
	part->bytes += span->bytes;
}

struct part *
part_whole(const struct payload *whole)
{
	const struct span span = {
	    .first = 1, .records = whole->records, .bytes = whole->bytes};
	struct part *part = part_create();

	add_span(part, &span);
	part->is_whole = true;
	snprintf(part->id, sizeof(part->id), "%s", whole->id);
	return part;
}

/* Add `records` records of span, from its index-th on. */
static int
add_piece(struct part *part, struct cursor *cursor, const struct span *span,
    uint64_t index, uint64_t records, struct err *e)
{
	struct span piece = {.first = span->first + index, .records = records};

	seek(cursor, span->offset);
	if (skip_records(cursor, index, e) != 0)
		return e->code;
	piece.offset = cursor->offset;
	if (skip_records(cursor, records, e) != 0)
		return e->code;
	piece.bytes = cursor->offset - piece.offset;
	add_span(part, &piece);
	return 0;
}

static struct cursor *
cursor_create(const struct payload *whole)
{
	struct cursor *cursor = memory_zeroed(1, sizeof(*cursor));

	cursor->whole = whole;
	return cursor;
}

struct part *
part_cut(const struct part *part, const struct payload *whole, uint64_t index,
    uint64_t records, struct err *e)
{
	struct cursor *cursor = cursor_create(whole);
	struct part *result = part_create();
	const struct span *span = part->spans;
	uint64_t count;
	int code = 0;

	for (; code == 0 && records > 0; span++) {
		if (index >= span->records) {
			index -= span->records;
			continue;
		}
		count = span->records - index;
		if (count > records)
			count = records;
		code = add_piece(result, cursor, span, index, count, e);
		records -= count;
		index = 0;
	}
	free(cursor);
	if (code == 0)
		return result;
	part_destroy(result);
	return NULL;
}

/* The next `records` records of span at the cursor, of which done are past. */
static int
add_next(struct part *part, struct cursor *cursor, const struct span *span,
    uint64_t done, uint64_t records, struct err *e)
{
	struct span piece = {
	    .first = span->first + done,
	    .records = records,
	    .offset = cursor->offset,
	};

	if (skip_records(cursor, records, e) != 0)
		return e->code;
	piece.bytes = cursor->offset - piece.offset;
	if (records > 0)
		add_span(part, &piece);
	return 0;
}

/*
 * Divide one span; base counts the records of the part before it, *item is the
 * next reject.  One walk over the bytes, however many there are.
 */
static int
divide_span(struct part *good, struct part *bad, struct cursor *cursor,
    const struct span *span, const struct rejects *rejects, size_t *item,
    uint64_t base, struct err *e)
{
	uint64_t done = 0, stop;

	seek(cursor, span->offset);
	while (done < span->records) {
		stop = span->records;
		if (*item < rejects->count &&
		    rejects->items[*item].record - base - 1 < stop)
			stop = rejects->items[*item].record - base - 1;
		if (add_next(good, cursor, span, done, stop - done, e) != 0)
			return e->code;
		done = stop;
		if (done == span->records)
			break;
		if (add_next(bad, cursor, span, done, 1, e) != 0)
			return e->code;
		done++;
		(*item)++;
	}
	return 0;
}

int
part_divide(const struct part *part, const struct payload *whole,
    const struct rejects *rejects, struct part **good, struct part **bad,
    struct err *e)
{
	struct cursor *cursor = cursor_create(whole);
	uint64_t base = 0;
	size_t i, item = 0;
	int code = 0;

	*good = part_create();
	*bad = part_create();
	for (i = 0; code == 0 && i < part->span_count; i++) {
		code = divide_span(*good, *bad, cursor, &part->spans[i],
		    rejects, &item, base, e);
		base += part->spans[i].records;
	}
	free(cursor);
	if (code == 0)
		return 0;
	part_destroy(*good);
	part_destroy(*bad);
	return code;
}

struct part *
part_of_spans(const struct part *part, size_t index, size_t end)
{
	struct part *result = part_create();

	for (; index < end; index++)
		add_span(result, &part->spans[index]);
	return result;
}

void
part_join(struct part *part, const struct part *tail)
{
	size_t i;

	for (i = 0; i < tail->span_count; i++)
		add_span(part, &tail->spans[i]);
}

void
part_record_id(
    const struct part *part, const char *batch_id, char id[BATCH_ID_SIZE])
{
	if (part->is_whole)
		snprintf(id, BATCH_ID_SIZE, "%s", batch_id);
	else
		snprintf(id, BATCH_ID_SIZE, "%.*s.r%" PRIu64,
		    BATCH_ID_SIZE - 24, batch_id, part->spans[0].first);
}

int
part_copy(const struct part *part, const struct payload *whole,
    part_taker *take, void *context, struct err *e)
{
	struct cursor *cursor = cursor_create(whole);
	const struct span *span = part->spans;
	const struct span *last = span + part->span_count;
	uint64_t left;
	int code = 0;

	for (; code == 0 && span < last; span++) {
		seek(cursor, span->offset);
		for (left = span->bytes; code == 0 && left > 0;
		     left -= cursor->size) {
			code = read_piece(cursor, e);
			if (code != 0)
				break;
			if (cursor->size > left)
				cursor->size = (size_t)left;
			code = take(context, cursor->data, cursor->size, e);
			cursor->offset += cursor->size;
		}
	}
	free(cursor);
	return code;
}

static int
append(void *context, const uint8_t *data, size_t size, struct err *e)
{
	return window_append(context, data, size, 0, 0, e);
}

int
part_open(struct part *part, const struct payload *whole, enum window_kind kind,
    struct payload *payload, struct err *e)
{
	struct window window = {0};

	*payload = *whole;
	if (part->is_whole)
		return 0;
	if (part->fd < 0) {
		if (window_open(&window, kind, e) != 0)
			return e->code;
		if (part_copy(part, whole, append, &window, e) != 0) {
			window_release(&window);
			return e->code;
		}
		part->fd = window_close(&window);
	}
	payload->id = part->id;
	payload->fd = part->fd;
	payload->records = part->records;
	payload->bytes = part->bytes;
	return 0;
}

void
part_destroy(struct part *part)
{
	if (part == NULL)
		return;
	if (part->fd >= 0)
		close(part->fd);
	free(part->spans);
	free(part);
}
