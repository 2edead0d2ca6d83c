/*
 * The sources that the state knows: their ids rise, and those that are gone for
 * certain are forgotten, so that a journal may meet any number of them.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "journal/state_internal.h"

struct state_source *
state_source(const struct state *state, uint64_t id)
{
	size_t low = 0, high = state->source_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (state->sources[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < state->source_count && state->sources[low].id == id
	    ? &state->sources[low]
	    : NULL;
}

uint32_t
state_next_source(const struct state *state)
{
	return state->source_count > 0
	    ? state->sources[state->source_count - 1].id + 1
	    : 1;
}

/* Numbers of sources whose bytes are those of batches. */
struct needed {
	uint64_t *ids;
	size_t count;
	size_t room;
};

static void
need(struct needed *needed, const struct state_batch *batch)
{
	size_t i;

	if (batch->about.place != PAYLOAD_SPANS)
		return;
	for (i = 0; i < batch->about.span_count; i++) {
		if (needed->count == needed->room) {
			needed->room = needed->room * 2 + 64;
			needed->ids = memory_resize(
			    needed->ids, needed->room, sizeof(*needed->ids));
		}
		needed->ids[needed->count++] = batch->spans[i].source;
	}
}

static struct needed
find_needed(const struct state *state)
{
	struct needed needed = {0};
	const struct state_lane *lane;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		lane = &state->lanes[i];
		for (j = lane->first; j < lane->end; j++) {
			if (lane->shares[j] != NULL)
				need(&needed, lane->shares[j]->batch);
		}
	}
	numbers_sort(needed.ids, needed.count);
	return needed;
}

size_t
state_forget_sources(struct state *state, const bool *are_gone)
{
	struct needed needed = find_needed(state);
	struct state_source *source;
	size_t i, used = 0, count = state->source_count;

	for (i = 0; i < count; i++) {
		source = &state->sources[i];
		if (!are_gone[i] || i + 1 == count ||
		    numbers_has(needed.ids, needed.count, source->id)) {
			state->sources[used++] = *source;
			continue;
		}
		free(source->path);
		free(source->marks);
	}
	state->source_count = used;
	free(needed.ids);
	return count - used;
}
