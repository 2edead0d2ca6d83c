#ifndef ABUF_BASE_FNV_H
#define ABUF_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

/*
 * FNV-1a, 64 bits: which channel a key belongs to depends on it, so that it
 * never changes.  Not for keys that an enemy may choose.  Any thread.
 *
 * Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV
 * Non-Cryptographic Hash Algorithm", RFC 9923.
 */
static inline uint64_t
fnv_hash(const uint8_t *data, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
