/*
 * Opening a journal, giving a run's lanes their numbers, and ending it.
 */
#include "journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "base/random.h"
#include "buffer/buffer.h"
#include "journal/journal_internal.h"

struct wal_stamp
journal_stamp(void)
{
	struct wal_stamp stamp = {.wall_ns = clock_wall_ns()};

	random_fill(&stamp.salt, sizeof(stamp.salt));
	return stamp;
}

static int
open_folder(struct journal *journal, struct err *e)
{
	const struct journal_settings *settings = &journal->settings;

	if (settings->disk != NULL)
		return folder_adopt(
		    &journal->folder, settings->disk, settings->path, e);
	return folder_open(&journal->folder, settings->path, e);
}

int
journal_open(struct journal **result, const struct journal_settings *settings,
    struct err *e)
{
	struct journal *journal = memory_zeroed(1, sizeof(*journal));

	journal->settings = *settings;
	if (settings->segment_bytes > settings->bytes_max / 8)
		journal->settings.segment_bytes = settings->bytes_max / 8;
	journal->path = memory_string(settings->path);
	journal->settings.path = journal->path;
	journal->folder.lock = -1;
	journal->scratch = memory_zeroed(1, FRAME_PAYLOAD_MAX);
	*result = journal;
	if (open_folder(journal, e) == 0 && journal_read(journal, e) == 0)
		return 0;
	journal_close(journal);
	*result = NULL;
	return e->code;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->has_begun)
		pipeline_release(&journal->pipeline);
	while (journal->kept != NULL)
		journal_free_kept(journal->kept);
	wal_destroy(journal->wal);
	state_release(&journal->state);
	reading_release(&journal->reading);
	folder_close(&journal->folder);
	free(journal->scratch);
	free(journal->path);
	free(journal);
}

/* A channel's lane, old or new. */
static int
bind_channel(struct journal *journal, struct channel *channel)
{
	struct state *state = &journal->state;
	struct state_lane *lane =
	    state_find_lane(state, channel->buffer->name, channel->name);
	struct payload_lane about = {
	    .next_seq = 1,
	    .buffer = (const uint8_t *)channel->buffer->name,
	    .channel = (const uint8_t *)channel->name,
	    .buffer_size = (uint16_t)strlen(channel->buffer->name),
	    .channel_size = (uint16_t)strlen(channel->name),
	};
	struct pack pack = {
	    .data = journal->scratch, .size = FRAME_PAYLOAD_MAX};
	struct frame frame = {.type = PAYLOAD_LANE};
	struct err e;

	if (lane == NULL) {
		payload_lane_encode(&about, &pack);
		frame.lane = (uint16_t)(state->lane_count + 1);
		frame.size = (uint32_t)pack.used;
		frame.payload = journal->scratch;
		if (state_apply(state, &frame, 0, &e) != 0)
			return -1;
		lane = state_lane(state, frame.lane);
	}
	channel->lane = lane->number;
	return 0;
}

static void
write_run(const struct journal *journal, char run[BATCH_RUN_SIZE])
{
	const uint8_t *uuid = wal_uuid(journal->wal);
	size_t i;

	for (i = 0; i < 8; i++)
		snprintf(run + 2 * i, 3, "%02x", uuid[i]);
}

bool
journal_past_run(const struct journal *journal, char run[BATCH_RUN_SIZE])
{
	write_run(journal, run);
	return journal->found.segments > 0;
}

static void
name_run(struct journal *journal)
{
	struct channel *channel = NULL;

	write_run(journal, journal->set->run);
	folder_name_run(&journal->folder, journal->set->run);
	while ((channel = buffer_set_next(journal->set, channel)) != NULL)
		memcpy(channel->run, journal->set->run, sizeof(channel->run));
}

/* New lanes stand in the checkpoint that the run begins with. */
static int
bind_channels(struct journal *journal, struct err *e)
{
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(journal->set, channel)) != NULL) {
		if (bind_channel(journal, channel) != 0)
			return err_set(e, ERR_CONFIG,
			    "%s: it has had too many channels", journal->path);
	}
	return 0;
}

/*
 * Behind a torn end, or where more of the log is lost, numbers may have been
 * used that nobody knows of; after a salvage they have been skipped already.
 */
static void
number_channels(struct journal *journal)
{
	struct channel *channel = NULL;

	if (journal->reading.hole_count == 0 &&
	    (journal->is_end_lost || journal->found.tail.cut_bytes > 0))
		state_skip_numbers(&journal->state);
	while ((channel = buffer_set_next(journal->set, channel)) != NULL) {
		struct state_lane *lane =
		    state_lane(&journal->state, (uint16_t)channel->lane);

		channel->next_seq = lane->next_seq;
		channel->acked_below = lagging_durable(&lane->acked_below, 0);
	}
}

