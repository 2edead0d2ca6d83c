/*
 * The framer, with limits from the first bytes and the rest in two pieces: no
 * byte is lost, none comes twice, and whatever goes into a window is whole.
 */
#include "fuzz.h"

#include <string.h>

#include "intake/framer.h"

struct account {
	size_t size;
	size_t taken, skipped;
	uint64_t records; /* in windows, or thrown away */
};

/* Offer all that is held; returns how many bytes the framer has left. */
static size_t
offer(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, struct account *account)
{
	struct cut cut = {.end = CUT_AGAIN};
	size_t at = 0, i;

	while (at < size && cut.end != CUT_NEED_DATA) {
		cut = framer_cut(framer, data + at, size - at, records_left,
		    bytes_left, true);
		HOLDS(cut.size <= size - at);
		HOLDS(cut.skip <= size - at - cut.size);
		HOLDS(cut.records <= records_left);
		HOLDS(cut.size <= bytes_left || cut.records == 1);
		HOLDS(cut.end == CUT_NEED_DATA || cut.size + cut.skip > 0);
		HOLDS((cut.size == 0) == (cut.records == 0));
		HOLDS(cut.size == 0 ||
		    data[at + cut.size - 1] == framer->delimiter);
		for (i = 0; i < cut.size; i++)
			account->records -= data[at + i] == framer->delimiter;
		account->records -= cut.skipped;
		account->taken += cut.size;
		account->skipped += cut.skip;
		at += cut.size + cut.skip;
	}
	return size - at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account account = {0};
	struct framer framer = {.delimiter = '\n'};
	size_t middle, left, i;
	uint8_t *text;

	if (size < 4)
		return 0;
	framer.skip_empty = data[0] & 1;
	framer.max_record_bytes = data[0] / 2 + 1;
	account.size = size - 4;
	text = malloc(account.size + 1);
	memcpy(text, data + 4, account.size);
	/* The end of the input: the delimiter may be missing. */
	text[account.size++] = '\n';
	for (i = 0; i < account.size; i++)
		account.records += text[i] == '\n';
	middle = data[3] % account.size;
	left = offer(&framer, text, middle, data[1] + 1, data[2] + 1, &account);
	left = offer(&framer, text + middle - left,
	    account.size - middle + left, data[1] + 1, data[2] + 1, &account);
	HOLDS(left == 0 && !framer.is_skipping);
	HOLDS(account.taken + account.skipped == account.size);
	HOLDS(account.records == 0);
	free(text);
	return 0;
}
