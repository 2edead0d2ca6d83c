/*
 * Making and destroying batches.
 */
#include "buffer/batch.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "buffer/channel.h"
#include "buffer/past.h"

void
batch_name(struct batch *batch)
{
	const struct channel *channel = batch->channel;

	snprintf(batch->id, sizeof(batch->id), "%s.%u.%" PRIu64, channel->run,
	    channel->lane, batch->seq);
}

struct batch *
batch_create(struct channel *channel, const struct trigger *held,
    uint64_t header_size, int fd, enum reason reason)
{
	struct batch *batch = memory_zeroed(1, sizeof(*batch));

	batch->channel = channel;
	batch->seq = channel->next_seq++;
	batch_name(batch);
	batch->reason = reason;
	batch->records = held->records;
	batch->bytes = held->bytes;
	batch->header_size = header_size;
	batch->first_ns = held->first_ns;
	batch->fd = fd;
	batch->output = -1;
	return batch;
}

void
batch_destroy(struct batch *batch)
{
	if (batch == NULL)
		return;
	if (batch->fd >= 0)
		close(batch->fd);
	if (batch->output >= 0)
		close(batch->output);
	past_destroy(batch->past);
	free(batch);
}

uint64_t
batch_records_to_do(const struct batch *batch)
{
	const struct batch_past *past = batch->past;
	uint64_t records = 0;
	size_t i, j;

	if (past == NULL || past->part_count == 0)
		return batch->records;
	for (i = 0; i < past->part_count; i++) {
		for (j = 0; j < past->parts[i].range_count; j++)
			records += past->parts[i].ranges[j].records;
	}
	return records;
}

struct batch *
batch_of_message(struct mailbox_message *message)
{
	char *start = (char *)message - offsetof(struct batch, message);

	return (struct batch *)(void *)start;
}
