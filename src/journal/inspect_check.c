/*
 * Everything that can be said of a journal.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "journal/inspect_internal.h"
#include "journal/survey.h"

#define TEXT_SIZE 1024

void
inspect_tell(struct inspecting *inspecting, enum inspect_kind kind,
    const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	inspecting->say(inspecting->context, kind, text);
	if (inspecting->worst < kind)
		inspecting->worst = kind;
}

static int
check_segment(
    void *context, const struct survey_segment *segment, struct err *e)
{
	struct inspecting *inspecting = context;
	const char *name = segment->name;

	(void)e;
	switch (segment->state) {
	case SURVEY_GOOD:
		break;
	case SURVEY_DEAD:
		inspect_tell(
		    inspecting, INSPECT_NOTE, "%s: not needed any more", name);
		break;
	case SURVEY_UNFINISHED:
		inspect_tell(inspecting, INSPECT_NOTE,
		    "%s: not finished: it does not count", name);
		break;
	case SURVEY_TOO_NEW:
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "%s: a later version of abuf wrote it", name);
		break;
	case SURVEY_DAMAGED:
		inspect_tell(inspecting, INSPECT_DAMAGE, "%s: %s damaged", name,
		    segment->header_state == SEGMENT_GOOD ? "it is"
		                                          : "the header is");
		break;
	}
	return 0;
}

/* Nobody knows whether they had their end. */
static void
tell_loss(struct inspecting *inspecting, const struct state_loss *loss)
{
	const struct state *state = &inspecting->inspect->state;
	const struct state_lane *lane = state_lane(state, loss->lane);
	const struct state_source *source = state_source(state, loss->source);
	char bytes[64] = "";

	if (source != NULL)
		snprintf(bytes, sizeof(bytes),
		    ": in bytes %" PRIu64 " to %" PRIu64 " of ", loss->from,
		    loss->to);
	inspect_tell(inspecting, INSPECT_DAMAGE,
	    "batches %u.%" PRIu64 " to %u.%" PRIu64
	    " of %s/%s: lost, or done before%s%s",
	    loss->lane, loss->first, loss->lane, loss->last, lane->buffer,
	    lane->channel, bytes, source != NULL ? source->path : "");
}

/* What a file that is read again from its start means, nobody else can tell. */
static void
check_positions(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;

	if (inspect_has_no_log(inspect))
		inspect_tell(inspecting, INSPECT_DAMAGE,
		    "how far files were read is lost with the log: a file is "
		    "read from its start, and what was delivered comes again, "
		    "under ids of another run");
	else if (inspect->status == 0 && inspect->state.run.process == 0)
		inspect_tell(inspecting, INSPECT_NOTE,
		    "no run has begun in this log: a file is read from its "
		    "start");
}

static void
check_log(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;
	const struct survey_calls calls = {
	    .segment = check_segment, .context = inspecting};
	const struct tail *tail = &inspect->found.tail;
	struct survey survey;
	struct err e;
	size_t i;

	if (survey_read(&inspect->folder.disk, &calls, &survey, &e) != 0)
		inspect_tell(inspecting, INSPECT_REFUSAL, "%s", e.message);
	if (inspect->status != 0)
		inspect_tell(
		    inspecting, INSPECT_REFUSAL, "%s", inspect->why.message);
	else if (tail->cut_bytes > 0)
		inspect_tell(inspecting, INSPECT_NOTE,
		    "segment %" PRIu64 ": at %" PRIu64
		    ": a torn end of %" PRIu64 " bytes: what a crash tears "
		    "was never promised; what is damaged, or cut off, at the "
		    "very end looks like that, too",
		    inspect->found.sequence, tail->end, tail->cut_bytes);
	for (i = 0; i < inspect->reading.hole_count; i++) {
		const struct wal_hole *hole = &inspect->reading.holes[i];

		inspect_tell(inspecting, INSPECT_DAMAGE,
		    "segment %" PRIu64 ": lost: %" PRIu64 " bytes at %" PRIu64,
		    hole->segment, hole->to - hole->from, hole->from);
	}
	for (i = 0; i < inspect->state.loss_count; i++)
		tell_loss(inspecting, &inspect->state.losses[i]);
	check_positions(inspecting);
}

void
inspect_each_batch(struct inspecting *inspecting, inspect_batch *each)
{
	const struct state *state = &inspecting->inspect->state;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		for (j = lane->first; j < lane->end; j++) {
			const struct state_share *share = lane->shares[j];
			const struct state_batch *batch =
			    share != NULL ? share->batch : NULL;

			if (batch != NULL &&
			    batch->numbers[batch->first].lane == lane->number)
				each(inspecting, lane, share);
		}
	}
}

enum inspect_kind
inspect_check(
    const struct inspect *inspect, inspect_say *callback, void *context)
{
	struct inspecting inspecting = {
	    .inspect = inspect, .say = callback, .context = context};

	inspect_check_folder(&inspecting);
	check_log(&inspecting);
	if (!inspect->is_known)
		return inspecting.worst;
	/* A run that goes on has removed and made some meanwhile. */
	if (!inspect->is_held)
		inspect_check_files(&inspecting);
	inspect_check_sources(&inspecting);
	return inspecting.worst;
}
