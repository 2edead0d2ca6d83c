/*
 * A run's journal, once for each change.  What was written goes to the disk in
 * another thread, one job at a time; what is durable goes to the workers.
 */
#include <errno.h>

#include "base/err.h"
#include "base/log.h"
#include "buffer/batch.h"
#include "config/config.h"
#include "engine/durable_internal.h"
#include "engine/engine_internal.h"
#include "engine/places.h"

/*
 * --wal-sync batch: how old what is in an open window gets before a sync is
 * asked for.  It waits for the job under way, and takes its time: what is
 * promised is a second.
 */
#define SYNC_PERIOD_MS 500
/* And when it is asked again, if one is under way. */
#define SYNC_AGAIN_MS 20

bool
durable_is_over(const struct durable *durable)
{
	return durable->has_failed || durable->is_cut_short;
}

void
durable_fail(struct durable *durable, const struct err *e)
{
	struct engine *engine = durable->engine;

	if (durable->has_failed)
		return;
	durable->has_failed = true;
	engine->has_io_error = true;
	log_error("journal: %s: nothing more is started, and nothing that runs "
	          "is acknowledged; what is in the journal is done again by "
	          "the next run",
	    e->message);
	stop_for_output(engine);
}

bool
durable_cannot_write(struct engine *engine, const struct err *e)
{
	static const int passing[] = {
	    0, ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR};
	size_t i;

	if (engine->durable == NULL)
		return false;
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (e->sys_errno == passing[i])
			return false;
	}
	durable_fail(engine->durable, e);
	return true;
}

/* What is durable by now. */
static void
note_acknowledged(const struct durable *durable)
{
	struct channel *channel = NULL;

	while (
	    (channel = buffer_set_next(&durable->engine->set, channel)) != NULL)
		channel->acked_below =
		    journal_acked_below(durable->journal, channel);
}

static void
on_work(uv_work_t *work)
{
	struct durable *durable = work->data;

	journal_job_run(durable->job);
}

static void
on_worked(uv_work_t *work, int status)
{
	struct durable *durable = work->data;
	struct pipeline_job *job = durable->job;
	struct err e = {0};

	(void)status;
	durable->job = NULL;
	if (journal_job_complete(durable->journal, job, &e) != 0)
		durable_fail(durable, &e);
	note_acknowledged(durable);
	flow_advance(durable->engine);
}

static void
on_sync_timer(uv_timer_t *timer)
{
	struct durable *durable = timer->data;

	if (!durable_is_over(durable)) {
		if (!journal_sync_windows(durable->journal))
			uv_timer_start(timer, on_sync_timer, SYNC_AGAIN_MS, 0);
		journal_sync(durable->journal);
	}
	flow_advance(durable->engine);
}

/* What is in open windows: written now. */
static void
keep_windows(struct durable *durable)
{
	const struct engine *engine = durable->engine;
	struct err e = {0};

	if (journal_flush_windows(durable->journal, &e) != 0)
		space_wait(durable->engine, &e);
	else if (engine->settings->config->wal.sync == CONFIG_WAL_ALWAYS ||
	    engine->gives_up)
		journal_sync_windows(durable->journal);
}

/* And what nobody waits for is synced a little later. */
static void
set_sync_timer(struct durable *durable)
{
	const uv_handle_t *timer = (const uv_handle_t *)&durable->sync_timer;

	if (!uv_is_active(timer) &&
	    (journal_has_unsynced(durable->journal) ||
	        !journal_is_idle(durable->journal)))
		uv_timer_start(
		    &durable->sync_timer, on_sync_timer, SYNC_PERIOD_MS, 0);
}

/* False: it has failed. */
static bool
advance(struct durable *durable)
{
	struct engine *engine = durable->engine;
	struct pipeline_job *job = NULL;
	struct err e = {0};

	if (journal_advance(durable->journal, &job, &e) != 0) {
		durable_fail(durable, &e);
		return false;
	}
	if (job != NULL) {
		durable->job = job;
		uv_queue_work(
		    &engine->loop, &durable->work, on_work, on_worked);
	}
	/* A job that tries again does not mean that there is room. */
	engine->must_wait |=
	    engine->has_no_space && journal_is_full(durable->journal);
	if (journal_is_full(durable->journal) && durable->job == NULL) {
		err_set(&e, ERR_IO,
		    "journal: %s: no room: --wal-max, or the disk",
		    engine->settings->config->wal.dir);
		space_wait(engine, &e);
	}
	return true;
}

/* Files that are read, once all of them is written down. */
static void
settle_places(struct durable *durable)
{
	struct err e = {0};

	if (!durable->has_left_windows && journal_is_idle(durable->journal) &&
	    places_settle(durable->engine->places, &e) != 0)
		durable_fail(durable, &e);
}

/* Somebody waits for batches that are not durable. */
static bool
must_hurry(struct engine *engine)
{
	struct channel *channel = NULL;

	if (engine->stop >= QUEUE_FINISH || engine->gives_up ||
	    places_are_full(engine->places))
		return true;
	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		if (channel_is_hungry(channel))
			return true;
	}
	return false;
}

/* Whatever can be written now. */
static void
write_down(struct durable *durable)
{
	struct engine *engine = durable->engine;

	keep_windows(durable);
	journal_hurry(durable->journal, must_hurry(engine));
	/* Nothing will come that would take this with it. */
	if (intake_has_ended(engine->intake) && !lanes_are_busy(engine))
		journal_sync(durable->journal);
	durable_answer(durable);
	if (!advance(durable))
		return;
	set_sync_timer(durable);
	settle_places(durable);
}

/* Batches that may run now. */
static size_t
release(struct engine *engine)
{
	struct channel *channel = NULL;
	size_t given = 0;

	while ((channel = buffer_set_next(&engine->set, channel)) != NULL)
		given += channel_release_kept(channel);
	return given;
}

bool
durable_turn(struct engine *engine)
{
	struct durable *durable = engine->durable;

	if (durable == NULL || !durable->has_begun)
		return false;
	if (!durable_is_over(durable))
		write_down(durable);
	durable_answer(durable);
	if (engine->stop >= QUEUE_FINISH || engine->gives_up)
		return durable_leave(durable) > 0;
	return release(engine) > 0;
}

bool
durable_is_done(const struct engine *engine)
{
	const struct durable *durable = engine->durable;

	if (durable == NULL || !durable->has_begun)
		return true;
	return durable->job == NULL && durable->splits == NULL &&
	    (durable_is_over(durable) || journal_is_idle(durable->journal));
}

void
durable_note_end(struct engine *engine, const struct batch *batch)
{
	struct durable *durable = engine->durable;
	struct err e = {0};

	if (durable == NULL || durable_is_over(durable) ||
	    batch->output_size == 0)
		return;
	if (journal_note_end(durable->journal, batch, &e) != 0)
		durable_fail(durable, &e);
}

void
durable_take_batch(
    struct engine *engine, const struct batch *batch, bool is_written)
{
	struct durable *durable = engine->durable;
	struct err e = {0};

	if (durable == NULL)
		return;
	durable_settle_notes(durable, batch, is_written);
	if (durable_is_over(durable))
		return;
	if (journal_return(durable->journal, batch, &e) != 0)
		durable_fail(durable, &e);
}
