/*
 * Records from bytes, held against a model that takes one record at a time.
 *
 * Both write down what they do: the windows, each closed by an S (size) or a
 * B (bytes), and the refused records as "number:length ".
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake/framer.h"

#define INPUT_MAX 65536

struct limits {
	uint64_t records;
	uint64_t bytes;
	bool skip_empty;
	uint64_t max_record;
};

struct account {
	size_t window_size, record_size, refused_size;
	char windows[4 * INPUT_MAX];
	char records[2 * INPUT_MAX]; /* the same without S and B */
	char refused[16 * INPUT_MAX];
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

/* What a lane does by itself, of which the framer knows nothing. */
static void
close_if_full(struct account *account, const struct limits *limits)
{
	if (account->held_records >= limits->records)
		close_window(account, 'S');
	else if (account->held_bytes >= limits->bytes)
		close_window(account, 'B');
}

static void
refuse(struct account *account, uint64_t length)
{
	account->refused_size +=
	    (size_t)snprintf(account->refused + account->refused_size, 16,
	        "%d:%d ", (int)account->number + 1, (int)length);
}

/* --- the model --- */

static void
model_record(const uint8_t *record, size_t length, const struct limits *limits)
{
	if (length > limits->max_record) {
		refuse(&model, length);
		model.number++;
	} else if (length == 0 && limits->skip_empty) {
		model.number++;
	} else {
		if (model.held_records > 0 &&
		    model.held_bytes + length + 1 > limits->bytes)
			close_window(&model, 'B');
		take(&model, record, length, 0);
		take(&model, (const uint8_t *)"\n", 1, 1);
		close_if_full(&model, limits);
	}
}

static void
model_all(const uint8_t *data, size_t size, const struct limits *limits)
{
	size_t start = 0, i;

	begin(&model);
	for (i = 0; i < size; i++) {
		if (data[i] != '\n')
			continue;
		model_record(data + start, i - start, limits);
		start = i + 1;
	}
	if (start < size)
		model_record(data + start, size - start, limits);
}

/* --- the framer, as its header says it is to be used --- */

