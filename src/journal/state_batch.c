/*
 * Batches that are not acknowledged, in each of their lanes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/state_internal.h"

static void
let_go(struct state_batch *batch)
{
	if (--batch->left > 0)
		return;
	free(batch->numbers);
	free(batch->spans);
	free(batch->inside);
	free(batch);
}

void
state_free_share(struct state_share *share)
{
	if (share == NULL)
		return;
	state_free_parts(share);
	let_go(share->batch);
	free(share);
}

/* Shares rise by seq; the gaps are acknowledged ones. */
static struct state_share **
find(const struct state_lane *lane, uint64_t seq)
{
	size_t low = lane->first, high = lane->end, middle, at;

	while (low < high) {
		middle = low + (high - low) / 2;
		/* The next one that is there tells. */
		for (at = middle; at < high && lane->shares[at] == NULL; at++)
			continue;
		if (at == high || lane->shares[at]->seq > seq)
			high = middle;
		else if (lane->shares[at]->seq == seq)
			return &lane->shares[at];
		else
			low = at + 1;
	}
	return NULL;
}

struct state_share *
state_share(const struct state_lane *lane, uint64_t seq)
{
	struct state_share **share = find(lane, seq);

	return share != NULL ? *share : NULL;
}

/* Room for one more at the end. */
static void
make_room(struct state_lane *lane)
{
	if (lane->end < lane->room)
		return;
	if (lane->first > lane->room / 2) {
		memmove(lane->shares, lane->shares + lane->first,
		    (lane->end - lane->first) * sizeof(*lane->shares));
		lane->end -= lane->first;
		lane->first = 0;
		return;
	}
	lane->room = lane->room * 2 + 16;
	lane->shares =
	    memory_resize(lane->shares, lane->room, sizeof(*lane->shares));
}

/* Where the first one stands that is not acknowledged. */
static void
advance(const struct state *state, struct state_lane *lane)
{
	uint64_t below;

	while (lane->first < lane->end && lane->shares[lane->first] == NULL)
		lane->first++;
	below = lane->first < lane->end ? lane->shares[lane->first]->seq
	                                : lane->next_seq;
	if (below != lane->acked_below.now)
		lagging_set(
		    &lane->acked_below, below, state->ticket, state->durable);
}

/* At its place: those of a checkpoint come in any order. */
static void
insert(struct state_lane *lane, struct state_share *share)
{
	size_t at;

	make_room(lane);
	for (at = lane->end++; at > lane->first; at--) {
		if (lane->shares[at - 1] != NULL &&
		    lane->shares[at - 1]->seq < share->seq)
			break;
		lane->shares[at] = lane->shares[at - 1];
	}
	lane->shares[at] = share;
}

static void
add_share(struct state *state, struct state_batch *batch, size_t index)
{
	const struct payload_number *number = &batch->numbers[index];
	struct state_lane *lane = state_lane(state, number->lane);
	struct state_share *share = memory_zeroed(1, sizeof(*share));

	share->batch = batch;
	share->seq = number->seq;
	share->shape = number->shape;
	insert(lane, share);
	if (number->seq >= lane->next_seq) {
		state_lose(state, lane, number->seq - 1);
		lane->next_seq = number->seq + 1;
	}
	if (number->seq < lane->acked_below.now)
		lagging_reset(&lane->acked_below, number->seq);
	state->batches++;
	state->records += batch->about.records;
	state->bytes += batch->about.bytes;
}

/* Numbers are the next ones of their lanes; in a checkpoint, old ones. */
static int
check_numbers(const struct state *state, const struct payload_batch *about,
    bool is_entry, struct err *e)
{
	const struct state_lane *lane;
	struct payload_number number;
	size_t i, j;

	for (i = 0; i < about->lane_count; i++) {
		number = payload_batch_number(about, i);
		lane = state_lane(state, number.lane);
		if (lane == NULL)
			return state_refuse(e, "a batch of no lane");
		for (j = 0; j < i; j++) {
			if (payload_batch_number(about, j).lane == number.lane)
				return state_refuse(e, "a lane twice");
		}
		if (is_entry ? number.seq >= lane->next_seq ||
		            state_share(lane, number.seq) != NULL
		             : number.seq < lane->next_seq ||
		            (number.seq > lane->next_seq && !state->has_gaps))
			return state_refuse(e, "a batch out of order");
	}
	return 0;
}

