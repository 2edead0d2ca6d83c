/*
 * Building a run and tearing it down.  Order of starting: what can fail for
 * the user's sake first (command, operands, files, socket), then threads,
 * then input.  Order of stopping: input, windows, queues, workers, and last
 * the loop, which must be empty then.
 */
#include "engine/engine.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "control/server.h"
#include "deliver/joblog.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"
#include "engine/output.h"
#include "engine/places.h"

static size_t
control_flush(void *context, struct buffer *buffer)
{
	return flush_one(context, buffer);
}

static int
open_files(struct engine *engine, struct err *e)
{
	const struct config *config = engine->settings->config;

	engine->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine->stop_fd < 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "eventfd");
	if (config->joblog == NULL || engine->settings->is_dry_run)
		return 0;
	engine->joblog = joblog_open(config->joblog, e);
	return engine->joblog < 0 ? err_wrap(e, "joblog") : 0;
}

static int
start_control(struct engine *engine, struct err *e)
{
	const struct control_ops ops = {
	    .flush_one = control_flush,
	    .file_at = engine->durable != NULL ? durable_file : NULL,
	    .context = engine,
	};
	const char *path = engine->settings->config->control;

	if (path == NULL)
		return 0;
	if (control_open(&engine->control, &engine->loop, path, &engine->set,
	        &ops, e) != 0)
		return err_wrap(e, "control");
	return 0;
}

/* Everything a run needs to find before it reads. */
static int
look_up(struct engine *engine, struct err *e)
{
	int code = inflows_create(engine, e);

	if (code == 0)
		code = lanes_create(engine, e);
	if (code == 0)
		code = lanes_look_up(engine, e);
	return code;
}

static int
build(struct engine *engine, struct err *e)
{
	int code = look_up(engine, e);

	if (code == 0)
		code = durable_open(engine, e);
	if (code == 0)
		code = lanes_add_needed(engine, e);
	if (code == 0)
		code = lanes_open_letters(engine, e);
	if (code == 0)
		code = flow_start(engine, e);
	if (code == 0)
		code = open_files(engine, e);
	if (code == 0)
		code = start_control(engine, e);
	if (code == 0)
		code = durable_begin(engine, e);
	if (code == 0)
		code = stop_start(engine, e);
	if (code == 0)
		code = workers_start(engine, e);
	if (code == 0)
		progress_start(engine);
	return code;
}

/* Close whatever handle is open, whoever's it is. */
static void
close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* A run that was not begun has what an earlier one left. */
static void
release_kept(struct engine *engine)
{
	struct channel *channel = NULL;
	struct batch *batch;

	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		while ((batch = channel_take_kept(channel)) != NULL)
			batch_destroy(batch);
	}
}

static void
tear_down(struct engine *engine)
{
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		queue_close(&channel->queue);
		queue_close(&channel->overflow);
	}
	workers_join(engine);
	intake_destroy(engine->intake);
	control_close(engine->control);
	output_destroy(engine->output);
	if (engine->mailbox.handler != NULL)
		mailbox_close(&engine->mailbox);
	/* What is left are the engine's own, embedded timers and signals. */
	uv_walk(&engine->loop, close_handle, NULL);
	/* More than once: an earlier uv_stop() may still be in the way. */
	while (uv_run(&engine->loop, UV_RUN_DEFAULT) != 0)
		continue;
	if (uv_loop_close(&engine->loop) != 0)
		BUG("the loop is not empty");
	if (engine->mailbox.handler != NULL)
		mailbox_release(&engine->mailbox);
	if (engine->joblog >= 0)
		close(engine->joblog);
	if (engine->stop_fd >= 0)
		close(engine->stop_fd);
	inflows_release(engine);
	release_kept(engine);
	lanes_release(engine);
	durable_release(engine);
	buffer_set_release(&engine->set);
}

static int
set_up(struct engine *engine, const struct engine_settings *settings,
    struct err *e)
{
	memset(engine, 0, sizeof(*engine));
	engine->settings = settings;
	engine->joblog = -1;
	engine->stop_fd = -1;
	engine->start_ns = clock_now_ns();
	if (uv_loop_init(&engine->loop) != 0)
		return err_set(e, ERR_SYSTEM, "loop: cannot be made");
	buffer_set_init(&engine->set, settings->config);
	return 0;
}

int
engine_check(const struct engine_settings *settings, struct err *e)
{
	struct engine engine;
	int code;

	if (set_up(&engine, settings, e) != 0)
		return e->code;
	code = look_up(&engine, e);
	/* A journal, and what is in it, is left alone. */
	if (settings->config->wal.dir != NULL)
		engine.places = places_create();
	else if (code == 0)
		code = lanes_open_letters(&engine, e);
	if (code == 0)
		code = flow_start(&engine, e);
	tear_down(&engine);
	return code;
}

int
engine_explain(const struct engine_settings *settings, FILE *out, struct err *e)
{
	struct engine engine;
	int code;

	if (set_up(&engine, settings, e) != 0)
		return e->code;
	code = inflows_create(&engine, e);
	if (code == 0)
		code = lanes_create(&engine, e);
	if (code == 0)
		explain_all(&engine, out);
	if (code == 0 && (fflush(out) != 0 || ferror(out)))
		code = err_set_errno(e, ERR_IO, errno, "stdout");
	tear_down(&engine);
	return code;
}

/* abuf(1), EXIT STATUS: the first that applies. */
static int
exit_status(const struct engine *engine)
{
	struct channel_totals totals;
	size_t i;

	buffer_set_totals(&engine->set, &totals);
	if (engine->has_io_error || totals.lost_records > 0 ||
	    durable_has_lost(engine) || output_is_lost(engine->output))
		return 74;
	for (i = 0; i < engine->lane_count; i++) {
		if (engine->lanes[i].channel->is_setup_wrong)
			return 78;
	}
	if (engine->has_input_failed)
		return 66;
	if (totals.dropped_records > 0)
		return 1;
	if (totals.aside_records > 0 || engine->has_lost_input)
		return 65;
	if (totals.left_records > 0 || durable_has_left_ends(engine))
		return 75;
	return 0;
}

int
engine_run(const struct engine_settings *settings, int *status, struct err *e)
{
	struct engine engine;
	int code;

	if (set_up(&engine, settings, e) != 0)
		return e->code;
	code = build(&engine, e);
	if (code == 0) {
		intake_start(engine.intake);
		/* What a journal has given back need not wait for input. */
		flow_advance(&engine);
		if (!engine.is_finished)
			uv_run(&engine.loop, UV_RUN_DEFAULT);
		if (!engine.is_finished)
			BUG("the loop ended before the run");
		durable_end(&engine);
		progress_finish(&engine);
		progress_summarize(&engine);
		*status = exit_status(&engine);
	}
	tear_down(&engine);
	if (code == 0)
		stop_die(&engine);
	return code;
}
