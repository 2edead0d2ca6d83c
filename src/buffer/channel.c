/*
 * A lane: batches to its queue, and what became of them.
 */
#include "buffer/channel.h"

#include <string.h>

#include "buffer/buffer.h"
#include "config/config.h"

/* What is set aside for want of room should not wait for long. */
#define OVERFLOW_BATCHES 16

void
channel_init(struct channel *channel, const struct buffer *buffer,
    const struct config_channel *config, unsigned int lane, const char *run)
{
	const struct config_input *input = &buffer->config->input;

	channel->buffer = buffer;
	channel->config = config;
	channel->name = config->name;
	channel->lane = lane;
	memcpy(channel->run, run, sizeof(channel->run));
	channel->records.delimiter = input->delimiter;
	channel->records.is_csv = input->format == CONFIG_INPUT_CSV;
	channel->next_seq = 1;
	channel->has_overflow = buffer->config->sets_aside_when_full;
	stream_init(
	    &channel->stream, buffer->config, channel, 1, STREAM_TO_ALL);
	channel->unwritten_max = CHANNEL_UNWRITTEN_MAX;
	queue_init(&channel->queue, config->ch_len);
	queue_init(&channel->overflow, UINT64_MAX);
	queue_limit(&channel->overflow, OVERFLOW_BATCHES);
}

void
channel_release(struct channel *channel)
{
	stream_release(&channel->stream);
	queue_release(&channel->queue);
	queue_release(&channel->overflow);
}

/*
 * Batches go in their order, so that the one whose output the unwritten wait
 * for has gone before.
 */
bool
channel_has_room(struct channel *channel)
{
	if (channel->unwritten >= channel->unwritten_max)
		return false;
	return queue_has_room(&channel->queue) ||
	    (channel->has_overflow && queue_has_room(&channel->overflow));
}

void
channel_push(struct channel *channel, struct batch *batch)
{
	channel->in_flight++;
	if (!channel->has_overflow || queue_has_room(&channel->queue))
		queue_push(&channel->queue, batch);
	else
		queue_push(&channel->overflow, batch);
}

bool
channel_is_empty(const struct channel *channel)
{
	return stream_is_empty(&channel->stream) && channel->in_flight == 0;
}

void
channel_account(struct channel *channel, const struct batch *batch)
{
	const struct batch_result *result = &batch->result;
	struct channel_totals *totals = &channel->totals;

	channel->in_flight--;
	totals->batches++;
	totals->attempts += result->attempts;
	totals->done_records += result->delivered_records;
	totals->done_bytes += result->delivered_bytes;
	totals->aside_records += result->aside_records;
	totals->dropped_records += result->dropped_records;
	totals->lost_records += result->lost_records;
	if (result->delivered_records < batch->records)
		totals->failed_batches++;
	if (result->is_setup_wrong)
		channel->is_setup_wrong = true;
}
