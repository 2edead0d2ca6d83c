/*
 * What is where in the state.
 */
#include "journal/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "journal/state_internal.h"

int
state_refuse(struct err *e, const char *why)
{
	return err_set(e, ERR_DATA, "%s", why);
}

static void
release_lane(struct state_lane *lane)
{
	size_t i;

	for (i = lane->first; i < lane->end; i++)
		state_free_share(lane->shares[i]);
	free(lane->shares);
}

void
state_release(struct state *state)
{
	size_t i;

	for (i = 0; i < state->lane_count; i++)
		release_lane(&state->lanes[i]);
	for (i = 0; i < state->source_count; i++) {
		free(state->sources[i].path);
		free(state->sources[i].marks);
	}
	for (i = 0; i < state->window_count; i++)
		free(state->windows[i].lanes);
	free(state->lanes);
	free(state->sources);
	free(state->windows);
	memset(state, 0, sizeof(*state));
}

void
state_begin_run(struct state *state, const struct payload_run *run)
{
	struct state_share *share;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		for (j = state->lanes[i].first; j < state->lanes[i].end; j++) {
			share = state->lanes[i].shares[j];
			if (share == NULL || !share->is_running)
				continue;
			share->crashes += !state->is_clean;
			share->is_running = false;
		}
	}
	state->run = *run;
	state->run.next_window = state->next_window;
	state->is_clean = false;
}

struct state_lane *
state_lane(const struct state *state, uint16_t number)
{
	if (number == 0 || number > state->lane_count)
		return NULL;
	return &state->lanes[number - 1];
}

struct state_lane *
state_find_lane(
    const struct state *state, const char *buffer, const char *channel)
{
	size_t i;

	for (i = 0; i < state->lane_count; i++) {
		if (strcmp(state->lanes[i].buffer, buffer) == 0 &&
		    strcmp(state->lanes[i].channel, channel) == 0)
			return &state->lanes[i];
	}
	return NULL;
}

struct state_window *
state_window(const struct state *state, uint64_t number)
{
	size_t i;

	for (i = 0; i < state->window_count; i++) {
		if (state->windows[i].about.window == number)
			return &state->windows[i];
	}
	return NULL;
}

void
state_set_window_lanes(
    struct state_window *window, const uint16_t *lanes, size_t count)
{
	uint16_t *copy = NULL;

	if (count > 0) {
		copy = memory_zeroed(count, sizeof(*copy));
		memcpy(copy, lanes, count * sizeof(*copy));
	}
	free(window->lanes);
	window->lanes = copy;
	window->about.lanes = copy;
	window->about.lane_count = (uint16_t)count;
	window->about.encoded_lanes = NULL;
}

void
state_forget_window(struct state *state, uint64_t number)
{
	struct state_window *window = state_window(state, number);

	if (window == NULL)
		return;
	free(window->lanes);
	memmove(window, window + 1,
	    (size_t)(state->windows + state->window_count - (window + 1)) *
	        sizeof(*window));
	state->window_count--;
}

void
state_list_windows(const struct state *state, uint64_t **numbers, size_t *count)
{
	const struct state_lane *lane;
	size_t i, j;

	*numbers = memory_zeroed(
	    state->window_count + state->batches + 1, sizeof(**numbers));
	*count = 0;
	for (i = 0; i < state->window_count; i++)
		(*numbers)[(*count)++] = state->windows[i].about.window;
	for (i = 0; i < state->lane_count; i++) {
		lane = &state->lanes[i];
		for (j = lane->first; j < lane->end; j++) {
			if (lane->shares[j] != NULL &&
			    lane->shares[j]->batch->about.window > 0)
				(*numbers)[(*count)++] =
				    lane->shares[j]->batch->about.window;
		}
	}
	numbers_sort(*numbers, *count);
}

static struct state_mark *
find_mark(const struct state_source *source, uint16_t lane, bool is_shared)
{
	size_t i;

	for (i = 0; i < source->mark_count; i++) {
		if (source->marks[i].lane == lane &&
		    source->marks[i].is_shared == is_shared)
			return &source->marks[i];
	}
	return NULL;
}

uint64_t
state_mark(const struct state_source *source, uint16_t lane, bool is_shared)
{
	const struct state_mark *mark = find_mark(source, lane, is_shared);

	return mark != NULL ? mark->end : 0;
}

void
state_set_mark(
    struct state_source *source, uint16_t lane, bool is_shared, uint64_t end)
{
	struct state_mark *mark = find_mark(source, lane, is_shared);

	if (mark == NULL) {
		source->marks = memory_resize(source->marks,
		    source->mark_count + 1, sizeof(*source->marks));
		mark = &source->marks[source->mark_count++];
		mark->lane = lane;
		mark->is_shared = is_shared;
	}
	mark->end = end;
}
