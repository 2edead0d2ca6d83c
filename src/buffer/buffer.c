/*
 * Buffers and the set of them.
 */
#include "buffer/buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "config/config.h"

static void
make_run(char run[BATCH_RUN_SIZE])
{
	uint64_t random;

	random_fill(&random, sizeof(random));
	snprintf(run, BATCH_RUN_SIZE, "%016" PRIx64, random);
}

static void
init_shared(struct buffer *buffer)
{
	enum config_dispatch dispatch = buffer->config->dispatch;

	buffer->has_shared = dispatch == CONFIG_DISPATCH_ALL ||
	    dispatch == CONFIG_DISPATCH_ROUND_ROBIN;
	if (buffer->has_shared)
		stream_init(&buffer->shared, buffer->config, buffer->channels,
		    buffer->channel_count,
		    dispatch == CONFIG_DISPATCH_ALL ? STREAM_TO_ALL
		                                    : STREAM_TO_ANY);
}

void
buffer_set_init(struct buffer_set *set, const struct config *config)
{
	unsigned int lane = 1;
	size_t i, j;

	make_run(set->run);
	set->buffer_count = config->buffer_count;
	set->buffers =
	    memory_zeroed(config->buffer_count, sizeof(*set->buffers));
	for (i = 0; i < config->buffer_count; i++) {
		const struct config_buffer *from = &config->buffers[i];
		struct buffer *buffer = &set->buffers[i];

		buffer->config = from;
		buffer->name = from->name;
		buffer->channel_count = from->channel_count;
		buffer->channels =
		    memory_zeroed(from->channel_count, sizeof(struct channel));
		for (j = 0; j < from->channel_count; j++)
			channel_init(&buffer->channels[j], buffer,
			    &from->channels[j], lane++, set->run);
		init_shared(buffer);
	}
}

void
buffer_set_release(struct buffer_set *set)
{
	size_t i, j;

	for (i = 0; i < set->buffer_count; i++) {
		for (j = 0; j < set->buffers[i].channel_count; j++)
			channel_release(&set->buffers[i].channels[j]);
		stream_release(&set->buffers[i].shared);
		free(set->buffers[i].channels);
	}
	free(set->buffers);
	memset(set, 0, sizeof(*set));
}

struct buffer *
buffer_find(const struct buffer_set *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->buffer_count; i++) {
		if (strcmp(set->buffers[i].name, name) == 0)
			return &set->buffers[i];
	}
	return NULL;
}

size_t
buffer_ask(struct buffer *buffer, enum reason reason)
{
	size_t i, marked = 0;

	for (i = 0; i < buffer->channel_count; i++)
		marked += stream_ask(&buffer->channels[i].stream, reason);
	if (buffer->has_shared)
		marked += stream_ask(&buffer->shared, reason);
	return marked;
}

struct channel *
buffer_set_next(const struct buffer_set *set, const struct channel *channel)
{
	const struct buffer *buffer;
	size_t index;

	if (channel == NULL)
		return set->buffer_count > 0 ? &set->buffers[0].channels[0]
		                             : NULL;
	buffer = channel->buffer;
	index = (size_t)(channel - buffer->channels);
	if (index + 1 < buffer->channel_count)
		return &buffer->channels[index + 1];
	if (buffer + 1 < set->buffers + set->buffer_count)
		return &buffer[1].channels[0];
	return NULL;
}

/* The channels' own streams, then the one that they share. */
struct stream *
buffer_set_next_stream(
    const struct buffer_set *set, const struct stream *stream)
{
	struct channel *channel = NULL;

	if (stream != NULL) {
		const struct buffer *buffer = stream->channels->buffer;

		if (stream != &buffer->shared) {
			channel = stream->channels;
			if (buffer->has_shared &&
			    channel ==
			        &buffer->channels[buffer->channel_count - 1])
				return &set->buffers[buffer - set->buffers]
				            .shared;
		} else {
			channel = &buffer->channels[buffer->channel_count - 1];
		}
	}
	channel = buffer_set_next(set, channel);
	return channel != NULL ? &channel->stream : NULL;
}

void
buffer_set_totals(const struct buffer_set *set, struct channel_totals *totals)
{
	const struct channel *channel = NULL;
	size_t i;

	memset(totals, 0, sizeof(*totals));
	/* What has been dealt to nobody yet; zero where nothing is shared. */
	for (i = 0; i < set->buffer_count; i++) {
		const struct stream *shared = &set->buffers[i].shared;

		if (shared->mode != STREAM_TO_ANY)
			continue;
		totals->records += shared->window.trigger.records;
		totals->bytes += shared->window.trigger.bytes;
	}
	while ((channel = buffer_set_next(set, channel)) != NULL) {
		const struct channel_totals *part = &channel->totals;

		totals->records += part->records;
		totals->bytes += part->bytes;
		totals->batches += part->batches;
		totals->failed_batches += part->failed_batches;
		totals->done_records += part->done_records;
		totals->done_bytes += part->done_bytes;
		totals->aside_records += part->aside_records;
		totals->dropped_records += part->dropped_records;
		totals->lost_records += part->lost_records;
		totals->left_records += part->left_records;
		totals->refused_records += part->refused_records;
		totals->attempts += part->attempts;
	}
}

void
buffer_set_entered(
    const struct buffer_set *set, uint64_t *records, uint64_t *bytes)
{
	const struct stream *stream = NULL;

	*records = 0;
	*bytes = 0;
	while ((stream = buffer_set_next_stream(set, stream)) != NULL) {
		*records += stream->records;
		*bytes += stream->bytes;
	}
}
