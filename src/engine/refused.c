/*
 * Records that no window takes: those that are longer than --max-record or
 * have nowhere to go, and what has been read from an input when a run is
 * stopped.  They are set aside like a batch that cannot be delivered, or
 * dropped where that is the policy.
 *
 * Entries of them are RUN.LANE.0.rN and RUN.LANE.0.N, with a journal
 * RUN.LANE.0.rTAG-N and RUN.LANE.0.TAG-N, where TAG is the run's own, or
 * RUN.LANE.0.fFILE-OFFSET: no batch has the number 0.
 *
 * The loop writes these itself, and waits for the disk; a source refuses few
 * at a time (ROUTE_REFUSALS), so that signals and other lanes have their turn.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/scan.h"
#include "config/config.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"
#include "intake/intake.h"
#include "intake/leftover.h"
#include "intake/route.h"

/* Where this goes; NULL: it is dropped. */
static struct dead_letters *
letters_of(const struct inflow *inflow)
{
	return lanes_letters(inflow->engine, inflow->home->buffer);
}

static bool
is_dropping(const struct inflow *inflow)
{
	return letters_of(inflow) == NULL;
}

/*
 * What can be read again has the same id whenever it is; and what cannot has
 * one that no earlier run with the same RUN has given.
 */
static void
name_entry(struct inflow *inflow, const char *kind,
    const struct refusal *refusal, char id[BATCH_ID_SIZE])
{
	struct channel *channel = inflow->home;
	const struct engine *engine = inflow->engine;
	char what[64];

	if (refusal != NULL && refusal->file > 0)
		snprintf(what, sizeof(what), "f%" PRIu64 "-%" PRIu64,
		    refusal->file, refusal->offset);
	else if (engine->durable != NULL)
		snprintf(what, sizeof(what), "%s%08" PRIx32 "-%" PRIu64, kind,
		    durable_tag(engine), ++channel->refusals);
	else
		snprintf(what, sizeof(what), "%s%" PRIu64, kind,
		    ++channel->refusals);
	snprintf(
	    id, BATCH_ID_SIZE, "%s.%u.0.%s", channel->run, channel->lane, what);
}

static struct dead_entry
describe(const struct inflow *inflow, const char *id, enum dead_stage stage,
    const char *why)
{
	struct dead_entry entry = dead_entry_of(inflow->home, id, stage, why);

	entry.records = 1;
	/* As it was read. */
	entry.delimiter = inflow->input->delimiter;
	return entry;
}

static int
append(struct inflow *inflow, const struct refusal *refusal, struct err *e)
{
	const uint8_t delimiter = inflow->input->delimiter;

	if (dead_stream_append(letters_of(inflow), &inflow->refused,
	        refusal->data, refusal->size, e) != 0)
		return e->code;
	if (!refusal->lacks_delimiter)
		return 0;
	return dead_stream_append(
	    letters_of(inflow), &inflow->refused, &delimiter, 1, e);
}

/* Append the piece, and finish with the last one: both or neither. */
static int
keep(struct inflow *inflow, const struct refusal *refusal, struct err *e)
{
	struct dead_stream *stream = &inflow->refused;
	uint64_t before = stream->bytes;
	struct dead_entry entry;

	if (append(inflow, refusal, e) != 0) {
		stream->bytes = before;
		return e->code;
	}
	if (!refusal->is_last)
		return 0;
	entry = describe(inflow, stream->id,
	    refusal->is_unrouted ? DEAD_ROUTE : DEAD_RECORD, refusal->why);
	entry.bytes = stream->bytes;
	if (dead_stream_commit(letters_of(inflow), stream, &entry, e) != 0) {
		stream->bytes = before;
		/* All of it comes again: the file may be gone, too. */
		if (before == 0)
			refused_abort(inflow);
		return e->code;
	}
	return 0;
}

static int
begin_entry(struct inflow *inflow, const char *kind,
    const struct refusal *refusal, struct err *e)
{
	char id[BATCH_ID_SIZE];

	name_entry(inflow, kind, refusal, id);
	return dead_stream_begin(letters_of(inflow), &inflow->refused, id, e);
}

/* "set aside: DIR/ID.batch", or what a dry run can say of it. */
static void
describe_end(
    const struct inflow *inflow, const char *id, char *text, size_t size)
{
	const struct config_buffer *buffer = inflow->home->buffer->config;
	bool is_dropped = buffer->on_failure == CONFIG_DROP;

	if (inflow->engine->settings->is_dry_run)
		snprintf(text, size, "would be %s",
		    is_dropped ? "dropped" : "set aside");
	else if (is_dropped)
		snprintf(text, size, "dropped");
	else
		snprintf(text, size, "set aside: %s/%s.batch",
		    dead_letter_path(letters_of(inflow)), id);
}

/* The last piece has come: account for the record, and say so. */
static void
finish_refusal(
    struct inflow *inflow, const struct refusal *refusal, const char *id)
{
	const struct config_buffer *buffer = inflow->home->buffer->config;
	struct channel_totals *totals = &inflow->home->totals;
	char why[160], end[4300];

