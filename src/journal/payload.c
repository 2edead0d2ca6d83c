/*
 * Payloads of a fixed shape.  Numbers are little-endian.
 *
 * LANE
 *	 0	8	number of its next batch
 *	 8	2	length of the buffer's name
 *	10	2	length of the channel's name
 *	12		both names
 * SOURCE
 *	is a position, with its path: see position.h
 * ATTEMPT
 *	 0	8	number of the batch
 *	 8	4	part
 *	12	4	attempt
 *	16	4	how the one before ended
 *	20	4	its status
 *	24	4	runs that ended during an attempt
 *	28	4	1: it is running
 * ACK
 *	 0	8	number of the batch
 *	 8	4	part
 *	12	4	verdict
 *	16	4	status
 *	20	4	attempts
 * SEAL
 *	 0	8	frames
 *	 8	8	length
 *	16	4	CRC-32C
 *	20	4	0
 * CLEAN
 *	 0	8	ns since 1970
 *	 8	8	unacknowledged batches
 * RUN
 *	 0	16	id of the boot
 *	16	8	ns since 1970
 *	24	8	number of the next window
 *	32	4	process
 *	36	4	how it syncs
 * MARK
 *	 0	8	source
 *	 8	8	offset
 *	16	4	1: the shared stream of the lane's buffer
 *	20	4	0
 *
 * To change one: give the new shape a type of its own, go on reading the old
 * one, and raise SEGMENT_MINIMUM_READER, because older programs refuse types
 * that they do not know.
 */
#include "journal/payload.h"

#include <string.h>

#include "base/pack.h"
#include "journal/segment.h"

static struct unpack
reading(const uint8_t *data, size_t size)
{
	return (struct unpack){.data = data, .size = size};
}

/* Names become paths and messages: no NUL and no slash. */
static bool
is_name(const uint8_t *name, size_t size)
{
	return size >= 1 && size <= PAYLOAD_NAME_MAX && name != NULL &&
	    memchr(name, '\0', size) == NULL && memchr(name, '/', size) == NULL;
}

void
payload_lane_encode(const struct payload_lane *lane, struct pack *to)
{
	pack_64(to, lane->next_seq);
	pack_16(to, lane->buffer_size);
	pack_16(to, lane->channel_size);
	pack_bytes(to, lane->buffer, lane->buffer_size);
	pack_bytes(to, lane->channel, lane->channel_size);
}

bool
payload_lane_decode(struct payload_lane *lane, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);

	lane->next_seq = unpack_64(&from);
	lane->buffer_size = unpack_16(&from);
	lane->channel_size = unpack_16(&from);
	lane->buffer = unpack_bytes(&from, lane->buffer_size);
	lane->channel = unpack_bytes(&from, lane->channel_size);
	return unpack_is_done(&from) && lane->next_seq >= 1 &&
	    is_name(lane->buffer, lane->buffer_size) &&
	    is_name(lane->channel, lane->channel_size);
}

void
payload_attempt_encode(const struct payload_attempt *attempt, struct pack *to)
{
	pack_64(to, attempt->seq);
	pack_32(to, attempt->child);
	pack_32(to, attempt->attempt);
	pack_32(to, attempt->end);
	pack_32(to, attempt->status);
	pack_32(to, attempt->crashes);
	pack_32(to, attempt->is_running);
}

bool
payload_attempt_decode(
    struct payload_attempt *attempt, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);
	uint32_t is_running;

	attempt->seq = unpack_64(&from);
	attempt->child = unpack_32(&from);
	attempt->attempt = unpack_32(&from);
	attempt->end = unpack_32(&from);
	attempt->status = unpack_32(&from);
	attempt->crashes = unpack_32(&from);
	is_running = unpack_32(&from);
	attempt->is_running = is_running == 1;
	return unpack_is_done(&from) && attempt->seq >= 1 &&
	    attempt->attempt >= 1 && attempt->end < PAYLOAD_END_COUNT &&
	    is_running <= 1;
}

void
payload_ack_encode(const struct payload_ack *ack, struct pack *to)
{
	pack_64(to, ack->seq);
	pack_32(to, ack->child);
	pack_32(to, ack->verdict);
	pack_32(to, ack->status);
	pack_32(to, ack->attempts);
}

bool
payload_ack_decode(struct payload_ack *ack, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);

	ack->seq = unpack_64(&from);
	ack->child = unpack_32(&from);
	ack->verdict = unpack_32(&from);
	ack->status = unpack_32(&from);
	ack->attempts = unpack_32(&from);
	return unpack_is_done(&from) && ack->seq >= 1 &&
	    ack->verdict >= PAYLOAD_OK && ack->verdict < PAYLOAD_VERDICT_COUNT;
}

void
payload_seal_encode(const struct payload_seal *seal, struct pack *to)
{
	pack_64(to, seal->frames);
	pack_64(to, seal->length);
	pack_32(to, seal->crc);
	pack_32(to, 0);
}

bool
payload_seal_decode(struct payload_seal *seal, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);
	uint32_t zero;

	seal->frames = unpack_64(&from);
	seal->length = unpack_64(&from);
	seal->crc = unpack_32(&from);
	zero = unpack_32(&from);
	return unpack_is_done(&from) && zero == 0 &&
	    seal->length >= SEGMENT_HEADER_SIZE && seal->length <= UINT32_MAX;
}

void
payload_clean_encode(const struct payload_clean *clean, struct pack *to)
{
	pack_64(to, clean->wall_ns);
	pack_64(to, clean->unacknowledged);
}

bool
payload_clean_decode(
    struct payload_clean *clean, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);

	clean->wall_ns = unpack_64(&from);
	clean->unacknowledged = unpack_64(&from);
	return unpack_is_done(&from);
}

void
payload_run_encode(const struct payload_run *run, struct pack *to)
{
	pack_bytes(to, run->boot, PAYLOAD_BOOT_SIZE);
	pack_64(to, run->wall_ns);
	pack_64(to, run->next_window);
	pack_32(to, run->process);
	pack_32(to, run->sync);
}

bool
payload_run_decode(struct payload_run *run, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);
	const uint8_t *boot = unpack_bytes(&from, PAYLOAD_BOOT_SIZE);

	if (boot == NULL)
		return false;
	memcpy(run->boot, boot, PAYLOAD_BOOT_SIZE);
	run->wall_ns = unpack_64(&from);
	run->next_window = unpack_64(&from);
	run->process = unpack_32(&from);
	run->sync = unpack_32(&from);
	return unpack_is_done(&from) && run->next_window >= 1 &&
	    run->sync >= PAYLOAD_SYNC_BATCH && run->sync < PAYLOAD_SYNC_COUNT;
}

void
payload_mark_encode(const struct payload_mark *mark, struct pack *to)
{
	pack_64(to, mark->source);
	pack_64(to, mark->end);
	pack_32(to, mark->is_shared);
	pack_32(to, 0);
}

bool
payload_mark_decode(struct payload_mark *mark, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);
	uint32_t is_shared, zero;

	mark->source = unpack_64(&from);
	mark->end = unpack_64(&from);
	is_shared = unpack_32(&from);
	zero = unpack_32(&from);
	mark->is_shared = is_shared == 1;
	return unpack_is_done(&from) && zero == 0 && is_shared <= 1 &&
	    mark->source >= 1 && mark->end <= INT64_MAX;
}