/* Those of batches that are taken apart. */
static uint64_t
count_parts(const struct state *state)
{
	uint64_t count = 0;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		for (j = lane->first; j < lane->end; j++) {
			if (lane->shares[j] != NULL)
				count += lane->shares[j]->part_count;
		}
	}
	return count;
}

static int
begin_log(struct journal *journal, struct err *e)
{
	uint8_t uuid[SEGMENT_UUID_SIZE];
	struct wal_stamp stamp = journal_stamp();
	struct frame *frames;
	size_t count;
	int code;

	random_fill(uuid, sizeof(uuid));
	state_checkpoint(
	    &journal->state, wal_next_sequence(journal->wal), &frames, &count);
	code = wal_begin(journal->wal, &stamp, uuid, frames, count,
	    journal->state.batches * JOURNAL_PROMISE +
	        count_parts(&journal->state) * JOURNAL_PART_PROMISE,
	    wal_next_sequence(journal->wal), e);
	state_free_checkpoint(frames, count);
	return code;
}

int
journal_begin(struct journal *journal, struct err *e)
{
	struct payload_run run = {
	    .wall_ns = clock_wall_ns(),
	    .process = (uint32_t)getpid(),
	    .sync = journal->settings.sync,
	};

	memcpy(run.boot, journal->folder.boot, sizeof(run.boot));
	if (journal->state.next_window == 0)
		journal->state.next_window = 1;
	if (bind_channels(journal, e) != 0)
		return e->code;
	if (journal_settle(journal, e) != 0 ||
	    journal_find_strays(journal, e) != 0)
		return e->code;
	number_channels(journal);
	state_begin_run(&journal->state, &run);
	if (begin_log(journal, e) != 0)
		return e->code;
	name_run(journal);
	pipeline_init(&journal->pipeline, journal->wal,
	    &journal->folder.windows,
	    journal->settings.sync == PAYLOAD_SYNC_NONE ? PIPELINE_NEVER
	                                                : PIPELINE_SYNC,
	    &journal_pipeline_ops);
	journal->pipeline.ops.context = journal;
	journal->has_begun = true;
	journal->turn_batches = UINT64_MAX;
	journal_init_keeper(journal);
	return 0;
}

/*
 * There is no room, and since the last checkpoint a quarter of the batches has
 * come to its end, or all of them: each takes a look at the whole state.
 */
static bool
wants_shorter(const struct journal *journal)
{
	uint64_t batches = journal->state.batches;

	return (journal_has_too_much(journal) ||
	           wal_lacks_room(journal->wal)) &&
	    (batches == 0 || batches <= journal->turn_batches / 4 * 3);
}

int
journal_advance(
    struct journal *journal, struct pipeline_job **job, struct err *e)
{
	journal->pipeline.is_short = wants_shorter(journal);
	return pipeline_advance(&journal->pipeline, job, e);
}

void
journal_job_run(struct pipeline_job *job)
{
	pipeline_job_run(job);
}

int
journal_job_complete(
    struct journal *journal, struct pipeline_job *job, struct err *e)
{
	return pipeline_job_complete(&journal->pipeline, job, e);
}

void
journal_sync(struct journal *journal)
{
	pipeline_want(&journal->pipeline);
}

void
journal_hurry(struct journal *journal, bool hurries)
{
	pipeline_hurry(&journal->pipeline, hurries);
}

bool
journal_is_full(const struct journal *journal)
{
	return journal->pipeline.is_full || journal_has_too_much(journal);
}

bool
journal_is_idle(const struct journal *journal)
{
	return pipeline_is_idle(&journal->pipeline);
}

int
journal_end(struct journal *journal, struct err *e)
{
	const struct payload_clean clean = {
	    .wall_ns = clock_wall_ns(),
	    .unacknowledged = journal->state.batches,
	};
	struct pack pack = {
	    .data = journal->scratch, .size = FRAME_PAYLOAD_MAX};
	struct pipeline_job *job;
	int code;

	payload_clean_encode(&clean, &pack);
	/* Without room for it the next run takes this one for killed. */
	code = journal_append(journal, PAYLOAD_CLEAN, 0, journal->scratch,
	    pack.used, 0, false, e);
	if (code != 0 && code != ERR_BUSY)
		return code;
	pipeline_want(&journal->pipeline);
	do {
		if (pipeline_advance(&journal->pipeline, &job, e) != 0)
			return e->code;
		if (job == NULL)
			break;
		pipeline_job_run(job);
	} while (pipeline_job_complete(&journal->pipeline, job, e) == 0);
	return job == NULL ? 0 : e->code;
}
