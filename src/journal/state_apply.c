/*
 * From frames to changes of the state.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/frame.h"
#include "journal/payload_checkpoint.h"
#include "journal/position.h"
#include "journal/state_internal.h"

/* What is applied: a frame, or an entry of a checkpoint. */
struct item {
	uint8_t type;
	uint16_t lane;
	const uint8_t *data;
	size_t size;
	bool is_entry;
};

static int
damaged(struct err *e)
{
	return state_refuse(e, "a frame that makes no sense");
}

static int
apply_lane(struct state *state, const struct item *item, struct err *e)
{
	struct payload_lane about;
	struct state_lane *lane;

	if (!payload_lane_decode(&about, item->data, item->size))
		return damaged(e);
	if (item->lane != state->lane_count + 1 ||
	    state->lane_count == STATE_LANES_MAX)
		return state_refuse(e, "a lane out of order");
	state->lanes = memory_resize(
	    state->lanes, state->lane_count + 1, sizeof(*state->lanes));
	lane = &state->lanes[state->lane_count++];
	memset(lane, 0, sizeof(*lane));
	lane->number = item->lane;
	memcpy(lane->buffer, about.buffer, about.buffer_size);
	memcpy(lane->channel, about.channel, about.channel_size);
	lane->next_seq = about.next_seq;
	lagging_reset(&lane->acked_below, about.next_seq);
	return 0;
}

/* What is before a file's first position is not to be read. */
static void
set_position(const struct state *state, struct state_source *source,
    const struct identity *identity)
{
	bool is_new = source->path == NULL;

	if (is_new || identity->position < source->position.now)
		lagging_reset(&source->position, identity->position);
	else
		lagging_set(&source->position, identity->position,
		    state->ticket, state->durable);
	source->identity = *identity;
}

/* A new source, or a known one that is now another file, or elsewhere. */
static int
apply_source(struct state *state, const struct item *item, struct err *e)
{
	struct state_source *source;
	struct position position;

	if (position_decode(&position, item->data, item->size, e) != 0)
		return err_wrap(e, "journal");
	source = state_source(state, position.source);
	if (source == NULL && position.path_size > 0 && !item->is_entry)
		state_skip_sources(state, position.source);
	if (source == NULL) {
		/* Of those in a checkpoint, some may have been forgotten. */
		if (position.source < state_next_source(state) ||
		    (position.source > state_next_source(state) &&
		        !item->is_entry) ||
		    state->source_count == STATE_SOURCES_MAX ||
		    position.path_size == 0)
			return state_refuse(e, "a source out of order");
		state->sources = memory_resize(state->sources,
		    state->source_count + 1, sizeof(*state->sources));
		source = &state->sources[state->source_count++];
		memset(source, 0, sizeof(*source));
		source->id = position.source;
	}
	set_position(state, source, &position.identity);
	source->mark_count = 0;
	if (position.path_size > 0) {
		free(source->path);
		source->path = memory_printf(
		    "%.*s", (int)position.path_size, position.path);
	}
	return 0;
}

/* Lanes are known before a window is. */
static bool
load_lanes(const struct state *state, const struct payload_open *about,
    uint16_t lanes[PAYLOAD_LANES_MAX])
{
	size_t i;

	for (i = 0; i < about->lane_count; i++) {
		lanes[i] = payload_open_lane(about, i);
		if (state_lane(state, lanes[i]) == NULL)
			return false;
	}
	return true;
}

static int
apply_open(struct state *state, const struct item *item, struct err *e)
{
	uint16_t lanes[PAYLOAD_LANES_MAX];
	struct state_window *window;
	struct payload_open about;

	if (!payload_open_decode(&about, item->data, item->size))
		return damaged(e);
	if (state_lane(state, item->lane) == NULL ||
	    !load_lanes(state, &about, lanes))
		return state_refuse(e, "a window of no lane");
	window = state_window(state, about.window);
	if (window == NULL) {
		if (!item->is_entry && about.window < state->next_window)
			return state_refuse(e, "a window out of order");
		state->windows = memory_resize(state->windows,
		    state->window_count + 1, sizeof(*state->windows));
		window = &state->windows[state->window_count++];
		window->lanes = NULL;
	}
	window->lane = item->lane;
	window->about = about;
	state_set_window_lanes(window, lanes, about.lane_count);
	if (about.window >= state->next_window)
		state->next_window = about.window + 1;
	return 0;
}

