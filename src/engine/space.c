/*
 * Waiting where there is no space for windows: nothing is lost, reading
 * waits.  It is said at once, and then at most every minute, even if there is
 * space in between.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "config/config.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"

#define SPACE_DELAY_MIN_MS 100
#define SPACE_DELAY_MAX_MS 5000
#define SPACE_REPORT_NS (60 * NS_PER_S)

/*
 * Nothing will come any more, and what is there finds no place for long; nor do
 * the splits that workers wait for.
 */
static bool
is_overdue(const struct engine *engine)
{
	const struct config_retry *retry =
	    &engine->inflows[0].home->config->batch_do.retry;
	uint64_t since_ns = engine->no_space_since_ns;

	if (!engine->has_no_space || engine->end_seen_ns == 0 ||
	    lanes_working(engine) > durable_splits(engine))
		return false;
	if (engine->end_seen_ns > since_ns)
		since_ns = engine->end_seen_ns;
	return (clock_now_ns() - since_ns) / NS_PER_MS >= retry->deadline_ms;
}

/*
 * Nothing that is under way will give space back: then the open windows have
 * it, those of other lanes than the one that lacks it.
 */
static void
make_space(struct engine *engine)
{
	struct stream *stream = NULL;

	if (!engine->has_no_space || lanes_are_busy(engine) ||
	    engine->durable != NULL)
		return;
	while ((stream = buffer_set_next_stream(&engine->set, stream)) != NULL)
		stream_ask(stream, REASON_BYTES);
}

static void
on_space_timer(uv_timer_t *timer)
{
	struct engine *engine = timer->data;

	if (is_overdue(engine)) {
		engine->gives_up = true;
		stop_input(engine);
	}
	make_space(engine);
	engine->space_delay_ms = engine->space_delay_ms * 2 < SPACE_DELAY_MAX_MS
	    ? engine->space_delay_ms * 2
	    : SPACE_DELAY_MAX_MS;
	flow_advance(engine);
}

void
space_wait(struct engine *engine, const struct err *e)
{
	uint64_t now_ns = clock_now_ns();

	if (durable_cannot_write(engine, e))
		return;
	if (!engine->has_no_space) {
		engine->space_delay_ms = SPACE_DELAY_MIN_MS;
		engine->no_space_since_ns = now_ns;
	}
	engine->must_wait = true;
	engine->has_no_space = true;
	if (engine->space_report_ns == 0 ||
	    now_ns - engine->space_report_ns >= SPACE_REPORT_NS) {
		engine->space_report_ns = now_ns;
		log_error("%s: waiting for space", e->message);
	}
	/* Whoever asks meanwhile does not put it off. */
	if (!uv_is_active((const uv_handle_t *)&engine->space_timer))
		uv_timer_start(&engine->space_timer, on_space_timer,
		    engine->space_delay_ms, 0);
}

void
space_start(struct engine *engine)
{
	uv_timer_init(&engine->loop, &engine->space_timer);
	engine->space_timer.data = engine;
}
