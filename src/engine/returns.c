/*
 * What comes back from workers: batches, their output, and what they have to
 * say.  A batch is done when its output is written.
 */
#include "base/err.h"
#include "deliver/lines.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"
#include "engine/output.h"

/* Nothing of it is on its way any more. */
static void
finish_batch(struct engine *engine, struct batch *batch, bool is_written)
{
	/* With a journal it comes again, and its output. */
	if (!is_written && engine->durable != NULL)
		channel_take_back(batch->channel, batch);
	durable_take_batch(engine, batch, is_written);
	batch_destroy(batch);
}

static void
on_output_done(void *context, struct batch *batch, bool is_written)
{
	finish_batch(context, batch, is_written);
}

/* A batch came back from its worker. */
static void
take_batch(struct engine *engine, struct batch *batch)
{
	const struct batch_result result = batch->result;
	enum output_end end;

	channel_account(batch->channel, batch);
	durable_note_end(engine, batch);
	end = output_take_batch(engine->output, batch);
	if (end != OUTPUT_HELD)
		finish_batch(engine, batch, end == OUTPUT_WRITTEN);
	if (result.stdout_errno != 0 && !engine->has_io_error) {
		engine->has_io_error = true;
		if (engine->settings->is_dry_run)
			stop_rehearsal(engine, result.stdout_errno);
		else
			stop_for_reader(engine);
	}
	if (result.is_damaged)
		stop_for_damage(engine);
	if (result.must_stop)
		stop_by_policy(engine);
	flow_advance(engine);
}

static void
on_message(void *context, struct mailbox_message *message)
{
	struct engine *engine = context;

	if (message->kind == MAILBOX_CHUNK)
		output_take_chunk(engine->output, chunk_of_message(message));
	else if (message->kind == MAILBOX_NOTE)
		durable_take_note(engine, message);
	else
		take_batch(engine, batch_of_message(message));
}

static void
on_written(void *context)
{
	flow_advance(context);
}

static void
on_output_failed(void *context)
{
	stop_for_output(context);
}

static int
start_output(struct engine *engine, struct err *e)
{
	const struct output_events events = {
	    .written = on_written,
	    .done = on_output_done,
	    .failed = on_output_failed,
	    .context = engine,
	};

	if (engine->settings->is_dry_run)
		return 0;
	return output_create(
	    &engine->output, &engine->loop, &engine->set, &events, e);
}

int
returns_start(struct engine *engine, struct err *e)
{
	if (mailbox_init(&engine->mailbox, &engine->loop, on_message, engine) !=
	    0)
		return err_set(e, ERR_SYSTEM, "mailbox: cannot be made");
	return start_output(engine, e);
}
