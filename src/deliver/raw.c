/*
 * The raw FormatInput.
 */
#include "deliver/raw.h"

#include "buffer/batch.h"
#include "deliver/ibuffer.h"

int
raw_format_input(void *context, const struct batch *batch,
    struct payload *payload, struct err *e)
{
	(void)context;
	(void)e;
	payload->fd = batch->fd;
	payload->records = batch->records;
	payload->bytes = batch->bytes;
	return 0;
}
