/*
 * Starting the lane's workers, as many as descriptors allow.
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
#include "engine/output.h"

/*
 * A batch's file, a part's, and an attempt's input, list of bad records,
 * stderr pipe and pid descriptor.  No attempt runs while one is set aside.
 */
#define WORKER_DESCRIPTORS 7

/*
 * Two sources that change over (4), an open window, a parked one, the
 * directory for dead letters, a refused record and its description, a spare.
 */
#define OTHER_DESCRIPTORS 10

static struct ibuffer
make_ibuffer(struct engine *engine)
{
	const struct exec_settings exec = {
	    .command = &engine->command,
	    .probe = engine->probe.path != NULL ? &engine->probe : NULL,
	    .config = &engine->settings->channel->batch_do,
	    .queue = &engine->route.channel->queue,
	    .stop_fd = engine->stop_fd,
	    .mailbox = &engine->mailbox,
	    .open_files = engine->settings->open_files,
	};

	return engine->settings->is_dry_run ? dry_run_create()
	                                    : exec_create(&exec);
}

static struct delivery *
make_delivery(struct engine *engine)
{
	const struct delivery_settings settings = {
	    .ibuffer = make_ibuffer(engine),
	    .buffer = engine->settings->buffer,
	    .config = &engine->settings->channel->batch_do,
	    .queue = &engine->route.channel->queue,
	    .letters = engine->letters,
	    .stop_fd = engine->stop_fd,
	    .joblog = engine->joblog,
	};

	return delivery_create(&settings);
}

/* Between windows that wait, and output that does. */
static void
share_rest(struct channel *channel, size_t left, uint64_t workers)
{
	size_t output = 0;

	if (channel->config->batch_do.output == CONFIG_OUTPUT_ORDERED) {
		output = left / 2;
		if (output > CHANNEL_UNWRITTEN_MAX)
			output = CHANNEL_UNWRITTEN_MAX;
		/* Of which a worker's share has one, and one that it does. */
		channel->unwritten_max = output + workers;
	}
	queue_limit(&channel->queue, left - output);
}

/*
 * Descriptors are shared out before anything is promised: were they used up
 * by windows that wait, no command could start, and the windows would wait
 * for ever.  What is left when workers have theirs, windows in the queue may
 * have.  ERR_CONFIG if not even one worker can have what it needs.
 */
static int
share_descriptors(struct engine *engine, uint64_t *workers, struct err *e)
{
	size_t others = OTHER_DESCRIPTORS +
	    (engine->control != NULL ? CONTROL_DESCRIPTORS : 0);
	size_t each = WORKER_DESCRIPTORS +
	    output_worker_descriptors(&engine->settings->channel->batch_do);
	size_t wanted = others + *workers * each;
	size_t left = descriptors_left(
	    wanted + QUEUE_BATCHES_MAX + CHANNEL_UNWRITTEN_MAX);

	if (left < others + each)
		return err_set(e, ERR_CONFIG,
		    "open files: only %zu more are allowed, at least %zu are "
		    "needed: see ulimit -n",
		    left, others + each);
	if (left < wanted) {
		*workers = (left - others) / each;
		wanted = others + *workers * each;
		log_warning("open files: too few for %" PRIu64
		            " workers: %" PRIu64 " will run: see ulimit -n",
		    engine->settings->channel->sub_worker_num, *workers);
	}
	share_rest(engine->route.channel, left - wanted, *workers);
	return 0;
}

int
workers_start(struct engine *engine, struct err *e)
{
	uint64_t count = engine->settings->channel->sub_worker_num;
	struct worker_settings settings = {
	    .channel = engine->route.channel,
	    .mailbox = &engine->mailbox,
	};

	if (share_descriptors(engine, &count, e) != 0)
		return e->code;
	engine->workers = memory_zeroed(count, sizeof(*engine->workers));
	while (engine->worker_count < count) {
		settings.delivery = make_delivery(engine);
		settings.number = (unsigned int)engine->worker_count + 1;
		if (worker_start(&engine->workers[engine->worker_count],
		        &settings, e) != 0)
			return e->code;
		engine->worker_count++;
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
