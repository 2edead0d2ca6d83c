/*
 * What the log leads to.
 */
#include "crash_disk.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload_checkpoint.h"
#include "journal/position.h"
#include "journal/state.h"

static struct state state;
static struct err e;
static uint64_t ticket;
static uint8_t bytes[FRAME_PAYLOAD_MAX];
static struct pack pack;
static bool no_stream; /* for scattered_batch() */
static uint64_t applied_bytes;

static struct pack *
begin(void)
{
	pack = (struct pack){.data = bytes, .size = sizeof(bytes)};
	return &pack;
}

/* What was packed, as a frame. */
static int
apply(uint8_t type, uint16_t lane)
{
	const struct frame frame = {
	    .type = type,
	    .lane = lane,
	    .size = (uint32_t)pack.used,
	    .payload = bytes,
	};

	applied_bytes += frame_size(frame.size);
	return state_apply(&state, &frame, ++ticket, &e);
}

static int
add_lane(uint16_t number, const char *channel)
{
	const struct payload_lane lane = {
	    .next_seq = 1,
	    .buffer_size = 1,
	    .channel_size = (uint16_t)strlen(channel),
	    .buffer = (const uint8_t *)"b",
	    .channel = (const uint8_t *)channel,
	};

	payload_lane_encode(&lane, begin());
	return apply(PAYLOAD_LANE, number);
}

static int
add_source(uint32_t id, uint64_t at)
{
	struct position position = {
	    .source = id,
	    .identity = {.device = 1,
	        .inode = id,
	        .position = at,
	        .head_size = at < 1024 ? (uint32_t)at : 1024},
	    .path = "/var/log/x",
	    .path_size = 10,
	};

	position_encode(&position, bytes);
	begin()->used = position_size(&position);
	return apply(PAYLOAD_SOURCE, 0);
}

static int
add_window(uint64_t number, uint16_t lane)
{
	const struct payload_open window = {.window = number};

	payload_open_encode(&window, begin());
	return apply(PAYLOAD_OPEN, lane);
}

static int
add_batch(struct payload_batch batch, const struct payload_number *numbers,
    const struct payload_span *spans)
{
	batch.records = 2;
	batch.reason = PAYLOAD_SIZE;
	payload_batch_encode(&batch, numbers, spans, begin());
	return apply(PAYLOAD_BATCH, numbers[0].lane);
}

/* Two bytes in a window's file, or inside. */
static int
batch(uint16_t lane, uint64_t seq, uint64_t window)
{
	const struct payload_number numbers[] = {{lane, seq, 0}};
	const struct payload_batch about = {
	    .bytes = 2,
	    .window = window,
	    .place = window > 0 ? PAYLOAD_FILE : PAYLOAD_INSIDE,
	    .lane_count = 1,
	    .inside_size = window > 0 ? 0 : 2,
	    .inside = (const uint8_t *)"a\n",
	};

	return add_batch(about, numbers, NULL);
}

/* One that both lanes get. */
static int
batch_for_both(void)
{
	const struct payload_number numbers[] = {
	    {1, state_lane(&state, 1)->next_seq, 0},
	    {2, state_lane(&state, 2)->next_seq, 0}};
	const struct payload_batch about = {.bytes = 2,
	    .place = PAYLOAD_INSIDE,
	    .lane_count = 2,
	    .inside_size = 2,
	    .inside = (const uint8_t *)"a\n"};

	return add_batch(about, numbers, NULL);
}

static int
attempt(uint16_t lane, uint64_t seq, uint32_t child, uint32_t number)
{
	const struct state_share *share =
	    state_share(state_lane(&state, lane), seq);
	const struct payload_attempt about = {
	    .seq = seq,
	    .child = child,
	    .attempt = number,
	    .crashes = share != NULL ? share->crashes : 0,
	    .is_running = true,
	};

	payload_attempt_encode(&about, begin());
	return apply(PAYLOAD_ATTEMPT, lane);
}

static int
ack(uint16_t lane, uint64_t seq, uint32_t child)
{
	const struct payload_ack about = {
	    .seq = seq, .child = child, .verdict = PAYLOAD_OK};

	payload_ack_encode(&about, begin());
	return apply(PAYLOAD_ACK, lane);
}

