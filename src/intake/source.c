/*
 * One input.  The happy path: readable, one read behind what is left of the
 * last one, feed the router, keep the incomplete record.  Paused means that
 * the router took less than all: then the handle that would wake us is
 * stopped until source_resume().
 */
#include "intake/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/input.h"
#include "intake/leftover.h"
#include "intake/route.h"

/*
 * One read, and the room that a pipe is given.  A pipe of the usual 64 KiB
 * makes producer and reader wake each other sixteen times as often: of
 * 1 GiB in 12 MB windows, that took 1.4 times as long.
 */
#define READ_SIZE ((size_t)1 << 20)

struct source {
	/* Set once. */
	char *name;
	struct input input;
	const struct route *route;
	struct source_events events;
	uv_poll_t poll; /* if epoll_fd is valid */
	uv_idle_t idle; /* otherwise */

	/* Bytes read and not taken: data[0, size). */
	uint8_t *data;
	size_t size;
	size_t capacity; /* one byte is kept for a missing delimiter */
	struct inlet inlet;
	uint64_t total; /* bytes ever read */

	struct err read_error;
	bool is_paused;
	bool wants_turn; /* paused only for others to have theirs */
	bool is_stopping;
	bool has_ended; /* `ended` has been reported, or is not wanted */
	bool at_end;    /* read(2) has told of the end, or failed */
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_idle(uv_idle_t *idle);

static void
want_data(struct source *source, bool wanted)
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

static void
end(struct source *source)
{
	source->has_ended = true;
	want_data(source, false);
	source->events.ended(source->events.context, &source->read_error);
}

/* The last record may lack its delimiter: it is a record, and gets one. */
static void
complete_last_record(struct source *source)
{
	struct framer *framer = &source->inlet.framer;

	framer->is_at_end = true;
	if (source->size > 0
	        ? source->data[source->size - 1] != framer->delimiter
	        : framer->is_skipping)
		source->data[source->size++] = framer->delimiter;
}

/* A long record has gone: give its room back. */
static void
shrink(struct source *source)
{
	uint8_t *moved;

	if (source->capacity == READ_SIZE || source->size >= READ_SIZE / 2)
		return;
	moved = realloc(source->data, READ_SIZE);
	if (moved == NULL)
		return;
	source->data = moved;
	source->capacity = READ_SIZE;
}

/* Drop what has been taken from the front. */
static void
consume(struct source *source, const struct feed *feed)
{
	source->size -= feed->taken;
	memmove(source->data, source->data + feed->taken, source->size);
	shrink(source);
}

static bool
is_inside_record(const struct source *source)
{
	return source->size > 0 || source->inlet.framer.is_skipping;
}

/* Offer what is there; then pause, go on, or end. */
static void
feed(struct source *source)
{
	struct err e = {0};
	struct feed feed = route_feed(source->route, &source->inlet,
	    source->data, source->size, clock_now_ns(), &e);

	consume(source, &feed);
	source->is_paused = feed.end != FEED_ALL;
	source->wants_turn = feed.end == FEED_TURN;
	if (source->is_paused) {
		want_data(source, false);
		if (feed.end == FEED_NO_SPACE)
			source->events.no_space(source->events.context, &e);
	} else if (source->at_end ||
	    (source->is_stopping && !is_inside_record(source))) {
		end(source);
	} else {
		want_data(source, true);
	}
}

/* Room for at least one more byte, and the spare one behind it. */
static int
make_room(struct source *source, struct err *e)
{
	uint8_t *moved;
	size_t capacity = source->capacity;

	if (source->size + 1 < capacity)
		return 0;
	/*
	 * Full of one incomplete record.  The framer begins to skip it once it
	 * is past the limit, so this ends at about twice that.
	 */
	moved = realloc(source->data, capacity * 2);
	if (moved == NULL)
		return err_set_errno(e, ERR_IO, ENOMEM, "%s", source->name);
	source->data = moved;
	source->capacity = capacity * 2;
	return 0;
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
		complete_last_record(source);
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

/* No memory for the rest of a long record: the same as no space. */
static void
pause_for_memory(struct source *source, const struct err *e)
{
	source->is_paused = true;
	want_data(source, false);
	source->events.no_space(source->events.context, e);
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
	struct err e;
	ssize_t n;

	if (make_room(source, &e) != 0) {
		pause_for_memory(source, &e);
		return;
	}
	n = read_more(source);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		note_end(source, n);
		feed(source);
		return;
	}
	source->size += (size_t)n;
	source->total += (uint64_t)n;
	feed(source);
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

	if (input_open(&input, fd, READ_SIZE, e) != 0)
		return err_wrap(e, "%s", name);
	source = memory_zeroed(1, sizeof(*source));
	source->name = memory_string(name);
	source->input = input;
	source->route = settings->route;
	source->events = *events;
	source->inlet.source = source->name;
	source->inlet.framer = settings->framer;
	source->inlet.wants_header = settings->has_header;
	source->inlet.next_record = 1;
	source->capacity = READ_SIZE;
	source->data = memory_zeroed(1, READ_SIZE);
	source->idle.data = source;
	source->poll.data = source;
	if (input.epoll_fd < 0)
		uv_idle_init(loop, &source->idle);
	else
		uv_poll_init(loop, &source->poll, input.epoll_fd);
	*result = source;
	return 0;
}

void
source_start(struct source *source)
{
	want_data(source, true);
}

bool
source_is_paused(const struct source *source)
{
	return source->is_paused;
}

bool
source_wants_turn(const struct source *source)
{
	return source->wants_turn;
}

bool
source_is_idle(const struct source *source)
{
	if (source->is_paused)
		return !source->wants_turn;
	return !input_is_ready(&source->input);
}

bool
source_is_at_end(const struct source *source)
{
	return source->at_end || input_is_at_end(&source->input);
}

uint64_t
source_total(const struct source *source)
{
	return source->total;
}

void
source_resume(struct source *source)
{
	struct err e;

	if (!source->is_paused || source->has_ended)
		return;
	if (make_room(source, &e) != 0)
		pause_for_memory(source, &e);
	else
		feed(source);
}

void
source_stop(struct source *source)
{
	source->is_stopping = true;
	if (!source->has_ended && !source->is_paused &&
	    !is_inside_record(source))
		end(source);
}

void
source_abandon(struct source *source, struct leftover *leftover)
{
	memset(leftover, 0, sizeof(*leftover));
	if (source->has_ended)
		return;
	source->has_ended = true;
	want_data(source, false);
	leftover_describe(leftover, &source->inlet, source->data, source->size);
}

static void
on_closed(uv_handle_t *handle)
{
	struct source *source = handle->data;

	if (source->input.epoll_fd >= 0)
		close(source->input.epoll_fd);
	inlet_release(&source->inlet);
	free(source->data);
	free(source->name);
	free(source);
}

void
source_close(struct source *source)
{
	if (source == NULL)
		return;
	source->has_ended = true;
	input_close(&source->input);
	if (source->input.epoll_fd < 0)
		uv_close((uv_handle_t *)&source->idle, on_closed);
	else
		uv_close((uv_handle_t *)&source->poll, on_closed);
}
