/*
 * Records from bytes: lines and CSV; framer_json.c has values of JSON.  The
 * usual case costs per byte, not per record: no record at hand can be too
 * long, empty ones count, so ends of records are only counted.  The other case
 * looks at each record.
 */
#include "intake/framer.h"

#include <string.h>

#include "base/records.h"
#include "intake/framer_internal.h"

/* What is known of an incomplete record, however the cut goes on. */
struct glance {
	size_t looked_at;
	struct csv_state csv;
};

static struct scan
scan(const struct framer *framer, struct glance *glance, const uint8_t *data,
    size_t size, uint64_t limit)
{
	const struct records records = {
	    .delimiter = framer->delimiter,
	    .is_csv = framer->format == FRAMER_CSV,
	};

	return records_scan(&records, &glance->csv, data, size, limit);
}

void
framer_forget(struct framer *framer)
{
	framer->looked_at = 0;
	memset(&framer->csv, 0, sizeof(framer->csv));
	memset(&framer->json, 0, sizeof(framer->json));
}

bool
framer_is_too_long(const struct framer *framer, size_t size)
{
	uint64_t most = framer->max_record_bytes;

	return size > (framer->is_at_end ? most + 1 : most);
}

/* The incomplete record begins behind what was cut. */
static void
remember(struct framer *framer, const struct glance *glance, size_t looked_at)
{
	framer->looked_at = looked_at;
	framer->csv = glance->csv;
}

/*
 * Inside a refused record: throw bytes away up to and with its delimiter, in
 * CSV the first newline.
 */
static struct cut
cut_skipping(struct framer *framer, const uint8_t *data, size_t size)
{
	const uint8_t *at = memchr(data, framer->delimiter, size);
	struct cut cut = {.end = CUT_NEED_DATA};

	if (at == NULL) {
		framer->skipped_bytes += size;
		cut.skip = size;
		return cut;
	}
	cut.skip = (size_t)(at - data) + 1;
	cut.skipped = 1;
	cut.is_refused = true;
	cut.refused_bytes = framer->skipped_bytes + (cut.skip - 1);
	cut.why = FRAMER_TOO_LONG;
	cut.end = CUT_AGAIN;
	framer->is_skipping = false;
	framer->skipped_bytes = 0;
	return cut;
}

/*
 * The bytes within the limit hold no more whole records: say whether that is
 * for want of data or because of the limit.  A record that is not complete
 * closes nothing, however long it is already: it may yet be refused, and
 * where a window ends must not depend on how the bytes came.
 */
static struct cut
cut_at_limit(struct framer *framer, const uint8_t *data, size_t size,
    struct cut cut, struct glance *glance, bool window_is_empty)
{
	size_t at = glance->looked_at;
	struct scan next;

	next = scan(framer, glance, data + at, size - at, 1);
	if (next.count == 0) {
		cut.end = CUT_NEED_DATA;
		remember(framer, glance, size - cut.size);
		return cut;
	}
	cut.end = CUT_BYTES;
	framer_forget(framer);
	/* Larger than the limit: it goes alone. */
	if (cut.records == 0 && window_is_empty) {
		cut.size = at + next.end;
		cut.records = 1;
	}
	return cut;
}

static struct cut
cut_fast(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty)
{
	struct glance glance = {framer->looked_at, framer->csv};
	size_t within = size < bytes_left ? size : (size_t)bytes_left;
	struct cut cut = {.end = CUT_RECORDS};
	struct scan found;

	if (within > glance.looked_at) {
		found = scan(framer, &glance, data + glance.looked_at,
		    within - glance.looked_at, records_left);
		if (found.count > 0)
			cut.size = glance.looked_at + found.end;
		cut.records = found.count;
		glance.looked_at = within;
	}
	if (cut.records == records_left) {
		framer_forget(framer);
		return cut;
	}
	return cut_at_limit(framer, data, size, cut, &glance, window_is_empty);
}

/* Bytes of the empty records at the start of data. */
static size_t
leading_delimiters(
    const struct framer *framer, const uint8_t *data, size_t size)
{
	size_t i = 0;

	while (i < size && data[i] == framer->delimiter)
		i++;
	return i;
}

