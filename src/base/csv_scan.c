/*
 * Finding the newlines of CSV that are not quoted, 64 bytes at a time.
 *
 * Of 64 bytes one bit each says "a quote" and "a newline".  A byte is quoted
 * if the number of quotes up to it is odd: the xor of all bits up to it, which
 * six shifts compute for all 64 at once.  Newlines whose bit is set there are
 * data.
 */
#include "base/csv_scan.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK_SIZE 64

struct block {
	uint64_t quotes;
	uint64_t newlines;
};

#ifdef __SSE2__
static uint64_t
bits_of(__m128i bytes, __m128i wanted)
{
	return (unsigned int)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));
}

static struct block
look_at(const uint8_t *data)
{
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i newline = _mm_set1_epi8('\n');
	struct block block = {0, 0};
	__m128i bytes;
	int i;

	for (i = 0; i < BLOCK_SIZE; i += 16) {
		bytes = _mm_loadu_si128((const __m128i *)(data + i));
		block.quotes |= bits_of(bytes, quote) << i;
		block.newlines |= bits_of(bytes, newline) << i;
	}
	return block;
}
#else
static struct block
look_at(const uint8_t *data)
{
	struct block block = {0, 0};
	int i;

	for (i = 0; i < BLOCK_SIZE; i++) {
		block.quotes |= (uint64_t)(data[i] == '"') << i;
		block.newlines |= (uint64_t)(data[i] == '\n') << i;
	}
	return block;
}
#endif

/* The last block may be short; what is missing is neither. */
static struct block
look_at_rest(const uint8_t *data, size_t size)
{
	uint8_t bytes[BLOCK_SIZE] = {0};

	memcpy(bytes, data, size);
	return look_at(bytes);
}

/* Bit i of the result is the xor of bits 0 to i. */
static uint64_t
xor_upto(uint64_t bits)
{
	int shift;

	for (shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

/* How many bits are set, without asking for a processor that counts them. */
static unsigned int
count_bits(uint64_t bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) +
	    (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned int)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* Which bit is the number-th that is set, from 1. */
static unsigned int
place_of(uint64_t bits, uint64_t number)
{
	while (--number > 0)
		bits &= bits - 1;
	return (unsigned int)__builtin_ctzll(bits);
}

struct scan
csv_scan_upto(
    struct csv_state *state, const uint8_t *data, size_t size, uint64_t limit)
{
	uint64_t quoted = state->is_quoted ? UINT64_MAX : 0, ends;
	struct scan scan = {0, 0};
	struct block block;
	unsigned int count;
	size_t at;

	if (limit == 0)
		return scan;
	for (at = 0; at < size; at += BLOCK_SIZE) {
		block = size - at >= BLOCK_SIZE
		    ? look_at(data + at)
		    : look_at_rest(data + at, size - at);
		quoted ^= xor_upto(block.quotes);
		ends = block.newlines & ~quoted;
		count = count_bits(ends);
		if (scan.count + count >= limit) {
			scan.end = at + place_of(ends, limit - scan.count) + 1;
			scan.count = limit;
			state->is_quoted = false;
			return scan;
		}
		scan.count += count;
		if (ends != 0)
			scan.end = at + 64 - (size_t)__builtin_clzll(ends);
		/* The last byte's bit is what the next block begins with. */
		quoted = quoted >> 63 != 0 ? UINT64_MAX : 0;
	}
	state->is_quoted = quoted != 0;
	return scan;
}

const uint8_t *
csv_field(const uint8_t *record, size_t size, uint8_t separator,
    uint64_t number, size_t *field_size)
{
	const uint8_t *at = record, *end = record + size, *from = record;
	bool is_quoted = false;

	for (; at < end; at++) {
		if (*at == '"')
			is_quoted = !is_quoted;
		if (*at != separator || is_quoted)
			continue;
		if (--number == 0)
			break;
		from = at + 1;
	}
	if (at == end && number != 1)
		return NULL;
	/* The last field of a record that ends as on other systems. */
	if (at == end && at > from && at[-1] == '\r' && !is_quoted)
		at--;
	*field_size = (size_t)(at - from);
	return from;
}

size_t
csv_unquote(const uint8_t *field, size_t size, uint8_t *out)
{
	bool is_quoted = false;
	size_t used = 0, i;

	for (i = 0; i < size; i++) {
		if (field[i] != '"') {
			out[used++] = field[i];
		} else if (is_quoted && i + 1 < size && field[i + 1] == '"') {
			out[used++] = '"';
			i++;
		} else {
			is_quoted = !is_quoted;
		}
	}
	return used;
}
