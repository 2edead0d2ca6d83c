#ifndef ABUF_BASE_CRC_H
#define ABUF_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32C, the checksum of iSCSI (RFC 3720, section 12.1): polynomial
 * 0x1edc6f41, reflected, all ones before and after.  Eight bytes at a time by
 * tables (Kounavis and Berry, "Novel Table Lookup-Based Algorithms for
 * High-Performance CRC Generation", 2008), or by the instruction that SSE 4.2
 * has for it, where the processor does (Intel SDM, CRC32), in three chains
 * side by side (Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using
 * CRC32 Instruction", Intel 2011): the same numbers, many times as fast.  Any
 * thread.
 */

/*
 * The CRC of what crc is the CRC of, followed by size bytes of data; crc is 0
 * for the first piece.
 */
uint32_t crc32c(uint32_t crc, const uint8_t *data, size_t size);

/* The same by tables, on any processor: for tests. */
uint32_t crc32c_portable(uint32_t crc, const uint8_t *data, size_t size);

#endif
