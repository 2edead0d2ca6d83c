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

struct watch_events {
	/*
	 * Something has happened to what has this name in one of the folders;
	 * NULL: it may have to anything.
	 */
	void (*changed)(void *context, const char *name);
	/* Names may have come or gone; not said where changed(NULL) is. */
	void (*renamed)(void *context);
	void *context;
};

/*
 * Every period_ms it is changed(NULL), whatever inotify says; without it, that
 * is all there is.
 */
struct watch *watch_create(
    uv_loop_t *loop, uint64_t period_ms, const struct watch_events *events);

/* Watch the folder of a path; a second time, it is done already. */
void watch_add(struct watch *watch, const char *path);

/* Its handles are closed in the loop.  destroy(NULL) is a no-op. */
void watch_destroy(struct watch *watch);

#endif