/* How far sources are taken by this batch. */
static void
take_span(struct state *state, const struct payload_batch *about,
    const struct payload_span *span)
{
	struct state_source *source = state_source(state, span->source);
	struct identity *identity = &source->identity;
	bool is_here = about->place == PAYLOAD_SPANS;

	identity->position = is_here ? span->end : span->start;
	lagging_set(&source->position, identity->position, state->ticket,
	    state->durable);
	identity->marker_hash = span->marker_hash;
	identity->head_hash = span->head_hash;
	identity->head_size = span->head_size;
	if (!is_here)
		state_set_mark(
		    source, about->stream, about->is_shared, span->end);
}

static int
check_spans(
    const struct state *state, const struct payload_batch *about, struct err *e)
{
	struct payload_span span;
	uint32_t i;

	for (i = 0; i < about->span_count; i++) {
		span = payload_batch_span(about, i);
		if (state_source(state, span.source) == NULL)
			return state_refuse(e, "a batch of no source");
		if (about->place != PAYLOAD_SPANS &&
		    state_lane(state, about->stream) == NULL)
			return state_refuse(e, "a batch of no stream");
		if (about->place == PAYLOAD_SPANS &&
		    span.head_size < IDENTITY_HEAD_MAX &&
		    span.head_size < span.end)
			return state_refuse(e, "a position without a head");
	}
	return 0;
}

static struct state_batch *
copy_batch(const struct payload_batch *about)
{
	struct state_batch *batch = memory_zeroed(1, sizeof(*batch));
	size_t i;

	batch->about = *about;
	batch->left = about->lane_count;
	batch->numbers =
	    memory_zeroed(about->lane_count, sizeof(*batch->numbers));
	for (i = 0; i < about->lane_count; i++)
		batch->numbers[i] = payload_batch_number(about, i);
	batch->spans =
	    memory_zeroed(about->span_count + 1UL, sizeof(*batch->spans));
	for (i = 0; i < about->span_count; i++)
		batch->spans[i] = payload_batch_span(about, i);
	if (about->place == PAYLOAD_INSIDE) {
		batch->inside = memory_zeroed(1, about->inside_size + 1UL);
		memcpy(batch->inside, about->inside, about->inside_size);
	}
	batch->about.inside = batch->inside;
	batch->about.encoded_numbers = NULL;
	batch->about.encoded_spans = NULL;
	return batch;
}

int
state_add_batch(struct state *state, const struct payload_batch *about,
    bool is_entry, struct err *e)
{
	struct state_batch *batch;
	size_t i;

	if (check_numbers(state, about, is_entry, e) != 0 ||
	    check_spans(state, about, e) != 0)
		return e->code;
	batch = copy_batch(about);
	for (i = 0; i < about->lane_count; i++)
		add_share(state, batch, i);
	for (i = 0; !is_entry && i < about->span_count; i++)
		take_span(state, about, &batch->spans[i]);
	state_forget_window(state, about->window);
	if (about->window >= state->next_window)
		state->next_window = about->window + 1;
	return 0;
}

/* For checkpoints: found once, not by each of many lanes. */
static void
find_first(const struct state *state, struct state_batch *batch)
{
	const struct payload_number *number = &batch->numbers[batch->first];

	while (
	    state_share(state_lane(state, number->lane), number->seq) == NULL)
		number = &batch->numbers[++batch->first];
}

/* It is done, whether we know it or not. */
static int
ack_of_none(struct state *state, struct state_lane *lane,
    const struct payload_ack *ack, struct err *e)
{
	if (state_note_missing(state, lane, ack->seq,
	        "an acknowledgement of no batch", e) != 0)
		return e->code;
	if (ack->child == 0)
		state_find_lost(state, lane, ack->seq);
	return 0;
}

int
state_apply_ack(struct state *state, struct state_lane *lane,
    const struct payload_ack *ack, struct err *e)
{
	struct state_share **share = find(lane, ack->seq);
	struct state_batch *batch;
	struct state_part *part;
	bool is_gone;

	if (share == NULL)
		return ack_of_none(state, lane, ack, e);
	if (ack->child > 0) {
		part = state_find_part(*share, ack->child);
		if (part != NULL)
			state_drop_part(*share, part);
		(*share)->is_running = false;
		/* Something has come to an end: it goes on. */
		(*share)->crashes = 0;
		return 0;
	}
	batch = (*share)->batch;
	is_gone = batch->left == 1;
	state->batches--;
	state->records -= batch->about.records;
	state->bytes -= batch->about.bytes;
	state_free_share(*share);
	*share = NULL;
	if (!is_gone)
		find_first(state, batch);
	while (lane->end > lane->first && lane->shares[lane->end - 1] == NULL)
		lane->end--;
	advance(state, lane);
	return 0;
}
