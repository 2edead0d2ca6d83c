/*
 * What moves batches.  Whatever happens (records came, a batch came back, a
 * deadline passed, somebody asked for a flush, the input ended), the same
 * walk follows: every lane moves what it can, a paused source goes on, the
 * next deadline is set, and when nothing is left, the run is over.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "config/config.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"
#include "engine/output.h"
#include "engine/places.h"

#define END_LOOK_MS 100
#define END_LOOK_AGAIN_MS 500

static void
on_deadline(uv_timer_t *timer)
{
	struct engine *engine = timer->data;

	engine->armed_ns = CLOCK_NEVER;
	flow_advance(engine);
}

static void
on_turn(uv_idle_t *idle)
{
	flow_advance(idle->data);
}

/*
 * A source that gave others their turn goes on when they had it.  Not by a
 * timer: one of 0 ms comes before all of them.
 */
static void
set_turn(struct engine *engine)
{
	if (intake_wants_turn(engine->intake))
		uv_idle_start(&engine->turn, on_turn);
	else
		uv_idle_stop(&engine->turn);
}

static uint64_t
earliest_deadline_ns(const struct engine *engine)
{
	const struct stream *stream = NULL;
	uint64_t earliest_ns = CLOCK_NEVER, ns;

	while (
	    (stream = buffer_set_next_stream(&engine->set, stream)) != NULL) {
		ns = stream_deadline_ns(stream);
		if (ns < earliest_ns)
			earliest_ns = ns;
	}
	return earliest_ns;
}

/*
 * Set the timer to the earliest deadline.  It may stay set to an earlier
 * time: waking once in vain is cheaper than setting it for every window.
 */
static void
set_deadline(struct engine *engine)
{
	uint64_t deadline_ns = earliest_deadline_ns(engine);
	uint64_t now_ns, delay_ms = 0;

	if (deadline_ns == CLOCK_NEVER) {
		engine->armed_ns = CLOCK_NEVER;
		uv_timer_stop(&engine->deadline_timer);
		return;
	}
	if (engine->armed_ns <= deadline_ns)
		return;
	uv_update_time(&engine->loop);
	now_ns = clock_now_ns();
	if (deadline_ns > now_ns)
		delay_ms = (deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
	engine->armed_ns = deadline_ns;
	uv_timer_start(&engine->deadline_timer, on_deadline, delay_ms, 0);
}

/*
 * False if there is no space for something that ought to move; what others
 * have moves all the same, and may be what takes the space.
 */
static bool
pump_all(struct engine *engine)
{
	struct stream *stream = NULL;
	uint64_t now_ns = clock_now_ns();
	struct err e = {0};
	bool has_space = true;

	while (
	    (stream = buffer_set_next_stream(&engine->set, stream)) != NULL) {
		if (stream_pump(stream, now_ns, &e) == 0)
			continue;
		/* A journal has what it holds, and will be left. */
		if (engine->gives_up && engine->durable != NULL)
			continue;
		if (engine->gives_up)
			stranded_keep(engine, stream, &e);
		else
			has_space = false;
	}
	if (!has_space)
		space_wait(engine, &e);
	return has_space;
}

static void
ask_all(struct engine *engine, enum reason reason)
{
	struct stream *stream = NULL;

	while ((stream = buffer_set_next_stream(&engine->set, stream)) != NULL)
		stream_ask(stream, reason);
}

/* -t 0: no more records can come now, so windows need not wait. */
static void
ask_idle(struct engine *engine)
{
	bool is_known = false;
	size_t i;

	for (i = 0; i < engine->set.buffer_count; i++) {
		if (!engine->set.buffers[i].config->flush_when_idle)
			continue;
		/* Asked once, as it is a call of the system. */
		if (!is_known && !intake_is_idle(engine->intake))
			return;
		is_known = true;
		buffer_ask(&engine->set.buffers[i], REASON_IDLE);
	}
}

static bool
is_everything_done(const struct engine *engine)
{
	const struct stream *stream = NULL;

	while (
	    (stream = buffer_set_next_stream(&engine->set, stream)) != NULL) {
		if (!stream_is_empty(stream))
			return false;
	}
	return !lanes_are_busy(engine) && intake_has_ended(engine->intake) &&
	    output_is_done(engine->output) && durable_is_done(engine);
}

/* Workers that hold a batch must know that no record will come any more. */
static void
tell_end(struct engine *engine)
{
	struct channel *channel = NULL;

	if (engine->end_seen_ns != 0)
		return;
	engine->end_seen_ns = clock_now_ns();
	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		health_end_input(&channel->queue, engine->end_seen_ns);
		health_end_input(&channel->overflow, engine->end_seen_ns);
	}
}

