/*
 * What workers have to say to the journal: they post it to the loop, which
 * writes it down.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mailbox.h"
#include "base/memory.h"
#include "base/pack.h"
#include "buffer/past.h"
#include "engine/durable_internal.h"
#include "engine/engine_internal.h"
#include "engine/output.h"
#include "journal/payload_split.h"

struct note *
durable_make_note(enum note_kind kind, const struct batch *batch)
{
	struct note *note = memory_zeroed(1, sizeof(*note));

	note->message.kind = MAILBOX_NOTE;
	note->kind = kind;
	note->batch = batch;
	return note;
}

void
durable_post(const struct durable *durable, struct note *note)
{
	mailbox_post(&durable->engine->mailbox, &note->message);
}

static void
tell_attempt(void *context, const struct batch *batch,
    const struct chronicle_attempt *attempt)
{
	struct note *note = durable_make_note(NOTE_ATTEMPT, batch);

	note->attempt = (struct payload_attempt){
	    .child = (uint32_t)attempt->part,
	    .attempt = (uint32_t)attempt->number,
	    .end = attempt->end,
	    .status = attempt->status,
	    .is_running = true,
	};
	durable_post(context, note);
}

static void
tell_verdict(void *context, const struct batch *batch,
    const struct chronicle_verdict *verdict)
{
	struct note *note = durable_make_note(NOTE_VERDICT, batch);

	note->has_output = batch->output_size > 0;
	note->ack = (struct payload_ack){
	    .child = (uint32_t)verdict->part,
	    .verdict = verdict->verdict,
	    .status = verdict->status,
	    .attempts = (uint32_t)verdict->attempts,
	};
	durable_post(context, note);
}

static int
fetch(void *context, const struct batch *batch, int *fd, struct err *e)
{
	const struct durable *durable = context;

	return journal_fetch(durable->journal, batch, fd, e);
}

void
durable_init_chronicle(struct durable *durable)
{
	durable->chronicle = (struct chronicle){
	    .attempt = tell_attempt,
	    .split = durable_tell_split,
	    .verdict = tell_verdict,
	    .fetch = fetch,
	    .context = durable,
	};
}

/* Fire and forget. */
static void
write_down(struct durable *durable, struct note *note)
{
	struct err e = {0};
	int code = 0;

	if (durable->has_failed) {
		/* It is forgotten. */
	} else if (note->kind == NOTE_ATTEMPT) {
		code = journal_note_attempt(
		    durable->journal, note->batch, &note->attempt, &e);
	} else {
		code = journal_note_verdict(
		    durable->journal, note->batch, &note->ack, &e);
	}
	if (code != 0)
		durable_fail(durable, &e);
	free(note);
}

void
durable_settle_notes(
    struct durable *durable, const struct batch *batch, bool is_written)
{
	struct note **link = &durable->held, *note;

	while ((note = *link) != NULL) {
		if (note->batch != batch) {
			link = &note->next;
			continue;
		}
		*link = note->next;
		if (is_written)
			write_down(durable, note);
		else
			free(note);
	}
}

/* What a part wrote is written with the rest of its batch: else it is lost. */
static bool
must_be_held(const struct durable *durable, const struct note *note)
{
	return note->kind == NOTE_VERDICT && note->ack.verdict == PAYLOAD_OK &&
	    (note->has_output ||
	        output_drops_lines(
	            durable->engine->output, note->batch->channel));
}

void
durable_take_note(struct engine *engine, struct mailbox_message *message)
{
	struct durable *durable = engine->durable;
	struct note *note = (struct note *)(void *)message;

	if (must_be_held(durable, note)) {
		note->next = durable->held;
		durable->held = note;
		return;
	}
	if (note->kind != NOTE_SPLIT) {
		write_down(durable, note);
		return;
	}
	note->split.next = durable->splits;
	durable->splits = note;
	flow_advance(engine);
}
