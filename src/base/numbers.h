#ifndef ABUF_BASE_NUMBERS_H
#define ABUF_BASE_NUMBERS_H

/*
 * Lists of numbers that rise.  Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* numbers may be NULL if there are none. */
void numbers_sort(uint64_t *numbers, size_t count);

/* Is one of these, which rise, perhaps several times? */
bool numbers_has(const uint64_t *numbers, size_t count, uint64_t number);

#endif
