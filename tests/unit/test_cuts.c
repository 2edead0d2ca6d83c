/*
 * The framer beside a slow model of it.
 */
#include "test_cuts.h"

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct account {
	size_t window_size, record_size, refused_size;
	char windows[4 * CUTS_INPUT_MAX];
	char records[2 * CUTS_INPUT_MAX]; /* the same without S and B */
	char refused[16 * CUTS_INPUT_MAX];
	uint64_t number; /* records that have ended */
	uint64_t held_records, held_bytes;
};

static struct account model, framed;

static void
begin(struct account *account)
{
	account->window_size = 0;
	account->record_size = 0;
	account->refused_size = 0;
	account->number = 0;
	account->held_records = 0;
	account->held_bytes = 0;
}

static void
take(struct account *account, const uint8_t *data, size_t size, uint64_t count)
{
	memcpy(account->windows + account->window_size, data, size);
	memcpy(account->records + account->record_size, data, size);
	account->window_size += size;
	account->record_size += size;
	account->held_bytes += size;
	account->held_records += count;
	account->number += count;
}

static void
close_window(struct account *account, char reason)
{
	account->windows[account->window_size++] = reason;
	account->held_bytes = 0;
	account->held_records = 0;
}

/* What a stream does by itself, of which the framer knows nothing. */
static void
close_if_full(struct account *account, const struct limits *limits)
{
	if (account->held_records >= limits->records)
		close_window(account, 'S');
	else if (account->held_bytes >= limits->bytes)
		close_window(account, 'B');
}

static void
refuse(struct account *account, uint64_t length, bool is_too_long)
{
	account->refused_size += (size_t)snprintf(
	    account->refused + account->refused_size, 24, "%d:%d%c ",
	    (int)account->number + 1, (int)length, is_too_long ? 'L' : 'U');
}

/* --- the model --- */

static void
model_record(const uint8_t *record, size_t length, const struct limits *limits)
{
	if (length == 0 && limits->skip_empty) {
		model.number++;
		return;
	}
	if (model.held_records > 0 &&
	    model.held_bytes + length + 1 > limits->bytes)
		close_window(&model, 'B');
	take(&model, record, length, 0);
	take(&model, (const uint8_t *)"\n", 1, 1);
	close_if_full(&model, limits);
}

static void
model_all(const struct cuts *cuts, const uint8_t *data, size_t size,
    const struct limits *limits)
{
	static uint8_t input[CUTS_INPUT_MAX + 1];
	bool was_added = size > 0 && data[size - 1] != '\n';
	struct found found;
	size_t at = 0;

	begin(&model);
	memcpy(input, data, size);
	if (was_added)
		input[size++] = '\n';
	for (; at < size; at += found.size) {
		found = cuts->find(input + at, size - at, was_added, limits);
		if (found.what == FOUND_RECORD)
			model_record(input + at, found.length, limits);
		if (found.what != FOUND_REFUSED)
			continue;
		refuse(&model, found.length, found.is_too_long);
		model.number++;
	}
}

/* --- the framer, as its header says it is to be used --- */

static struct framer framer;
static uint8_t held[CUTS_INPUT_MAX + 1]; /* bytes that it has not taken */
static size_t held_size;

static uint64_t
left(uint64_t limit, uint64_t used)
{
	return limit > used ? limit - used : 0;
}

static size_t
cut_once(const uint8_t *data, size_t size, const struct limits *limits,
    enum cut_end *end)
{
	struct cut cut = framer_cut(&framer, data, size,
	    left(limits->records, framed.held_records),
	    left(limits->bytes, framed.held_bytes), framed.held_records == 0);

	take(&framed, data, cut.size, cut.records);
	if (cut.size > 0 && framer.format == FRAMER_JSON_SEQ)
		take(&framed, (const uint8_t *)"\n", 1, 0);
	close_if_full(&framed, limits);
	if (cut.end == CUT_BYTES && framed.held_records > 0)
		close_window(&framed, 'B');
	if (cut.is_refused)
		refuse(&framed, cut.refused_bytes,
		    strcmp(cut.why, FRAMER_TOO_LONG) == 0);
	framed.number += cut.skipped;
	*end = cut.end;
	return cut.size + cut.skip;
}

static void
offer(const uint8_t *data, size_t size, const struct limits *limits)
{
	enum cut_end end = CUT_AGAIN;
	size_t taken = 0;

	memcpy(held + held_size, data, size);
	held_size += size;
	while (taken < held_size && end != CUT_NEED_DATA)
		taken +=
		    cut_once(held + taken, held_size - taken, limits, &end);
	held_size -= taken;
	memmove(held, held + taken, held_size);
}

static void
frame_begin(const struct cuts *cuts, const struct limits *limits)
{
	const struct framer fresh = {
	    .format = cuts->format,
	    .delimiter = '\n',
	    .skip_empty = limits->skip_empty,
	    .max_record_bytes = limits->max_record,
	};

	framer = fresh;
	held_size = 0;
	begin(&framed);
}

