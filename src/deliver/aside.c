/*
 * Setting a part of a batch aside, or dropping it where that is the policy.
 * A directory that takes nothing now is held like a destination that does not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "buffer/buffer.h"
#include "buffer/health.h"
#include "config/config.h"
#include "deliver/dead_letter.h"
#include "deliver/delivery_internal.h"

/* What is known about it. */
static void
describe(const struct delivery *delivery, const struct part *part,
    const struct aside_note *note, const char *id, struct dead_entry *entry)
{
	const struct delivery_settings *settings = &delivery->settings;
	const struct attempt *attempt = &delivery->attempt;
	const struct batch *batch = delivery->batch;

	memset(entry, 0, sizeof(*entry));
	entry->id = id;
	entry->batch_id = note->has_run && !note->is_named ? part->id : id;
	entry->buffer = settings->buffer->name;
	entry->channel = batch->channel->name;
	entry->seq = batch->seq;
	entry->stage = note->is_refused ? DEAD_FORMAT : DEAD_COMMAND;
	entry->records = part->records;
	entry->bytes = part->bytes;
	entry->delimiter = note->is_refused ? batch->channel->records.delimiter
	                                    : settings->ibuffer.delimiter;
	entry->reason = reason_name(batch->reason);
	entry->why = note->why;
	entry->attempts =
	    note->has_run && !note->is_named ? attempt->number : part->attempts;
	entry->status = -1;
	if (note->has_run && attempt->end == ATTEMPT_EXITED)
		entry->status = attempt->status;
	else if (note->has_run)
		entry->signal = attempt->signal;
	entry->stderr_tail = note->detail;
	entry->stderr_size = note->detail_size;
	if (note->detail == NULL) {
		entry->stderr_tail = attempt->tail;
		entry->stderr_size = attempt->tail_size;
	}
	entry->command = settings->config->command;
	entry->shell = settings->config->shell;
	entry->set_aside_wall_ns = clock_wall_ns();
}

struct writing {
	struct dead_letters *letters;
	struct dead_stream stream;
};

static int
append(void *context, const uint8_t *data, size_t size, struct err *e)
{
	struct writing *writing = context;

	return dead_stream_append(
	    writing->letters, &writing->stream, data, size, e);
}

/*
 * The bytes of an entry.  If a command has changed its file, which is then the
 * batch's, or cut it short, what is left is all there is.
 */
static int
write_bytes(const struct delivery *delivery, const struct part *part,
    const struct dead_entry *entry, struct writing *writing, struct err *e)
{
	const struct batch *batch = delivery->batch;
	int code;

	if (entry->stage == DEAD_FORMAT)
		return part_copy(part, batch, append, writing, e);
	if (is_intact(delivery))
		return payload_copy(delivery, part, append, writing, e);
	code = part_copy_payload(part, batch, append, writing, e);
	return code != 0 && e->sys_errno == ENODATA ? 0 : code;
}

/* One try at a whole entry. */
static int
write_entry(const struct delivery *delivery, const struct part *part,
    struct dead_entry *entry, struct err *e)
{
	struct writing writing = {.letters = delivery->settings.letters};
	int code;

	code =
	    dead_stream_begin(writing.letters, &writing.stream, entry->id, e);
	if (code != 0)
		return code;
	code = write_bytes(delivery, part, entry, &writing, e);
	entry->bytes = writing.stream.bytes;
	if (entry->bytes == 0 && !is_part_intact(delivery, part)) {
		entry->records = 0;
		entry->why = ASIDE_CHANGED ": nothing of it is left";
	}
	if (code == 0)
		code = dead_stream_commit(
		    writing.letters, &writing.stream, entry, e);
	if (code != 0)
		dead_stream_abort(writing.letters, &writing.stream);
	return code;
}

bool
aside_wait(
    struct delivery *delivery, const struct part *part, const struct err *e)
{
	struct hold *hold = &delivery->hold;
	char delay[UNITS_TEXT_SIZE];
	uint64_t delay_ms;

	if (!hold_next(hold, HOLD_ASIDE, NULL, &delay_ms))
		return false;
	units_format_time(delay_ms, delay);
	if (hold_is_news(hold, HOLD_ASIDE))
		log_error("batch: %s: cannot be set aside: %s: held, next try "
		          "in %s",
		    part->id, e->message, delay);
	return hold_sleep(hold, HOLD_ASIDE, delay_ms);
}

/* Tries at an entry, until one is good or it has been too long. */
static int
write_patiently(struct delivery *delivery, const struct part *part,
    struct dead_entry *entry, struct err *e)
{
	bool goes_on = true;
	int code;

	hold_begin(&delivery->hold);
	while ((code = write_entry(delivery, part, entry, e)) != 0 && goes_on)
		goes_on = aside_wait(delivery, part, e);
	hold_end(&delivery->hold);
	return code;
}

/* The journal keeps it. */
static void
leave(struct delivery *delivery, const struct aside_note *note,
    const struct err *e)
{
	char why[sizeof(e->message) + 32];

	snprintf(why, sizeof(why), "cannot be set aside: %s", e->message);
	chronicle_leave(delivery, why, note->has_run);
}

static bool
set_aside(struct delivery *delivery, const struct part *part,
    const struct aside_note *note)
{
	struct aside_note as_read = *note;
	struct dead_entry entry;
	char id[BATCH_ID_SIZE], place[4300];
	struct err e;
	int code;

	alone_entry_id(part, delivery->batch->id, id);
	describe(delivery, part, note, id, &entry);
	code = write_patiently(delivery, part, &entry, &e);
	if (code != 0 && delivery->settings.chronicle != NULL) {
		leave(delivery, note, &e);
		return false;
	}
	if (code != 0 && !(part->is_settled && part->is_raw)) {
		/* To make it anew may take memory; to keep it does not. */
		as_read.is_refused = true;
		note = &as_read;
		describe(delivery, part, note, id, &entry);
		code = write_entry(delivery, part, &entry, &e);
	}
	if (code != 0) {
		notice_lost(delivery, part, &e);
		return false;
	}
	health_note_aside(delivery->settings.queue);
	snprintf(place, sizeof(place), "%s/%s.batch",
	    dead_letter_path(delivery->settings.letters), id);
	notice_aside(delivery, part, note, place);
	return true;
}

void
aside_put(struct delivery *delivery, const struct part *part,
    const struct aside_note *note)
{
	const struct delivery_settings *settings = &delivery->settings;
	struct batch_result *result = &delivery->batch->result;
	struct aside_note changed = *note;

	if (!is_part_intact(delivery, part)) {
		changed.why = ASIDE_CHANGED;
		note = &changed;
	}
	if (settings->buffer->on_failure == CONFIG_DROP) {
		notice_aside(delivery, part, note, NULL);
		result->dropped_records += part->records;
		chronicle_conclude(
		    delivery, part, PAYLOAD_DROPPED, note->has_run);
	} else if (set_aside(delivery, part, note)) {
		result->aside_records += part->records;
		chronicle_conclude(delivery, part, PAYLOAD_DEAD, note->has_run);
	} else if (!delivery->is_left) {
		result->lost_records += part->records;
	}
	if (settings->buffer->on_failure == CONFIG_STOP) {
		/* At once: this lane's next batch must not overtake it. */
		queue_set_stop(settings->queue, QUEUE_FINISH);
		result->must_stop = true;
	}
}
