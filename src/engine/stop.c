/*
 * Signals, and how a run ends early.
 *
 * The first INT, TERM or HUP: take no new record, close the windows, drain.
 * When the drain has lasted too long, commands are ended (TERM, then KILL),
 * and no other is started.  The second INT or TERM: the same at once and
 * with KILL, and abuf dies of that signal.  What cannot be delivered comes
 * back from the workers like any other batch, and is reported by them.
 *
 * What has been read and is in no window is given up then; but a journal takes
 * it first: what its batches are left in it for makes room for the next.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "config/config.h"
#include "control/report.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"
#include "engine/output.h"

/* How long the end of a record is awaited that a stop came into. */
#define RECORD_WAIT_MS 1000

enum reason
stop_reason(const struct engine *engine)
{
	return engine->is_stopping ? REASON_STOP : REASON_EOF;
}

void
stop_input(struct engine *engine)
{
	if (!intake_has_ended(engine->intake))
		intake_abandon(engine->intake);
}

static void
set_stop(struct engine *engine, enum queue_stop stop)
{
	struct channel *channel = NULL;

	if (stop > engine->stop)
		engine->stop = stop;
	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		queue_set_stop(&channel->queue, stop);
		queue_set_stop(&channel->overflow, stop);
	}
}

/* Make the workers end their commands. */
static void
end_commands(struct engine *engine, enum queue_stop stop)
{
	uint64_t one = 1;

	engine->will_give_up = true;
	set_stop(engine, stop);
	if (write(engine->stop_fd, &one, sizeof(one)) != sizeof(one))
		BUG("the stop descriptor cannot be written");
	engine->ends_input = true;
	output_hurry(engine->output, stop);
}

void
stop_turn(struct engine *engine)
{
	if (!engine->ends_input ||
	    (intake_is_paused(engine->intake) && !engine->has_no_space &&
	        durable_takes_more(engine)))
		return;
	engine->ends_input = false;
	engine->gives_up = engine->gives_up || engine->will_give_up;
	stop_input(engine);
}

void
stop_rehearsal(struct engine *engine, int why)
{
	/* A reader that has seen enough is no error worth a word. */
	if (why != EPIPE)
		log_error("stdout: %s", strerror(why));
	set_stop(engine, QUEUE_TERMINATE);
	stop_input(engine);
}

static void
on_drain_timer(uv_timer_t *timer)
{
	struct engine *engine = timer->data;

	log_warning("stop: not drained after %" PRIu64
	            " ms: ending the commands",
	    engine->settings->config->drain_ms);
	end_commands(engine, QUEUE_TERMINATE);
	flow_advance(engine);
}

/*
 * The rest of the record that the stop came into is awaited as long as more of
 * it is coming.  A source that is paused holds whole records, too: those have
 * until the end of the drain.
 */
static void
on_record_timer(uv_timer_t *timer)
{
	struct engine *engine = timer->data;
	uint64_t total = intake_total(engine->intake);

	if (intake_has_ended(engine->intake)) {
		uv_timer_stop(timer);
	} else if (!intake_is_paused(engine->intake) &&
	    total == engine->stop_total && refused_has_room(engine)) {
		uv_timer_stop(timer);
		stop_input(engine);
		flow_advance(engine);
	}
	engine->stop_total = total;
}

/* Take no new record; what there is has the time of the drain. */
static void
stop_reading(struct engine *engine)
{
	engine->is_stopping = true;
	engine->stop_total = intake_total(engine->intake);
	uv_timer_start(&engine->drain_timer, on_drain_timer,
	    engine->settings->config->drain_ms, 0);
	uv_timer_start(&engine->record_timer, on_record_timer, RECORD_WAIT_MS,
	    RECORD_WAIT_MS);
	intake_stop(engine->intake);
	flow_advance(engine);
}

/* What a second signal does with records that are not delivered. */
static const char *
rest_of(const struct engine *engine)
{
	const struct buffer *buffer = engine->inflows[0].home->buffer;

	if (engine->durable != NULL)
		return "leave them in the journal";
	return lanes_letters(engine, buffer) != NULL ? "set them aside"
	                                             : "drop them";
}

