/*
 * The state as frames: entries in pieces.  An entry of any type is encoded
 * into a scratch buffer first; if it does not fit behind the others, the piece
 * is finished and another one begins.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload_checkpoint.h"
#include "journal/position.h"
#include "journal/state_internal.h"

struct writer {
	uint64_t oldest;
	struct frame *frames;
	size_t count;

	/* The piece at hand: its entries, behind room for the head. */
	uint8_t *data;
	size_t used;
	uint32_t entries;
	uint8_t *scratch; /* FRAME_PAYLOAD_MAX bytes */
};

static void
begin_piece(struct writer *writer)
{
	writer->data = memory_zeroed(1, FRAME_PAYLOAD_MAX);
	writer->used = PAYLOAD_PIECE_HEADER_SIZE;
	writer->entries = 0;
}

static void
end_piece(struct writer *writer)
{
	const struct payload_piece piece = {
	    .oldest = writer->oldest,
	    .number = (uint32_t)writer->count,
	    .entry_count = writer->entries,
	};
	struct pack head = {
	    .data = writer->data, .size = PAYLOAD_PIECE_HEADER_SIZE};
	struct frame *frame;

	payload_piece_encode(&piece, &head);
	writer->frames = memory_resize(
	    writer->frames, writer->count + 1, sizeof(*writer->frames));
	frame = &writer->frames[writer->count++];
	memset(frame, 0, sizeof(*frame));
	frame->type = PAYLOAD_CHECKPOINT;
	frame->size = (uint32_t)writer->used;
	/* Most are far smaller than they may be. */
	frame->payload = memory_resize(writer->data, 1, writer->used);
	writer->data = NULL;
}

static struct pack
scratch(const struct writer *writer)
{
	return (struct pack){
	    .data = writer->scratch, .size = FRAME_PAYLOAD_MAX};
}

/* What is in the scratch buffer becomes an entry. */
static void
put(struct writer *writer, uint8_t type, uint16_t lane, const struct pack *from)
{
	const struct payload_entry entry = {
	    .type = type,
	    .lane = lane,
	    .size = (uint32_t)from->used,
	    .data = from->data,
	};
	struct pack to;

	if (from->is_over)
		BUG("an entry of a checkpoint is too large");
	if (payload_entry_size(from->used) > FRAME_PAYLOAD_MAX - writer->used) {
		end_piece(writer);
		begin_piece(writer);
	}
	to = (struct pack){.data = writer->data + writer->used,
	    .size = FRAME_PAYLOAD_MAX - writer->used};
	payload_entry_encode(&entry, &to);
	if (to.is_over)
		BUG("an entry of a checkpoint does not fit");
	writer->used += payload_entry_size(from->used);
	writer->entries++;
}

static void
put_run(struct writer *writer, const struct state *state)
{
	struct payload_run run = state->run;
	struct pack pack = scratch(writer);

	run.next_window = state->next_window > 0 ? state->next_window : 1;
	payload_run_encode(&run, &pack);
	put(writer, PAYLOAD_RUN, 0, &pack);
}

static void
put_lane(struct writer *writer, const struct state_lane *lane)
{
	const struct payload_lane about = {
	    .next_seq = lane->next_seq,
	    .buffer_size = (uint16_t)strlen(lane->buffer),
	    .channel_size = (uint16_t)strlen(lane->channel),
	    .buffer = (const uint8_t *)lane->buffer,
	    .channel = (const uint8_t *)lane->channel,
	};
	struct pack pack = scratch(writer);

	payload_lane_encode(&about, &pack);
	put(writer, PAYLOAD_LANE, lane->number, &pack);
}

static void
put_source(struct writer *writer, const struct state_source *source)
{
	const struct position position = {
	    .source = source->id,
	    .identity = source->identity,
	    .path = source->path,
	    .path_size = strlen(source->path),
	};
	struct pack pack = scratch(writer);
	size_t i;

	position_encode(&position, writer->scratch);
	pack.used = position_size(&position);
	put(writer, PAYLOAD_SOURCE, 0, &pack);
	for (i = 0; i < source->mark_count; i++) {
		const struct payload_mark mark = {
		    .source = source->id,
		    .end = source->marks[i].end,
		    .is_shared = source->marks[i].is_shared,
		};

		pack = scratch(writer);
		payload_mark_encode(&mark, &pack);
		put(writer, PAYLOAD_MARK, source->marks[i].lane, &pack);
	}
}

