#ifndef ABUF_BASE_NEAREST_H
#define ABUF_BASE_NEAREST_H

#include <stddef.h>

/*
 * The name that somebody probably meant, for "did you mean ...?".
 *
 * Among count candidates, the one with the smallest edit distance to word
 * (optimal string alignment: insert, delete, replace, swap neighbours each
 * cost 1), if that is at most a third of the longer length, and at least 1
 * is allowed; NULL if none is near.  The first of equals wins.  Words of
 * more than 64 bytes are near to nothing.  Pure; any thread.
 */
const char *nearest_find(
    const char *word, const char *const *candidates, size_t count);

#endif
