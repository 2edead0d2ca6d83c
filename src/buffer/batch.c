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
#include "buffer/window.h"

struct batch *
batch_create(struct channel *channel, struct window *window, const char *run,
    unsigned int lane, uint64_t seq, enum reason reason)
{
	struct batch *batch = memory_zeroed(1, sizeof(*batch));

	batch->channel = channel;
	snprintf(
	    batch->id, sizeof(batch->id), "%s.%u.%" PRIu64, run, lane, seq);
	batch->seq = seq;
	batch->reason = reason;
	batch->records = window->trigger.records;
	batch->bytes = window->trigger.bytes;
	batch->first_ns = window->trigger.first_ns;
	batch->fd = window_close(window);
	batch->output = -1;
	return batch;
}

void
batch_destroy(struct batch *batch)
{
	if (batch == NULL)
		return;
	close(batch->fd);
	if (batch->output >= 0)
		close(batch->output);
	free(batch);
}

struct batch *
batch_of_message(struct mailbox_message *message)
{
	char *start = (char *)message - offsetof(struct batch, message);

	return (struct batch *)(void *)start;
}