/* Record 1 becomes part `first`, record 2 the one behind it. */
static int
split(uint16_t lane, uint64_t seq, uint32_t parent, uint32_t first)
{
	const struct payload_range ranges[] = {{1, 1}, {2, 1}};
	const struct payload_split about = {.seq = seq,
	    .parent = parent,
	    .child_count = 2,
	    .highest = first + 1};

	payload_split_encode(&about, begin());
	payload_child_encode(first, &ranges[0], 1, &pack);
	payload_child_encode(first + 1, &ranges[1], 1, &pack);
	return apply(PAYLOAD_SPLIT, lane);
}

/* Parts of so many ranges each: every other record. */
static int
split_widely(uint32_t parent, uint32_t first, uint32_t count, uint32_t width)
{
	struct payload_range *ranges = memory_zeroed(width, sizeof(*ranges));
	const struct payload_split about = {.seq = 1,
	    .parent = parent,
	    .child_count = count,
	    .highest = first + count - 1};
	uint32_t i;

	for (i = 0; i < width; i++)
		ranges[i] = (struct payload_range){2 * i + 1, 1};
	payload_split_encode(&about, begin());
	for (i = 0; i < count; i++)
		payload_child_encode(first + i, ranges, width, &pack);
	free(ranges);
	return apply(PAYLOAD_SPLIT, 1);
}

/* Two lanes, and the run that is at work. */
static void
enter(void)
{
	const struct payload_run run = {
	    .next_window = 1, .sync = PAYLOAD_SYNC_BATCH};

	memset(&state, 0, sizeof(state));
	ticket = 0;
	payload_run_encode(&run, begin());
	eq_int(apply(PAYLOAD_RUN, 0), 0);
	eq_int(add_lane(1, "x"), 0);
	eq_int(add_lane(2, "y"), 0);
}

static void
leave(void)
{
	state_release(&state);
}

/* All of a checkpoint as one text, to compare states. */
static char *
written(const struct state *of)
{
	struct frame *frames;
	size_t count, i, j, used = 0;
	char *text = memory_zeroed(1, 1 << 20);

	state_checkpoint(of, 1, &frames, &count);
	for (i = 0; i < count; i++) {
		for (j = 0; j < frames[i].size && used < (1 << 20) - 8; j++)
			used += (size_t)snprintf(
			    text + used, 3, "%02x", frames[i].payload[j]);
	}
	state_free_checkpoint(frames, count);
	return text;
}

static uint64_t
checkpoint_bytes(void)
{
	struct frame *frames;
	uint64_t size = 0;
	size_t count, i;

	state_checkpoint(&state, 1, &frames, &count);
	for (i = 0; i < count; i++)
		size += frame_size(frames[i].size);
	state_free_checkpoint(frames, count);
	return size;
}

/* A restart from a checkpoint finds the very same. */
static bool
is_same_again(void)
{
	char *before = written(&state), *after;
	struct state other = {0};
	struct frame *frames;
	size_t count, i;
	bool is_same;
	int code = 0;

	state_checkpoint(&state, 1, &frames, &count);
	for (i = 0; i < count && code == 0; i++)
		code = state_apply(&other, &frames[i], 0, &e);
	after = written(&other);
	is_same = code == 0 && strcmp(before, after) == 0 &&
	    other.batches == state.batches && other.bytes == state.bytes &&
	    other.records == state.records;
	state_free_checkpoint(frames, count);
	state_release(&other);
	free(before);
	free(after);
	return is_same;
}

/* The state is what a restart finds. */
static void
restart(void)
{
	struct state other = {0};
	struct frame *frames;
	size_t count, i;

	ok(is_same_again());
	state_checkpoint(&state, 1, &frames, &count);
	for (i = 0; i < count; i++)
		eq_int(state_apply(&other, &frames[i], 0, &e), 0);
	state_free_checkpoint(frames, count);
	other.is_clean = state.is_clean;
	state_release(&state);
	state = other;
}

static bool
is_window_dead(uint64_t number)
{
	uint64_t *numbers;
	size_t count;
	bool is_live;

	state_list_windows(&state, &numbers, &count);
	is_live = numbers_has(numbers, count, number);
	free(numbers);
	return !is_live;
}

