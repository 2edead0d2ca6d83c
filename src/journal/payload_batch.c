/*
 * Batches and open windows.  Numbers are little-endian.
 *
 * BATCH
 *	 0	8	records
 *	 8	8	bytes
 *	16	8	shape
 *	24	4	length of the header line
 *	28	4	CRC-32C of header and records
 *	32	1	place
 *	33	1	reason
 *	34	2	how many lanes
 *	36	4	how many spans
 *	40	4	length of the bytes inside, or 0
 *	44	2	lane of the stream
 *	46	2	1: the shared stream of the lane's buffer
 *	48	8	number of the window's file, or 0
 *	56		for each lane: 2 its number, 6 its shape, 8 the
 *			batch's number there
 *			for each span: 8 source, 8 start, 8 end, 8 marker,
 *			8 head, 4 length of the head, 4 zero
 *			the bytes
 * OPEN
 *	 0	8	number of the window's file
 *	 8	8	length
 *	16	8	records
 *	24	4	length of the header line
 *	28	4	CRC-32C
 *	32	4	1: the shared stream of the lane's buffer
 *	36	2	how many lanes get all of it; 0: one, or it is not known
 *	38	2	0
 *	40		for each of these: 2 its number
 *
 * To change one: see payload.c.
 */
#include "journal/payload_batch.h"

#include "base/identity.h"
#include "base/pack.h"

#define NUMBER_SIZE 16
#define SPAN_SIZE 48
#define SHAPE_MASK ((UINT64_C(1) << 48) - 1)

static void
pack_spans(struct pack *to, const struct payload_span *spans, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		pack_64(to, spans[i].source);
		pack_64(to, spans[i].start);
		pack_64(to, spans[i].end);
		pack_64(to, spans[i].marker_hash);
		pack_64(to, spans[i].head_hash);
		pack_32(to, spans[i].head_size);
		pack_32(to, 0);
	}
}

static struct payload_span
load_span(const uint8_t *spans, size_t index)
{
	const uint8_t *at = spans + index * SPAN_SIZE;

	return (struct payload_span){
	    .source = pack_load_64(at),
	    .start = pack_load_64(at + 8),
	    .end = pack_load_64(at + 16),
	    .marker_hash = pack_load_64(at + 24),
	    .head_hash = pack_load_64(at + 32),
	    .head_size = pack_load_32(at + 40),
	};
}

/* Adds up their bytes. */
static bool
are_spans(const uint8_t *spans, size_t count, uint64_t *bytes)
{
	struct payload_span span;
	size_t i;

	*bytes = 0;
	for (i = 0; i < count; i++) {
		span = load_span(spans, i);
		if (span.source == 0 || span.source > UINT32_MAX ||
		    span.start > span.end || span.end > INT64_MAX ||
		    span.head_size > IDENTITY_HEAD_MAX ||
		    (span.head_size < IDENTITY_HEAD_MAX &&
		        span.head_size < span.start) ||
		    pack_load_32(spans + i * SPAN_SIZE + 44) != 0)
			return false;
		*bytes += span.end - span.start;
		if (*bytes > INT64_MAX)
			return false;
	}
	return true;
}

void
payload_batch_encode(const struct payload_batch *batch,
    const struct payload_number *numbers, const struct payload_span *spans,
    struct pack *to)
{
	size_t i;

	pack_64(to, batch->records);
	pack_64(to, batch->bytes);
	pack_64(to, batch->shape);
	pack_32(to, batch->header_size);
	pack_32(to, batch->crc);
	pack_8(to, batch->place);
	pack_8(to, batch->reason);
	pack_16(to, batch->lane_count);
	pack_32(to, batch->span_count);
	pack_32(to, batch->inside_size);
	pack_16(to, batch->stream);
	pack_16(to, batch->is_shared);
	pack_64(to, batch->window);
	for (i = 0; i < batch->lane_count; i++) {
		pack_16(to, numbers[i].lane);
		pack_16(to, (uint16_t)numbers[i].shape);
		pack_32(to, (uint32_t)(numbers[i].shape >> 16));
		pack_64(to, numbers[i].seq);
	}
	pack_spans(to, spans, batch->span_count);
	pack_bytes(to, batch->inside, batch->inside_size);
}

struct payload_number
payload_batch_number(const struct payload_batch *batch, size_t index)
{
	const uint8_t *at = batch->encoded_numbers + index * NUMBER_SIZE;

	return (struct payload_number){
	    .lane = pack_load_16(at),
	    .seq = pack_load_64(at + 8),
	    .shape =
	        (uint64_t)pack_load_32(at + 4) << 16 | pack_load_16(at + 2),
	};
}

struct payload_span
payload_batch_span(const struct payload_batch *batch, size_t index)
{
	return load_span(batch->encoded_spans, index);
}

/* As much of it as there is room for; never 0. */
static uint64_t
shorten(uint64_t shape)
{
	uint64_t low = shape & SHAPE_MASK;

	return low != 0 ? low : 1;
}

