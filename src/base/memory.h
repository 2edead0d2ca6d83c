#ifndef ABUF_BASE_MEMORY_H
#define ABUF_BASE_MEMORY_H

#include <stddef.h>

/*
 * Allocation that does not fail, for small things of a fixed size: when even
 * these cannot be had, the program says so and aborts in one place.
 *
 * Whatever grows with the input (records, configuration text) is bounded by
 * its owner first, and allocated with plain malloc() or realloc(), so that a
 * refusal is an ordinary error.
 *
 * Any thread may call these.
 */

/* count * size zeroed bytes; the caller frees. */
void *memory_zeroed(size_t count, size_t size);

/* A resized block, as realloc(); count * size is checked for overflow. */
void *memory_resize(void *block, size_t count, size_t size);

/* A copy of a string; the caller frees.  NULL gives NULL. */
char *memory_string(const char *text);

/* A formatted string; the caller frees. */
char *memory_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