/* Something was read after all: another writer came, or a file has grown. */
static void
take_back_end(struct engine *engine)
{
	struct channel *channel = NULL;

	if (engine->end_seen_ns == 0 || engine->is_stopping ||
	    intake_has_ended(engine->intake) ||
	    intake_is_at_end(engine->intake))
		return;
	engine->end_seen_ns = 0;
	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		health_resume_input(&channel->queue);
		health_resume_input(&channel->overflow);
	}
}

/*
 * A paused input is not read, so that its end is not met; but a lane that is
 * stuck for a wrong set-up would otherwise wait for it for ever.
 */
static void
on_end_timer(uv_timer_t *timer)
{
	struct engine *engine = timer->data;

	if (intake_is_at_end(engine->intake))
		tell_end(engine);
	if (!intake_is_paused(engine->intake) || engine->end_seen_ns != 0)
		uv_timer_stop(timer);
}

static void
watch_end(struct engine *engine)
{
	if (engine->end_seen_ns != 0 || !intake_is_paused(engine->intake))
		uv_timer_stop(&engine->end_timer);
	else if (!uv_is_active((const uv_handle_t *)&engine->end_timer))
		uv_timer_start(&engine->end_timer, on_end_timer, END_LOOK_MS,
		    END_LOOK_AGAIN_MS);
}

static void
advance_once(struct engine *engine)
{
	bool has_space;

	engine->must_wait = false;
	has_space = pump_all(engine);
	stop_turn(engine);
	intake_resume(engine->intake);
	ask_idle(engine);
	if (engine->is_stopping || intake_has_ended(engine->intake)) {
		tell_end(engine);
		ask_all(engine, stop_reason(engine));
	}
	if (has_space)
		pump_all(engine);
	if (durable_turn(engine) || places_have_settled(engine->places))
		engine->must_advance_again = true;
	if (!engine->must_wait)
		engine->has_no_space = false;
	set_deadline(engine);
	set_turn(engine);
	watch_end(engine);
	/* Another pass may begin something, and then it is not the end. */
	if (!engine->must_advance_again && is_everything_done(engine)) {
		engine->is_finished = true;
		uv_stop(&engine->loop);
	}
}

void
flow_advance(struct engine *engine)
{
	engine->must_advance_again = true;
	if (engine->is_advancing || engine->is_finished)
		return;
	engine->is_advancing = true;
	while (engine->must_advance_again) {
		engine->must_advance_again = false;
		advance_once(engine);
	}
	engine->is_advancing = false;
}

size_t
flush_one(struct engine *engine, struct buffer *buffer)
{
	size_t marked = buffer_ask(buffer, REASON_FLUSH);

	flow_advance(engine);
	return marked;
}

size_t
flush_all(struct engine *engine)
{
	size_t marked = 0, i;

	for (i = 0; i < engine->set.buffer_count; i++)
		marked += flush_one(engine, &engine->set.buffers[i]);
	return marked;
}

static void
on_progressed(void *context)
{
	struct engine *engine = context;

	take_back_end(engine);
	flow_advance(engine);
}

static void
on_no_space(void *context, const struct err *e)
{
	space_wait(context, e);
}

static void
on_failed(void *context, const struct err *e)
{
	struct inflow *inflow = context;

	inflow->engine->has_input_failed = true;
	log_error("input: %s", e->message);
	refused_break_off(inflow);
}

static void
on_ended(void *context)
{
	flow_advance(context);
}

int
flow_start(struct engine *engine, struct err *e)
{
	const struct intake_events events = {
	    .progressed = on_progressed,
	    .no_space = on_no_space,
	    .failed = on_failed,
	    .lost = inflows_lose,
	    .abandoned = refused_leftover,
	    .ended = on_ended,
	    .context = engine,
	};

	engine->armed_ns = CLOCK_NEVER;
	uv_timer_init(&engine->loop, &engine->deadline_timer);
	uv_timer_init(&engine->loop, &engine->end_timer);
	uv_idle_init(&engine->loop, &engine->turn);
	engine->deadline_timer.data = engine;
	engine->end_timer.data = engine;
	engine->turn.data = engine;
	space_start(engine);
	if (returns_start(engine, e) != 0)
		return e->code;
	return inflows_open(engine, &events, e);
}
