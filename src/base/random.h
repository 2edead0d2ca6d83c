#ifndef ABUF_BASE_RANDOM_H
#define ABUF_BASE_RANDOM_H

/*
 * Random bytes, for names and numbers that must not meet.  Any thread.
 */

#include <stddef.h>

/*
 * Fill size bytes, at most 256.  Waits until the system has randomness; where
 * there is none to be had, the clocks make them different from those of others.
 */
void random_fill(void *to, size_t size);

#endif