uint64_t
payload_lane_shape(uint64_t batch_shape, uint64_t shape)
{
	return shape == batch_shape ? 0 : shorten(shape);
}

bool
payload_lane_has_shape(
    const struct payload_batch *batch, uint64_t lane_shape, uint64_t shape)
{
	return lane_shape == 0 ? batch->shape == shape
	                       : lane_shape == shorten(shape);
}

/* No lane twice would be right, too, but is for those who know the lanes. */
static bool
are_numbers(const struct payload_batch *batch)
{
	const uint8_t *at = batch->encoded_numbers;
	size_t i;

	for (i = 0; i < batch->lane_count; i++, at += NUMBER_SIZE) {
		if (pack_load_64(at + 8) == 0)
			return false;
	}
	return true;
}

/* The bytes are where they are said to be, and as many. */
static bool
has_bytes(const struct payload_batch *batch, uint64_t span_bytes)
{
	uint64_t all = batch->header_size + batch->bytes;

	switch (batch->place) {
	case PAYLOAD_INSIDE:
		return batch->inside_size == all;
	case PAYLOAD_FILE:
		return batch->inside_size == 0 && batch->window > 0;
	case PAYLOAD_SPANS:
		return batch->inside_size == 0 && batch->span_count > 0 &&
		    span_bytes == batch->bytes;
	default:
		return false;
	}
}

bool
payload_batch_decode(
    struct payload_batch *batch, const uint8_t *data, size_t size)
{
	struct unpack from = {.data = data, .size = size};
	uint64_t span_bytes;
	uint16_t is_shared;

	batch->records = unpack_64(&from);
	batch->bytes = unpack_64(&from);
	batch->shape = unpack_64(&from);
	batch->header_size = unpack_32(&from);
	batch->crc = unpack_32(&from);
	batch->place = unpack_8(&from);
	batch->reason = unpack_8(&from);
	batch->lane_count = unpack_16(&from);
	batch->span_count = unpack_32(&from);
	batch->inside_size = unpack_32(&from);
	batch->stream = unpack_16(&from);
	is_shared = unpack_16(&from);
	batch->is_shared = is_shared == 1;
	batch->window = unpack_64(&from);
	if (from.is_short || is_shared > 1 || batch->records == 0 ||
	    batch->bytes > INT64_MAX || batch->lane_count == 0 ||
	    batch->lane_count > PAYLOAD_LANES_MAX ||
	    batch->span_count > PAYLOAD_SPANS_MAX ||
	    batch->inside_size > PAYLOAD_INSIDE_MAX || batch->reason == 0 ||
	    batch->reason >= PAYLOAD_REASON_COUNT)
		return false;
	batch->encoded_numbers =
	    unpack_bytes(&from, (uint64_t)batch->lane_count * NUMBER_SIZE);
	batch->encoded_spans =
	    unpack_bytes(&from, (uint64_t)batch->span_count * SPAN_SIZE);
	batch->inside = unpack_bytes(&from, batch->inside_size);
	return unpack_is_done(&from) && are_numbers(batch) &&
	    are_spans(batch->encoded_spans, batch->span_count, &span_bytes) &&
	    has_bytes(batch, span_bytes);
}

void
payload_open_encode(const struct payload_open *window, struct pack *to)
{
	size_t i;

	pack_64(to, window->window);
	pack_64(to, window->length);
	pack_64(to, window->records);
	pack_32(to, window->header_size);
	pack_32(to, window->crc);
	pack_32(to, window->is_shared);
	pack_16(to, window->lane_count);
	pack_16(to, 0);
	for (i = 0; i < window->lane_count; i++)
		pack_16(to, window->lanes[i]);
}

uint16_t
payload_open_lane(const struct payload_open *window, size_t index)
{
	return pack_load_16(window->encoded_lanes + 2 * index);
}

bool
payload_open_decode(
    struct payload_open *window, const uint8_t *data, size_t size)
{
	struct unpack from = {.data = data, .size = size};
	uint32_t is_shared;
	uint16_t zero;

	window->window = unpack_64(&from);
	window->length = unpack_64(&from);
	window->records = unpack_64(&from);
	window->header_size = unpack_32(&from);
	window->crc = unpack_32(&from);
	is_shared = unpack_32(&from);
	window->is_shared = is_shared == 1;
	window->lane_count = unpack_16(&from);
	zero = unpack_16(&from);
	window->lanes = NULL;
	window->encoded_lanes = unpack_bytes(&from, 2UL * window->lane_count);
	return unpack_is_done(&from) && zero == 0 && is_shared <= 1 &&
	    window->lane_count <= (is_shared == 1 ? PAYLOAD_LANES_MAX : 0) &&
	    window->window > 0 && window->length <= INT64_MAX &&
	    (window->length == 0 || window->header_size <= window->length) &&
	    (window->length > 0 || window->records == 0);
}
