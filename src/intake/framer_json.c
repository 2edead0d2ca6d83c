/*
 * Values of JSON, one at a time.
 */
#include "intake/framer_internal.h"

#define RECORD_SEPARATOR 0x1e

/* White space between two values. */
static size_t
leading_blanks(const uint8_t *data, size_t size)
{
	size_t i = 0;

	while (i < size &&
	    (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' ||
	        data[i] == '\r' || data[i] == RECORD_SEPARATOR))
		i++;
	return i;
}

/* The end of a value that is not taken. */
static struct cut
cut_refused(struct framer *framer, size_t skip, const char *why)
{
	struct cut cut = {
	    .skip = skip,
	    .skipped = 1,
	    .is_refused = true,
	    .refused_bytes = framer->skipped_bytes + skip,
	    .why = why,
	    .end = CUT_AGAIN,
	};

	framer->is_skipping = false;
	framer->skipped_bytes = 0;
	return cut;
}

static struct cut
cut_value(size_t size)
{
	struct cut cut = {.size = size, .records = 1, .end = CUT_RECORDS};

	return cut;
}

/* The value goes on behind the data; it may be too long already. */
static struct cut
cut_incomplete(struct framer *framer, size_t size)
{
	struct cut cut = {.end = CUT_NEED_DATA};

	framer->looked_at = size;
	if (!framer->is_skipping && !framer_is_too_long(framer, size))
		return cut;
	framer->is_skipping = true;
	framer->skipped_bytes += size;
	framer->looked_at = 0;
	cut.skip = size;
	return cut;
}

struct cut
framer_cut_json(struct framer *framer, const uint8_t *data, size_t size)
{
	struct cut cut = {.end = CUT_AGAIN};
	size_t at = framer->looked_at;
	bool is_end, is_torn;

	if (!framer->json.has_begun) {
		cut.skip = leading_blanks(data, size);
		if (cut.skip == size)
			cut.end = CUT_NEED_DATA;
		if (cut.skip > 0)
			return cut;
	}
	at += json_cut(&framer->json, data + at, size - at, &is_end);
	if (!is_end)
		return cut_incomplete(framer, size);
	is_torn = framer->json.is_torn;
	framer_forget(framer);
	if (framer->is_skipping || at > framer->max_record_bytes)
		return cut_refused(framer, at, FRAMER_TOO_LONG);
	if (is_torn)
		return cut_refused(framer, at, FRAMER_UNFINISHED);
	return cut_value(at);
}
