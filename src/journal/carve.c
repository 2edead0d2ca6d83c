/*
 * Entries of a checkpoint, looked for at every place where one could begin.
 */
#include "journal/carve.h"

#include "base/crc.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/payload_checkpoint.h"

bool
carve_records(const struct frame *batch, size_t *offset)
{
	struct payload_batch about;

	if (!payload_batch_decode(&about, batch->payload, batch->size) ||
	    about.place != PAYLOAD_INSIDE ||
	    crc32c(0, about.inside, about.inside_size) != about.crc)
		return false;
	*offset = (size_t)(about.inside - batch->payload) + about.header_size;
	return true;
}

/* The entry that may begin there, with a BATCH that is whole. */
static bool
has_batch(const uint8_t *data, size_t size, struct frame *batch)
{
	size_t offset;

	if (size < PAYLOAD_ENTRY_HEADER_SIZE || data[0] != PAYLOAD_BATCH ||
	    data[1] != 0)
		return false;
	*batch = (struct frame){
	    .type = PAYLOAD_BATCH,
	    .lane = pack_load_16(data + 2),
	    .size = pack_load_32(data + 4),
	    .payload = data + PAYLOAD_ENTRY_HEADER_SIZE,
	};
	return batch->size <= size - PAYLOAD_ENTRY_HEADER_SIZE &&
	    carve_records(batch, &offset);
}

void
carve(const uint8_t *data, size_t size, carve_each *each, void *context)
{
	struct frame batch;
	size_t at = 0;

	while (at < size) {
		if (!has_batch(data + at, size - at, &batch)) {
			at += FRAME_ALIGNMENT;
			continue;
		}
		each(context, &batch, at + PAYLOAD_ENTRY_HEADER_SIZE);
		at += payload_entry_size(batch.size);
	}
}
