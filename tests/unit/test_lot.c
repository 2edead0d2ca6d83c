/*
 * A batch of given bytes.
 */
#include "test_lot.h"

#include <string.h>

#include "base/err.h"

void
lot_begin(struct lot *lot, enum config_input_format format, uint8_t delimiter)
{
	struct config_buffer *buffer;

	memset(lot, 0, sizeof(*lot));
	config_init(&lot->config);
	buffer = config_add_buffer(&lot->config, "b", "c");
	buffer->input.format = format;
	buffer->input.delimiter = delimiter;
	buffer_set_init(&lot->set, &lot->config);
}

void
lot_fill(struct lot *lot, const char *header, const void *records, size_t size)
{
	struct channel *channel = &lot->set.buffers[0].channels[0];
	struct window window = {0};
	struct csv_state state = {0};
	struct trigger held;
	struct scan scan =
	    records_scan(&channel->records, &state, records, size, UINT64_MAX);
	struct err e;

	batch_destroy(lot->batch);
	window_open(&window, WINDOW_IN_MEMORY, &e);
	window_put_header(&window, (const uint8_t *)header, strlen(header), &e);
	window_append(&window, records, size, scan.count, 1, &e);
	held = window.trigger;
	lot->batch = batch_create(channel, &held, strlen(header),
	    window_close(&window, &e), REASON_SIZE);
}

void
lot_end(struct lot *lot)
{
	batch_destroy(lot->batch);
	buffer_set_release(&lot->set);
	config_release(&lot->config);
}