static void
put_attempt(struct writer *writer, uint16_t lane, uint64_t seq,
    const struct state_share *share, const struct state_part *part)
{
	const struct payload_attempt attempt = {
	    .seq = seq,
	    .child = part != NULL ? part->number : 0,
	    .attempt = part != NULL ? part->attempts : share->attempts,
	    .end = part != NULL ? PAYLOAD_END_NONE : share->end,
	    .status = part != NULL ? 0 : share->status,
	    .crashes = share->crashes,
	    .is_running = share->is_running,
	};
	struct pack pack = scratch(writer);

	if (attempt.attempt == 0)
		return;
	payload_attempt_encode(&attempt, &pack);
	put(writer, PAYLOAD_ATTEMPT, lane, &pack);
}

/* Before which part an entry ends that begins with this one. */
static size_t
parts_that_fit(const struct state_share *share, size_t first)
{
	size_t size = PAYLOAD_SPLIT_SIZE, i;

	for (i = first; i < share->part_count; i++) {
		size += payload_child_size(share->parts[i].range_count);
		if (size > PAYLOAD_ENTRY_MAX)
			break;
	}
	return i;
}

/* In as many entries as they take; in one if there are none. */
static void
put_parts(struct writer *writer, uint16_t lane, const struct state_share *share)
{
	struct payload_split split = {
	    .seq = share->seq, .highest = share->highest};
	struct pack pack;
	size_t i = 0, end;

	if (!share->is_split)
		return;
	do {
		end = parts_that_fit(share, i);
		if (end == i && end < share->part_count)
			BUG("a part is too large for a checkpoint");
		split.child_count = (uint32_t)(end - i);
		pack = scratch(writer);
		payload_split_encode(&split, &pack);
		for (; i < end; i++)
			payload_child_encode(share->parts[i].number,
			    share->parts[i].ranges, share->parts[i].range_count,
			    &pack);
		put(writer, PAYLOAD_SPLIT, lane, &pack);
	} while (i < share->part_count);
}

/* Once for all lanes that have not acknowledged it: at the first of them. */
static void
put_batch(struct writer *writer, const struct state *state, uint16_t lane,
    const struct state_share *share)
{
	const struct state_batch *batch = share->batch;
	struct payload_number numbers[PAYLOAD_LANES_MAX];
	struct payload_batch about = batch->about;
	struct pack pack = scratch(writer);
	size_t i;

	if (batch->numbers[batch->first].lane != lane)
		return;
	about.lane_count = 0;
	for (i = batch->first; i < batch->about.lane_count; i++) {
		if (state_share(state_lane(state, batch->numbers[i].lane),
		        batch->numbers[i].seq) != NULL)
			numbers[about.lane_count++] = batch->numbers[i];
	}
	/* Positions and marks have entries of their own. */
	if (about.place != PAYLOAD_SPANS)
		about.span_count = 0;
	payload_batch_encode(&about, numbers, batch->spans, &pack);
	put(writer, PAYLOAD_BATCH, lane, &pack);
}

static void
put_window(struct writer *writer, const struct state_window *window)
{
	struct pack pack = scratch(writer);

	payload_open_encode(&window->about, &pack);
	put(writer, PAYLOAD_OPEN, window->lane, &pack);
}

/* All batches, then what is known of them in each lane. */
static void
put_shares(struct writer *writer, const struct state *state)
{
	const struct state_share *share;
	const struct state_lane *lane;
	size_t i, j, k;

	for (i = 0; i < state->lane_count; i++) {
		lane = &state->lanes[i];
		for (j = lane->first; j < lane->end; j++) {
			if (lane->shares[j] != NULL)
				put_batch(writer, state, lane->number,
				    lane->shares[j]);
		}
	}
	for (i = 0; i < state->lane_count; i++) {
		lane = &state->lanes[i];
		for (j = lane->first; j < lane->end; j++) {
			share = lane->shares[j];
			if (share == NULL)
				continue;
			put_attempt(
			    writer, lane->number, share->seq, share, NULL);
			put_parts(writer, lane->number, share);
			for (k = 0; k < share->part_count; k++)
				put_attempt(writer, lane->number, share->seq,
				    share, &share->parts[k]);
		}
	}
}

void
state_checkpoint(const struct state *state, uint64_t oldest,
    struct frame **frames, size_t *count)
{
	struct writer writer = {.oldest = oldest};
	size_t i;

	writer.scratch = memory_zeroed(1, FRAME_PAYLOAD_MAX);
	begin_piece(&writer);
	put_run(&writer, state);
	for (i = 0; i < state->lane_count; i++)
		put_lane(&writer, &state->lanes[i]);
	for (i = 0; i < state->source_count; i++)
		put_source(&writer, &state->sources[i]);
	put_shares(&writer, state);
	for (i = 0; i < state->window_count; i++)
		put_window(&writer, &state->windows[i]);
	end_piece(&writer);
	free(writer.scratch);
	*frames = writer.frames;
	*count = writer.count;
}

void
state_free_checkpoint(struct frame *frames, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free((void *)(uintptr_t)frames[i].payload);
	free(frames);
}