/* The last record may lack its delimiter. */
static void
frame_end(const struct limits *limits)
{
	bool is_missing =
	    held_size > 0 ? held[held_size - 1] != '\n' : framer.is_skipping;

	framer.is_at_end = true;
	offer((const uint8_t *)"\n", is_missing, limits);
}

static bool
same(const char *a, size_t a_size, const char *b, size_t b_size)
{
	return a_size == b_size && memcmp(a, b, a_size) == 0;
}

static void
complain(const uint8_t *data, size_t size, const struct limits *limits)
{
	size_t i;

	printf(
	    "# -n %d -s %d skip_empty %d max_record %d: ", (int)limits->records,
	    (int)limits->bytes, limits->skip_empty, (int)limits->max_record);
	for (i = 0; i < size && i < 64; i++)
		printf(
		    data[i] < ' ' || data[i] > '~' ? "\\%02x" : "%c", data[i]);
	printf("\n# got  refused %.*s\n# want refused %.*s\n",
	    (int)framed.refused_size, framed.refused, (int)model.refused_size,
	    model.refused);
}

static bool
agrees(const uint8_t *data, size_t size, const struct limits *limits)
{
	if (held_size == 0 && !framer.is_skipping &&
	    same(framed.refused, framed.refused_size, model.refused,
	        model.refused_size) &&
	    same(framed.records, framed.record_size, model.records,
	        model.record_size) &&
	    (framer.format == FRAMER_JSON_SEQ ||
	        same(framed.windows, framed.window_size, model.windows,
	            model.window_size)))
		return true;
	complain(data, size, limits);
	return false;
}

static bool
agree_in_two(const struct cuts *cuts, const uint8_t *data, size_t size,
    size_t cut, const struct limits *limits)
{
	frame_begin(cuts, limits);
	offer(data, cut, limits);
	offer(data + cut, size - cut, limits);
	frame_end(limits);
	return agrees(data, size, limits);
}

static bool
agree_by_bytes(const struct cuts *cuts, const uint8_t *data, size_t size,
    const struct limits *limits)
{
	size_t i;

	frame_begin(cuts, limits);
	for (i = 0; i < size; i++)
		offer(data + i, 1, limits);
	frame_end(limits);
	return agrees(data, size, limits);
}

bool
cuts_agree(const struct cuts *cuts, const uint8_t *data, size_t size,
    const struct limits *limits)
{
	size_t cut;

	model_all(cuts, data, size, limits);
	for (cut = 0; cut < size || cut == 0; cut++) {
		if (!agree_in_two(cuts, data, size, cut, limits))
			return false;
	}
	return agree_by_bytes(cuts, data, size, limits);
}

bool
cuts_agree_on_all(const struct cuts *cuts, const char *bytes, size_t size_max,
    const struct limits *limits)
{
	size_t kinds = strlen(bytes), size, count = 1, number, rest, i;
	uint8_t data[16];

	for (size = 0; size <= size_max; size++, count *= kinds) {
		for (number = 0; number < count; number++) {
			for (i = 0, rest = number; i < size; i++) {
				data[i] = (uint8_t)bytes[rest % kinds];
				rest /= kinds;
			}
			if (!cuts_agree(cuts, data, size, limits))
				return false;
		}
	}
	return true;
}

bool
cuts_agree_in_pieces(const struct cuts *cuts, const uint8_t *data, size_t size,
    size_t piece_max, const struct limits *limits)
{
	size_t at = 0, piece;

	model_all(cuts, data, size, limits);
	frame_begin(cuts, limits);
	while (at < size) {
		piece = 1 + (size_t)random() % piece_max;
		piece = piece < size - at ? piece : size - at;
		offer(data + at, piece, limits);
		at += piece;
	}
	frame_end(limits);
	return agrees(data, size, limits);
}

#define LONG_SIZE ((size_t)16 << 20)
#define LONG_PIECE 100
#define LONG_PAGE ((size_t)64 << 10) /* or a page of the system */

bool
cuts_look_once(enum framer_format format, uint8_t first, uint8_t other)
{
	const struct limits limits = {9, 9, false, LONG_SIZE};
	const struct cuts cuts = {format, NULL};
	uint8_t *data = mmap(NULL, LONG_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool is_left = true;
	struct cut cut;
	size_t size;

	memset(data, other, LONG_SIZE);
	data[0] = first;
	frame_begin(&cuts, &limits);
	for (size = LONG_PIECE; size <= LONG_SIZE; size += LONG_PIECE) {
		cut = framer_cut(&framer, data, size, 9, 99, true);
		is_left &= cut.end == CUT_NEED_DATA && cut.size + cut.skip == 0;
		mprotect(data, size / LONG_PAGE * LONG_PAGE, PROT_NONE);
	}
	munmap(data, LONG_SIZE);
	return is_left;
}
