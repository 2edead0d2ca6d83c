/*
 * Starting the workers of all lanes, as many as descriptors allow.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/descriptors.h"
#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/config.h"
#include "control/server.h"
#include "deliver/delivery.h"
#include "deliver/dry_run.h"
#include "deliver/exec.h"
#include "deliver/worker.h"
#include "engine/engine_internal.h"

/*
 * A batch's file, a part's, and an attempt's input, list of bad records,
 * stderr pipe and pid descriptor.  No attempt runs while one is set aside.
 */
#define WORKER_DESCRIPTORS 7

/*
 * Of a group of inputs: two sources that change over (4), a refused record and
 * its description.
 */
#define INFLOW_DESCRIPTORS 6

/* Of a lane: an open window, and a directory for dead letters. */
#define LANE_DESCRIPTORS 2

/* Anything else, for a moment. */
#define SPARE_DESCRIPTORS 2

/* How many of these there can be. */
struct shares {
	size_t others;    /* descriptors */
	uint64_t workers; /* of all lanes, those of overflows included */
	uint64_t wanted;
};

static struct ibuffer
make_ibuffer(struct engine *engine, const struct lane *lane)
{
	const struct exec_settings exec = {
	    .command = &lane->command,
	    .probe = lane->probe.path != NULL ? &lane->probe : NULL,
	    .formatter = lane->formatter,
	    .config = &lane->channel->config->batch_do,
	    .queue = &lane->channel->queue,
	    .stop_fd = engine->stop_fd,
	    .open_files = engine->settings->open_files,
	};

	return engine->settings->is_dry_run ? dry_run_create()
	                                    : exec_create(&exec);
}

static struct delivery *
make_delivery(struct engine *engine, const struct lane *lane, bool is_overflow)
{
	struct channel *channel = lane->channel;
	const struct delivery_settings settings = {
	    .ibuffer = make_ibuffer(engine, lane),
	    .buffer = channel->buffer->config,
	    .config = &channel->config->batch_do,
	    .queue = is_overflow ? &channel->overflow : &channel->queue,
	    .letters = lanes_letters(engine, channel->buffer),
	    .aside_why = is_overflow ? "the channel is full" : NULL,
	    .stop_fd = engine->stop_fd,
	    .joblog = engine->joblog,
	};

	return delivery_create(&settings);
}

static uint64_t
workers_of(const struct lane *lane)
{
	return lane->channel->config->sub_worker_num;
}

/*
 * Descriptors are shared out before anything is promised: were they used up
 * by windows that wait, no command could start, and the windows would wait
 * for ever.  What is left when workers have theirs, windows in queues may
 * have.  ERR_CONFIG if not even one worker for each lane can have what it
 * needs.
 */
static int
share_descriptors(struct engine *engine, struct shares *shares, struct err *e)
{
	uint64_t least = 0;
	size_t left, need, i;

	shares->others = SPARE_DESCRIPTORS +
	    engine->inflow_count * INFLOW_DESCRIPTORS +
	    engine->lane_count * LANE_DESCRIPTORS +
	    (engine->control != NULL ? CONTROL_DESCRIPTORS : 0);
	shares->wanted = 0;
	for (i = 0; i < engine->lane_count; i++) {
		least += 1 + engine->lanes[i].channel->has_overflow;
		shares->wanted += workers_of(&engine->lanes[i]) +
		    engine->lanes[i].channel->has_overflow;
	}
	need = shares->others + shares->wanted * WORKER_DESCRIPTORS;
	left = descriptors_left(need + engine->lane_count * QUEUE_BATCHES_MAX);
	if (left < shares->others + least * WORKER_DESCRIPTORS)
		return err_set(e, ERR_CONFIG,
		    "open files: only %zu more are allowed, at least %zu are "
		    "needed: see ulimit -n",
		    left, shares->others + least * WORKER_DESCRIPTORS);
	shares->workers = shares->wanted;
	if (left < need) {
		shares->workers = (left - shares->others) / WORKER_DESCRIPTORS;
		need = shares->others + shares->workers * WORKER_DESCRIPTORS;
		log_warning("open files: too few for %" PRIu64
		            " workers: %" PRIu64 " will run: see ulimit -n",
		    shares->wanted, shares->workers);
	}
	for (i = 0; i < engine->lane_count; i++)
		queue_limit(&engine->lanes[i].channel->queue,
		    (left - need) / engine->lane_count);
	return 0;
}

static int
start_worker(struct engine *engine, const struct lane *lane,
    unsigned int number, bool is_overflow, struct err *e)
{
	struct channel *channel = lane->channel;
	const struct worker_settings settings = {
	    .lane = channel->lane,
	    .queue = is_overflow ? &channel->overflow : &channel->queue,
	    .mailbox = &engine->mailbox,
	    .delivery = make_delivery(engine, lane, is_overflow),
	    .number = number,
	};

	if (worker_start(
	        &engine->workers[engine->worker_count], &settings, e) != 0)
		return e->code;
	engine->worker_count++;
	return 0;
}

int
workers_start(struct engine *engine, struct err *e)
{
	struct shares shares = {0};
	uint64_t number, done = 0;
	size_t i;

	if (share_descriptors(engine, &shares, e) != 0)
		return e->code;
	engine->workers =
	    memory_zeroed(shares.workers, sizeof(*engine->workers));
	for (i = 0; i < engine->lane_count; i++) {
		if (engine->lanes[i].channel->has_overflow &&
		    start_worker(engine, &engine->lanes[i], 0, true, e) != 0)
			return e->code;
	}
	/* One for each lane, then a second one, as long as there are any. */
	for (number = 1; engine->worker_count < shares.workers; number++) {
		done = engine->worker_count;
		for (i = 0; i < engine->lane_count &&
		     engine->worker_count < shares.workers;
		     i++) {
			if (number <= workers_of(&engine->lanes[i]) &&
			    start_worker(engine, &engine->lanes[i],
			        (unsigned int)number, false, e) != 0)
				return e->code;
		}
		if (done == engine->worker_count)
			BUG("fewer workers than were counted");
	}
	return 0;
}

void
workers_join(struct engine *engine)
{
	size_t i;

	for (i = 0; i < engine->worker_count; i++)
		worker_join(engine->workers[i]);
	free(engine->workers);
	engine->workers = NULL;
	engine->worker_count = 0;
}
