/*
 * What is tried of a batch in a lane: all of it, or the parts that it was split
 * into.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/state_internal.h"

void
state_free_parts(struct state_share *share)
{
	size_t i;

	for (i = 0; i < share->part_count; i++)
		free(share->parts[i].ranges);
	free(share->parts);
	share->parts = NULL;
	share->part_count = 0;
}

struct state_part *
state_find_part(struct state_share *share, uint32_t number)
{
	size_t i;

	for (i = 0; i < share->part_count; i++) {
		if (share->parts[i].number == number)
			return &share->parts[i];
	}
	return NULL;
}

int
state_apply_attempt(struct state *state, struct state_lane *lane,
    const struct payload_attempt *attempt, struct err *e)
{
	struct state_share *share = state_share(lane, attempt->seq);
	struct state_part *part;

	if (share == NULL)
		return state_note_missing(
		    state, lane, attempt->seq, "an attempt at no batch", e);
	if (attempt->child > 0) {
		part = state_find_part(share, attempt->child);
		if (part != NULL)
			part->attempts = attempt->attempt;
	} else {
		share->attempts = attempt->attempt;
		share->end = attempt->end;
		share->status = attempt->status;
	}
	share->is_running = attempt->is_running;
	share->crashes = attempt->crashes;
	return 0;
}

void
state_drop_part(struct state_share *share, struct state_part *part)
{
	free(part->ranges);
	memmove(part, part + 1,
	    (size_t)(share->parts + share->part_count - (part + 1)) *
	        sizeof(*part));
	share->part_count--;
}

static void
add_part(struct state_share *share, const struct payload_child *child)
{
	struct state_part *part;
	uint32_t i;

	share->parts = memory_resize(
	    share->parts, share->part_count + 1, sizeof(*share->parts));
	part = &share->parts[share->part_count++];
	part->number = child->number;
	part->attempts = 0;
	part->range_count = child->range_count;
	part->ranges = memory_zeroed(child->range_count, sizeof(*part->ranges));
	for (i = 0; i < child->range_count; i++)
		part->ranges[i] = payload_child_range(child, i);
}

int
state_apply_split(struct state *state, struct state_lane *lane,
    struct payload_split *split, bool is_entry, struct err *e)
{
	struct state_share *share = state_share(lane, split->seq);
	struct state_part *parent;
	struct payload_child child;
	uint32_t i;

	if (share == NULL && !state->has_gaps)
		return state_refuse(e, "a split of no batch");
	if (share == NULL)
		return state_note_missing(state, lane, split->seq, "", e);
	parent = state_find_part(share, split->parent);
	if (split->parent == 0 ? share->is_split && !is_entry : parent == NULL)
		return state_refuse(e, "a split of no part");
	if (parent != NULL)
		state_drop_part(share, parent);
	share->is_split = true;
	for (i = 0; i < split->child_count; i++) {
		child = payload_split_next(split);
		if (state_find_part(share, child.number) != NULL)
			return state_refuse(e, "a part twice");
		add_part(share, &child);
	}
	if (split->highest > share->highest)
		share->highest = split->highest;
	return 0;
}