/*
 * The record behind the cut is too long, of which `size` bytes are there: it
 * ends at the first delimiter behind the limit, if that has come.
 */
static struct cut
cut_too_long(
    struct framer *framer, const uint8_t *data, size_t size, struct cut cut)
{
	size_t limit = (size_t)framer->max_record_bytes;
	const uint8_t *at =
	    memchr(data + limit, framer->delimiter, size - limit);

	framer_forget(framer);
	if (at == NULL) {
		framer->is_skipping = true;
		framer->skipped_bytes = size;
		cut.skip = size;
		cut.end = CUT_NEED_DATA;
		return cut;
	}
	cut.skip = (size_t)(at - data) + 1;
	cut.skipped = 1;
	cut.is_refused = true;
	cut.refused_bytes = cut.skip - 1;
	cut.why = FRAMER_TOO_LONG;
	cut.end = CUT_AGAIN;
	return cut;
}

/* Bytes of the record at the start of data with its delimiter; 0: unknown. */
static size_t
measure(struct framer *framer, struct glance *glance, const uint8_t *data,
    size_t size)
{
	uint64_t most = framer->max_record_bytes + 1;
	size_t within = size < most ? size : (size_t)most;
	size_t at = glance->looked_at;
	struct scan found = {0, 0};

	if (within > at)
		found = scan(framer, glance, data + at, within - at, 1);
	glance->looked_at = within > at ? within : at;
	return found.count > 0 ? at + found.end : 0;
}

static struct cut
cut_each(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty)
{
	struct cut cut = {.end = CUT_AGAIN};
	struct glance glance = {framer->looked_at, framer->csv};
	size_t length, left;

	while (cut.records < records_left) {
		left = size - cut.size;
		length = measure(framer, &glance, data + cut.size, left);
		if (length == 0 && framer_is_too_long(framer, left))
			return cut_too_long(framer, data + cut.size, left, cut);
		if (length == 0) {
			cut.end = CUT_NEED_DATA;
			remember(framer, &glance, left);
			return cut;
		}
		memset(&glance, 0, sizeof(glance));
		framer_forget(framer);
		if (length == 1 && framer->skip_empty) {
			cut.skip =
			    leading_delimiters(framer, data + cut.size, left);
			cut.skipped = cut.skip;
			return cut;
		}
		if (cut.size + length > bytes_left) {
			cut.end = CUT_BYTES;
			/* Larger than the limit: it goes alone. */
			if (cut.records > 0 || !window_is_empty)
				return cut;
			records_left = 1;
		}
		cut.size += length;
		cut.records++;
	}
	if (cut.end != CUT_BYTES)
		cut.end = CUT_RECORDS;
	return cut;
}

/*
 * Nothing follows, and what is there behind the cut is no whole record; its
 * last byte is the delimiter that was added.
 */
static struct cut
cut_unfinished(struct framer *framer, size_t size, struct cut cut)
{
	cut.skip = size - cut.size;
	cut.skipped = 1;
	cut.is_refused = true;
	cut.refused_bytes = cut.skip - 1;
	cut.why = framer->format == FRAMER_CSV ? "a quote that does not close"
	                                       : FRAMER_UNFINISHED;
	if (framer->is_skipping) {
		cut.refused_bytes = framer->skipped_bytes - 1;
		cut.why = FRAMER_TOO_LONG;
	}
	cut.end = CUT_AGAIN;
	framer->is_skipping = false;
	framer->skipped_bytes = 0;
	framer_forget(framer);
	return cut;
}

struct cut
framer_cut(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty)
{
	struct cut cut;

	if (framer->format == FRAMER_JSON_SEQ)
		cut = framer_cut_json(framer, data, size);
	else if (framer->is_skipping)
		cut = cut_skipping(framer, data, size);
	else if (framer->skip_empty || size > framer->max_record_bytes)
		cut = cut_each(framer, data, size, records_left, bytes_left,
		    window_is_empty);
	else
		cut = cut_fast(framer, data, size, records_left, bytes_left,
		    window_is_empty);
	if (cut.end == CUT_NEED_DATA && framer->is_at_end &&
	    (cut.size + cut.skip < size || framer->is_skipping) &&
	    framer->format != FRAMER_LINES)
		cut = cut_unfinished(framer, size, cut);
	return cut;
}
