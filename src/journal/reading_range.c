/*
 * Where the records of lost batches are in a file that was read.
 *
 * A batch that has all bytes of a source from where the one before it ended has
 * none left out.  If some are, and numbers are missing, these had them; but for
 * a record that was refused, which is left out, too, and belongs to no batch:
 * it is a range that they are in, and no more.
 */
#include <stddef.h>

#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/reading_internal.h"
#include "journal/state.h"

void
reading_find_range(const struct state *state, const struct frame *frame,
    struct reading_range *range)
{
	const struct state_source *source;
	struct payload_batch about;
	struct payload_span span;

	if (frame->type != PAYLOAD_BATCH ||
	    !payload_batch_decode(&about, frame->payload, frame->size) ||
	    about.place != PAYLOAD_SPANS)
		return;
	span = payload_batch_span(&about, 0);
	source = state_source(state, span.source);
	if (source == NULL || span.start <= source->identity.position)
		return;
	range->source = span.source;
	range->from = source->identity.position;
	range->to = span.start;
}

static void
note(struct state *state, const struct payload_number *number,
    const struct reading_range *range)
{
	struct state_loss *loss;
	size_t i;

	for (i = 0; i < state->loss_count; i++) {
		loss = &state->losses[i];
		if (loss->lane != number->lane || loss->source != 0 ||
		    loss->last + 1 != number->seq)
			continue;
		loss->source = range->source;
		loss->from = range->from;
		loss->to = range->to;
	}
}

void
reading_note_range(struct state *state, const struct frame *frame,
    const struct reading_range *range)
{
	struct payload_number number;
	struct payload_batch about;
	size_t i;

	if (!payload_batch_decode(&about, frame->payload, frame->size))
		return;
	for (i = 0; i < about.lane_count; i++) {
		number = payload_batch_number(&about, i);
		note(state, &number, range);
	}
}
