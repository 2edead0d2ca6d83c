/*
 * Sharing out descriptors, before anything is promised: were they used up by
 * windows that wait, no command could start, and the windows would wait for
 * ever.
 */
#include <inttypes.h>

#include "base/descriptors.h"
#include "base/err.h"
#include "base/log.h"
#include "buffer/keeper.h"
#include "config/config.h"
#include "control/server.h"
#include "engine/engine_internal.h"
#include "engine/output.h"
#include "engine/places.h"

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

/*
 * Of an operand that is followed: its file, the next one, and what the journal
 * keeps of both.  Files of patterns have what is left: one that cannot be
 * opened is tried again.
 */
#define FOLLOW_DESCRIPTORS 4

/* Of a lane: an open window, and a directory for dead letters. */
#define LANE_DESCRIPTORS 2

/* A journal's folders, lock, and segments, of which there may be two. */
#define JOURNAL_DESCRIPTORS 8

/* As many files as one window can have records of. */
#define PLACES_MAX KEEPER_ORIGINS_MAX

/* Anything else, for a moment. */
#define SPARE_DESCRIPTORS 2

/* What a run needs, in descriptors. */
struct need {
	size_t others;
	size_t each;            /* of a worker */
	uint64_t workers;       /* of all lanes, those of overflows included */
	uint64_t workers_least; /* one for each */
};

/* Windows that wait, and output that does. */
static size_t
waiting_max(const struct engine *engine)
{
	return engine->lane_count * (QUEUE_BATCHES_MAX + CHANNEL_UNWRITTEN_MAX);
}

static size_t
count_followed(const struct engine *engine)
{
	const struct engine_settings *settings = engine->settings;

	return settings->config->follow.is_following ? settings->path_count : 0;
}

static struct need
find_need(const struct engine *engine)
{
	struct need need = {
	    .others = SPARE_DESCRIPTORS +
	        (engine->durable != NULL ? JOURNAL_DESCRIPTORS : 0) +
	        engine->inflow_count * INFLOW_DESCRIPTORS +
	        count_followed(engine) * FOLLOW_DESCRIPTORS +
	        engine->lane_count * LANE_DESCRIPTORS +
	        (engine->control != NULL ? CONTROL_DESCRIPTORS : 0),
	    .each = WORKER_DESCRIPTORS,
	};
	size_t i, more;

	for (i = 0; i < engine->lane_count; i++) {
		const struct channel *channel = engine->lanes[i].channel;

		need.workers_least += 1 + channel->has_overflow;
		need.workers +=
		    channel->config->sub_worker_num + channel->has_overflow;
		more = output_worker_descriptors(&channel->config->batch_do);
		if (WORKER_DESCRIPTORS + more > need.each)
			need.each = WORKER_DESCRIPTORS + more;
	}
	return need;
}

/* One for each lane, then a second one, as long as there are any. */
static void
share_workers(struct engine *engine, uint64_t workers)
{
	uint64_t number;
	size_t i;

	for (i = 0; i < engine->lane_count; i++) {
		engine->lanes[i].workers = 0;
		workers -= engine->lanes[i].channel->has_overflow;
	}
	for (number = 0; workers > 0; number++) {
		for (i = 0; i < engine->lane_count && workers > 0; i++) {
			struct lane *lane = &engine->lanes[i];

			if (number >= lane->channel->config->sub_worker_num)
				continue;
			lane->workers++;
			workers--;
		}
	}
}

/* A lane's share of what is left: windows that wait, and output that does. */
static void
share_rest(struct lane *lane, size_t left)
{
	struct channel *channel = lane->channel;
	size_t output = 0, overflow = 0;

	if (channel->config->batch_do.output == CONFIG_OUTPUT_ORDERED) {
		output = left / 2;
		if (output > CHANNEL_UNWRITTEN_MAX)
			output = CHANNEL_UNWRITTEN_MAX;
		/* Of which a worker's share has one, and one that it does. */
		channel->unwritten_max = output + lane->workers;
	}
	if (channel->has_overflow)
		overflow = (left - output) / 4;
	if (overflow > CHANNEL_OVERFLOW_MAX)
		overflow = CHANNEL_OVERFLOW_MAX;
	queue_limit(&channel->overflow, overflow);
	queue_limit(&channel->queue, left - output - overflow);
	/* With a journal, what waits is no queue's. */
	if (left - output - overflow < channel->kept_open_max)
		channel->kept_open_max = left - output - overflow;
}

/*
 * Files that have been read stay open until a journal has their records: part
 * of what is left, in proportion to what all would have.  Returns the rest.
 */
static size_t
share_places(struct engine *engine, size_t left)
{
	size_t share;

	if (engine->durable == NULL)
		return left;
	share = left * PLACES_MAX / (PLACES_MAX + waiting_max(engine));
	places_limit(engine->places, share > 0 ? share : 1);
	return left - share;
}

int
shares_find(struct engine *engine, struct err *e)
{
	const struct need need = find_need(engine);
	uint64_t workers = need.workers;
	size_t wanted = need.others + need.workers * need.each;
	size_t least = need.others + need.workers_least * need.each;
	size_t left, i;

	left = descriptors_left(wanted + waiting_max(engine) +
	    (engine->durable != NULL ? PLACES_MAX : 0));
	if (left < least)
		return err_set(e, ERR_CONFIG,
		    "open files: only %zu more are allowed, at least %zu are "
		    "needed: see ulimit -n",
		    left, least);
	if (left < wanted) {
		workers = (left - need.others) / need.each;
		wanted = need.others + workers * need.each;
		log_warning("open files: too few for %" PRIu64
		            " workers: %" PRIu64 " will run: see ulimit -n",
		    need.workers, workers);
	}
	share_workers(engine, workers);
	left = share_places(engine, left - wanted);
	for (i = 0; i < engine->lane_count; i++)
		share_rest(&engine->lanes[i], left / engine->lane_count);
	return 0;
}
