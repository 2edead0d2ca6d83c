/*
 * A lane: batches to its queue, and what became of them.
 */
#include "buffer/channel.h"

#include <string.h>

#include "base/clock.h"
#include "buffer/buffer.h"
#include "config/config.h"

/*
 * How long a channel may hold up the others.  Those that are as fast as each
 * other have no room at slightly different times; their share must not be set
 * aside for that.
 */
#define PATIENCE_NS NS_PER_S

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
	queue_limit(&channel->overflow, CHANNEL_OVERFLOW_MAX);
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
	if (channel->unwritten >= channel->unwritten_max ||
	    !queue_has_room(&channel->queue))
		return false;
	channel->full_ns = 0;
	return true;
}

bool
channel_may_overflow(
    struct channel *channel, uint64_t now_ns, uint64_t *when_ns)
{
	uint64_t patient_ns;

	if (!channel->has_overflow || !queue_has_room(&channel->overflow))
		return false;
	if (channel->full_ns == 0)
		channel->full_ns = now_ns;
	patient_ns = channel->full_ns + PATIENCE_NS;
	if (now_ns >= patient_ns)
		return true;
	if (patient_ns < *when_ns)
		*when_ns = patient_ns;
	return false;
}

void
channel_push(struct channel *channel, struct batch *batch)
{
	channel->in_flight++;
	if (!channel->has_overflow || channel_has_room(channel))
		queue_push(&channel->queue, batch);
	else
		queue_push(&channel->overflow, batch);
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
	totals->left_records += result->left_records;
	if (result->delivered_records < batch_records_to_do(batch))
		totals->failed_batches++;
	if (result->is_setup_wrong)
		channel->is_setup_wrong = true;
}