static void
begin_drain(struct engine *engine, int number)
{
	struct channel_totals totals;
	uint64_t pending;

	engine->stop_signal = number;
	/* The policy has begun it. */
	if (engine->is_stopping)
		return;
	buffer_set_totals(&engine->set, &totals);
	pending = totals.records + totals.refused_records -
	    totals.done_records - totals.aside_records -
	    totals.dropped_records - totals.lost_records - totals.left_records;
	if (pending > 0)
		log_warning("stop: delivering %" PRIu64
		            " record%s; signal again to %s",
		    pending, pending == 1 ? "" : "s", rest_of(engine));
	stop_reading(engine);
}

/* As after a signal, but nothing more is started, and no signal to die of. */
void
stop_by_policy(struct engine *engine)
{
	if (engine->is_stopping)
		return;
	log_warning("stop: --on-failure stop: nothing more is started");
	set_stop(engine, QUEUE_FINISH);
	stop_reading(engine);
}

/*
 * Its channel does nothing more, as nothing may overtake it: read on, and the
 * journal fills up while nobody hears of the damage.
 */
void
stop_for_damage(struct engine *engine)
{
	engine->has_io_error = true;
	if (engine->is_stopping)
		return;
	log_error("stop: the journal is damaged: no more is read: see abufctl "
	          "wal check %s",
	    engine->settings->config->wal.dir);
	stop_reading(engine);
}

/*
 * What would still be done would be done for nothing: it is set aside, and
 * what is in no window yet as one.
 */
void
stop_for_output(struct engine *engine)
{
	bool was_stopping = engine->is_stopping;

	engine->is_stopping = true;
	set_stop(engine, QUEUE_FINISH);
	engine->ends_input = true;
	if (was_stopping)
		flow_advance(engine);
	else
		stop_reading(engine);
}

void
stop_for_reader(struct engine *engine)
{
	log_error("stdout: Broken pipe: nothing more is started");
	stop_for_output(engine);
}

static void
on_stop_signal(uv_signal_t *handle, int number)
{
	struct engine *engine = handle->data;

	if (engine->stop_signal == 0) {
		begin_drain(engine, number);
	} else if (number != SIGHUP && engine->death_signal == 0) {
		engine->death_signal = number;
		end_commands(engine, QUEUE_KILL);
		flow_advance(engine);
	}
}

static void
on_flush_signal(uv_signal_t *handle, int number)
{
	(void)number;
	flush_all(handle->data);
}

static void
on_status_signal(uv_signal_t *handle, int number)
{
	struct engine *engine = handle->data;
	char *line = report_line(&engine->set, clock_now_ns());

	(void)number;
	log_answer("status: %s", line);
	free(line);
}

/* nohup(1) and its like have us ignore HUP. */
static bool
is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	    action.sa_handler == SIG_IGN;
}

int
stop_start(struct engine *engine, struct err *e)
{
	static const struct {
		int number;
		uv_signal_cb handler;
	} rows[ENGINE_SIGNALS] = {
	    {SIGINT, on_stop_signal},
	    {SIGTERM, on_stop_signal},
	    {SIGHUP, on_stop_signal},
	    {SIGUSR1, on_flush_signal},
	    {SIGUSR2, on_status_signal},
	};
	size_t i;

	uv_timer_init(&engine->loop, &engine->drain_timer);
	uv_timer_init(&engine->loop, &engine->record_timer);
	engine->drain_timer.data = engine;
	engine->record_timer.data = engine;
	for (i = 0; i < ENGINE_SIGNALS; i++) {
		uv_signal_init(&engine->loop, &engine->signals[i]);
		engine->signals[i].data = engine;
		if (rows[i].number == SIGHUP && is_ignored(SIGHUP))
			continue;
		if (uv_signal_start(&engine->signals[i], rows[i].handler,
		        rows[i].number) != 0)
			return err_set(e, ERR_SYSTEM,
			    "signal %d: cannot be handled", rows[i].number);
	}
	return 0;
}

void
stop_die(const struct engine *engine)
{
	if (engine->death_signal == 0)
		return;
	signal(engine->death_signal, SIG_DFL);
	raise(engine->death_signal);
}
