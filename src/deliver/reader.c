/*
 * Reading the records of a part.
 */
#include "deliver/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "buffer/channel.h"
#include "deliver/part.h"

/* Go to the start of the span at hand, if there is one. */
static void
go_to_span(struct reader *reader)
{
	uint64_t from = reader->offset;

	reader->done = 0;
	if (reader->span == reader->last)
		return;
	/* Spans are close to each other: often it is here. */
	if (reader->span->offset < from ||
	    reader->span->offset - from > reader->size) {
		reader->offset = reader->span->offset;
		reader->size = 0;
		reader->at = 0;
	} else {
		reader->at = (size_t)(reader->span->offset - from);
	}
}

void
reader_begin(
    struct reader *reader, const struct batch *batch, const struct part *part)
{
	reader->fd = batch->fd;
	reader->id = batch->id;
	reader->ends = batch->channel->records;
	reader->span = part->spans;
	reader->last = part->spans + part->span_count;
	/* It is another batch's. */
	reader->size = 0;
	reader->at = 0;
	reader->offset = 0;
	go_to_span(reader);
}

static int
make_room(struct reader *reader, struct err *e)
{
	size_t capacity =
	    reader->capacity > 0 ? reader->capacity * 2 : READER_PIECE_SIZE;
	uint8_t *moved;

	if (reader->size < reader->capacity)
		return 0;
	moved = realloc(reader->data, capacity);
	if (moved == NULL)
		return err_set_errno(
		    e, ERR_IO, ENOMEM, "%s: a record", reader->id);
	reader->data = moved;
	reader->capacity = capacity;
	return 0;
}

/* Read more; what is here of the next record comes to the front. */
static int
read_more(struct reader *reader, struct err *e)
{
	ssize_t n;

	if (reader->data != NULL && reader->at > 0)
		memmove(reader->data, reader->data + reader->at,
		    reader->size - reader->at);
	reader->offset += reader->at;
	reader->size -= reader->at;
	reader->at = 0;
	if (make_room(reader, e) != 0)
		return e->code;
	do
		n = pread(reader->fd, reader->data + reader->size,
		    reader->capacity - reader->size,
		    (off_t)(reader->offset + reader->size));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return err_set_errno(e, ERR_IO, n < 0 ? errno : ENODATA,
		    "%s: cannot be read", reader->id);
	reader->size += (size_t)n;
	return 0;
}

/* Where the record ends that was looked at until `from`; NULL: not here. */
static const uint8_t *
find_end(const struct reader *reader, struct csv_state *state, size_t from)
{
	const uint8_t *data = reader->data + from;
	size_t size = reader->size - from;
	struct scan scan;

	if (size == 0)
		return NULL;
	if (!reader->ends.is_csv)
		return memchr(data, reader->ends.delimiter, size);
	scan = csv_scan_upto(state, data, size, 1);
	return scan.count > 0 ? data + scan.end - 1 : NULL;
}

int
reader_next(struct reader *reader, struct record *record, struct err *e)
{
	struct csv_state state = {0};
	const uint8_t *end;
	size_t looked_at;

	while (reader->span < reader->last &&
	    reader->done == reader->span->records) {
		reader->span++;
		go_to_span(reader);
	}
	record->data = NULL;
	if (reader->span == reader->last)
		return 0;
	end = find_end(reader, &state, reader->at);
	while (end == NULL) {
		looked_at = reader->size - reader->at;
		if (read_more(reader, e) != 0)
			return e->code;
		end = find_end(reader, &state, looked_at);
	}
	record->data = reader->data + reader->at;
	record->size = (size_t)(end - record->data);
	reader->at += record->size + 1;
	reader->done++;
	return 0;
}

void
reader_end(struct reader *reader)
{
	if (reader->capacity > READER_PIECE_SIZE)
		reader_release(reader);
}

void
reader_release(struct reader *reader)
{
	free(reader->data);
	reader->data = NULL;
	reader->capacity = 0;
	reader->size = 0;
	reader->at = 0;
}
