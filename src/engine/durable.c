/*
 * A run's journal: opening it, what earlier runs left in it, and ending.
 */
#include "engine/durable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "config/config.h"
#include "config/names.h"
#include "config/shape.h"
#include "control/report.h"
#include "engine/durable_internal.h"
#include "engine/engine_internal.h"
#include "engine/places.h"
#include "journal/fence.h"

/* A segment of the log: what a restart reads at most, beside its windows. */
#define SEGMENT_BYTES (UINT64_C(1) << 20)

/* How long processes of an earlier run may take to die. */
#define FENCE_KILL_MS 10000

static uint64_t
shape_of(void *context, const struct channel *channel)
{
	const struct config_channel *config = channel->config;

	(void)context;
	return config_shape(&channel->buffer->config->input,
	    &config->format_input, &config->batch_do);
}

static enum payload_sync
sync_of(const struct config_wal *wal)
{
	switch (wal->sync) {
	case CONFIG_WAL_ALWAYS:
		return PAYLOAD_SYNC_ALWAYS;
	case CONFIG_WAL_NONE:
		return PAYLOAD_SYNC_NONE;
	default:
		return PAYLOAD_SYNC_BATCH;
	}
}

/* What is not acceptable is our own file, no input; who looks can tell more. */
static int
refuse(const struct engine *engine, struct err *e)
{
	const struct err why = *e;

	if (why.code == ERR_DATA)
		err_set(e, ERR_IO, "%s: see abufctl wal check %s", why.message,
		    engine->settings->config->wal.dir);
	return err_wrap(e, "journal");
}

int
durable_open(struct engine *engine, struct err *e)
{
	const struct config_wal *wal = &engine->settings->config->wal;
	struct durable *durable;
	struct journal_settings settings = {
	    .path = wal->dir,
	    .sync = sync_of(wal),
	    .bytes_max = wal->max_bytes,
	    .segment_bytes = SEGMENT_BYTES,
	    .salvages = wal->recover == CONFIG_RECOVER_SALVAGE,
	    .reformats = wal->reformat,
	    .shape = shape_of,
	    .identify = places_identify,
	    .open_source = places_open_source,
	};

	if (wal->dir == NULL || engine->settings->is_dry_run)
		return 0;
	durable = memory_zeroed(1, sizeof(*durable));
	durable->engine = engine;
	random_fill(&durable->tag, sizeof(durable->tag));
	engine->durable = durable;
	engine->places = places_create();
	settings.context = engine->places;
	durable->work.data = durable;
	durable->sync_timer.data = durable;
	uv_timer_init(&engine->loop, &durable->sync_timer);
	durable_init_chronicle(durable);
	if (journal_open(&durable->journal, &settings, e) != 0)
		return refuse(engine, e);
	places_set_journal(engine->places, durable->journal, engine);
	return 0;
}

bool
durable_needs(const struct engine *engine, const struct channel *channel)
{
	return engine->durable != NULL &&
	    journal_needs(engine->durable->journal, channel);
}

static int
deal_with_processes(
    const struct durable *durable, const char *run, struct err *e)
{
	static const enum fence_policy policies[] = {
	    [CONFIG_FENCE_KILL] = FENCE_KILL,
	    [CONFIG_FENCE_WAIT] = FENCE_WAIT,
	    [CONFIG_FENCE_IGNORE] = FENCE_IGNORE,
	};
	const struct engine *engine = durable->engine;
	enum config_wal_fence policy = engine->settings->config->wal.fence;
	struct fence_report report = {0};
	int code = fence(run, policies[policy],
	    policy == CONFIG_FENCE_KILL ? FENCE_KILL_MS : CLOCK_NEVER, &report,
	    e);

	if (code != 0)
		return err_wrap(e, "journal: an earlier run's commands");
	if (report.found > 0)
		log_warning("journal: %zu process%s of an earlier run %s",
		    report.found, report.found == 1 ? "" : "es",
		    policy == CONFIG_FENCE_KILL       ? "killed"
		        : policy == CONFIG_FENCE_WAIT ? "awaited"
		                                      : "left running");
	return 0;
}

static const char *
plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

/* What damage has taken, if that was to be gone on behind. */
static void
report_losses(const char *dir, const struct journal_report *found)
{
	if (found->has_no_log)
		log_warning("journal: %s: its log is missing: what was in it "
		            "is lost, and how far files were read, too: they "
		            "are read from their start, and what was delivered "
		            "comes again, under ids of another run",
		    dir);
	if (found->is_anew)
		log_warning("journal: %s: no run has begun in its log, which a "
		            "repair made: a file is read from its start",
		    dir);
	if (found->holes > 0)
		log_warning("journal: %s: damaged: %" PRIu64 " hole%s of "
		            "%" PRIu64 " bytes; lost: %" PRIu64 " batch%s that "
		            "it is known of, and %" PRIu64 " frame%s; records "
		            "of files may come again, under other ids; the old "
		            "log is in %s/quarantine",
		    dir, found->holes, plural(found->holes, "", "s"),
		    found->lost_bytes, found->lost_batches,
		    plural(found->lost_batches, "", "es"), found->lost_frames,
		    plural(found->lost_frames, "", "s"), dir);
	if (found->aside_files > 0)
		log_warning("journal: %s: %" PRIu64 " window%s set aside: see "
		            "%s/quarantine",
		    dir, found->aside_files,
		    plural(found->aside_files, "", "s"), dir);
}

