#ifndef ABUF_BASE_SCAN_H
#define ABUF_BASE_SCAN_H

/*
 * Counting delimiters, the one thing done to every byte.  Pure; any thread.
 *
 * The inner loop is plain C that compilers turn into vector code (gcc 12 at
 * -O3, which is how the Makefile builds this file); it costs less than the
 * copy of the same bytes.
 */

#include <stddef.h>
#include <stdint.h>

struct scan {
	uint64_t count; /* how many were found, at most the limit */
	size_t end;     /* just behind the last of these; 0 if none */
};

/*
 * Find the first `limit` bytes equal to `byte` among size bytes of data, and
 * look no further.
 */
struct scan scan_upto(
    const uint8_t *data, size_t size, uint8_t byte, uint64_t limit);

#endif