static int
apply_run(struct state *state, const struct item *item, struct err *e)
{
	struct payload_run run;

	if (!payload_run_decode(&run, item->data, item->size))
		return damaged(e);
	state->run = run;
	state->next_window = state->run.next_window;
	state->is_clean = false;
	return 0;
}

static int
apply_mark(struct state *state, const struct item *item, struct err *e)
{
	struct payload_mark mark;
	struct state_source *source;

	if (!payload_mark_decode(&mark, item->data, item->size))
		return damaged(e);
	source = state_source(state, mark.source);
	if (source == NULL || state_lane(state, item->lane) == NULL)
		return state_refuse(e, "a mark of nothing");
	state_set_mark(source, item->lane, mark.is_shared, mark.end);
	return 0;
}

static int
apply_batch(struct state *state, const struct item *item, struct err *e)
{
	struct payload_batch about;

	if (!payload_batch_decode(&about, item->data, item->size))
		return damaged(e);
	return state_add_batch(state, &about, item->is_entry, e);
}

/* About a batch of a lane. */
static int
apply_to_lane(struct state *state, const struct item *item, struct err *e)
{
	struct state_lane *lane = state_lane(state, item->lane);
	struct payload_attempt attempt;
	struct payload_split split;
	struct payload_ack ack;

	if (lane == NULL)
		return state_refuse(e, "something about no lane");
	if (item->type == PAYLOAD_ATTEMPT &&
	    payload_attempt_decode(&attempt, item->data, item->size))
		return state_apply_attempt(state, lane, &attempt, e);
	if (item->type == PAYLOAD_SPLIT &&
	    payload_split_decode(&split, item->data, item->size))
		return state_apply_split(
		    state, lane, &split, item->is_entry, e);
	if (item->type == PAYLOAD_ACK &&
	    payload_ack_decode(&ack, item->data, item->size))
		return state_apply_ack(state, lane, &ack, e);
	return damaged(e);
}

static int
apply_clean(struct state *state, const struct item *item, struct err *e)
{
	struct payload_clean clean;

	if (!payload_clean_decode(&clean, item->data, item->size))
		return damaged(e);
	state->is_clean = true;
	return 0;
}

static int
apply(struct state *state, const struct item *item, struct err *e)
{
	if (item->size > PAYLOAD_ENTRY_MAX)
		return state_refuse(e, "a frame that no checkpoint can repeat");
	if (item->lane > state->lanes_seen)
		state->lanes_seen = item->lane;
	switch (item->type) {
	case PAYLOAD_LANE:
		return apply_lane(state, item, e);
	case PAYLOAD_SOURCE:
		return apply_source(state, item, e);
	case PAYLOAD_OPEN:
		return apply_open(state, item, e);
	case PAYLOAD_BATCH:
		return apply_batch(state, item, e);
	case PAYLOAD_ATTEMPT:
	case PAYLOAD_ACK:
	case PAYLOAD_SPLIT:
		return apply_to_lane(state, item, e);
	case PAYLOAD_RUN:
		return apply_run(state, item, e);
	case PAYLOAD_MARK:
		return apply_mark(state, item, e);
	case PAYLOAD_CLEAN:
		return apply_clean(state, item, e);
	default:
		return damaged(e);
	}
}

/* The first piece begins anew. */
static int
apply_checkpoint(struct state *state, const struct frame *frame, struct err *e)
{
	struct payload_piece piece;
	struct payload_entry entry;
	int code = 0;
	uint32_t i;

	if (!payload_piece_decode(&piece, frame->payload, frame->size))
		return damaged(e);
	if (piece.number == 0)
		state_release(state);
	for (i = 0; code == 0 && i < piece.entry_count; i++) {
		struct item item = {.is_entry = true};

		entry = payload_piece_next(&piece);
		item.type = entry.type;
		item.lane = entry.lane;
		item.data = entry.data;
		item.size = entry.size;
		code = apply(state, &item, e);
	}
	return code;
}

int
state_apply(struct state *state, const struct frame *frame, uint64_t ticket,
    struct err *e)
{
	const struct item item = {
	    .type = frame->type,
	    .lane = frame->lane,
	    .data = frame->payload,
	    .size = frame->size,
	};

	state->ticket = ticket;
	if (frame->type == PAYLOAD_SEAL)
		return 0;
	if (frame->type == PAYLOAD_CHECKPOINT)
		return apply_checkpoint(state, frame, e);
	return apply(state, &item, e);
}
