/*
 * The framer, of the format and with the limits that the first bytes say: what
 * it makes of the rest is the same in one piece, in pieces of some size, and
 * byte by byte; no byte is lost, none comes twice, and whatever goes into a
 * window is whole.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/records.h"
#include "intake/framer.h"

struct settings {
	struct framer framer;
	uint64_t records_left, bytes_left;
};

/* What was made of it. */
struct account {
	FILE *out;
	char *text;
	size_t text_size;
	uint64_t number;  /* of records that have ended */
	uint64_t records; /* in the open window */
	uint64_t bytes;
	size_t dropped; /* of what is skipped */
};

/* Lines and rows: as many as were said, and nothing behind the last. */
static void
check_span(
    const struct framer *framer, const uint8_t *data, const struct cut *cut)
{
	const struct records records = {'\n', framer->format == FRAMER_CSV};
	struct csv_state state = {false};
	struct scan scan =
	    records_scan(&records, &state, data, cut->size, UINT64_MAX);

	HOLDS(scan.count == cut->records && scan.end == cut->size);
}

/* One value, and all of it. */
static void
check_value(const uint8_t *data, const struct cut *cut)
{
	struct json_cutter cutter = {0};
	bool is_end;

	HOLDS(cut->records == 1);
	HOLDS(json_cut(&cutter, data, cut->size, &is_end) == cut->size);
	HOLDS(is_end || cutter.has_begun);
}

static void
check_cut(const struct framer *framer, const uint8_t *data, size_t size,
    const struct cut *cut)
{
	HOLDS(cut->size <= size && cut->skip <= size - cut->size);
	HOLDS((cut->size == 0) == (cut->records == 0));
	HOLDS(cut->end == CUT_NEED_DATA || cut->size + cut->skip > 0 ||
	    cut->is_refused || cut->end == CUT_BYTES);
	if (cut->size > 0 && framer->format == FRAMER_JSON_SEQ)
		check_value(data, cut);
	else if (cut->size > 0)
		check_span(framer, data, cut);
}

static void
close_window(struct account *account)
{
	fputc('|', account->out);
	account->records = 0;
	account->bytes = 0;
}

static void
note(struct account *account, const struct settings *settings,
    const uint8_t *data, const struct cut *cut)
{
	fwrite(data, 1, cut->size, account->out);
	account->records += cut->records;
	account->bytes += cut->size;
	account->number += cut->records;
	if (cut->records > 0 && settings->framer.format == FRAMER_JSON_SEQ)
		close_window(account);
	if (account->records >= settings->records_left ||
	    account->bytes >= settings->bytes_left ||
	    (cut->end == CUT_BYTES && account->records > 0))
		close_window(account);
	if (cut->is_refused)
		fprintf(account->out, "!%d:%d %s!", (int)account->number + 1,
		    (int)cut->refused_bytes, cut->why);
	account->number += cut->skipped;
}

/* Offer all that is held; returns how many bytes the framer has left. */
static size_t
offer(struct framer *framer, const uint8_t *data, size_t size,
    const struct settings *settings, struct account *account)
{
	struct cut cut = {.end = CUT_AGAIN};
	uint64_t records, bytes;
	size_t at = 0;

	while (at < size && cut.end != CUT_NEED_DATA) {
		records = settings->records_left - account->records;
		bytes = settings->bytes_left - account->bytes;
		cut = framer_cut(framer, data + at, size - at, records, bytes,
		    account->records == 0);
		check_cut(framer, data + at, size - at, &cut);
		HOLDS(cut.records <= records);
		HOLDS(cut.size <= bytes || cut.records == 1);
		note(account, settings, data + at, &cut);
		account->dropped += cut.skip;
		at += cut.size + cut.skip;
	}
	return size - at;
}

/* In pieces of that size; the caller frees the text. */
static void
run(const struct settings *settings, const uint8_t *data, size_t size,
    size_t piece, struct account *account)
{
	struct framer framer = settings->framer;
	uint8_t *input = malloc(size + 1);
	size_t at = 0, end = 0;

	memset(account, 0, sizeof(*account));
	account->out = open_memstream(&account->text, &account->text_size);
	memcpy(input, data, size);
	while (end < size) {
		end += piece < size - end ? piece : size - end;
		at = end -
		    offer(&framer, input + at, end - at, settings, account);
	}
	framer.is_at_end = true;
	if (at < end ? input[end - 1] != '\n' : framer.is_skipping)
		input[end++] = '\n';
	HOLDS(offer(&framer, input + at, end - at, settings, account) == 0);
	HOLDS(!framer.is_skipping);
	fclose(account->out);
	free(input);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account whole, pieces, bytes;
	struct settings settings = {.framer = {.delimiter = '\n'}};

	if (size < 5 || size > 65536)
		return 0;
	settings.framer.format = data[0] % 3;
	settings.framer.skip_empty = data[0] >= 128;
	settings.framer.max_record_bytes = data[1];
	settings.records_left = data[2] + 1;
	settings.bytes_left = data[3] + 1;
	run(&settings, data + 5, size - 5, size, &whole);
	run(&settings, data + 5, size - 5, data[4] + 1, &pieces);
	run(&settings, data + 5, size - 5, 1, &bytes);
	HOLDS(whole.text_size == pieces.text_size);
	HOLDS(memcmp(whole.text, pieces.text, pieces.text_size) == 0);
	HOLDS(whole.text_size == bytes.text_size);
	HOLDS(memcmp(whole.text, bytes.text, bytes.text_size) == 0);
	HOLDS(whole.dropped == bytes.dropped);
	free(whole.text);
	free(pieces.text);
	free(bytes.text);
	return 0;
}
