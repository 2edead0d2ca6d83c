/*
 * From pieces to stdout.  If that has no room, or it has taken long, a handle
 * of the loop's calls us again; it is active only then.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "buffer/channel.h"
#include "deliver/lines.h"
#include "engine/output_internal.h"

/* All that is written before the loop gets its turn. */
#define TURN_SIZE ((size_t)1 << 20)

void
output_finish(struct output *output, struct piece *piece, bool is_written)
{
	if (piece->chunk != NULL) {
		chunk_return(piece->chunk);
	} else {
		piece->channel->unwritten--;
		if (piece->fd >= 0)
			close(piece->fd);
		if (piece->batch != NULL)
			output->events.done(
			    output->events.context, piece->batch, is_written);
	}
	free(piece);
}

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_idle(uv_idle_t *idle);

/* Have the loop call us when we can go on. */
static void
set_active(struct output *output, bool is_active)
{
	if (output->is_active == is_active)
		return;
	output->is_active = is_active;
	if (output->sink.epoll_fd < 0 && is_active)
		uv_idle_start(&output->idle, on_idle);
	else if (output->sink.epoll_fd < 0)
		uv_idle_stop(&output->idle);
	else if (is_active)
		uv_poll_start(&output->poll, UV_READABLE, on_poll);
	else
		uv_poll_stop(&output->poll);
}

void
output_discard(struct output *output, const char *why)
{
	struct piece *piece = output->current;
	size_t i;

	log_error("stdout: %s", why);
	output->is_lost = true;
	output->is_discarding = true;
	output->is_blocked = false;
	set_active(output, false);
	output->current = NULL;
	if (piece != NULL)
		output_finish(output, piece, false);
	while ((piece = order_drop(&output->order)) != NULL)
		output_finish(output, piece, false);
	for (i = 0; i < output->lanes; i++) {
		while ((piece = turns_drop(&output->turns[i])) != NULL)
			output_finish(output, piece, false);
	}
}

/*
 * The bytes of the current piece that come next, at most OUTPUT_WRITE_SIZE, at
 * *data.  0: its file has fewer than it had, or cannot be read.
 */
static size_t
next_bytes(struct output *output, const uint8_t **data)
{
	const struct piece *piece = output->current;
	uint64_t left = piece->size - piece->written;
	size_t size =
	    left < OUTPUT_WRITE_SIZE ? (size_t)left : OUTPUT_WRITE_SIZE;
	ssize_t n;

	if (piece->data != NULL) {
		*data = piece->data + piece->written;
		return size;
	}
	*data = output->data;
	n = pread(piece->fd, output->data, size, (off_t)piece->written);
	return n > 0 ? (size_t)n : 0;
}

/* A command that still runs has cut it, or the disk fails. */
static void
lose_rest(struct output *output)
{
	const struct piece *piece = output->current;

	log_error("stdout: output of batch %s.%u.%" PRIu64 ": %" PRIu64
	          " bytes cannot be read: lost",
	    piece->channel->run, piece->channel->lane, piece->seq,
	    piece->size - piece->written);
	output->is_lost = true;
	output->current->written = piece->size;
}

/* Write some of the current piece.  What sink_write() returns. */
static ssize_t
write_some(struct output *output)
{
	const uint8_t *data;
	size_t size = next_bytes(output, &data);
	ssize_t n;

	if (size == 0) {
		lose_rest(output);
		return 1;
	}
	n = sink_write(&output->sink, data, size);
	if (n > 0)
		output->current->written += (uint64_t)n;
	return n;
}

/* There was no room, or (why) it has failed. */
static void
stop_writing(struct output *output, ssize_t n, int why)
{
	char text[128];

	if (n < 0) {
		snprintf(text, sizeof(text), "%s: nothing more is started",
		    strerror(why));
		output_discard(output, text);
		output->events.failed(output->events.context);
	} else if (output->is_late) {
		output_discard(
		    output, "nobody reads it: the rest is not written");
	} else {
		output->is_blocked = true;
		set_active(output, true);
	}
}

bool
output_write(struct output *output)
{
	struct piece *written;
	bool has_room = false;
	size_t done = 0;
	ssize_t n;

	output->is_blocked = false;
	for (;;) {
		if (output->current == NULL)
			output->current = order_take(&output->order);
		if (output->current == NULL || done >= TURN_SIZE)
			break;
		n = write_some(output);
		if (n <= 0) {
			stop_writing(output, n, errno);
			return has_room || output->is_discarding;
		}
		done += (size_t)n;
		if (output->current->written < output->current->size)
			continue;
		written = output->current;
		output->current = NULL;
		has_room = has_room || written->chunk == NULL;
		output_finish(output, written, true);
	}
	set_active(output, output->current != NULL);
	return has_room;
}

static void
on_ready(struct output *output)
{
	if (output_write(output) || output_is_done(output))
		output->events.written(output->events.context);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	on_ready(poll->data);
}

static void
on_idle(uv_idle_t *idle)
{
	on_ready(idle->data);
}
