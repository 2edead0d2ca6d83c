/*
 * Frames in words.
 */
#include "tap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/pack.h"
#include "journal/describe.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"

static uint8_t bytes[4096];
static struct pack pack;
static char said[4096];

static struct pack *
begin(void)
{
	pack = (struct pack){.data = bytes, .size = sizeof(bytes)};
	return &pack;
}

static void
put_number(void *context, const char *name, uint64_t value)
{
	size_t used = strlen(said);

	(void)context;
	snprintf(
	    said + used, sizeof(said) - used, "%s=%" PRIu64 " ", name, value);
}

static void
put_text(void *context, const char *name, const char *text, size_t size)
{
	size_t used = strlen(said);

	(void)context;
	snprintf(said + used, sizeof(said) - used, "%s=%.*s ", name, (int)size,
	    text);
}

/* What was packed. */
static const char *
describe(uint8_t type)
{
	const struct describe to = {.number = put_number, .text = put_text};
	const struct frame frame = {
	    .type = type,
	    .size = (uint32_t)pack.used,
	    .payload = bytes,
	};

	said[0] = '\0';
	describe_frame(&frame, &to);
	return said;
}

SUITE(describe)
{
	TEST("an acknowledgement says of what, and which")
	{
		const struct payload_ack ack = {
		    .seq = 7, .child = 2, .verdict = PAYLOAD_DEAD, .status = 3};

		payload_ack_encode(&ack, begin());
		eq_str(describe(PAYLOAD_ACK),
		    "seq=7 part=2 verdict=dead status=3 attempts=0 ");
	}
	TEST("a batch says all of its numbers and spans")
	{
		const struct payload_number numbers[] = {
		    {1, 17, 0}, {2, 9, 0xc5a1f2e000}};
		const struct payload_span spans[] = {
		    {.source = 3, .end = 40, .head_size = 40},
		    {.source = 4, .start = 1, .end = 2, .head_size = 2}};
		const struct payload_batch batch = {.records = 5,
		    .bytes = 41,
		    .place = PAYLOAD_SPANS,
		    .reason = PAYLOAD_EOF,
		    .lane_count = 2,
		    .span_count = 2};

		payload_batch_encode(&batch, numbers, spans, begin());
		describe(PAYLOAD_BATCH);
		ok(strstr(said, "reason=eof place=spans") != NULL);
		ok(strstr(said,
		       "batch=1.17,2.9 lane_shapes=2:00c5a1f2e000 "
		       "spans=3:0-40,4:1-2 ") != NULL);
	}
	TEST("an open window says which lanes get all of it")
	{
		static const uint16_t lanes[] = {1, 12};
		const struct payload_open window = {.window = 3,
		    .is_shared = true,
		    .lane_count = 2,
		    .lanes = lanes};

		payload_open_encode(&window, begin());
		describe(PAYLOAD_OPEN);
		ok(strstr(said, "shared=1 ") != NULL);
		ok(strstr(said, " lanes=1,12 ") != NULL);
	}
	TEST("what makes no sense, or is not known, says nothing")
	{
		begin()->used = 3;
		eq_str(describe(PAYLOAD_ACK), "");
		eq_str(describe(PAYLOAD_BATCH), "");
		eq_str(describe(PAYLOAD_TYPE_END), "");
		eq_str(describe_type(PAYLOAD_TYPE_END), "?");
		eq_str(describe_type(PAYLOAD_RUN), "RUN");
	}
}
