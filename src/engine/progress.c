/*
 * The progress line, in pv(1)'s manner, and the summary.
 *
 * The line is for a person who looks: stderr is a terminal that can move its
 * cursor, and we are in its foreground.  It is painted once a second, and the
 * logger erases it before any message.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "config/config.h"
#include "engine/engine_internal.h"

#define FIRST_PAINT_MS 100
#define REPAINT_MS 1000

static bool
is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

bool
engine_has_progress(const struct config *config)
{
	return config->progress == CONFIG_PROGRESS_ALWAYS ||
	    (config->progress == CONFIG_PROGRESS_AUTO && is_terminal());
}

/* The user may have sent us to the background since. */
static bool
is_visible(const struct engine *engine)
{
	return engine->settings->config->progress == CONFIG_PROGRESS_ALWAYS ||
	    tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static void
paint(const struct engine *engine, const char *end)
{
	uint64_t elapsed_ns = clock_now_ns() - engine->start_ns;
	uint64_t seconds = elapsed_ns / NS_PER_S;
	uint64_t records, bytes, rate;
	char size[UNITS_TEXT_SIZE], text[256];
	struct channel_totals totals;

	buffer_set_totals(&engine->set, &totals);
	buffer_set_entered(&engine->set, &records, &bytes);
	rate = (uint64_t)((double)records * 1e9 /
	    (double)(elapsed_ns > 0 ? elapsed_ns : 1));
	units_format_size(bytes, size);
	snprintf(text, sizeof(text),
	    "%" PRIu64 " record%s %s %" PRIu64 ":%02" PRIu64 ":%02" PRIu64
	    " [%" PRIu64 "/s] %" PRIu64 " batch%s, %" PRIu64 " failed%s",
	    records, records == 1 ? "" : "s", size, seconds / 3600,
	    seconds / 60 % 60, seconds % 60, rate, totals.batches,
	    totals.batches == 1 ? "" : "es", totals.failed_batches, end);
	log_progress(text);
}

static void
on_progress_timer(uv_timer_t *timer)
{
	const struct engine *engine = timer->data;

	if (is_visible(engine))
		paint(engine, "");
}

void
progress_start(struct engine *engine)
{
	uv_timer_init(&engine->loop, &engine->progress_timer);
	engine->progress_timer.data = engine;
	engine->has_progress = engine_has_progress(engine->settings->config);
	if (engine->has_progress)
		uv_timer_start(&engine->progress_timer, on_progress_timer,
		    FIRST_PAINT_MS, REPAINT_MS);
}

void
progress_finish(struct engine *engine)
{
	if (engine->has_progress && is_visible(engine))
		paint(engine, "\n");
}

void
progress_summarize(const struct engine *engine)
{
	uint64_t elapsed_ns = clock_now_ns() - engine->start_ns;
	double seconds = (double)(elapsed_ns > 0 ? elapsed_ns : 1) / 1e9;
	struct channel_totals totals;
	uint64_t records, bytes;

	buffer_set_totals(&engine->set, &totals);
	buffer_set_entered(&engine->set, &records, &bytes);
	log_info("done: %" PRIu64 " record%s, %" PRIu64 " byte%s, %" PRIu64
	         " batch%s, %" PRIu64 " failed, %.3f s, %.0f records/s",
	    records, records == 1 ? "" : "s", bytes, bytes == 1 ? "" : "s",
	    totals.batches, totals.batches == 1 ? "" : "es",
	    totals.failed_batches, seconds, (double)records / seconds);
}
