/*
 * Payloads of a fixed shape.  Numbers are little-endian.
 *
 * LANE
 *	 0	8	number of its next batch
 *	 8	2	length of the buffer's name
 *	10	2	length of the channel's name
 *	12		both names
 * SOURCE
 *	 0	8	id
 *	 8	8	device
 *	16	8	inode
 *	24	8	fingerprint
 *	32	8	position
 *	40	8	marker
 *	48	4	how many bytes the fingerprint covers
 *	52	4	length of the path
 *	56		the path
 * ATTEMPT
 *	 0	8	number of the batch
 *	 8	4	part
 *	12	4	attempt
 *	16	4	how the one before ended
 *	20	4	its status
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
payload_source_encode(const struct payload_source *source, struct pack *to)
{
	pack_64(to, source->id);
	pack_64(to, source->device);
	pack_64(to, source->inode);
	pack_64(to, source->fingerprint);
	pack_64(to, source->position);
	pack_64(to, source->marker);
	pack_32(to, source->fingerprint_size);
	pack_32(to, source->path_size);
	pack_bytes(to, source->path, source->path_size);
}

bool
payload_source_decode(
    struct payload_source *source, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);

	source->id = unpack_64(&from);
	source->device = unpack_64(&from);
	source->inode = unpack_64(&from);
	source->fingerprint = unpack_64(&from);
	source->position = unpack_64(&from);
	source->marker = unpack_64(&from);
	source->fingerprint_size = unpack_32(&from);
	source->path_size = unpack_32(&from);
	source->path = unpack_bytes(&from, source->path_size);
	return unpack_is_done(&from) && source->id >= 1 &&
	    source->position <= INT64_MAX &&
	    source->fingerprint_size <= PAYLOAD_FINGERPRINT_MAX &&
	    source->path_size >= 1 && source->path_size <= PAYLOAD_PATH_MAX &&
	    memchr(source->path, '\0', source->path_size) == NULL;
}

void
payload_attempt_encode(const struct payload_attempt *attempt, struct pack *to)
{
	pack_64(to, attempt->seq);
	pack_32(to, attempt->child);
	pack_32(to, attempt->attempt);
	pack_32(to, attempt->end);
	pack_32(to, attempt->status);
}

bool
payload_attempt_decode(
    struct payload_attempt *attempt, const uint8_t *data, size_t size)
{
	struct unpack from = reading(data, size);

	attempt->seq = unpack_64(&from);
	attempt->child = unpack_32(&from);
	attempt->attempt = unpack_32(&from);
	attempt->end = unpack_32(&from);
	attempt->status = unpack_32(&from);
	return unpack_is_done(&from) && attempt->seq >= 1 &&
	    attempt->attempt >= 1 && attempt->end < PAYLOAD_END_COUNT;
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
