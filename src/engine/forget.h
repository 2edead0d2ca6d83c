#ifndef ABUF_ENGINE_FORGET_H
#define ABUF_ENGINE_FORGET_H

/*
 * The files that a journal knows, and that are gone: they are forgotten, so
 * that it may meet any number of files in its life.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;

/* So many files are known before it is asked which of them are gone. */
#define FORGET_MIN 256

/*
 * Forget them, if the journal knows at least *at files; *at, at first
 * FORGET_MIN, becomes twice as many as are left then, as far as there may be:
 * it takes a look at all their folders.  Those that are open stay.
 */
void forget_gone(struct journal *journal, size_t *at,
    bool (*is_open)(const void *context, uint32_t source), const void *context);

#endif