/* Batches that it is known of. */
static void
report_lost_batches(const struct journal *journal, const char *dir)
{
	struct journal_loss loss;
	char bytes[64];
	size_t i;

	for (i = 0; journal_loss(journal, i, &loss); i++) {
		bytes[0] = '\0';
		if (loss.path != NULL)
			snprintf(bytes, sizeof(bytes),
			    ": in bytes %" PRIu64 " to %" PRIu64 " of ",
			    loss.from, loss.to);
		log_warning(
		    "journal: %s: lost, or done before: batches %u.%" PRIu64
		    " to %u.%" PRIu64 " of %s/%s%s%s",
		    dir, loss.lane, loss.first, loss.lane, loss.last,
		    loss.buffer, loss.channel, bytes,
		    loss.path != NULL ? loss.path : "");
	}
}

/* Before a new segment is begun: whoever comes after that cannot know. */
static void
tell_losses(struct durable *durable)
{
	const char *dir = durable->engine->settings->config->wal.dir;
	struct journal_report found;

	journal_look(durable->journal, &found);
	durable->has_lost = found.holes > 0 || found.has_no_log;
	report_losses(dir, &found);
	report_lost_batches(durable->journal, dir);
}

/* What there was: worth a warning only if it is not as it was left. */
static void
report(struct durable *durable)
{
	const struct engine *engine = durable->engine;
	const struct config_wal *wal = &engine->settings->config->wal;
	struct journal_report found;
	char text[512], windows[64] = "";

	journal_look(durable->journal, &found);
	durable->has_lost |= found.lost_windows > 0;
	if (found.cut_bytes > 0)
		snprintf(windows, sizeof(windows),
		    ", %" PRIu64 " of windows cut off or set aside",
		    found.cut_bytes);
	snprintf(text, sizeof(text),
	    "%" PRIu64 " segment%s, %" PRIu64 " frame%s, %" PRIu64
	    " bytes torn%s; %" PRIu64 " batch%s (%" PRIu64 " record%s) and "
	    "%" PRIu64 " open window%s to go on with; sync %s, on %s, %" PRIu64
	    " ms",
	    found.segments, plural(found.segments, "", "s"), found.frames,
	    plural(found.frames, "", "s"), found.torn_bytes, windows,
	    found.batches, plural(found.batches, "", "es"), found.records,
	    plural(found.records, "", "s"), found.windows,
	    plural(found.windows, "", "s"), names_wal_sync[wal->sync],
	    found.file_system, (clock_now_ns() - engine->start_ns) / NS_PER_MS);
	if (found.batches > 0 || found.windows > 0 ||
	    found.torn_bytes + found.cut_bytes > 0)
		log_warning("journal: %s: %s", wal->dir, text);
	else
		log_info("journal: %s: %s", wal->dir, text);
}

int
durable_begin(struct engine *engine, struct err *e)
{
	struct durable *durable = engine->durable;
	struct journal *journal;
	char run[BATCH_RUN_SIZE];

	if (durable == NULL)
		return 0;
	journal = durable->journal;
	if (journal_bind(journal, &engine->set, e) != 0)
		return err_wrap(e, "journal");
	if (journal_past_run(journal, run) &&
	    deal_with_processes(durable, run, e) != 0)
		return e->code;
	tell_losses(durable);
	if (journal_begin(journal, e) != 0 || journal_redo(journal, e) != 0)
		return refuse(engine, e);
	durable->has_begun = true;
	report(durable);
	return 0;
}

const struct chronicle *
durable_chronicle(const struct engine *engine)
{
	return engine->durable != NULL ? &engine->durable->chronicle : NULL;
}

bool
durable_has_lost(const struct engine *engine)
{
	return engine->durable != NULL && engine->durable->has_lost;
}

bool
durable_has_left_ends(const struct engine *engine)
{
	return engine->durable != NULL && engine->durable->has_left_ends;
}

bool
durable_takes_more(const struct engine *engine)
{
	const struct durable *durable = engine->durable;

	return durable != NULL && durable->has_begun && !durable->has_failed &&
	    !durable->is_cut_short && !journal_is_full(durable->journal);
}

uint32_t
durable_tag(const struct engine *engine)
{
	return engine->durable->tag;
}

bool
durable_file(void *context, size_t index, struct report_file *file)
{
	const struct engine *engine = context;
	struct journal_source source;

	if (!journal_source(engine->durable->journal, index, &source))
		return false;
	file->path = source.path;
	file->durable_position = source.durable_position;
	return true;
}

/* A line for each channel, however many batches it has. */
static void
report_left(const struct engine *engine)
{
	const char *dir = engine->settings->config->wal.dir;
	struct channel *channel = NULL;
	uint64_t records;
	char batches[128];

	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		records = channel->totals.left_records;
		batches[0] = '\0';
		if (channel->left_batches > 0)
			snprintf(batches, sizeof(batches),
			    ": %" PRIu64 " batch%s from %s.%u.%" PRIu64 " on",
			    channel->left_batches,
			    plural(channel->left_batches, "", "es"),
			    channel->run, channel->lane, channel->left_seq);
		if (records > 0)
			log_warning("journal: %s: %" PRIu64 " record%s of "
			            "%s/%s left for the next run%s",
			    dir, records, plural(records, "", "s"),
			    channel->buffer->name, channel->name, batches);
	}
}

void
durable_end(struct engine *engine)
{
	struct durable *durable = engine->durable;
	struct err e = {0};

	if (durable != NULL)
		report_left(engine);
	if (durable == NULL || durable->has_failed || durable->is_cut_short)
		return;
	/* What was left in a window is behind where its file goes on. */
	if ((!durable->has_left_windows &&
	        places_settle(engine->places, &e) != 0) ||
	    journal_end(durable->journal, &e) != 0)
		durable_fail(durable, &e);
}

void
durable_release(struct engine *engine)
{
	places_destroy(engine->places);
	engine->places = NULL;
	if (engine->durable == NULL)
		return;
	journal_close(engine->durable->journal);
	free(engine->durable);
	engine->durable = NULL;
}
