#ifndef ABUF_INTAKE_WATCH_H
#define ABUF_INTAKE_WATCH_H

/*
 * Hints that something has happened in the folders of paths that are followed:
 * inotify, which loses events, knows nothing of what happens on another host,
 * and may not be had.  So it is a hint and no more, beside a period: whoever
 * waits looks again at once.
 *
 * One descriptor has all folders.  Hints come at most fifty times a second,
 * however much is written; the first of them at once.
 *
 * Life cycle: watch_create(), watch_add() for each path, watch_destroy().  Loop
 * thread only.
 */

#include <stdint.h>
#include <uv.h>

struct watch;

/*
 * hint(context) is called at each hint, and every period_ms.  Without inotify
 * the period is all there is.
 */
struct watch *watch_create(uv_loop_t *loop, uint64_t period_ms,
    void (*hint)(void *context), void *context);

/* Watch the folder of a path; a second time, it is done already. */
void watch_add(struct watch *watch, const char *path);

/* Its handles are closed in the loop.  destroy(NULL) is a no-op. */
void watch_destroy(struct watch *watch);

#endif
