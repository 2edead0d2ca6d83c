/*
 * Parts of a batch.  Where a record begins is found by counting record ends,
 * reading the batch's file in pieces; nothing keeps more than a piece of it.
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
#include "base/records.h"
#include "buffer/channel.h"
#include "buffer/past.h"

#define PIECE_SIZE ((size_t)64 << 10)

/* A place in the batch's file, with what has been read from there on. */
struct cursor {
	const struct batch *batch;
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
		n = pread(cursor->batch->fd, cursor->data, PIECE_SIZE,
		    (off_t)cursor->offset);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return err_set_errno(e, ERR_IO, n < 0 ? errno : ENODATA,
		    "%s: cannot be read", cursor->batch->id);
	cursor->at = 0;
	cursor->size = (size_t)n;
	return 0;
}

/* What has been read is kept: spans are close to each other. */
static void
seek(struct cursor *cursor, uint64_t offset)
{
	uint64_t skipped = offset - cursor->offset;

	if (offset < cursor->offset || skipped > cursor->size - cursor->at) {
		cursor->at = 0;
		cursor->size = 0;
	} else {
		cursor->at += (size_t)skipped;
	}
	cursor->offset = offset;
}

/* Go on behind so many records. */
static int
skip_records(struct cursor *cursor, uint64_t records, struct err *e)
{
	const struct records *ends = &cursor->batch->channel->records;
	struct csv_state state = {0};
	struct scan scan;
	size_t taken;

	while (records > 0) {
		if (cursor->at == cursor->size && read_piece(cursor, e) != 0)
			return e->code;
		scan = records_scan(ends, &state, cursor->data + cursor->at,
		    cursor->size - cursor->at, records);
		records -= scan.count;
		taken = records == 0 ? scan.end : cursor->size - cursor->at;
		cursor->at += taken;
		cursor->offset += taken;
	}
	return 0;
}

/* Without records; settled if source (or NULL) is. */
static struct part *
part_create(const struct part *source)
{
	struct part *part = memory_zeroed(1, sizeof(*part));

	part->fd = -1;
	if (source != NULL) {
		part->is_settled = source->is_settled;
		part->is_raw = source->is_raw;
	}
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
part_whole(const struct batch *batch)
{
	const struct span span = {
	    .first = 1,
	    .records = batch->records,
	    .offset = batch->header_size,
	    .bytes = batch->bytes,
	};
	struct part *part = part_create(NULL);

	add_span(part, &span);
	part->is_whole = true;
	snprintf(part->id, sizeof(part->id), "%s", batch->id);
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
cursor_create(const struct batch *batch)
{
	struct cursor *cursor = memory_zeroed(1, sizeof(*cursor));

	cursor->batch = batch;
	return cursor;
}

struct part *
part_cut(const struct part *part, const struct batch *batch, uint64_t index,
    uint64_t records, struct err *e)
{
	struct cursor *cursor = cursor_create(batch);
	struct part *result = part_create(part);
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

struct part *
part_of_ranges(const struct batch *batch, const struct batch_range *ranges,
    size_t count, struct err *e)
{
	struct cursor *cursor = cursor_create(batch);
	struct part *part = part_create(NULL);
	uint64_t next = 1;
	size_t i;
	int code = 0;

	seek(cursor, batch->header_size);
	for (i = 0; code == 0 && i < count; i++) {
		struct span span = {.first = ranges[i].first};

		code = skip_records(cursor, span.first - next, e);
		if (code == 0)
			code = add_next(
			    part, cursor, &span, 0, ranges[i].records, e);
		next = span.first + ranges[i].records;
	}
	free(cursor);
	if (code == 0)
		return part;
	part_destroy(part);
	return NULL;
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
part_divide(const struct part *part, const struct batch *batch,
    const struct rejects *rejects, struct part **good, struct part **bad,
    struct err *e)
{
	struct cursor *cursor = cursor_create(batch);
	uint64_t base = 0;
	size_t i, item = 0;
	int code = 0;

	*good = part_create(part);
	*bad = part_create(part);
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

void
part_replace(struct part *part, struct part *other)
{
	free(part->spans);
	part->records = other->records;
	part->bytes = other->bytes;
	part->spans = other->spans;
	part->span_count = other->span_count;
	other->spans = NULL;
	part_destroy(other);
}

struct part *
part_of_spans(const struct part *part, size_t index, size_t end)
{
	struct part *result = part_create(part);

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
	part->is_settled = part->is_settled && tail->is_settled;
}

bool
part_is_complete(const struct part *part, const struct batch *batch)
{
	return part->is_whole && part->records == batch->records;
}

/* Size bytes of the file, from the cursor's place on. */
static int
copy_bytes(struct cursor *cursor, uint64_t size, payload_taker *take,
    void *context, struct err *e)
{
	size_t taken;

	while (size > 0) {
		if (cursor->at == cursor->size && read_piece(cursor, e) != 0)
			return e->code;
		taken = cursor->size - cursor->at;
		if (taken > size)
			taken = (size_t)size;
		if (take(context, cursor->data + cursor->at, taken, e) != 0)
			return e->code;
		cursor->at += taken;
		cursor->offset += taken;
		size -= taken;
	}
	return 0;
}

static int
copy(const struct part *part, const struct batch *batch, uint64_t header_size,
    payload_taker *take, void *context, struct err *e)
{
	struct cursor *cursor = cursor_create(batch);
	const struct span *span = part->spans;
	int code = copy_bytes(cursor, header_size, take, context, e);

	for (; code == 0 && span < part->spans + part->span_count; span++) {
		seek(cursor, span->offset);
		code = copy_bytes(cursor, span->bytes, take, context, e);
	}
	free(cursor);
	return code;
}

int
part_copy(const struct part *part, const struct batch *batch,
    payload_taker *take, void *context, struct err *e)
{
	return copy(part, batch, 0, take, context, e);
}

int
part_copy_payload(const struct part *part, const struct batch *batch,
    payload_taker *take, void *context, struct err *e)
{
	return copy(part, batch, batch->header_size, take, context, e);
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
