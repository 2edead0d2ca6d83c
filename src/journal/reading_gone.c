/*
 * Files of windows that are gone behind a hole.  A file goes when its batch has
 * been acknowledged by all of its lanes, durably; so what may be in the hole is
 * just that, and nobody can try the batch again.  It is told as lost, or done
 * before, and does not stand in the way of the others.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/pack.h"
#include "journal/folder.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/reading.h"
#include "journal/state.h"

/* A batch in a lane. */
struct gone {
	uint16_t lane;
	uint64_t seq;
};

/* What a checkpoint does not have is acknowledged. */
static void
give_up(struct state *state, const struct gone *gone)
{
	const struct payload_ack ack = {
	    .seq = gone->seq, .verdict = PAYLOAD_DROPPED};
	uint8_t data[PAYLOAD_ACK_SIZE];
	struct pack pack = {.data = data, .size = sizeof(data)};
	const struct frame frame = {
	    .type = PAYLOAD_ACK,
	    .lane = gone->lane,
	    .size = sizeof(data),
	    .payload = data,
	};
	struct err e;

	payload_ack_encode(&ack, &pack);
	if (state_apply(state, &frame, 0, &e) != 0)
		BUG("a batch that is known cannot be given up");
}

/* All of a lane whose file is none of these; the caller frees. */
static size_t
find_gone(const struct state_lane *lane, const uint64_t *numbers, size_t count,
    struct gone **gone)
{
	size_t found = 0, i;

	*gone = memory_zeroed(lane->end - lane->first + 1, sizeof(**gone));
	for (i = lane->first; i < lane->end; i++) {
		const struct state_share *share = lane->shares[i];

		if (share != NULL &&
		    share->batch->about.place == PAYLOAD_FILE &&
		    !numbers_has(numbers, count, share->batch->about.window))
			(*gone)[found++] = (struct gone){
			    .lane = lane->number, .seq = share->seq};
	}
	return found;
}

static void
forget_batches(struct reading *reading, const uint64_t *numbers, size_t count)
{
	struct state *state = reading->state;
	struct gone *gone;
	size_t found, i, j;

	for (i = 0; i < state->lane_count; i++) {
		found = find_gone(&state->lanes[i], numbers, count, &gone);
		for (j = 0; j < found; j++) {
			state_note_loss(
			    state, gone[j].lane, gone[j].seq, gone[j].seq);
			give_up(state, &gone[j]);
		}
		reading->lost_batches += found;
		free(gone);
	}
}

/* The files there are; without w there is none.  The caller frees. */
static int
list_files(const struct folder *folder, uint64_t **numbers, size_t *count,
    struct err *e)
{
	*numbers = NULL;
	*count = 0;
	return folder->windows.folder < 0
	    ? 0
	    : folder_list_windows(folder, numbers, count, e);
}

int
reading_forget_batches(
    struct reading *reading, const struct folder *folder, struct err *e)
{
	uint64_t *numbers;
	size_t count;

	if (reading->hole_count == 0)
		return 0;
	if (list_files(folder, &numbers, &count, e) != 0)
		return e->code;
	forget_batches(reading, numbers, count);
	free(numbers);
	return 0;
}

int
reading_forget_windows(
    struct reading *reading, const struct folder *folder, struct err *e)
{
	struct state *state = reading->state;
	uint64_t *numbers;
	size_t count, i = 0;

	if (reading->hole_count == 0)
		return 0;
	if (list_files(folder, &numbers, &count, e) != 0)
		return e->code;
	while (i < state->window_count) {
		const struct payload_open *about = &state->windows[i].about;

		if (numbers_has(numbers, count, about->window)) {
			i++;
			continue;
		}
		/* One that was never synced may never have been filled. */
		reading->lost_windows += about->length > 0;
		state_forget_window(state, about->window);
	}
	free(numbers);
	return 0;
}
