/*
 * When a run ends early: what is in its journal stays there, for the next one.
 */
#include <inttypes.h>

#include "base/err.h"
#include "base/log.h"
#include "engine/durable_internal.h"
#include "engine/engine_internal.h"
#include "engine/output.h"

static void
lose(const struct durable *durable, struct batch *batch)
{
	const uint64_t records = batch_records_to_do(batch);

	batch->result.lost_records = records;
	log_error("batch: %s: %s: %" PRIu64 " record%s: lost", batch->id,
	    durable->has_failed ? "the journal has failed before it was written"
	                        : "there is no room for it in the journal",
	    records, records == 1 ? "" : "s");
}

/* What no worker has begun stays in the journal. */
static size_t
leave_batches(struct durable *durable)
{
	struct channel *channel = NULL;
	struct batch *batch;
	struct err e = {0};
	size_t left = 0;

	while ((channel = buffer_set_next(&durable->engine->set, channel)) !=
	    NULL) {
		while ((batch = channel_take_kept(channel)) != NULL) {
			if (journal_is_unwritten(durable->journal, batch))
				lose(durable, batch);
			else
				batch->result.left_records =
				    batch_records_to_do(batch);
			channel_account(channel, batch);
			/* One that was taken back is never gone on with. */
			if (!batch->is_durable)
				durable->is_cut_short = true;
			else if (!durable->has_failed)
				journal_return(durable->journal, batch, &e);
			/* Those behind it may have output. */
			output_take_batch(durable->engine->output, batch);
			batch_destroy(batch);
			left++;
		}
	}
	return left;
}

static void
leave_window(struct stream *stream)
{
	const struct trigger *held = &stream->window.trigger;
	size_t i;

	if (stream->mode == STREAM_TO_ANY) {
		stream->channels[0].totals.records += held->records;
		stream->channels[0].totals.bytes += held->bytes;
		stream->channels[0].totals.left_records += held->records;
	} else {
		for (i = 0; i < stream->channel_count; i++)
			stream->channels[i].totals.left_records +=
			    held->records;
	}
	stream_discard(stream);
}

/* Open windows, too: their file is named by the journal. */
static size_t
leave_windows(struct engine *engine)
{
	struct stream *stream = NULL;
	struct err why;
	size_t left = 0;

	err_set(&why, ERR_IO, "there is no room for them in the journal");
	while (
	    (stream = buffer_set_next_stream(&engine->set, stream)) != NULL) {
		if (stream_is_empty(stream))
			continue;
		if (journal_is_unnamed(stream))
			stranded_keep(engine, stream, &why);
		else
			leave_window(stream);
		left++;
	}
	return left;
}

/* Nothing is left but ends for which there is no room: nobody waits for it. */
static bool
leave_ends(struct durable *durable)
{
	struct engine *engine = durable->engine;

	if (durable_is_over(durable) || journal_is_idle(durable->journal) ||
	    lanes_are_busy(engine) || !intake_has_ended(engine->intake))
		return false;
	log_error("journal: %s: no room to write down what was done: the next "
	          "run does it again",
	    engine->settings->config->wal.dir);
	durable->is_cut_short = true;
	durable->has_left_ends = true;
	return true;
}

size_t
durable_leave(struct durable *durable)
{
	struct engine *engine = durable->engine;
	size_t left, left_windows = 0;

	/* As much of it as can be made durable is, before. */
	if (!durable_is_over(durable) && !journal_is_idle(durable->journal) &&
	    !journal_is_full(durable->journal))
		return 0;
	if (durable->job != NULL)
		return 0;
	left = leave_batches(durable);
	if (engine->gives_up || durable->has_failed)
		left_windows = leave_windows(engine);
	if (left_windows > 0)
		durable->has_left_windows = true;
	if (left + left_windows == 0 && leave_ends(durable))
		return 1;
	return left + left_windows;
}