static void
test_batches(void)
{
	int i;

	TEST("a batch is there until it is acknowledged, across a restart")
	{
		enter();
		eq_int(batch(1, 1, 0), 0);
		eq_int(batch(1, 2, 7), 0);
		restart();
		eq_int(state.batches, 2);
		eq_mem(state_share(state_lane(&state, 1), 1)->batch->inside,
		    "a\n", 2);
		eq_int(ack(1, 1, 0), 0);
		eq_int(ack(1, 2, 0), 0);
		restart();
		eq_int(state.batches, 0);
		eq_int(state_lane(&state, 1)->next_seq, 3);
		leave();
	}
	TEST("one for several lanes: the last one keeps its shape, and ends it")
	{
		const struct payload_number numbers[] = {{1, 1, 0}, {2, 1, 7}};
		const struct payload_batch about = {.bytes = 2,
		    .window = 5,
		    .place = PAYLOAD_FILE,
		    .lane_count = 2};

		enter();
		eq_int(add_batch(about, numbers, NULL), 0);
		eq_int(state.batches, 2);
		eq_int(ack(1, 1, 0), 0);
		restart();
		ok(!is_window_dead(5));
		ok(state_share(state_lane(&state, 2), 1) != NULL);
		eq_int(state_share(state_lane(&state, 2), 1)->shape, 7);
		eq_int(ack(2, 1, 0), 0);
		ok(is_window_dead(5));
		leave();
	}
	TEST("one for several lanes is the same again, whoever is left")
	{
		enter();
		for (i = 0; i < 3; i++)
			eq_int(batch_for_both(), 0);
		eq_int(ack(1, 1, 0), 0);
		eq_int(ack(2, 2, 0), 0);
		eq_int(state.batches, 4);
		restart();
		eq_int(state.batches, 4);
		ok(state_share(state_lane(&state, 2), 1) != NULL);
		ok(state_share(state_lane(&state, 1), 2) != NULL);
		leave();
	}
	TEST("a later acknowledgement of a batch that is gone is nothing")
	{
		enter();
		batch(1, 1, 0);
		eq_int(ack(1, 1, 0), 0);
		eq_int(ack(1, 1, 0), 0);
		eq_int(ack(1, 2, 0), ERR_DATA);
		leave();
	}
	TEST("numbers are given in order, and to lanes that are there")
	{
		enter();
		eq_int(batch(1, 2, 0), ERR_DATA);
		eq_int(batch(3, 1, 0), ERR_DATA);
		eq_int(batch(1, 1, 0), 0);
		eq_int(batch(1, 1, 0), ERR_DATA);
		leave();
	}
}

static uint64_t
acked_below(struct state_lane *lane, uint64_t durable)
{
	return lagging_durable(&lane->acked_below, durable);
}

static void
test_acked(void)
{
	struct state_lane *lane;

	TEST("what is acknowledged below counts when it is durable")
	{
		enter();
		batch(1, 1, 0);
		batch(1, 2, 0);
		batch(1, 3, 0);
		lane = state_lane(&state, 1);
		ack(1, 2, 0);
		eq_int(acked_below(lane, ticket), 1);
		ack(1, 1, 0);
		eq_int(acked_below(lane, ticket - 1), 1);
		eq_int(acked_below(lane, ticket), 3);
		leave();
	}
	TEST("it goes on growing while acknowledgements never stop")
	{
		uint64_t seq;

		enter();
		lane = state_lane(&state, 1);
		for (seq = 1; seq <= 100; seq++) {
			batch(1, seq, 0);
			ack(1, seq, 0);
			/* Durable is what is some frames old. */
			acked_below(lane, ticket > 7 ? ticket - 7 : 0);
		}
		ok(acked_below(lane, ticket - 7) > 90);
		ok(acked_below(lane, ticket - 7) <= 98);
		leave();
	}
	TEST("a restart begins at the first that is not acknowledged")
	{
		enter();
		batch(1, 1, 0);
		batch(1, 2, 0);
		ack(1, 1, 0);
		restart();
		eq_int(acked_below(state_lane(&state, 1), 0), 2);
		leave();
	}
}

