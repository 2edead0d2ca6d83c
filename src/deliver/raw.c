/*
 * The raw FormatInput.
 */
#include "deliver/raw.h"

#include "buffer/batch.h"

int
raw_format_input(void *context, const struct batch *batch,
    const struct part *part, payload_taker *take, void *take_context,
    struct formatted *formatted, struct err *e)
{
	(void)context;
	(void)batch;
	(void)part;
	(void)take;
	(void)take_context;
	(void)e;
	formatted->is_raw = true;
	return 0;
}

struct payload
raw_payload(const struct batch *batch)
{
	struct payload payload = {
	    .id = batch->id,
	    .fd = batch->fd,
	    .records = batch->records,
	    .bytes = batch->header_size + batch->bytes,
	};

	return payload;
}
