/*
 * Records from bytes.  The usual case costs per byte, not per record: no
 * record at hand can be too long, empty ones count, so delimiters are only
 * counted.  The other case looks at each record.
 */
#include "intake/framer.h"

#include <string.h>

#include "base/scan.h"

/* Inside a refused record: throw bytes away up to and with its delimiter. */
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
cut_at_limit(const struct framer *framer, const uint8_t *data, size_t size,
    struct cut cut, uint64_t bytes_left, bool window_is_empty)
{
	const uint8_t *at;

	cut.end = CUT_NEED_DATA;
	if (size <= bytes_left)
		return cut;
	at = memchr(
	    data + bytes_left, framer->delimiter, size - (size_t)bytes_left);
	if (at == NULL)
		return cut;
	cut.end = CUT_BYTES;
	/* Larger than the limit: it goes alone. */
	if (cut.records == 0 && window_is_empty) {
		cut.size = (size_t)(at - data) + 1;
		cut.records = 1;
	}
	return cut;
}

static struct cut
cut_fast(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty)
{
	size_t within = size < bytes_left ? size : (size_t)bytes_left;
	struct scan scan =
	    scan_upto(data, within, framer->delimiter, records_left);
	struct cut cut = {.size = scan.end, .records = scan.count};

	if (scan.count == records_left) {
		cut.end = CUT_RECORDS;
		return cut;
	}
	return cut_at_limit(
	    framer, data, size, cut, bytes_left, window_is_empty);
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

/* An incomplete record is at hand that is already too long: refuse it. */
static struct cut
cut_begin_skipping(struct framer *framer, struct cut cut, size_t size)
{
	framer->is_skipping = true;
	framer->skipped_bytes = size - cut.size;
	cut.skip = size - cut.size;
	cut.end = CUT_NEED_DATA;
	return cut;
}

static struct cut
cut_each(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty)
{
	struct cut cut = {.end = CUT_AGAIN};
	const uint8_t *at;
	size_t length;

	while (cut.records < records_left) {
		at = size > cut.size ? memchr(data + cut.size,
		                           framer->delimiter, size - cut.size)
		                     : NULL;
		if (at == NULL && size - cut.size > framer->max_record_bytes)
			return cut_begin_skipping(framer, cut, size);
		if (at == NULL)
			return cut_at_limit(framer, data, size, cut, bytes_left,
			    window_is_empty);
		length = (size_t)(at - data) - cut.size;
		if (length > framer->max_record_bytes) {
			cut.skip = length + 1;
			cut.skipped = 1;
			cut.is_refused = true;
			cut.refused_bytes = length;
			return cut;
		}
		if (length == 0 && framer->skip_empty) {
			cut.skip = leading_delimiters(
			    framer, data + cut.size, size - cut.size);
			cut.skipped = cut.skip;
			return cut;
		}
		if (cut.size + length + 1 > bytes_left)
			return cut_at_limit(framer, data, size, cut, bytes_left,
			    window_is_empty);
		cut.size += length + 1;
		cut.records++;
	}
	cut.end = CUT_RECORDS;
	return cut;
}

struct cut
framer_cut(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty)
{
	if (framer->is_skipping)
		return cut_skipping(framer, data, size);
	if (framer->skip_empty || size > framer->max_record_bytes)
		return cut_each(framer, data, size, records_left, bytes_left,
		    window_is_empty);
	return cut_fast(
	    framer, data, size, records_left, bytes_left, window_is_empty);
}