	snprintf(why, sizeof(why), "%s", refusal->why);
	if (refusal->bytes > refusal->limit_bytes && !refusal->is_unrouted)
		snprintf(why, sizeof(why),
		    "%" PRIu64 " bytes, more than --max-record %" PRIu64,
		    refusal->bytes, refusal->limit_bytes);
	totals->refused_records++;
	if (buffer->on_failure == CONFIG_DROP)
		totals->dropped_records++;
	else
		totals->aside_records++;
	describe_end(inflow, id, end, sizeof(end));
	log_error("%s: record %" PRIu64 ": %s: %s", refusal->source,
	    refusal->record, why, end);
}

int
refused_take(void *context, const struct refusal *refusal, struct err *e)
{
	struct inflow *inflow = context;
	char id[BATCH_ID_SIZE] = "";

	if (!is_dropping(inflow)) {
		/* A first piece that could not be kept comes again. */
		if (refusal->is_first && inflow->refused.fd >= 0 &&
		    inflow->refused.bytes > 0)
			refused_abort(inflow);
		if (inflow->refused.fd < 0 &&
		    begin_entry(inflow, "r", refusal, e) != 0)
			return err_wrap(e, "dead letter");
		memcpy(id, inflow->refused.id, sizeof(id));
		if (keep(inflow, refusal, e) != 0)
			return err_wrap(e, "dead letter");
	}
	if (refusal->is_last)
		finish_refusal(inflow, refusal, id);
	return 0;
}

/* Set `size` bytes aside; the stream may have some of them already. */
static int
keep_leftover(struct inflow *inflow, const uint8_t *data, size_t size,
    uint64_t records, char id[BATCH_ID_SIZE], struct err *e)
{
	struct dead_stream *stream = &inflow->refused;
	struct dead_entry entry;

	if (stream->fd < 0 && begin_entry(inflow, "", NULL, e) != 0)
		return e->code;
	memcpy(id, stream->id, BATCH_ID_SIZE);
	if (dead_stream_append(letters_of(inflow), stream, data, size, e) != 0)
		return e->code;
	entry = describe(inflow, id, DEAD_INPUT, "read, but in no window yet");
	entry.records = records;
	entry.bytes = stream->bytes;
	return dead_stream_commit(letters_of(inflow), stream, &entry, e);
}

static void
put_leftover(struct inflow *inflow, const struct leftover *leftover,
    const uint8_t *data, size_t size, uint64_t records)
{
	struct channel_totals *totals = &inflow->home->totals;
	char id[BATCH_ID_SIZE], what[160];
	struct err e;

	totals->refused_records += records;
	snprintf(what, sizeof(what),
	    "stopped: %" PRIu64 " record%s read and in no window yet", records,
	    records == 1 ? "" : "s");
	if (is_dropping(inflow)) {
		totals->dropped_records += records;
		log_error("%s: %s: dropped", leftover->name, what);
	} else if (keep_leftover(inflow, data, size, records, id, &e) == 0) {
		totals->aside_records += records;
		log_error("%s: %s: set aside: %s/%s.batch", leftover->name,
		    what, dead_letter_path(letters_of(inflow)), id);
	} else {
		totals->lost_records += records;
		log_error("%s: %s: cannot be set aside: %s: lost",
		    leftover->name, what, e.message);
		refused_abort(inflow);
	}
}

void
refused_leftover(void *context, const struct leftover *leftover)
{
	struct inflow *inflow = context;
	size_t head = leftover->refused_size;

	/* Its reader has seen enough. */
	if (inflow->engine->settings->is_dry_run)
		return;
	/* The rest of the refused record, as far as it has come. */
	if (leftover->is_inside_refused)
		put_leftover(inflow, leftover, leftover->data, head, 1);
	/* Blanks between values are no record. */
	if (leftover->records > 0)
		put_leftover(inflow, leftover, leftover->data + head,
		    leftover->size - head, leftover->records);
}

bool
refused_has_room(struct engine *engine)
{
	struct inflow *inflow = engine->inflows;
	struct err e;
	size_t i;

	for (i = 0; i < engine->inflow_count; i++, inflow++) {
		if (!is_dropping(inflow) && inflow->refused.fd < 0 &&
		    begin_entry(inflow, "", NULL, &e) != 0)
			return false;
	}
	return true;
}

void
refused_break_off(struct inflow *inflow)
{
	struct dead_stream *stream = &inflow->refused;
	struct channel_totals *totals = &inflow->home->totals;
	struct dead_entry entry;
	struct err e = {0};

	if (stream->fd < 0 || stream->bytes == 0)
		return;
	totals->refused_records++;
	entry = describe(inflow, stream->id, DEAD_RECORD,
	    "longer than --max-record, its end could not be read");
	entry.bytes = stream->bytes;
	if (dead_stream_commit(letters_of(inflow), stream, &entry, &e) == 0) {
		totals->aside_records++;
		log_error("input: a record longer than --max-record broke "
		          "off: set aside: %s/%s.batch",
		    dead_letter_path(letters_of(inflow)), entry.id);
		return;
	}
	totals->lost_records++;
	log_error("input: a record longer than --max-record broke off: cannot "
	          "be set aside: %s: lost",
	    e.message);
	refused_abort(inflow);
}

void
refused_abort(struct inflow *inflow)
{
	if (inflow->refused.fd >= 0)
		dead_stream_abort(letters_of(inflow), &inflow->refused);
}
