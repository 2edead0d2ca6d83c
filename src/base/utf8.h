#ifndef ABUF_BASE_UTF8_H
#define ABUF_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is it UTF-8?  As RFC 3629 has it: no overlong forms, no surrogates, nothing
 * above U+10FFFF.  JSON text must be UTF-8, and neither cJSON nor the kernel
 * (argv) sees to it.  Pure functions; any thread.
 */

/* Bytes of the one character at text, or 0 if it is malformed or cut off. */
size_t utf8_length(const char *text, size_t size);

/* Is all of the string well formed? */
bool utf8_is_valid(const char *string);

#endif