static void
test_parts(void)
{
	const struct state_share *share;
	uint32_t i;

	TEST("parts take the place of a batch, and of a part")
	{
		enter();
		batch(1, 1, 0);
		eq_int(split(1, 1, 0, 1), 0);
		eq_int(ack(1, 1, 1), 0);
		eq_int(split(1, 1, 2, 3), 0);
		restart();
		share = state_share(state_lane(&state, 1), 1);
		eq_int(share->part_count, 2);
		eq_int(share->parts[0].number, 3);
		eq_int(share->parts[1].ranges[0].first, 2);
		eq_int(share->highest, 4);
		leave();
	}
	TEST("with the last part done the batch waits for its own end")
	{
		enter();
		batch(1, 1, 0);
		split(1, 1, 0, 1);
		ack(1, 1, 1);
		ack(1, 1, 2);
		restart();
		share = state_share(state_lane(&state, 1), 1);
		ok(share->is_split && share->part_count == 0);
		eq_int(ack(1, 1, 0), 0);
		eq_int(state.batches, 0);
		leave();
	}
	TEST("more parts than a frame has room for are there again")
	{
		enter();
		batch(1, 1, 0);
		for (i = 0; i < 4; i++)
			eq_int(split_widely(2 * i, 2 * i + 1, 2, 20000), 0);
		restart();
		share = state_share(state_lane(&state, 1), 1);
		eq_int(share->part_count, 5);
		eq_int(share->parts[4].number, 8);
		eq_int(share->parts[4].ranges[19999].first, 39999);
		eq_int(share->highest, 8);
		leave();
	}
	TEST("what no checkpoint has room for is refused")
	{
		enter();
		batch(1, 1, 0);
		eq_int(split_widely(0, 1, 1, 65533), ERR_DATA);
		eq_int(split_widely(0, 1, 1, 65532), 0);
		restart();
		leave();
	}
	TEST("what is no part, or was split before, is not split")
	{
		enter();
		batch(1, 1, 0);
		eq_int(split(1, 1, 1, 2), ERR_DATA);
		eq_int(split(1, 1, 0, 1), 0);
		eq_int(split(1, 1, 0, 3), ERR_DATA);
		eq_int(split(1, 2, 0, 1), ERR_DATA);
		leave();
	}
}

static void
test_attempts(void)
{
	const struct payload_run run = {
	    .next_window = 1, .sync = PAYLOAD_SYNC_BATCH};
	const struct payload_clean clean = {.unacknowledged = 1};
	int i;

	TEST("attempts go on counting; crashes are runs that ended in one")
	{
		enter();
		batch(1, 1, 0);
		batch(1, 2, 0);
		for (i = 1; i <= 3; i++) {
			attempt(1, 1, 0, (uint32_t)i);
			restart();
			state_begin_run(&state, &run);
		}
		eq_int(state_share(state_lane(&state, 1), 1)->crashes, 3);
		eq_int(state_share(state_lane(&state, 1), 1)->attempts, 3);
		eq_int(state_share(state_lane(&state, 1), 2)->crashes, 0);
		leave();
	}
	TEST("a run that ended clean has not crashed")
	{
		enter();
		batch(1, 1, 0);
		attempt(1, 1, 0, 1);
		payload_clean_encode(&clean, begin());
		eq_int(apply(PAYLOAD_CLEAN, 0), 0);
		restart();
		state_begin_run(&state, &run);
		eq_int(state_share(state_lane(&state, 1), 1)->crashes, 0);
		leave();
	}
	TEST("attempts at a part are its own")
	{
		enter();
		batch(1, 1, 0);
		attempt(1, 1, 0, 1);
		split(1, 1, 0, 1);
		attempt(1, 1, 2, 5);
		restart();
		eq_int(state_share(state_lane(&state, 1), 1)->attempts, 1);
		eq_int(state_share(state_lane(&state, 1), 1)->parts[1].attempts,
		    5);
		leave();
	}
}

static int
span_batch(uint64_t seq, uint64_t start, uint64_t end)
{
	const struct payload_number numbers[] = {{1, seq, 0}};
	const struct payload_span spans[] = {{1, start, end, 9, 8, 1024}};
	const struct payload_batch about = {.bytes = end - start,
	    .place = PAYLOAD_SPANS,
	    .lane_count = 1,
	    .span_count = 1};

	return add_batch(about, numbers, spans);
}

static int
scattered_batch(uint16_t lane, uint64_t seq, uint64_t again, uint64_t end)
{
	const struct payload_number numbers[] = {{lane, seq, 0}};
	const struct payload_span spans[] = {{1, again, end, 9, 8, 1024}};
	const struct payload_batch about = {.bytes = 2,
	    .place = PAYLOAD_INSIDE,
	    .stream = no_stream ? 0 : lane,
	    .lane_count = 1,
	    .span_count = 1,
	    .inside_size = 2,
	    .inside = (const uint8_t *)"a\n"};

	return add_batch(about, numbers, spans);
}

