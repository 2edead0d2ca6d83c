/*
 * Batches in a checkpoint that is damaged.
 */
#include "tap.h"

#include <string.h>

#include "base/crc.h"
#include "base/pack.h"
#include "journal/carve.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/payload_checkpoint.h"

static uint8_t bytes[4096];
static struct pack pack;
static char found[256];

static void
begin(void)
{
	memset(bytes, 0x5a, sizeof(bytes));
	pack = (struct pack){.data = bytes, .size = sizeof(bytes), .used = 40};
}

/* An entry with a batch that has this inside, behind a header line. */
static void
add(const char *inside, uint32_t header_size)
{
	const struct payload_number number = {.lane = 1, .seq = 1};
	const struct payload_batch about = {
	    .records = 1,
	    .bytes = strlen(inside) - header_size,
	    .header_size = header_size,
	    .crc = crc32c(0, (const uint8_t *)inside, strlen(inside)),
	    .place = PAYLOAD_INSIDE,
	    .reason = PAYLOAD_EOF,
	    .lane_count = 1,
	    .stream = 1,
	    .inside_size = (uint32_t)strlen(inside),
	    .inside = (const uint8_t *)inside,
	};
	uint8_t data[1024];
	struct pack payload = {.data = data, .size = sizeof(data)};
	struct payload_entry entry = {
	    .type = PAYLOAD_BATCH, .lane = 1, .data = data};

	payload_batch_encode(&about, &number, NULL, &payload);
	entry.size = (uint32_t)payload.used;
	payload_entry_encode(&entry, &pack);
}

static void
note(void *context, const struct frame *batch, size_t at)
{
	size_t offset = 0, used = strlen(found);

	(void)context;
	ok(carve_records(batch, &offset));
	ok(batch->payload == bytes + at && batch->lane == 1);
	memcpy(found + used, batch->payload + offset, 2);
	found[used + 2] = '\0';
}

static const char *
carved(size_t size)
{
	found[0] = '\0';
	carve(bytes, size, note, NULL);
	return found;
}

SUITE(carve)
{
	size_t second, i;

	begin();
	add("a\n", 0);
	second = pack.used;
	add("h\nb\n", 2);
	add("c\n", 0);

	TEST("batches are found among whatever else there is")
	eq_str(carved(sizeof(bytes)), "a\nb\nc\n");

	TEST("one whose records are not what they were is none")
	{
		for (i = second; i < pack.used && bytes[i] != 'b'; i++)
			continue;
		bytes[i] ^= 1;
		eq_str(carved(sizeof(bytes)), "a\nc\n");
		bytes[i] ^= 1;
	}

	TEST("what ends too soon is none, wherever that is")
	{
		/* Zeros behind the last one may be missing. */
		for (i = 0; i < pack.used - FRAME_ALIGNMENT; i++)
			ok(strlen(carved(i)) <= 4);
	}
}
