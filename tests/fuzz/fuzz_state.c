/*
 * The journal's state: whatever frames come, well-formed and in any order, each
 * is taken or refused with a reason; and what was taken is found again by who
 * reads a checkpoint of it.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/position.h"
#include "journal/state.h"

#define ACTION_SIZE 6

static struct state state;
static uint8_t bytes[4096];
static struct pack pack;

static int
apply(uint8_t type, uint16_t lane)
{
	struct frame frame = {
	    .type = type,
	    .lane = lane,
	    .size = (uint32_t)pack.used,
	    .payload = bytes,
	};
	struct err e = {0};
	int code = state_apply(&state, &frame, 1, &e);

	HOLDS(code == 0 || (code == ERR_DATA && e.message[0] != '\0'));
	return code;
}

static void
encode_lane(void)
{
	const struct payload_lane lane = {
	    .next_seq = 1,
	    .buffer_size = 1,
	    .channel_size = 1,
	    .buffer = (const uint8_t *)"b",
	    .channel = (const uint8_t *)"c",
	};

	payload_lane_encode(&lane, &pack);
}

static void
encode_source(const uint8_t *action)
{
	const struct position position = {
	    .source = action[2] % 4U + 1,
	    .identity = {.position = action[3], .head_size = action[3]},
	    .path = "/x",
	    .path_size = action[4] % 2 == 0 ? 2 : 0,
	};

	position_encode(&position, bytes);
	pack.used = position_size(&position);
}

static void
encode_batch(const uint8_t *action)
{
	const struct payload_number numbers[] = {
	    {action[1], action[2] % 8U + 1U, 0},
	    {(uint16_t)(action[1] ^ 1U), action[3] % 8U + 1U, action[4] & 1U}};
	const struct payload_span spans[] = {
	    {action[4] % 4U + 1U, action[3], action[3] + 2U, 1, 2, 1024}};
	struct payload_batch batch = {
	    .records = 1,
	    .bytes = 2,
	    .window = action[5] % 16U,
	    .place = (uint8_t)(PAYLOAD_INSIDE + action[4] % 3),
	    .reason = PAYLOAD_SIZE,
	    .stream = action[5] % 4U,
	    .lane_count = (uint16_t)(1 + action[5] % 2),
	    .inside = (const uint8_t *)"a\n",
	};

	batch.inside_size = batch.place == PAYLOAD_INSIDE ? 2 : 0;
	batch.span_count = batch.place == PAYLOAD_SPANS || action[3] % 2 == 1;
	payload_batch_encode(&batch, numbers, spans, &pack);
}

static void
encode_split(const uint8_t *action)
{
	const struct payload_range range = {1, 1};
	const struct payload_split split = {
	    .seq = action[2] % 8U + 1U,
	    .parent = action[3] % 4U,
	    .child_count = action[5] % 3U,
	    .highest = 255,
	};
	uint32_t i;

	payload_split_encode(&split, &pack);
	for (i = 0; i < split.child_count; i++)
		payload_child_encode(action[4] % 8U + 1 + i, &range, 1, &pack);
}

static void
encode_end(const uint8_t *action, bool is_ack)
{
	const struct payload_ack ack = {
	    .seq = action[2] % 8U + 1U,
	    .child = action[3] % 4U,
	    .verdict = PAYLOAD_OK,
	};
	const struct payload_attempt attempt = {
	    .seq = action[2] % 8U + 1U,
	    .child = action[3] % 4U,
	    .attempt = action[4] + 1U,
	    .is_running = action[5] % 2 == 1,
	};

	if (is_ack)
		payload_ack_encode(&ack, &pack);
	else
		payload_attempt_encode(&attempt, &pack);
}

static void
encode_open(const uint8_t *action)
{
	const uint16_t lanes[] = {action[1], action[4] % 8U};
	const struct payload_open window = {
	    .window = action[2] + 1U,
	    .is_shared = action[3] % 2 == 1,
	    .lane_count = action[3] % 4 == 3 ? 2 : 0,
	    .lanes = lanes,
	};

	payload_open_encode(&window, &pack);
}

/* False: it was refused, and that is the end. */
static bool
act(const uint8_t *action)
{
	static const uint8_t types[] = {PAYLOAD_LANE, PAYLOAD_SOURCE,
	    PAYLOAD_BATCH, PAYLOAD_BATCH, PAYLOAD_ACK, PAYLOAD_ATTEMPT,
	    PAYLOAD_SPLIT, PAYLOAD_OPEN};
	uint8_t type = types[action[0] % sizeof(types)];

	pack = (struct pack){.data = bytes, .size = sizeof(bytes)};
	if (type == PAYLOAD_LANE)
		encode_lane();
	else if (type == PAYLOAD_SOURCE)
		encode_source(action);
	else if (type == PAYLOAD_BATCH)
		encode_batch(action);
	else if (type == PAYLOAD_SPLIT)
		encode_split(action);
	else if (type == PAYLOAD_OPEN)
		encode_open(action);
	else
		encode_end(action, type == PAYLOAD_ACK);
	return apply(type, action[1] % 8) == 0;
}

static void
begin(void)
{
	const struct payload_run run = {
	    .next_window = 1, .sync = PAYLOAD_SYNC_BATCH};

	pack = (struct pack){.data = bytes, .size = sizeof(bytes)};
	payload_run_encode(&run, &pack);
	HOLDS(apply(PAYLOAD_RUN, 0) == 0);
}

/* A restart finds the same. */
static void
check_again(void)
{
	struct state again = {0};
	struct frame *frames;
	struct err e = {0};
	size_t count, i;

	state_checkpoint(&state, 1, &frames, &count);
	for (i = 0; i < count; i++)
		HOLDS(state_apply(&again, &frames[i], 0, &e) == 0);
	HOLDS(again.batches == state.batches);
	HOLDS(again.records == state.records);
	HOLDS(again.bytes == state.bytes);
	HOLDS(again.lane_count == state.lane_count);
	HOLDS(again.source_count == state.source_count);
	HOLDS(again.window_count == state.window_count);
	HOLDS(again.next_window == state.next_window);
	state_free_checkpoint(frames, count);
	state_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;
	bool is_good = true;

	begin();
	while (is_good && size - at >= ACTION_SIZE) {
		is_good = act(data + at);
		at += ACTION_SIZE;
	}
	if (is_good)
		check_again();
	state_release(&state);
	return 0;
}
