/*
 * A source that reads a descriptor.  The happy path: readable, one read behind
 * what is left of the last one, feed the router.  Paused, the handle that would
 * wake us is stopped.
 */
#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/source_internal.h"

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_idle(uv_idle_t *idle);

void
input_want_data(struct source *source, bool wanted)
{
	if (source->input.epoll_fd < 0 && wanted)
		uv_idle_start(&source->idle, on_idle);
	else if (source->input.epoll_fd < 0)
		uv_idle_stop(&source->idle);
	else if (wanted)
		uv_poll_start(&source->poll, UV_READABLE, on_poll);
	else
		uv_poll_stop(&source->poll);
}

/*
 * Note the end of the input, or why it cannot be read on: then the end of the
 * record at hand is unknown, and half of it is worth nothing.
 */
static void
note_end(struct source *source, ssize_t n)
{
	source->at_end = true;
	if (n == 0) {
		source_complete(source);
		return;
	}
	if (source->size > 0)
		err_set_errno(&source->read_error, ERR_NO_INPUT, errno,
		    "%s: %zu bytes of an unfinished record dropped",
		    source->name, source->size);
	else
		err_set_errno(&source->read_error, ERR_NO_INPUT, errno, "%s",
		    source->name);
	source->size = 0;
}

/* Once stopping, only the record at hand is read to its end. */
static ssize_t
read_more(struct source *source)
{
	uint8_t *free_data = source->data + source->size;
	size_t free_size = source->capacity - 1 - source->size;

	if (source->is_stopping)
		return input_read_record(&source->input, free_data, free_size,
		    source->inlet.framer.delimiter);
	return input_read(&source->input, free_data, free_size);
}

static void
read_and_feed(struct source *source)
{
	ssize_t n;

	if (!source_make_room(source))
		return;
	n = read_more(source);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		note_end(source, n);
		source_feed(source);
		return;
	}
	source->size += (size_t)n;
	source->total += (uint64_t)n;
	source_feed(source);
}

static void
on_readable(struct source *source)
{
	read_and_feed(source);
	if (source->has_ended)
		return;
	source->events.progressed(source->events.context);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	on_readable(poll->data);
}

static void
on_idle(uv_idle_t *idle)
{
	on_readable(idle->data);
}

int
source_open(struct source **result, uv_loop_t *loop, int fd, const char *name,
    const struct source_settings *settings, const struct source_events *events,
    struct err *e)
{
	struct source *source;
	struct input input;

	if (input_open(&input, fd, SOURCE_READ_SIZE, e) != 0)
		return err_wrap(e, "%s", name);
	source = source_create(name, settings, events);
	source->input = input;
	if (input.epoll_fd < 0) {
		uv_idle_init(loop, &source->idle);
		source_add_handle(source, (uv_handle_t *)&source->idle);
	} else {
		uv_poll_init(loop, &source->poll, input.epoll_fd);
		source_add_handle(source, (uv_handle_t *)&source->poll);
	}
	*result = source;
	return 0;
}
