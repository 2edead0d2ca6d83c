/*
 * Hints of inotify.
 */
#include "intake/watch.h"

#include <sys/inotify.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#define QUIET_MS 20
#define EVENTS                                                             \
	(IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | \
	    IN_ATTRIB | IN_ONLYDIR)

struct watch {
	int fd; /* -1: there is no inotify */
	uv_poll_t poll;
	uv_timer_t quiet;  /* until the next hint is listened to */
	uv_timer_t period; /* without any */
	unsigned handles;
	struct watch_events events;
	bool has_failed; /* and that has been said */
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void
on_quiet(uv_timer_t *timer)
{
	struct watch *watch = timer->data;

	uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

static void
tell(struct watch *watch, const struct inotify_event *event, bool *is_renamed)
{
	if (event->len == 0) {
		/* The folder itself; or more than could be remembered. */
		watch->events.changed(watch->events.context, NULL);
		return;
	}
	if ((event->mask & (IN_MODIFY | IN_ATTRIB)) == 0)
		*is_renamed = true;
	watch->events.changed(watch->events.context, event->name);
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	struct inotify_event event;
	union {
		struct inotify_event alignment;
		char bytes[16384];
	} data;
	bool is_renamed = false;
	size_t at;
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = read(watch->fd, data.bytes, sizeof(data.bytes))) > 0) {
		for (at = 0; at < (size_t)n; at += sizeof(event) + event.len) {
			memcpy(&event, data.bytes + at, sizeof(event));
			tell(watch, (const void *)(data.bytes + at),
			    &is_renamed);
		}
	}
	if (is_renamed)
		watch->events.renamed(watch->events.context);
	uv_poll_stop(&watch->poll);
	uv_timer_start(&watch->quiet, on_quiet, QUIET_MS, 0);
}

static void
on_period(uv_timer_t *timer)
{
	struct watch *watch = timer->data;

	watch->events.changed(watch->events.context, NULL);
}

static void
fail(struct watch *watch)
{
	if (!watch->has_failed)
		log_info("follow: no notice of changes can be had: looking at "
		         "the files from time to time");
	watch->has_failed = true;
}

struct watch *
watch_create(
    uv_loop_t *loop, uint64_t period_ms, const struct watch_events *events)
{
	struct watch *watch = memory_zeroed(1, sizeof(*watch));

	watch->events = *events;
	watch->period.data = watch;
	uv_timer_init(loop, &watch->period);
	uv_timer_start(&watch->period, on_period, period_ms, period_ms);
	watch->handles = 1;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0) {
		fail(watch);
		return watch;
	}
	watch->quiet.data = watch;
	watch->poll.data = watch;
	uv_timer_init(loop, &watch->quiet);
	uv_poll_init(loop, &watch->poll, watch->fd);
	uv_poll_start(&watch->poll, UV_READABLE, on_readable);
	watch->handles = 3;
	return watch;
}

void
watch_add(struct watch *watch, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (watch->fd < 0)
		return;
	folder = slash == NULL
	    ? memory_string(".")
	    : memory_printf("%.*s", (int)(slash - path + 1), path);
	if (inotify_add_watch(watch->fd, folder, EVENTS) < 0)
		fail(watch);
	free(folder);
}

static void
on_closed(uv_handle_t *handle)
{
	struct watch *watch = handle->data;

	if (--watch->handles > 0)
		return;
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}

void
watch_destroy(struct watch *watch)
{
	if (watch == NULL)
		return;
	uv_close((uv_handle_t *)&watch->period, on_closed);
	if (watch->fd < 0)
		return;
	uv_close((uv_handle_t *)&watch->quiet, on_closed);
	uv_close((uv_handle_t *)&watch->poll, on_closed);
}
