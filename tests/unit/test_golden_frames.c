/*
 * The frames of golden journals.
 */
#include "test_golden.h"

#include <string.h>

#include "base/crc.h"
#include "base/pack.h"
#include "journal/position.h"

#define PAYLOAD_ROOM 8192
#define SHAPE UINT64_C(0x5ba9e00000000001)

static uint8_t bytes[PAYLOAD_ROOM];

void
scribe_open_window(
    struct scribe *scribe, uint16_t lane, const struct payload_open *about)
{
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};

	payload_open_encode(about, &pack);
	scribe_append(scribe, PAYLOAD_OPEN, lane, &pack, 0);
}

struct payload_batch
golden_batch(const char *text, uint64_t records, uint64_t window, uint8_t place)
{
	size_t size = strlen(text);

	return (struct payload_batch){
	    .records = records,
	    .bytes = size,
	    .shape = SHAPE,
	    .window = window,
	    .stream = 1,
	    .crc = crc32c(0, (const uint8_t *)text, size),
	    .place = place,
	    .reason = PAYLOAD_SIZE,
	    .lane_count = 1,
	    .inside_size = place == PAYLOAD_INSIDE ? (uint32_t)size : 0,
	    .inside = (const uint8_t *)text,
	};
}

void
scribe_batch(struct scribe *scribe, const struct payload_batch *about,
    const struct payload_number *numbers, const struct payload_span *spans)
{
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};

	payload_batch_encode(about, numbers, spans, &pack);
	scribe_append(scribe, PAYLOAD_BATCH, numbers[0].lane, &pack,
	    about->lane_count * GOLDEN_PROMISE);
}

void
scribe_attempt(
    struct scribe *scribe, uint16_t lane, const struct payload_attempt *attempt)
{
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};

	payload_attempt_encode(attempt, &pack);
	scribe_append(scribe, PAYLOAD_ATTEMPT, lane, &pack, 0);
}

void
scribe_ack(struct scribe *scribe, uint16_t lane, const struct payload_ack *ack)
{
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};

	payload_ack_encode(ack, &pack);
	scribe_append(scribe, PAYLOAD_ACK, lane, &pack, 0);
}

void
scribe_split(struct scribe *scribe, uint16_t lane,
    const struct payload_split *split, uint32_t first_number,
    const struct payload_range *ranges)
{
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};
	uint32_t i;

	payload_split_encode(split, &pack);
	for (i = 0; i < split->child_count; i++)
		payload_child_encode(first_number + i, &ranges[i], 1, &pack);
	scribe_append(scribe, PAYLOAD_SPLIT, lane, &pack, 0);
}

void
scribe_source(struct scribe *scribe, uint32_t id, const char *path)
{
	const struct position position = {
	    .source = id,
	    .identity =
	        {
	            .device = 0xfd01,
	            .inode = 1000 + id,
	            .born_ns = GOLDEN_WALL_NS,
	            .head_hash = 0xcbf29ce484222325,
	            .marker_hash = 0xcbf29ce484222325,
	        },
	    .path = path,
	    .path_size = strlen(path),
	};
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};

	position_encode(&position, bytes);
	pack.used = position_size(&position);
	scribe_append(scribe, PAYLOAD_SOURCE, 0, &pack, 0);
}

void
scribe_clean(struct scribe *scribe)
{
	const struct payload_clean clean = {
	    .wall_ns = GOLDEN_WALL_NS + 60 * GOLDEN_SECOND_NS,
	    .unacknowledged = scribe->state.batches,
	};
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};

	payload_clean_encode(&clean, &pack);
	scribe_append(scribe, PAYLOAD_CLEAN, 0, &pack, 0);
	scribe_sync(scribe);
}
