#ifndef ABUF_TESTS_PAYLOAD_AGAIN_H
#define ABUF_TESTS_PAYLOAD_AGAIN_H

/*
 * Decodes a payload of any type and encodes it again: for the fuzz targets,
 * and for the unit tests of payloads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/pack.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/payload_checkpoint.h"
#include "journal/payload_split.h"
#include "journal/position.h"

/* Decode as `type` and encode the result. */
#define AGAIN(type)                                             \
	do {                                                    \
		struct payload_##type it_;                      \
		if (!payload_##type##_decode(&it_, data, size)) \
			return false;                           \
		payload_##type##_encode(&it_, to);              \
		return true;                                    \
	} while (0)

static inline bool
payload_again_batch(const uint8_t *data, size_t size, struct pack *to)
{
	struct payload_number *numbers;
	struct payload_span *spans;
	struct payload_batch batch;
	size_t i;

	if (!payload_batch_decode(&batch, data, size))
		return false;
	numbers = calloc(batch.lane_count, sizeof(*numbers));
	spans = calloc(batch.span_count + (size_t)1, sizeof(*spans));
	if (numbers == NULL || spans == NULL)
		abort();
	for (i = 0; i < batch.lane_count; i++)
		numbers[i] = payload_batch_number(&batch, i);
	for (i = 0; i < batch.span_count; i++)
		spans[i] = payload_batch_span(&batch, i);
	payload_batch_encode(&batch, numbers, spans, to);
	free(numbers);
	free(spans);
	return true;
}

static inline bool
payload_again_open(const uint8_t *data, size_t size, struct pack *to)
{
	struct payload_open window;
	uint16_t lanes[PAYLOAD_LANES_MAX];
	size_t i;

	if (!payload_open_decode(&window, data, size))
		return false;
	for (i = 0; i < window.lane_count; i++)
		lanes[i] = payload_open_lane(&window, i);
	window.lanes = lanes;
	payload_open_encode(&window, to);
	return true;
}

static inline bool
payload_again_source(const uint8_t *data, size_t size, struct pack *to)
{
	struct position position;
	struct err e;

	if (position_decode(&position, data, size, &e) != 0)
		return false;
	if (position_size(&position) <= to->size - to->used)
		position_encode(&position, to->data + to->used);
	to->used += position_size(&position);
	return true;
}

static inline bool
payload_again_split(const uint8_t *data, size_t size, struct pack *to)
{
	struct payload_range *ranges;
	struct payload_child child;
	struct payload_split split;
	uint32_t i, j;

	if (!payload_split_decode(&split, data, size))
		return false;
	payload_split_encode(&split, to);
	for (i = 0; i < split.child_count; i++) {
		child = payload_split_next(&split);
		ranges = calloc(child.range_count, sizeof(*ranges));
		if (ranges == NULL)
			abort();
		for (j = 0; j < child.range_count; j++)
			ranges[j] = payload_child_range(&child, j);
		payload_child_encode(
		    child.number, ranges, child.range_count, to);
		free(ranges);
	}
	return true;
}

static inline bool
payload_again_checkpoint(const uint8_t *data, size_t size, struct pack *to)
{
	struct payload_piece piece;
	struct payload_entry entry;
	uint32_t i;

	if (!payload_piece_decode(&piece, data, size))
		return false;
	payload_piece_encode(&piece, to);
	for (i = 0; i < piece.entry_count; i++) {
		entry = payload_piece_next(&piece);
		payload_entry_encode(&entry, to);
	}
	return true;
}

/* False if it is refused. */
static inline bool
payload_again(uint8_t type, const uint8_t *data, size_t size, struct pack *to)
{
	switch (type) {
	case PAYLOAD_LANE:
		AGAIN(lane);
	case PAYLOAD_SOURCE:
		return payload_again_source(data, size, to);
	case PAYLOAD_OPEN:
		return payload_again_open(data, size, to);
	case PAYLOAD_BATCH:
		return payload_again_batch(data, size, to);
	case PAYLOAD_ATTEMPT:
		AGAIN(attempt);
	case PAYLOAD_ACK:
		AGAIN(ack);
	case PAYLOAD_SPLIT:
		return payload_again_split(data, size, to);
	case PAYLOAD_CHECKPOINT:
		return payload_again_checkpoint(data, size, to);
	case PAYLOAD_SEAL:
		AGAIN(seal);
	case PAYLOAD_CLEAN:
		AGAIN(clean);
	case PAYLOAD_RUN:
		AGAIN(run);
	case PAYLOAD_MARK:
		AGAIN(mark);
	default:
		return false;
	}
}

#endif
