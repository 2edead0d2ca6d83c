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
 * keeps of both.
 */
#define FOLLOW_DESCRIPTORS 4

/* Of the file of a pattern, which is seldom rotated at the same time. */
#define FOUND_DESCRIPTORS 3

/* Of a lane: an open window, and a directory for dead letters. */
#define LANE_DESCRIPTORS 2

/* A journal's folders, lock, and segments, of which there may be two. */
#define JOURNAL_DESCRIPTORS 8

/* Anything else, for a moment. */
#define SPARE_DESCRIPTORS 2

/* What a run needs, in descriptors. */
struct need {
	size_t others;
	size_t each;            /* of a worker */
	uint64_t workers;       /* of all lanes, those of overflows included */
	uint64_t workers_least; /* one for each */
};

/* What else it could make use of. */
struct wish {
	size_t waiting; /* windows that wait, and output that does */
	size_t read;    /* files that a journal does not have yet */
	size_t found;   /* files of patterns that are followed */
	size_t all;
};

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

/* What all would have beyond what a run needs. */
static struct wish
find_wish(const struct engine *engine)
{
	struct wish wish = {
	    .waiting = engine->lane_count *
	        (QUEUE_BATCHES_MAX + CHANNEL_UNWRITTEN_MAX),
	};

	if (engine->durable != NULL)
		wish.read = KEEPER_ORIGINS_MAX;
	if (intake_has_patterns(engine->intake))
		wish.found = CONFIG_INPUTS_MAX * FOUND_DESCRIPTORS;
	wish.all = wish.waiting + wish.read + wish.found;
	return wish;
}

static size_t
share_of(size_t left, size_t wish, size_t all)
{
	return wish > 0 ? left * wish / all : 0;
}

/* What is left goes to all in proportion to that. */
static void
share_out(struct engine *engine, const struct wish *wish, size_t left)
{
	size_t read = share_of(left, wish->read, wish->all);
	size_t found = share_of(left, wish->found, wish->all);
	size_t i;

	if (wish->read > 0)
		places_limit(engine->places, read > 0 ? read : 1);
	if (wish->found > 0)
		intake_limit(engine->intake,
		    found > FOUND_DESCRIPTORS ? found / FOUND_DESCRIPTORS : 1);
	for (i = 0; i < engine->lane_count; i++)
		share_rest(&engine->lanes[i],
		    (left - read - found) / engine->lane_count);
}

int
shares_find(struct engine *engine, struct err *e)
{
	const struct need need = find_need(engine);
	const struct wish wish = find_wish(engine);
	uint64_t workers = need.workers;
	size_t wanted = need.others + need.workers * need.each;
	size_t least = need.others + need.workers_least * need.each;
	size_t left;

	left = descriptors_left(wanted + wish.all);
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
	share_out(engine, &wish, left - wanted);
	return 0;
}
