#ifndef ABUF_BASE_CRC_INTERNAL_H
#define ABUF_BASE_CRC_INTERNAL_H

/*
 * CRC-32C, in parts:
 *
 *	crc.c		by tables, and which way is taken
 *	crc_sse42.c	by the instruction of SSE 4.2
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
/* crc32c() where the processor has SSE 4.2, which the caller has asked. */
uint32_t crc_sse42(uint32_t crc, const uint8_t *data, size_t size);
#endif

#endif
