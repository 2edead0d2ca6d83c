/*
 * A lane: batches to its queue, and what became of them.
 */
#include "buffer/channel.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "buffer/buffer.h"
#include "buffer/keeper.h"
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
	channel->index = lane - 1;
	channel->lane = lane;
	memcpy(channel->run, run, sizeof(channel->run));
	channel->records.delimiter = input->delimiter;
	channel->records.is_csv = input->format == CONFIG_INPUT_CSV;
	channel->next_seq = 1;
	channel->has_overflow = buffer->config->sets_aside_when_full;
	stream_init(
	    &channel->stream, buffer->config, channel, 1, STREAM_TO_ALL);
	channel->unwritten_max = CHANNEL_UNWRITTEN_MAX;
	channel->kept_max = CHANNEL_KEPT_MAX;
	channel->kept_open_max = CHANNEL_KEPT_OPEN_MAX;
	channel->kept_tail = &channel->kept;
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

void
channel_set_keeper(struct channel *channel, const struct keeper *keeper)
{
	channel->keeper = keeper;
	channel->queue.ch_len = 0;
}

/*
 * Batches go in their order, so that the one whose output the unwritten wait
 * for has gone before.
 */
static bool
workers_have_room(struct channel *channel)
{
	return channel->unwritten < channel->unwritten_max &&
	    queue_has_room(&channel->queue);
}

bool
channel_has_room(struct channel *channel)
{
	if (channel->kept_count > 0 || !workers_have_room(channel))
		return false;
	channel->full_ns = 0;
	return true;
}

bool
channel_can_keep(const struct channel *channel, bool is_in_memory)
{
	if (channel->keeper == NULL || channel->keeps_all)
		return channel->keeper != NULL;
	return channel->kept_count < channel->kept_max &&
	    channel->kept_open < channel->kept_open_max &&
	    (!is_in_memory || channel->kept_memory < CHANNEL_KEPT_MEMORY_MAX);
}

bool
channel_may_overflow(
    struct channel *channel, uint64_t now_ns, uint64_t *when_ns)
{
	uint64_t patient_ns;

	if (!channel->has_overflow || !queue_has_room(&channel->overflow) ||
	    channel->kept_open >= channel->kept_open_max + CHANNEL_OVERFLOW_MAX)
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

/* What it takes of the memory that a channel may keep. */
static uint64_t
memory_of(const struct batch *batch)
{
	return batch->window == 0 && batch->fd >= 0
	    ? batch->header_size + batch->bytes
	    : 0;
}

static void
keep(struct channel *channel, struct batch *batch)
{
	batch->next = NULL;
	*channel->kept_tail = batch;
	channel->kept_tail = &batch->next;
	channel->kept_count++;
	channel->kept_open += batch->fd >= 0;
	channel->kept_memory += memory_of(batch);
}

/* The batch that link points to waits no more. */
static struct batch *
unlink_kept(struct channel *channel, struct batch **link)
{
	struct batch *batch = *link;

	*link = batch->next;
	if (channel->kept_tail == &batch->next)
		channel->kept_tail = link;
	batch->next = NULL;
	channel->kept_count--;
	channel->kept_open -= batch->fd >= 0;
	channel->kept_memory -= memory_of(batch);
	return batch;
}

struct batch *
channel_take_kept(struct channel *channel)
{
	return channel->kept != NULL ? unlink_kept(channel, &channel->kept)
	                             : NULL;
}

static bool
give(struct channel *channel, struct queue *queue, struct batch **link)
{
	const struct keeper *keeper = channel->keeper;

	if (!keeper->give(keeper->context, *link))
		return false;
	queue_push(queue, unlink_kept(channel, link));
	return true;
}

/*
 * Behind those that come next, durable files need not be open: a backlog takes
 * no descriptors.
 */
static void
park(struct channel *channel)
{
	size_t near = channel->kept_open_max / 8;
	struct batch *batch;

	if (channel->kept_open <= channel->kept_open_max / 2)
		return;
	for (batch = channel->kept; batch != NULL; batch = batch->next) {
		if (near > 0) {
			near--;
		} else if (batch->can_reopen && batch->fd >= 0) {
			channel->kept_memory -= memory_of(batch);
			channel->kept_open--;
			close(batch->fd);
			batch->fd = -1;
		}
	}
}

size_t
channel_release_kept(struct channel *channel)
{
	struct batch **link = &channel->kept;
	bool is_in_order = true;
	size_t given = 0;

	while (*link != NULL) {
		const struct batch *batch = *link;

		if (batch->is_durable && batch->is_overflow) {
			if (!give(channel, &channel->overflow, link))
				break;
			given++;
			continue;
		}
		is_in_order = is_in_order && batch->is_durable &&
		    workers_have_room(channel);
		if (is_in_order) {
			if (!give(channel, &channel->queue, link))
				break;
			channel->full_ns = 0;
			given++;
			continue;
		}
		if (!channel->has_overflow)
			break;
		link = &(*link)->next;
	}
	park(channel);
	return given;
}

/* What overflows is given at once, wherever it stands. */
bool
channel_is_hungry(const struct channel *channel)
{
	const struct batch *batch = channel->kept;

	while (batch != NULL && batch->is_durable && channel->has_overflow)
		batch = batch->next;
	return batch != NULL && !batch->is_durable;
}

void
channel_push(struct channel *channel, struct batch *batch)
{
	batch->turn = ++channel->pushed;
	channel->in_flight++;
	if (channel->keeper != NULL) {
		batch->is_overflow = !channel_has_room(channel) &&
		    !channel_can_keep(channel, batch->window == 0);
		keep(channel, batch);
		return;
	}
	if (!channel->has_overflow || channel_has_room(channel))
		queue_push(&channel->queue, batch);
	else
		queue_push(&channel->overflow, batch);
}

static void
note_left(struct channel *channel, const struct batch *batch)
{
	if (channel->left_batches++ == 0 || batch->seq < channel->left_seq)
		channel->left_seq = batch->seq;
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
	if (result->left_records > 0)
		note_left(channel, batch);
	if (result->is_setup_wrong)
		channel->is_setup_wrong = true;
}

void
channel_take_back(struct channel *channel, struct batch *batch)
{
	struct batch_result *result = &batch->result;
	struct channel_totals *totals = &channel->totals;

	if (result->delivered_records == 0)
		return;
	if (result->delivered_records == batch_records_to_do(batch))
		totals->failed_batches++;
	if (result->left_records == 0)
		note_left(channel, batch);
	totals->done_records -= result->delivered_records;
	totals->done_bytes -= result->delivered_bytes;
	totals->left_records += result->delivered_records;
	result->left_records += result->delivered_records;
	result->delivered_records = 0;
	result->delivered_bytes = 0;
}
