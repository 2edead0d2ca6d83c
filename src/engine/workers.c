/*
 * Starting the workers of all lanes, as many as descriptors allow.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/config.h"
#include "deliver/delivery.h"
#include "deliver/dry_run.h"
#include "deliver/exec.h"
#include "deliver/worker.h"
#include "engine/engine_internal.h"

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
	    .mailbox = &engine->mailbox,
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
	uint64_t count, number, done = 0;
	size_t i;

	if (shares_find(engine, &count, e) != 0)
		return e->code;
	engine->workers = memory_zeroed(count, sizeof(*engine->workers));
	for (i = 0; i < engine->lane_count; i++) {
		if (engine->lanes[i].channel->has_overflow &&
		    start_worker(engine, &engine->lanes[i], 0, true, e) != 0)
			return e->code;
	}
	/* One for each lane, then a second one, as long as there are any. */
	for (number = 1; engine->worker_count < count; number++) {
		done = engine->worker_count;
		for (i = 0;
		     i < engine->lane_count && engine->worker_count < count;
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