static struct framer framer;
static uint8_t held[INPUT_MAX + 1]; /* bytes that it has not taken */
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
	close_if_full(&framed, limits);
	if (cut.end == CUT_BYTES && framed.held_records > 0)
		close_window(&framed, 'B');
	if (cut.is_refused)
		refuse(&framed, cut.refused_bytes);
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
frame_begin(const struct limits *limits)
{
	const struct framer fresh = {
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
	if (framer.is_skipping || held_size > 0)
		offer((const uint8_t *)"\n", 1, limits);
}

static bool
same(const char *a, size_t a_size, const char *b, size_t b_size)
{
	return a_size == b_size && memcmp(a, b, a_size) == 0;
}

/*
 * Windows may close earlier for a record that is then refused, if its
 * beginning came alone; in all other cases they are the model's, too.
 */
static bool
agrees(bool in_one_piece)
{
	if (held_size > 0 || framer.is_skipping)
		return false;
	if (!same(framed.refused, framed.refused_size, model.refused,
	        model.refused_size) ||
	    !same(framed.records, framed.record_size, model.records,
	        model.record_size))
		return false;
	return (!in_one_piece && model.refused_size > 0) ||
	    same(framed.windows, framed.window_size, model.windows,
	        model.window_size);
}

static void
complain(const uint8_t *data, size_t size, const struct limits *limits)
{
	size_t i;

	printf(
	    "# -n %d -s %d skip_empty %d max_record %d: ", (int)limits->records,
	    (int)limits->bytes, limits->skip_empty, (int)limits->max_record);
	for (i = 0; i < size && i < 64; i++)
		printf("%c", data[i] == '\n' ? '$' : data[i]);
	printf("\n");
}

/* In one piece, and cut in two at every place. */
static bool
check_cuts(const uint8_t *data, size_t size, const struct limits *limits)
{
	size_t cut;
	bool is_good;

	model_all(data, size, limits);
	for (cut = 0; cut < size || cut == 0; cut++) {
		frame_begin(limits);
		offer(data, cut, limits);
		offer(data + cut, size - cut, limits);
		frame_end(limits);
		is_good = agrees(cut == 0);
		if (!is_good) {
			complain(data, size, limits);
			return false;
		}
	}
	return true;
}

/* Byte by byte. */
static bool
check_bytes(const uint8_t *data, size_t size, const struct limits *limits)
{
	size_t i;

	frame_begin(limits);
	for (i = 0; i < size; i++)
		offer(data + i, 1, limits);
	frame_end(limits);
	if (agrees(false))
		return true;
	complain(data, size, limits);
	return false;
}

/* Every input of 0 to 8 bytes, a or newline. */
static bool
check_inputs(const struct limits *limits)
{
	uint8_t data[8];
	unsigned int bits;
	size_t size, i;

	for (size = 0; size <= sizeof(data); size++) {
		for (bits = 0; bits < 1U << size; bits++) {
			for (i = 0; i < size; i++)
				data[i] = bits >> i & 1 ? '\n' : 'a';
			if (!check_cuts(data, size, limits) ||
			    !check_bytes(data, size, limits))
				return false;
		}
	}
	return true;
}

/* Every limit from 1 to 6, of records and of bytes. */
static bool
check_limits(bool skip_empty, uint64_t max_record)
{
	struct limits limits = {1, 1, skip_empty, max_record};

	for (; limits.records <= 6; limits.records++) {
		for (limits.bytes = 1; limits.bytes <= 6; limits.bytes++) {
			if (!check_inputs(&limits))
				return false;
		}
	}
	return true;
}

static void
test_exhaustive(void)
{
	TEST("all small inputs, limits and cuts: windows as record by record")
	{
		ok(check_limits(false, 100));
	}
	TEST("... also where empty records are skipped")
	{
		ok(check_limits(true, 100));
	}
	TEST("... also where records of more than 0 to 4 bytes are refused")
	{
		uint64_t max;

		for (max = 0; max <= 4; max++)
			ok(check_limits(false, max));
	}
	TEST("... also with both")
	{
		uint64_t max;

		for (max = 0; max <= 4; max++)
			ok(check_limits(true, max));
	}
}

/* One in `rarity` bytes a newline; offered in pieces of up to piece_max. */
static bool
check_random(int rarity, size_t piece_max, const struct limits *limits)
{
	static uint8_t data[INPUT_MAX];
	size_t size = (size_t)random() % (INPUT_MAX - 1), at = 0, piece, i;

	for (i = 0; i < size; i++)
		data[i] = random() % rarity == 0 ? '\n' : (uint8_t)random();
	model_all(data, size, limits);
	frame_begin(limits);
	while (at < size) {
		piece = 1 + (size_t)random() % piece_max;
		piece = piece < size - at ? piece : size - at;
		offer(data + at, piece, limits);
		at += piece;
	}
	frame_end(limits);
	return agrees(false);
}

static void
test_pieces(void)
{
	TEST("random data in random pieces: the same records as in one piece")
	{
		const struct limits limits = {100, 4000, false, INPUT_MAX};
		int round;

		srandom(1);
		for (round = 0; round < 40; round++)
			ok(check_random(2 + (1 << round % 10),
			    (size_t)1 << round % 14, &limits));
	}
	TEST("... also where empty ones are skipped and long ones refused")
	{
		const struct limits limits = {100, 4000, true, 50};
		int round;

		srandom(2);
		for (round = 0; round < 40; round++)
			ok(check_random(2 + (1 << round % 10),
			    (size_t)1 << round % 14, &limits));
	}
}

/* What is cut from text by a fresh framer, with this much left. */
static struct cut
cut(const char *text, uint64_t records_left, uint64_t bytes_left, bool is_empty)
{
	return framer_cut(&framer, (const uint8_t *)text, strlen(text),
	    records_left, bytes_left, is_empty);
}

static void
test_ends(void)
{
	const struct limits limits = {1, 1, false, 4};

	TEST("an incomplete record stays with the caller")
	{
		struct cut got;

		frame_begin(&limits);
		got = cut("ab\nc", 9, 99, true);
		eq_int(got.size, 3);
		eq_int(got.skip, 0);
		eq_int(got.end, CUT_NEED_DATA);
	}
	TEST("the record that reaches the limit of records ends the cut")
	{
		struct cut got;

		frame_begin(&limits);
		got = cut("a\nb\nc\n", 2, 99, true);
		eq_int(got.size, 4);
		eq_int(got.records, 2);
		eq_int(got.end, CUT_RECORDS);
	}
	TEST("the record that would pass the limit of bytes stays outside")
	{
		struct cut got;

		frame_begin(&limits);
		got = cut("a\nb\nc\n", 9, 5, true);
		eq_int(got.size, 4);
		eq_int(got.end, CUT_BYTES);
		got = cut("abc\n", 9, 3, false);
		eq_int(got.size, 0);
		eq_int(got.end, CUT_BYTES);
	}
	TEST("a record beyond the limit of bytes goes alone into an empty one")
	{
		struct cut got;

		frame_begin(&limits);
		got = cut("abc\nd\n", 9, 2, true);
		eq_int(got.size, 4);
		eq_int(got.records, 1);
		eq_int(got.end, CUT_BYTES);
	}
}

static void
test_refused(void)
{
	const struct limits limits = {1, 1, false, 4};

	TEST("a record of max_record bytes is taken, one byte more is refused")
	{
		frame_begin(&limits);
		eq_int(cut("abcd\n", 9, 99, true).size, 5);
		eq_int(cut("abcde\n", 9, 99, true).size, 0);
		ok(cut("abcde\n", 9, 99, true).is_refused);
		eq_int(cut("abcde\n", 9, 99, true).refused_bytes, 5);
		eq_int(cut("abcde\n", 9, 99, true).skip, 6);
	}
	TEST("a long one is thrown away as it comes, and its length is known")
	{
		frame_begin(&limits);
		eq_int(cut("aaaaa", 9, 99, true).skip, 5);
		eq_int(cut("aaaaaaaaa", 9, 99, true).skip, 9);
		eq_int(cut("a\nb\n", 9, 99, true).skip, 2);
		ok(!framer.is_skipping);
	}
	TEST("the input may end inside it: a delimiter tells its length")
	{
		struct cut got;

		frame_begin(&limits);
		cut("ok\naaaaaaa", 9, 99, true);
		cut("aaa", 9, 99, true);
		got = cut("\n", 9, 99, true);
		ok(got.is_refused);
		eq_int(got.refused_bytes, 10);
		ok(!framer.is_skipping);
		eq_int(cut("b\n", 9, 99, true).size, 2);
	}
	TEST("the records before and behind it are taken")
	{
		struct cut got;

		frame_begin(&limits);
		got = cut("a\nbbbbb\nc\n", 9, 99, true);
		eq_int(got.size, 2);
		eq_int(got.skip, 6);
		eq_int(got.skipped, 1);
		eq_int(got.end, CUT_AGAIN);
	}
	TEST("empty records in a row are skipped in one step")
	{
		const struct limits skip = {1, 1, true, 4};
		struct cut got;

		frame_begin(&skip);
		got = cut("\n\n\na\n", 9, 99, true);
		eq_int(got.skip, 3);
		eq_int(got.skipped, 3);
		eq_int(got.end, CUT_AGAIN);
		ok(!got.is_refused);
	}
}

SUITE(framer)
{
	test_exhaustive();
	test_pieces();
	test_ends();
	test_refused();
}
