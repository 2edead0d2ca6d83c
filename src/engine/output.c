/*
 * Commands' output to our stdout.  The happy path: a piece comes, it is its
 * turn, it is written at once, and whoever it came from is told.
 */
#include "engine/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "buffer/batch.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "deliver/collect.h"
#include "deliver/lines.h"
#include "engine/output_internal.h"

void
output_take_chunk(struct output *output, struct chunk *chunk)
{
	struct piece *piece;

	if (output->is_discarding) {
		chunk_return(chunk);
		return;
	}
	piece = memory_zeroed(1, sizeof(*piece));
	piece->data = chunk->data;
	piece->size = chunk->size;
	piece->fd = -1;
	piece->chunk = chunk;
	piece->is_unfinished = chunk->is_unfinished;
	order_put(&output->order, piece);
	/* It may complete a line that a lane's output had to wait for. */
	if (!output->is_active && output_write(output))
		output->events.written(output->events.context);
}

static bool
is_ordered(const struct channel *channel)
{
	return channel->config->batch_do.output == CONFIG_OUTPUT_ORDERED;
}

bool
output_drops_lines(const struct output *output, const struct channel *channel)
{
	return output != NULL && output->is_discarding &&
	    channel->config->batch_do.output == CONFIG_OUTPUT_LINES;
}

/* A piece of its own, and its turn, though it may be empty. */
static void
put_batch(struct output *output, struct batch *batch)
{
	struct channel *channel = batch->channel;
	struct turns *turns = &output->turns[channel->index];
	struct piece *piece = memory_zeroed(1, sizeof(*piece));

	piece->fd = batch->output;
	piece->size = batch->output_size;
	piece->channel = channel;
	piece->seq = batch->turn;
	batch->output = -1;
	if (piece->size > 0) {
		piece->batch = batch;
		/* Its records have been taken: what waits are few descriptors.
		 */
		if (batch->fd >= 0)
			close(batch->fd);
		batch->fd = -1;
	}
	channel->unwritten++;
	turns_put(turns, piece);
	while ((piece = turns_take(turns)) != NULL) {
		if (piece->size > 0)
			order_put(&output->order, piece);
		else
			output_finish(output, piece, true);
	}
}

enum output_end
output_take_batch(struct output *output, struct batch *batch)
{
	bool has_output = batch->output_size > 0;

	if (output == NULL)
		return OUTPUT_WRITTEN;
	if (batch->result.is_output_lost)
		output->is_lost = true;
	if (!is_ordered(batch->channel))
		return output_drops_lines(output, batch->channel)
		    ? OUTPUT_DROPPED
		    : OUTPUT_WRITTEN;
	if (output->is_discarding)
		return has_output ? OUTPUT_DROPPED : OUTPUT_WRITTEN;
	put_batch(output, batch);
	/* Whoever calls looks himself for what this changes. */
	if (!output->is_active)
		output_write(output);
	return has_output ? OUTPUT_HELD : OUTPUT_WRITTEN;
}

bool
output_is_done(const struct output *output)
{
	size_t i;

	if (output == NULL)
		return true;
	for (i = 0; i < output->lanes; i++) {
		if (output->turns[i].waiting != NULL)
			return false;
	}
	return output->current == NULL && output->order.head == NULL;
}

bool
output_is_lost(const struct output *output)
{
	return output != NULL && output->is_lost;
}

void
output_hurry(struct output *output, enum queue_stop stop)
{
	if (output == NULL || output->is_discarding)
		return;
	output->is_late = true;
	if (stop == QUEUE_KILL && !output_is_done(output))
		output_discard(output, "stopped: the rest is not written");
	else if (output->is_blocked)
		output_discard(
		    output, "nobody reads it: the rest is not written");
}

size_t
output_worker_descriptors(const struct config_batch_do *config)
{
	switch (config->output) {
	case CONFIG_OUTPUT_PASS:
		return 0;
	case CONFIG_OUTPUT_LINES: /* a pipe, an eventfd */
		return 3;
	case CONFIG_OUTPUT_ORDERED: /* an attempt's, a batch's, 2 unwritten */
		return 4;
	case CONFIG_OUTPUT_NULL:
		return 1;
	}
	BUG("an output that does not exist");
}

/* How many lanes there are, and which kinds of output pass through us. */
static size_t
survey(const struct buffer_set *set, bool *has_lines, bool *has_ordered)
{
	const struct channel *channel = NULL;
	size_t lanes = 0;

	*has_lines = false;
	*has_ordered = false;
	while ((channel = buffer_set_next(set, channel)) != NULL) {
		enum config_output kind = channel->config->batch_do.output;

		if (kind == CONFIG_OUTPUT_LINES)
			*has_lines = true;
		if (kind == CONFIG_OUTPUT_ORDERED)
			*has_ordered = true;
		lanes++;
	}
	return lanes;
}

/* Later, want of space is waited out; now it is told. */
static int
try_place(struct err *e)
{
	int fd = collect_open(e);

	if (fd < 0) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "output");
	}
	close(fd);
	return 0;
}

int
output_create(struct output **result, uv_loop_t *loop,
    const struct buffer_set *set, const struct output_events *events,
    struct err *e)
{
	bool has_lines, has_ordered;
	size_t lanes = survey(set, &has_lines, &has_ordered), i;
	struct output *output;
	struct sink sink;

	*result = NULL;
	if (!has_lines && !has_ordered)
		return 0;
	if (has_ordered && try_place(e) != 0)
		return e->code;
	if (sink_open(&sink, e) != 0)
		return err_wrap(e, "stdout");
	output = memory_zeroed(1, sizeof(*output));
	output->events = *events;
	output->sink = sink;
	output->lanes = lanes;
	output->turns = memory_zeroed(lanes, sizeof(*output->turns));
	for (i = 0; i < lanes; i++)
		turns_init(&output->turns[i]);
	output->data = memory_zeroed(1, OUTPUT_WRITE_SIZE);
	order_init(&output->order);
	output->poll.data = output;
	output->idle.data = output;
	if (sink.epoll_fd < 0)
		uv_idle_init(loop, &output->idle);
	else
		uv_poll_init(loop, &output->poll, sink.epoll_fd);
	*result = output;
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	struct output *output = handle->data;

	if (output->sink.epoll_fd >= 0)
		close(output->sink.epoll_fd);
	free(output->turns);
	free(output->data);
	free(output);
}

void
output_destroy(struct output *output)
{
	if (output == NULL)
		return;
	if (!output_is_done(output))
		BUG("output is left");
	sink_close(&output->sink);
	if (output->sink.epoll_fd < 0)
		uv_close((uv_handle_t *)&output->idle, on_closed);
	else
		uv_close((uv_handle_t *)&output->poll, on_closed);
}
