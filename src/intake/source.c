/*
 * One input, whatever it reads from: feed the router, keep the incomplete
 * record.  Paused means that the router took less than all: then nothing is
 * read until source_resume().
 */
#include "intake/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/leftover.h"
#include "intake/route.h"
#include "intake/source_internal.h"

static void
want_data(struct source *source, bool wanted)
{
	if (source->file.follower != NULL)
		file_want_data(source, wanted);
	else
		input_want_data(source, wanted);
}

void
source_end(struct source *source)
{
	source->has_ended = true;
	want_data(source, false);
	source->events.ended(source->events.context, &source->read_error);
}

void
source_complete(struct source *source)
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

	if (source->capacity <= source->read_size ||
	    source->size >= source->read_size / 2)
		return;
	moved = realloc(source->data, source->read_size);
	if (moved == NULL)
		return;
	source->data = moved;
	source->capacity = source->read_size;
}

/* Drop what has been taken from the front. */
static void
consume(struct source *source, const struct feed *feed)
{
	source->size -= feed->taken;
	if (source->size > 0)
		memmove(source->data, source->data + feed->taken, source->size);
	shrink(source);
}

bool
source_is_inside_record(const struct source *source)
{
	return source->size > 0 || source->inlet.framer.is_skipping;
}

/* It is paused: nothing is read, but files are looked at. */
static void
stop_reading(struct source *source)
{
	want_data(source, false);
	if (source->file.follower != NULL)
		file_pause(source);
}

void
source_feed(struct source *source)
{
	struct err e = {0};
	struct feed feed;

	if (source->file.must_begin && file_begin(source, &e) != 0) {
		source_pause(source, &e);
		return;
	}
	feed = route_feed(source->route, &source->inlet, source->data,
	    source->size, clock_now_ns(), &e);
	consume(source, &feed);
	source->is_paused = feed.end != FEED_ALL;
	source->wants_turn = feed.end == FEED_TURN;
	if (source->is_paused) {
		stop_reading(source);
		if (feed.end == FEED_NO_SPACE)
			source->events.no_space(source->events.context, &e);
	} else if (source->file.follower != NULL) {
		file_fed(source);
	} else if (source->at_end ||
	    (source->is_stopping && !source_is_inside_record(source))) {
		source_end(source);
	} else {
		want_data(source, true);
	}
}

void
source_pause(struct source *source, const struct err *e)
{
	source->is_paused = true;
	source->wants_turn = false;
	stop_reading(source);
	if (e->code != ERR_BUSY)
		source->events.no_space(source->events.context, e);
}

/* No memory for the rest of a long record: the same as no space. */
bool
source_make_room(struct source *source)
{
	uint8_t *moved;
	size_t capacity = source->capacity;
	struct err e;

	if (source->size + 1 < capacity)
		return true;
	capacity = capacity > 0 ? capacity * 2 : source->read_size;
	/*
	 * Full of one incomplete record.  The framer begins to skip it once it
	 * is past the limit, so this ends at about twice that.
	 */
	moved = realloc(source->data, capacity);
	if (moved == NULL) {
		err_set_errno(&e, ERR_IO, ENOMEM, "%s", source->name);
		source_pause(source, &e);
		return false;
	}
	source->data = moved;
	source->capacity = capacity;
	return true;
}

struct source *
source_create(const char *name, const struct source_settings *settings,
    const struct source_events *events)
{
	struct source *source = memory_zeroed(1, sizeof(*source));

	source->name = memory_string(name);
	source->route = settings->route;
	source->events = *events;
	source->inlet.source = source->name;
	source->inlet.framer = settings->framer;
	source->inlet.wants_header = settings->has_header;
	source->inlet.next_record = 1;
	source->read_size = SOURCE_READ_SIZE;
	source->capacity = SOURCE_READ_SIZE;
	source->data = memory_zeroed(1, SOURCE_READ_SIZE);
	source->input.fd = -1;
	source->input.epoll_fd = -1;
	source->input.pipe_fd = -1;
	return source;
}

void
source_add_handle(struct source *source, uv_handle_t *handle)
{
	handle->data = source;
	source->handles++;
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
	if (source->file.follower != NULL)
		return source->file.is_waiting;
	return !input_is_ready(&source->input);
}

bool
source_is_at_end(const struct source *source)
{
	if (source->file.follower != NULL)
		return source->at_end || file_is_at_end(source);
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
	if (source->is_paused && !source->has_ended && source_make_room(source))
		source_feed(source);
}

void
source_stop(struct source *source)
{
	source->is_stopping = true;
	if (source->has_ended)
		return;
	if (source->file.follower != NULL)
		file_stop(source);
	else if (!source->is_paused && !source_is_inside_record(source))
		source_end(source);
}

void
source_abandon(struct source *source, struct leftover *leftover)
{
	memset(leftover, 0, sizeof(*leftover));
	if (source->has_ended)
		return;
	source->has_ended = true;
	want_data(source, false);
	if (source->file.follower != NULL)
		file_abandon(source, leftover);
	else
		leftover_describe(
		    leftover, &source->inlet, source->data, source->size);
}

static void
on_closed(uv_handle_t *handle)
{
	struct source *source = handle->data;

	if (--source->handles > 0)
		return;
	if (source->input.epoll_fd >= 0)
		close(source->input.epoll_fd);
	inlet_release(&source->inlet);
	free(source->file.path);
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
	if (source->file.follower != NULL) {
		file_close(source);
		uv_close((uv_handle_t *)&source->idle, on_closed);
		uv_close((uv_handle_t *)&source->file.timer, on_closed);
		return;
	}
	input_close(&source->input);
	if (source->input.epoll_fd < 0)
		uv_close((uv_handle_t *)&source->idle, on_closed);
	else
		uv_close((uv_handle_t *)&source->poll, on_closed);
}
