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
#include "engine/durable.h"
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
	    .has_journal = engine->durable != NULL,
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
	    .chronicle = durable_chronicle(engine),
	};

	return delivery_create(&settings);
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

static int
start_lane(struct engine *engine, const struct lane *lane, struct err *e)
{
	unsigned int number;

	if (lane->channel->has_overflow &&
	    start_worker(engine, lane, 0, true, e) != 0)
		return e->code;
	for (number = 1; number <= lane->workers; number++) {
		if (start_worker(engine, lane, number, false, e) != 0)
			return e->code;
	}
	return 0;
}

int
workers_start(struct engine *engine, struct err *e)
{
	uint64_t count = 0;
	size_t i;

	if (shares_find(engine, e) != 0)
		return e->code;
	for (i = 0; i < engine->lane_count; i++)
		count += engine->lanes[i].workers +
		    engine->lanes[i].channel->has_overflow;
	engine->workers = memory_zeroed(count, sizeof(*engine->workers));
	for (i = 0; i < engine->lane_count; i++) {
		if (start_lane(engine, &engine->lanes[i], e) != 0)
			return e->code;
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
