/*
 * Records that no window takes: one that is longer than --max-record, and
 * what has been read from an input when a run is stopped.  They are set aside
 * like a batch that cannot be delivered, or dropped where that is the policy.
 *
 * Entries of them are RUN.LANE.0.rN and RUN.LANE.0.N: no batch has the
 * number 0.
 *
 * The loop writes these itself.  It waits for the disk then; a record of more
 * than 16 MiB is no everyday event, and a run stops once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/scan.h"
#include "config/config.h"
#include "engine/engine_internal.h"
#include "intake/intake.h"
#include "intake/route.h"
#include "intake/source.h"

static bool
is_dropping(const struct engine *engine)
{
	return engine->letters == NULL;
}

static void
name_entry(struct engine *engine, const char *kind, char id[BATCH_ID_SIZE])
{
	struct channel *channel = engine->route.channel;

	snprintf(id, BATCH_ID_SIZE, "%s.%u.0.%s%" PRIu64, channel->run,
	    channel->lane, kind, ++channel->refusals);
}

static struct dead_entry
describe(const struct engine *engine, const char *id, enum dead_stage stage,
    const char *why)
{
	const struct engine_settings *settings = engine->settings;
	const struct dead_entry entry = {
	    .id = id,
	    .batch_id = id,
	    .buffer = settings->buffer->name,
	    .channel = settings->channel->name,
	    .stage = stage,
	    .records = 1,
	    .delimiter = settings->buffer->input.delimiter,
	    .why = why,
	    .status = -1,
	    .command = settings->channel->batch_do.command,
	    .shell = settings->channel->batch_do.shell,
	    .set_aside_wall_ns = clock_wall_ns(),
	};

	return entry;
}

/* Append the piece, and finish with the last one: both or neither. */
static int
keep(struct engine *engine, const struct refusal *refusal, struct err *e)
{
	struct dead_stream *stream = &engine->refused;
	uint64_t before = stream->bytes;
	struct dead_entry entry;

	if (dead_stream_append(
	        engine->letters, stream, refusal->data, refusal->size, e) != 0)
		return e->code;
	if (!refusal->is_last)
		return 0;
	entry = describe(
	    engine, stream->id, DEAD_RECORD, "longer than --max-record");
	entry.bytes = stream->bytes;
	if (dead_stream_commit(engine->letters, stream, &entry, e) != 0) {
		stream->bytes = before;
		/* All of it comes again: the file may be gone, too. */
		if (before == 0)
			refused_abort(engine);
		return e->code;
	}
	return 0;
}

static int
begin_entry(struct engine *engine, const char *kind, struct err *e)
{
	char id[BATCH_ID_SIZE];

	name_entry(engine, kind, id);
	return dead_stream_begin(engine->letters, &engine->refused, id, e);
}

/* The last piece has come: account for the record, and say so. */
static void
finish_refusal(
    struct engine *engine, const struct refusal *refusal, const char *id)
{
	struct channel_totals *totals = &engine->route.channel->totals;
	bool is_dropped = is_dropping(engine);

	totals->refused_records++;
	if (is_dropped)
		totals->dropped_records++;
	else
		totals->aside_records++;
	log_error("%s: record %" PRIu64 ": %" PRIu64
	          " bytes, more than --max-record %" PRIu64 ": %s%s%s%s%s",
	    refusal->source, refusal->record, refusal->bytes,
	    refusal->limit_bytes, is_dropped ? "dropped" : "set aside: ",
	    is_dropped ? "" : dead_letter_path(engine->letters),
	    is_dropped ? "" : "/", is_dropped ? "" : id,
	    is_dropped ? "" : ".batch");
}

int
refused_take(void *context, const struct refusal *refusal, struct err *e)
{
	struct engine *engine = context;
	char id[BATCH_ID_SIZE] = "";

	if (!is_dropping(engine)) {
		/* A first piece that could not be kept comes again. */
		if (refusal->is_first && engine->refused.fd >= 0 &&
		    engine->refused.bytes > 0)
			refused_abort(engine);
		if (engine->refused.fd < 0 && begin_entry(engine, "r", e) != 0)
			return err_wrap(e, "dead letter");
		memcpy(id, engine->refused.id, sizeof(id));
		if (keep(engine, refusal, e) != 0)
			return err_wrap(e, "dead letter");
	}
	if (refusal->is_last)
		finish_refusal(engine, refusal, id);
	return 0;
}