static void
test_sources(void)
{
	TEST("a file is taken as far as its batches are, in the same frame")
	{
		enter();
		eq_int(add_source(1, 0), 0);
		eq_int(span_batch(1, 0, 5000), 0);
		restart();
		eq_int(state_source(&state, 1)->identity.position, 5000);
		eq_int(state_source(&state, 1)->identity.marker_hash, 9);
		eq_str(state_source(&state, 1)->path, "/var/log/x");
		eq_int(
		    state_share(state_lane(&state, 1), 1)->batch->spans[0].end,
		    5000);
		leave();
	}
	TEST(
	    "and durably so when that frame is durable; a new file begins anew")
	{
		struct lagging *position;

		enter();
		add_source(1, 0);
		span_batch(1, 0, 5000);
		position = &state_source(&state, 1)->position;
		eq_int(lagging_durable(position, ticket - 1), 0);
		eq_int(lagging_durable(position, ticket), 5000);
		add_source(1, 10);
		eq_int(lagging_durable(position, ticket), 10);
		restart();
		position = &state_source(&state, 1)->position;
		eq_int(lagging_durable(position, 0), 10);
		leave();
	}
	TEST("one that is spread is read again from where some lane needs it")
	{
		enter();
		add_source(1, 0);
		eq_int(scattered_batch(1, 1, 100, 900), 0);
		eq_int(scattered_batch(2, 1, 300, 700), 0);
		restart();
		eq_int(state_source(&state, 1)->identity.position, 300);
		eq_int(state_mark(state_source(&state, 1), 1, false), 900);
		eq_int(state_mark(state_source(&state, 1), 2, false), 700);
		eq_int(state_mark(state_source(&state, 1), 2, true), 0);
		leave();
	}
	TEST("a source that is another file now has no marks")
	{
		enter();
		add_source(1, 0);
		scattered_batch(1, 1, 100, 900);
		add_source(1, 0);
		eq_int(state_mark(state_source(&state, 1), 1, false), 0);
		leave();
	}
	TEST("a batch of a source that is not known is refused")
	{
		enter();
		eq_int(span_batch(1, 0, 5000), ERR_DATA);
		eq_int(add_source(2, 0), ERR_DATA);
		leave();
	}
	TEST("what is gone is forgotten, unless a batch needs it; ids go on")
	{
		const bool are_gone[] = {true, true, true};

		enter();
		add_source(1, 0);
		add_source(2, 0);
		add_source(3, 0);
		span_batch(1, 0, 5000);
		eq_int(state_forget_sources(&state, are_gone), 1);
		restart();
		ok(state_source(&state, 1) != NULL);
		ok(state_source(&state, 2) == NULL);
		eq_int(add_source(2, 0), ERR_DATA);
		leave();
	}
	TEST("the last one is never forgotten, so that no id is used twice")
	{
		const bool are_gone[] = {true, true};

		enter();
		add_source(1, 0);
		add_source(2, 0);
		eq_int(state_forget_sources(&state, are_gone), 1);
		restart();
		eq_int(state_next_source(&state), 3);
		eq_int(add_source(3, 100), 0);
		restart();
		eq_int(state_source(&state, 3)->identity.position, 100);
		leave();
	}
	TEST("one that is spread belongs to a stream that is there")
	{
		enter();
		add_source(1, 0);
		no_stream = true;
		eq_int(scattered_batch(1, 1, 100, 900), ERR_DATA);
		no_stream = false;
		leave();
	}
}

static void
test_windows(void)
{
	TEST("a window is open until there is a batch of it")
	{
		enter();
		eq_int(add_window(1, 1), 0);
		eq_int(add_window(2, 2), 0);
		restart();
		ok(!is_window_dead(1));
		eq_int(state_window(&state, 2)->lane, 2);
		eq_int(batch(1, 1, 1), 0);
		ok(state_window(&state, 1) == NULL);
		ok(!is_window_dead(1));
		ack(1, 1, 0);
		ok(is_window_dead(1));
		leave();
	}
	TEST("numbers of windows are never given twice, whatever is gone")
	{
		enter();
		batch(1, 1, 41);
		ack(1, 1, 0);
		restart();
		eq_int(state.next_window, 42);
		eq_int(add_window(41, 1), ERR_DATA);
		leave();
	}
}

/* Anything that may come next; refusals end it. */
static void
act(uint64_t *random)
{
	struct state_lane *lane =
	    state_lane(&state, 1 + crash_random(random) % 2);
	uint64_t seq = 1 + crash_random(random) % lane->next_seq;
	struct state_share *share = state_share(lane, seq);

	switch (crash_random(random) % 6) {
	case 0:
		batch_for_both();
		break;
	case 1:
		batch(lane->number, lane->next_seq,
		    crash_random(random) % 2 == 0 ? 0 : state.next_window);
		break;
	case 2:
		if (share != NULL)
			ack(lane->number, seq, 0);
		break;
	case 3:
		if (share != NULL && !share->is_split)
			split(lane->number, seq, 0, 1);
		break;
	case 4:
		if (share != NULL)
			attempt(lane->number, seq, 0, share->attempts + 1);
		break;
	default:
		if (share != NULL && share->part_count > 0)
			ack(lane->number, seq, share->parts[0].number);
		break;
	}
}

