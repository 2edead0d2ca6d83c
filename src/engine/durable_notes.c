/*
 * What workers have to say to the journal: they post it to the loop, which
 * writes it down.  A split is answered when it is durable: its worker waits for
 * that on an eventfd.
 */
#include <sys/eventfd.h>

#include <errno.h>
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

enum note_kind { NOTE_ATTEMPT, NOTE_VERDICT, NOTE_SPLIT };

/* The worker's until it is posted; of a split, its again when answered. */
struct note {
	struct mailbox_message message; /* first */
	enum note_kind kind;
	const struct batch *batch;
	bool has_output;   /* that its batch is to write */
	struct note *next; /* loop: of those that are held */
	union {
		struct payload_attempt attempt;
		struct payload_ack ack;
		struct {
			const uint8_t *data;
			size_t size, parts;
			int answer_fd;
			/* Loop. */
			struct note *next;
			bool is_appended;
			uint64_t ticket;
			/* The answer. */
			int code;
			struct err *e;
		} split;
	};
};

static struct note *
make_note(enum note_kind kind, const struct batch *batch)
{
	struct note *note = memory_zeroed(1, sizeof(*note));

	note->message.kind = MAILBOX_NOTE;
	note->kind = kind;
	note->batch = batch;
	return note;
}

static void
post(const struct durable *durable, struct note *note)
{
	mailbox_post(&durable->engine->mailbox, &note->message);
}

static void
tell_attempt(void *context, const struct batch *batch,
    const struct chronicle_attempt *attempt)
{
	struct note *note = make_note(NOTE_ATTEMPT, batch);

	note->attempt = (struct payload_attempt){
	    .child = (uint32_t)attempt->part,
	    .attempt = (uint32_t)attempt->number,
	    .end = attempt->end,
	    .status = attempt->status,
	    .is_running = true,
	};
	post(context, note);
}

static void
tell_verdict(void *context, const struct batch *batch,
    const struct chronicle_verdict *verdict)
{
	struct note *note = make_note(NOTE_VERDICT, batch);

	note->has_output = batch->output_size > 0;
	note->ack = (struct payload_ack){
	    .child = (uint32_t)verdict->part,
	    .verdict = verdict->verdict,
	    .status = verdict->status,
	    .attempts = (uint32_t)verdict->attempts,
	};
	post(context, note);
}

static void
encode_part(const struct chronicle_part *part, struct pack *pack)
{
	struct payload_range *ranges =
	    memory_zeroed(part->range_count, sizeof(*ranges));
	size_t i;

	for (i = 0; i < part->range_count; i++) {
		ranges[i].first = part->ranges[i].first;
		ranges[i].count = part->ranges[i].records;
	}
	payload_child_encode(
	    (uint32_t)part->number, ranges, (uint32_t)part->range_count, pack);
	free(ranges);
}

/* A SPLIT frame; data is the caller's to free. */
static void
encode_split(const struct batch *batch, uint64_t parent,
    const struct chronicle_part *parts, size_t count, struct pack *pack)
{
	struct payload_split split = {
	    .seq = batch->seq,
	    .parent = (uint32_t)parent,
	    .child_count = (uint32_t)count,
	};
	size_t size = 64, i;

	for (i = 0; i < count; i++) {
		size += payload_child_size((uint32_t)parts[i].range_count);
		if (parts[i].number > split.highest)
			split.highest = (uint32_t)parts[i].number;
	}
	pack->data = memory_zeroed(1, size);
	pack->size = size;
	payload_split_encode(&split, pack);
	for (i = 0; i < count; i++)
		encode_part(&parts[i], pack);
	if (pack->is_over)
		BUG("a split that is larger than it says");
}

static void
await(int fd)
{
	uint64_t answers;

	while (read(fd, &answers, sizeof(answers)) < 0) {
		if (errno != EINTR)
			BUG("an answer of the loop cannot be read");
	}
}

static int
tell_split(void *context, const struct batch *batch, uint64_t parent,
    const struct chronicle_part *parts, size_t count, struct err *e)
{
	struct pack pack = {0};
	struct note *note;
	int code, fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "eventfd");
	encode_split(batch, parent, parts, count, &pack);
	note = make_note(NOTE_SPLIT, batch);
	note->split.data = pack.data;
	note->split.size = pack.used;
	note->split.parts = count;
	note->split.answer_fd = fd;
	note->split.e = e;
	post(context, note);
	await(fd);
	code = note->split.code;
	close(fd);
	free(pack.data);
	free(note);
	return code;
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
	    .split = tell_split,
	    .verdict = tell_verdict,
	    .fetch = fetch,
	    .context = durable,
	};
}

static void
answer(struct note *note, int code)
{
	const uint64_t one = 1;

	note->split.code = code;
	if (write(note->split.answer_fd, &one, sizeof(one)) != sizeof(one))
		BUG("a worker cannot be answered");
}

/*
 * One that is not durable: where nothing is durable any more, or nobody waits
 * for room, it never will be, and its batch is left.
 */
static bool
is_settled(struct durable *durable, struct note *note, int *code)
{
	struct err *e = note->split.e;

	if (durable->has_failed || durable->is_cut_short) {
		*code = err_set(e, ERR_IO,
		    durable->has_failed ? "the journal has failed"
		                        : "the journal has no room");
		return true;
	}
	if (!note->split.is_appended) {
		*code = journal_split(durable->journal, note->batch,
		    note->split.data, note->split.size, note->split.parts,
		    &note->split.ticket, e);
		if (*code == ERR_IO) {
			durable_fail(durable, e);
			return true;
		}
		note->split.is_appended = *code == 0;
		return *code != 0 &&
		    (durable->engine->gives_up ||
		        durable->engine->stop >= QUEUE_FINISH);
	}
	*code = 0;
	return journal_has(durable->journal, note->split.ticket);
}

void
durable_answer(struct durable *durable)
{
	struct note **link = &durable->splits, *note;
	int code;

	while ((note = *link) != NULL) {
		if (!is_settled(durable, note, &code)) {
			link = &note->split.next;
			continue;
		}
		*link = note->split.next;
		answer(note, code);
	}
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
