/*
 * The raw FormatInput.
 */
#include "deliver/raw.h"

#include "buffer/buffer.h"
#include "config/config.h"
#include "deliver/ibuffer.h"

int
raw_format_input(void *context, const struct batch *batch,
    struct payload *payload, struct err *e)
{
	(void)context;
	(void)e;
	payload->id = batch->id;
	payload->fd = batch->fd;
	payload->records = batch->records;
	payload->bytes = batch->bytes;
	payload->delimiter = batch->channel->buffer->config->input.delimiter;
	return 0;
}
