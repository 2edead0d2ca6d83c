/*
 * A log with holes, or with an end that was never synced: what the frames said
 * that are lost is not known, but what they numbered must not be numbered
 * again.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/frame.h"
#include "journal/state_internal.h"

/* More than all segments that there can be at a time have batches. */
#define NUMBERS_SKIPPED UINT64_C(1000000000)

void
state_expect_gaps(struct state *state)
{
	state->has_gaps = true;
}

void
state_note_loss(
    struct state *state, uint16_t lane, uint64_t first, uint64_t last)
{
	struct state_loss *before = state->loss_count > 0
	    ? &state->losses[state->loss_count - 1]
	    : NULL;

	if (before != NULL && before->lane == lane && before->last + 1 == first)
		before->last = last;
	else if (state->loss_count < STATE_LOSSES_MAX)
		state->losses[state->loss_count++] = (struct state_loss){
		    .lane = lane,
		    .first = first,
		    .last = last,
		};
}

void
state_lose(struct state *state, const struct state_lane *lane, uint64_t last)
{
	if (last < lane->next_seq)
		return;
	state->missing += last + 1 - lane->next_seq;
	state_note_loss(state, lane->number, lane->next_seq, last);
}

void
state_find_lost(
    struct state *state, const struct state_lane *lane, uint64_t seq)
{
	struct state_loss *loss = NULL;
	size_t i;

	state->missing -= state->missing > 0;
	for (i = 0; i < state->loss_count; i++) {
		if (state->losses[i].lane == lane->number &&
		    seq >= state->losses[i].first &&
		    seq <= state->losses[i].last)
			loss = &state->losses[i];
	}
	/* In the midst of others it stays with them: who says it may be. */
	if (loss == NULL)
		return;
	if (loss->first == loss->last)
		*loss = state->losses[--state->loss_count];
	else if (seq == loss->first)
		loss->first++;
	else if (seq == loss->last)
		loss->last--;
}

int
state_note_missing(struct state *state, struct state_lane *lane, uint64_t seq,
    const char *why, struct err *e)
{
	if (seq < lane->next_seq)
		return 0;
	if (!state->has_gaps)
		return state_refuse(e, why);
	state_lose(state, lane, seq);
	lane->next_seq = seq + 1;
	return 0;
}

uint64_t
state_lose_batch(struct state *state, const struct frame *frame)
{
	struct payload_number number;
	struct payload_batch about;
	struct state_lane *lane;
	uint64_t nameless = 0;
	struct err e;
	size_t i;

	if (!payload_batch_decode(&about, frame->payload, frame->size))
		return 1;
	for (i = 0; i < about.lane_count; i++) {
		number = payload_batch_number(&about, i);
		lane = state_lane(state, number.lane);
		if (lane == NULL)
			nameless++;
		else
			state_note_missing(state, lane, number.seq, "", &e);
	}
	return nameless;
}

void
state_skip_sources(struct state *state, uint64_t below)
{
	struct state_source *source;

	while (state->has_gaps && state_next_source(state) < below &&
	    state->source_count < STATE_SOURCES_MAX) {
		uint32_t id = state_next_source(state);

		state->sources = memory_resize(state->sources,
		    state->source_count + 1, sizeof(*state->sources));
		source = &state->sources[state->source_count++];
		memset(source, 0, sizeof(*source));
		source->id = id;
		source->path = memory_string("lost");
	}
}

/* Its names are lost; its number must not be another's. */
static void
add_nameless(struct state *state)
{
	struct state_lane *lane;

	state->lanes = memory_resize(
	    state->lanes, state->lane_count + 1, sizeof(*state->lanes));
	lane = &state->lanes[state->lane_count++];
	memset(lane, 0, sizeof(*lane));
	lane->number = (uint16_t)state->lane_count;
	snprintf(lane->buffer, sizeof(lane->buffer), "lost");
	snprintf(lane->channel, sizeof(lane->channel), "lane-%d", lane->number);
	lane->next_seq = 1;
}

/* Is there a newer one of its stream? */
static bool
is_outdated(const struct state *state, size_t index)
{
	const struct state_window *window = &state->windows[index], *other;
	size_t i;

	for (i = 0; i < state->window_count; i++) {
		other = &state->windows[i];
		if (other->lane == window->lane &&
		    other->about.is_shared == window->about.is_shared &&
		    other->about.window > window->about.window)
			return true;
	}
	return false;
}

void
state_skip_numbers(struct state *state)
{
	size_t i;

	for (i = 0; i < state->lane_count; i++)
		state->lanes[i].next_seq += NUMBERS_SKIPPED;
	state->next_window += NUMBERS_SKIPPED;
}

void
state_close_gaps(struct state *state)
{
	size_t i = 0;

	if (!state->has_gaps)
		return;
	while (state->lane_count < state->lanes_seen &&
	    state->lane_count < STATE_LANES_MAX)
		add_nameless(state);
	while (i < state->window_count) {
		if (is_outdated(state, i))
			state_forget_window(
			    state, state->windows[i].about.window);
		else
			i++;
	}
	state_skip_numbers(state);
	state->has_gaps = false;
}

static void
suspect_share(struct state_share *share)
{
	size_t i;

	if (share->attempts == 0) {
		share->attempts = 1;
		share->end = PAYLOAD_END_NONE;
	}
	for (i = 0; i < share->part_count; i++) {
		if (share->parts[i].attempts == 0)
			share->parts[i].attempts = 1;
	}
}

void
state_suspect(struct state *state)
{
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		for (j = lane->first; j < lane->end; j++) {
			if (lane->shares[j] != NULL)
				suspect_share(lane->shares[j]);
		}
	}
	if (state->run.sync == PAYLOAD_SYNC_NONE)
		state_skip_numbers(state);
}