static void
test_gaps(void)
{
	TEST("behind a hole, numbers may be skipped: those are missing")
	{
		enter();
		eq_int(batch(1, 1, 0), 0);
		eq_int(batch(1, 4, 0), ERR_DATA);
		state_expect_gaps(&state);
		eq_int(batch(1, 4, 0), 0);
		eq_int(batch(1, 3, 0), ERR_DATA);
		eq_int(state.missing, 2);
		eq_int(state.batches, 2);
		ok(is_same_again());
		leave();
	}
	TEST("what is said of a batch that is missing is let pass")
	{
		enter();
		state_expect_gaps(&state);
		eq_int(attempt(1, 3, 0, 1), 0);
		eq_int(state.missing, 3);
		eq_int(split(1, 3, 0, 1), 0);
		eq_int(ack(1, 3, 1), 0);
		eq_int(ack(1, 3, 0), 0);
		eq_int(ack(1, 5, 0), 0);
		eq_int(state.missing, 3);
		eq_int(state.batches, 0);
		leave();
	}
	TEST("afterwards no number is used again, of batches nor of lanes")
	{
		uint64_t next;

		enter();
		state_expect_gaps(&state);
		eq_int(batch(7, 1, 0), ERR_DATA);
		state_close_gaps(&state);
		next = state_lane(&state, 1)->next_seq;
		ok(next > 1000000);
		eq_int(state.lane_count, 7);
		eq_int(batch(1, 1, 0), ERR_DATA);
		eq_int(batch(1, next, 0), 0);
		ok(is_same_again());
		leave();
	}
	TEST("a source that is lost keeps its number, for those behind it")
	{
		enter();
		eq_int(add_source(1, 0), 0);
		eq_int(add_source(4, 0), ERR_DATA);
		state_expect_gaps(&state);
		eq_int(add_source(4, 100), 0);
		eq_int(state.source_count, 4);
		eq_int(state_source(&state, 4)->identity.position, 100);
		ok(is_same_again());
		leave();
	}
	TEST("of the open windows of a stream, the newest stays")
	{
		enter();
		state_expect_gaps(&state);
		eq_int(add_window(1, 1), 0);
		eq_int(add_window(2, 2), 0);
		eq_int(add_window(3, 1), 0);
		state_close_gaps(&state);
		ok(state_window(&state, 1) == NULL);
		ok(state_window(&state, 2) != NULL);
		ok(state_window(&state, 3) != NULL);
		leave();
	}
}

static void
test_random(void)
{
	TEST("whatever happens, a checkpoint leads to the same state")
	{
		uint64_t random = 5;
		int i, wrong = 0;

		enter();
		for (i = 0; i < 3000; i++) {
			act(&random);
			if (i % 10 == 0)
				wrong += !is_same_again();
		}
		eq_int(wrong, 0);
		ok(state.batches > 50);
		leave();
	}
	TEST("a checkpoint takes no more than the one before it and all frames "
	     "since")
	{
		uint64_t random = 6, before, after;
		int i, wrong = 0;

		enter();
		before = checkpoint_bytes();
		for (i = 0; i < 3000; i++) {
			applied_bytes = 0;
			act(&random);
			after = checkpoint_bytes();
			wrong += after > before + applied_bytes;
			before = after;
		}
		eq_int(wrong, 0);
		leave();
	}
	TEST("a checkpoint larger than a frame has several")
	{
		struct frame *frames;
		size_t count;
		uint64_t i;

		enter();
		for (i = 1; i <= 20000; i++)
			batch(1, i, 0);
		state_checkpoint(&state, 1, &frames, &count);
		ok(count > 1);
		ok(frames[0].size <= FRAME_PAYLOAD_MAX);
		state_free_checkpoint(frames, count);
		restart();
		eq_int(state.batches, 20000);
		leave();
	}
}

SUITE(state)
{
	test_batches();
	test_acked();
	test_parts();
	test_attempts();
	test_sources();
	test_windows();
	test_gaps();
	test_random();
}
