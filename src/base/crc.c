/*
 * CRC-32C by eight tables, which are computed once, where the processor has no
 * instruction for it.
 */
#include "base/crc.h"

#include <pthread.h>

#include "base/crc_internal.h"

#define POLYNOMIAL UINT32_C(0x82f63b78) /* reflected */

static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
	uint32_t crc;
	unsigned int i, j;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (j = 0; j < 8; j++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
		tables[0][i] = crc;
	}
	for (i = 0; i < 256; i++) {
		for (j = 1; j < 8; j++) {
			crc = tables[j - 1][i];
			tables[j][i] = crc >> 8 ^ tables[0][crc & 0xff];
		}
	}
}

static uint32_t
load_le32(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 |
	    (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

uint32_t
crc32c_portable(uint32_t crc, const uint8_t *data, size_t size)
{
	uint32_t low, high;

	pthread_once(&once, make_tables);
	crc = ~crc;
	for (; size >= 8; size -= 8, data += 8) {
		low = crc ^ load_le32(data);
		high = load_le32(data + 4);
		crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^
		    tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^
		    tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
		    tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
	}
	for (; size > 0; size--, data++)
		crc = crc >> 8 ^ tables[0][(crc ^ *data) & 0xff];
	return ~crc;
}

/* The processor was asked once, before main(). */
uint32_t
crc32c(uint32_t crc, const uint8_t *data, size_t size)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc_sse42(crc, data, size);
#endif
	return crc32c_portable(crc, data, size);
}
