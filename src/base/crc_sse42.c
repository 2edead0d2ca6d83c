/*
 * CRC-32C by the instruction of SSE 4.2.
 *
 * The instruction takes eight bytes, and a new one can begin with each cycle,
 * but its result comes three cycles later: a chain of them leaves two thirds
 * of the unit idle.  So three neighbouring blocks of equal length are gone
 * through at the same time, one chain each, the latter two from zero.
 *
 * A CRC is linear: that of A followed by B is (that of A, taken on over as
 * many zero bytes as B has) xor (that of B from zero).  Taking a CRC on over a
 * fixed number of zero bytes is linear, too, bit for bit, so that four tables
 * of 256 words do it, one for each byte of the CRC.  There is such a set for
 * each length of block, made when the first blocks come; what is left is
 * shorter than three short blocks, and one chain does it.
 */
#include "base/crc_internal.h"

#ifdef __x86_64__

#include <pthread.h>
#include <string.h>

#define LONG_SIZE 4096 /* both are multiples of 8 */
#define SHORT_SIZE 256
#define SSE42 __attribute__((target("sse4.2")))

struct shift {
	uint32_t words[4][256]; /* by each byte of a CRC, lowest first */
};

static struct shift long_shift, short_shift;
static pthread_once_t once = PTHREAD_ONCE_INIT;

SSE42 static uint64_t
step(uint64_t crc, const uint8_t *data)
{
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	return __builtin_ia32_crc32di(crc, word);
}

/* What becomes of each bit alone gives, by xor, what becomes of a byte. */
SSE42 static void
make_shift(struct shift *shift, size_t size)
{
	uint64_t crc;
	unsigned bit, value;
	size_t done;

	for (bit = 0; bit < 32; bit++) {
		uint32_t *words = shift->words[bit / 8];
		unsigned top = 1U << bit % 8;

		crc = UINT64_C(1) << bit;
		for (done = 0; done < size; done += 8)
			crc = __builtin_ia32_crc32di(crc, 0);
		for (value = 0; value < top; value++)
			words[top + value] = words[value] ^ (uint32_t)crc;
	}
}

static void
make_shifts(void)
{
	make_shift(&long_shift, LONG_SIZE);
	make_shift(&short_shift, SHORT_SIZE);
}

static uint32_t
take_on(const struct shift *shift, uint32_t crc)
{
	return shift->words[0][crc & 0xff] ^ shift->words[1][crc >> 8 & 0xff] ^
	    shift->words[2][crc >> 16 & 0xff] ^ shift->words[3][crc >> 24];
}

/* Three blocks of block bytes each, which shift is for. */
SSE42 static uint32_t
add_blocks(
    uint32_t crc, const uint8_t *data, size_t block, const struct shift *shift)
{
	uint64_t first = crc, second = 0, third = 0;
	const uint8_t *end = data + block;

	for (; data < end; data += 8) {
		first = step(first, data);
		second = step(second, data + block);
		third = step(third, data + 2 * block);
	}
	crc = take_on(shift, (uint32_t)first) ^ (uint32_t)second;
	return take_on(shift, crc) ^ (uint32_t)third;
}

/* All but the last left_after_blocks(size) bytes. */
SSE42 static uint32_t
add_all_blocks(uint32_t crc, const uint8_t *data, size_t size)
{
	pthread_once(&once, make_shifts);
	for (; size >= 3 * LONG_SIZE; size -= 3 * LONG_SIZE) {
		crc = add_blocks(crc, data, LONG_SIZE, &long_shift);
		data += 3 * LONG_SIZE;
	}
	for (; size >= 3 * SHORT_SIZE; size -= 3 * SHORT_SIZE) {
		crc = add_blocks(crc, data, SHORT_SIZE, &short_shift);
		data += 3 * SHORT_SIZE;
	}
	return crc;
}

static size_t
left_after_blocks(size_t size)
{
	return size % (3 * LONG_SIZE) % (3 * SHORT_SIZE);
}

SSE42 uint32_t
crc_sse42(uint32_t crc, const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	uint64_t wide;

	crc = ~crc;
	if (size >= 3 * SHORT_SIZE) {
		crc = add_all_blocks(crc, data, size);
		size = left_after_blocks(size);
		data = end - size;
	}
	for (wide = crc; size >= 8; size -= 8, data += 8)
		wide = step(wide, data);
	for (crc = (uint32_t)wide; data < end; data++)
		crc = __builtin_ia32_crc32qi(crc, *data);
	return ~crc;
}

#else

/* ISO C does not know empty files. */
typedef int crc_sse42_is_not_here;

#endif