/* Set `size` bytes aside; the stream may have some of them already. */
static int
keep_leftover(struct engine *engine, const uint8_t *data, size_t size,
    uint64_t records, char id[BATCH_ID_SIZE], struct err *e)
{
	struct dead_stream *stream = &engine->refused;
	struct dead_entry entry;

	if (stream->fd < 0 && begin_entry(engine, "", e) != 0)
		return e->code;
	memcpy(id, stream->id, BATCH_ID_SIZE);
	if (dead_stream_append(engine->letters, stream, data, size, e) != 0)
		return e->code;
	entry = describe(engine, id, DEAD_INPUT, "read, but in no window yet");
	entry.records = records;
	entry.bytes = stream->bytes;
	return dead_stream_commit(engine->letters, stream, &entry, e);
}

static void
put_leftover(struct engine *engine, const struct leftover *leftover,
    const uint8_t *data, size_t size, uint64_t records)
{
	struct channel_totals *totals = &engine->route.channel->totals;
	char id[BATCH_ID_SIZE], what[160];
	struct err e;

	totals->refused_records += records;
	snprintf(what, sizeof(what),
	    "stopped: %" PRIu64 " record%s read and in no window yet", records,
	    records == 1 ? "" : "s");
	if (is_dropping(engine)) {
		totals->dropped_records += records;
		log_error("%s: %s: dropped", leftover->name, what);
	} else if (keep_leftover(engine, data, size, records, id, &e) == 0) {
		totals->aside_records += records;
		log_error("%s: %s: set aside: %s/%s.batch", leftover->name,
		    what, dead_letter_path(engine->letters), id);
	} else {
		totals->lost_records += records;
		log_error("%s: %s: cannot be set aside: %s: lost",
		    leftover->name, what, e.message);
		refused_abort(engine);
	}
}

void
refused_leftover(void *context, const struct leftover *leftover)
{
	struct engine *engine = context;
	struct scan head = {0};

	/* Its reader has seen enough. */
	if (engine->settings->is_dry_run)
		return;
	/* The rest of the refused record, as far as it has come. */
	if (leftover->is_inside_refused) {
		head = scan_upto(leftover->data, leftover->size,
		    engine->settings->buffer->input.delimiter, 1);
		if (head.count == 0)
			head.end = leftover->size;
		put_leftover(engine, leftover, leftover->data, head.end, 1);
	}
	if (head.end < leftover->size)
		put_leftover(engine, leftover, leftover->data + head.end,
		    leftover->size - head.end, leftover->records - head.count);
}

bool
refused_has_room(struct engine *engine)
{
	struct err e;

	if (is_dropping(engine) || engine->refused.fd >= 0)
		return true;
	return begin_entry(engine, "", &e) == 0;
}

void
refused_break_off(struct engine *engine)
{
	struct dead_stream *stream = &engine->refused;
	struct channel_totals *totals = &engine->route.channel->totals;
	struct dead_entry entry;
	struct err e = {0};

	if (stream->fd < 0 || stream->bytes == 0)
		return;
	totals->refused_records++;
	entry = describe(engine, stream->id, DEAD_RECORD,
	    "longer than --max-record, its end could not be read");
	entry.bytes = stream->bytes;
	if (dead_stream_commit(engine->letters, stream, &entry, &e) == 0) {
		totals->aside_records++;
		log_error("input: a record longer than --max-record broke "
		          "off: set aside: %s/%s.batch",
		    dead_letter_path(engine->letters), entry.id);
		return;
	}
	totals->lost_records++;
	log_error("input: a record longer than --max-record broke off: cannot "
	          "be set aside: %s: lost",
	    e.message);
	refused_abort(engine);
}

void
refused_abort(struct engine *engine)
{
	if (engine->letters != NULL && engine->refused.fd >= 0)
		dead_stream_abort(engine->letters, &engine->refused);
}

int
refused_start(struct engine *engine, struct err *e)
{
	const struct config_buffer *buffer = engine->settings->buffer;
	char *path;
	int code;

	if (engine->settings->is_dry_run || buffer->on_failure == CONFIG_DROP)
		return 0;
	path = buffer->dead_letter != NULL ? memory_string(buffer->dead_letter)
	                                   : dead_letter_default_path();
	if (path == NULL)
		return err_set(e, ERR_CONFIG,
		    "dead letters: no directory for records that cannot be "
		    "delivered: give --dead-letter DIR, or set HOME");
	code = dead_letter_open(
	    &engine->letters, path, buffer->dead_letter_max, e);
	free(path);
	return code != 0 ? err_wrap(e, "dead letters") : 0;
}
