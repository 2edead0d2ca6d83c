/*
 * A lane: window to batch to queue.
 */
#include "buffer/channel.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "buffer/buffer.h"
#include "config/config.h"

static uint64_t
ms_to_ns(uint64_t ms)
{
	return ms > CLOCK_NEVER / NS_PER_MS ? CLOCK_NEVER : ms * NS_PER_MS;
}

static struct trigger_policy
policy_of(const struct config_buffer *config)
{
	struct trigger_policy policy = {
	    .records_max = config->buffer_win_size,
	    .bytes_max = config->buffer_win_bytes > 0 ? config->buffer_win_bytes
	                                              : UINT64_MAX,
	    .delay_ns = config->flush_when_idle ? CLOCK_NEVER
	                                        : ms_to_ns(config->delay_do_ms),
	    .idle_ns =
	        config->idle_ms > 0 ? ms_to_ns(config->idle_ms) : CLOCK_NEVER,
	};

	return policy;
}

void
channel_init(struct channel *channel, const struct buffer *buffer,
    const struct config_channel *config, unsigned int lane, const char *run)
{
	channel->buffer = buffer;
	channel->config = config;
	channel->name = config->name;
	channel->lane = lane;
	memcpy(channel->run, run, sizeof(channel->run));
	channel->policy = policy_of(buffer->config);
	channel->window_kind = window_kind_for(channel->policy.bytes_max);
	channel->records.delimiter = buffer->config->input.delimiter;
	channel->records.is_csv =
	    buffer->config->input.format == CONFIG_INPUT_CSV;
	channel->next_seq = 1;
	channel->unwritten_max = CHANNEL_UNWRITTEN_MAX;
	queue_init(&channel->queue, config->ch_len);
}

void
channel_release(struct channel *channel)
{
	window_release(&channel->window);
	batch_destroy(channel->parked);
	channel->parked = NULL;
	queue_release(&channel->queue);
}

bool
channel_is_stuck(const struct channel *channel)
{
	return channel->parked != NULL;
}

bool
channel_is_empty(const struct channel *channel)
{
	return channel->window.trigger.records == 0 &&
	    channel->parked == NULL && channel->in_flight == 0;
}

static void
push(struct channel *channel, struct batch *batch)
{
	channel->in_flight++;
	queue_push(&channel->queue, batch);
}

static struct batch *
close_window(struct channel *channel, enum reason reason)
{
	channel->waits_for_room = false;
	return batch_create(channel, &channel->window, channel->run,
	    channel->lane, channel->next_seq++, reason);
}

/*
 * Whether another batch may go to the workers.  Batches go in their order, so
 * that the one whose output the unwritten wait for has gone before.
 */
static bool
has_room(struct channel *channel)
{
	return channel->unwritten < channel->unwritten_max &&
	    queue_has_room(&channel->queue);
}

/* A full window closes now; it waits at the loop if the queue has no room. */
static void
close_full(struct channel *channel, enum reason reason)
{
	struct batch *batch = close_window(channel, reason);

	if (has_room(channel))
		push(channel, batch);
	else
		channel->parked = batch;
}

int
channel_append(struct channel *channel, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e)
{
	enum reason full;

	if (channel->parked != NULL)
		BUG("records for a stuck lane");
	if (!channel->window.is_open &&
	    window_open(&channel->window, channel->window_kind, e) != 0)
		return e->code;
	if (window_append(&channel->window, data, size, records, now_ns, e) !=
	    0)
		return e->code;
	channel->totals.records += records;
	channel->totals.bytes += size;
	full = trigger_full(&channel->window.trigger, &channel->policy);
	if (full != REASON_NONE)
		close_full(channel, full);
	return 0;
}

void
channel_close_bytes(struct channel *channel)
{
	if (channel->window.trigger.records == 0 || channel->parked != NULL)
		BUG("no window to close");
	close_full(channel, REASON_BYTES);
}

bool
channel_ask(struct channel *channel, enum reason reason)
{
	trigger_ask(&channel->window.trigger, reason);
	return channel->window.trigger.records > 0;
}

void
channel_pump(struct channel *channel, uint64_t now_ns)
{
	enum reason due;

	if (channel->parked != NULL) {
		if (!has_room(channel))
			return;
		push(channel, channel->parked);
		channel->parked = NULL;
	}
	due = trigger_due(&channel->window.trigger, &channel->policy, now_ns);
	if (due == REASON_NONE)
		return;
	if (has_room(channel))
		push(channel, close_window(channel, due));
	else
		channel->waits_for_room = true;
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

uint64_t
channel_deadline_ns(const struct channel *channel)
{
	/*
	 * Without room there is nothing to do at any time: the batch that
	 * makes room announces itself.
	 */
	if (channel->waits_for_room || channel->parked != NULL)
		return CLOCK_NEVER;
	return trigger_deadline_ns(&channel->window.trigger, &channel->policy);
}
