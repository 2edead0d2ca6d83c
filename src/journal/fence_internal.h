#ifndef ABUF_JOURNAL_FENCE_INTERNAL_H
#define ABUF_JOURNAL_FENCE_INTERNAL_H

/*
 * Between fence.c, which looks until there is nobody, and fence_process.c,
 * which looks at one process.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Is the process, whose folder in /proc is open as `process`, ours, alive and
 * of the run?  1, 0, or a negative errno: it could not be told for want of
 * something.  One that is ours and lets nobody look is 0, and is added to
 * *unreadable.
 */
int fence_process(int process, const char *run, size_t *unreadable);

/* It ended before we came to it. */
bool fence_is_gone(int error);

/* We are short of descriptors or memory. */
bool fence_is_short(int error);

#endif
