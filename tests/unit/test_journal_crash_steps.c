/*
 * Random steps: records, syncs, and the work that they make.
 */
#include "test_journal_crash_life.h"

#include <stdlib.h>
#include <string.h>

#include "crash_disk.h"
#include "journal/journal_internal.h"
#include "test_lanes.h"

static void
pump(enum crash_stream stream)
{
	lanes_pump(life_stream(stream), 1);
}

static bool
put(struct life *life, enum crash_stream stream, unsigned int number)
{
	static uint8_t text[RECORD_SIZE_MAX];
	struct stream *into = life_stream(stream);
	size_t size;
	int code;

	if (stream_is_stuck(into))
		pump(stream);
	if (stream_is_stuck(into) || life_is_dead(life))
		return false;
	size = record_make(stream, number, text);
	code = crash_random(&life->truth->random) % 2 == 0
	    ? stream_append(into, text, size, 1, 1, &life->e)
	    : stream_gather(into, text, size, 1, &life->e);
	return code == 0;
}

static void
put_into_pipe(struct life *life, enum crash_stream stream)
{
	struct truth *truth = life->truth;
	unsigned int number = truth->next[stream];

	if (number > RECORDS_MAX || !put(life, stream, number))
		return;
	truth->records[stream][number].is_put = true;
	truth->next[stream]++;
	pump(stream);
}

static bool
begin_source(struct life *life, size_t file)
{
	struct identity identity;

	if (life->sources[file] != 0)
		return true;
	life_identify(life, file == 0 ? 0 : UINT64_MAX, 0, &identity);
	identity.inode = 1 + file;
	/* The earlier of them is of no use for telling the other. */
	if (journal_begin_source(life->journal, file_path(file), &identity,
	        &life->sources[file], &life->e) == 0)
		return true;
	life->sources[file] = 0;
	return false;
}

/* The next record of a file; one that its stream has is passed over. */
static void
read_file_record(struct life *life, size_t file)
{
	struct truth *truth = life->truth;
	unsigned int number = truth->next_of_file[file];
	const struct origin origin = {
	    .source = life->sources[file],
	    .start = record_end(file, number - 1),
	    .end = record_end(file, number),
	};
	enum crash_stream stream = record_stream(file, number);

	if (stream != STREAM_COUNT &&
	    !journal_is_taken(life->journal, (uint32_t)origin.source,
	        life_stream(stream), origin.end)) {
		if (!put(life, stream, number))
			return;
		stream_note_origin(life_stream(stream), &origin);
		pump(stream);
	}
	truth->next_of_file[file]++;
}

static void
read_file(struct life *life, size_t file)
{
	if (life->truth->next_of_file[file] < RECORDS_MAX &&
	    begin_source(life, file))
		read_file_record(life, file);
}

/* As the engine does it, between whose turns there is none. */
static void
settle_file(struct life *life, size_t file)
{
	const struct stream *stream = NULL;
	struct identity identity;
	size_t i;

	if (!journal_is_idle(life->journal) || life->sources[file] == 0)
		return;
	while ((stream = buffer_set_next_stream(&lanes.set, stream)) != NULL) {
		for (i = 0; i < stream->origin_count; i++) {
			if (stream->origins[i].source == life->sources[file])
				return;
		}
	}
	life_identify(life, life->sources[file],
	    record_end(file, life->truth->next_of_file[file] - 1), &identity);
	journal_end_source(
	    life->journal, life->sources[file], &identity, &life->e);
}

/* Records in open windows whose number says that there is a file for them. */
static void
mark_windows(struct life *life, bool is_on_way)
{
	struct truth *truth = life->truth;
	struct known_record *record;
	unsigned int number;
	size_t stream;

	for (stream = 0; stream < PIPE_COUNT; stream++) {
		const struct window *window =
		    &life_stream((enum crash_stream)stream)->window;

		if (window->is_open &&
		    (window->number == 0 || window->gathered_size > 0))
			continue;
		for (number = 1; number < truth->next[stream]; number++) {
			record = &truth->records[stream][number];
			if (!record->is_put || record->is_held)
				continue;
			record->is_written |= !is_on_way;
			record->is_on_way |= is_on_way;
		}
	}
}

void
life_flush(struct life *life)
{
	life_look(life);
	if (journal_flush_windows(life->journal, &life->e) != 0)
		return;
	crash_files_pull(&life->files);
	if (!life_is_dead(life))
		mark_windows(life, false);
}

static void
sync_windows(struct life *life)
{
	if (life->truth->sync == PAYLOAD_SYNC_NONE ||
	    life->journal->snapshots > 0)
		return;
	life_look(life);
	if (journal_sync_windows(life->journal) && !life_is_dead(life))
		mark_windows(life, true);
}

/* What was on its way has come there. */
void
life_end_snapshots(struct life *life)
{
	struct known_record *record;
	size_t stream, number;

	if (life->journal->snapshots > 0 || life_is_dead(life))
		return;
	for (stream = 0; stream < PIPE_COUNT; stream++) {
		for (number = 1; number <= RECORDS_MAX; number++) {
			record = &life->truth->records[stream][number];
			record->is_durable |= record->is_on_way;
			record->is_on_way = false;
		}
	}
}

static void
advance(struct life *life)
{
	struct pipeline_job *job;

	if (journal_advance(life->journal, &job, &life->e) != 0)
		return;
	if (job != NULL) {
		life->job = job;
		life->has_run = false;
	}
	if (!life->journal->pipeline.is_full && !life_is_dead(life))
		life->written = wal_appended(life->journal->wal);
	life_end_snapshots(life);
}

void
life_work(struct life *life)
{
	struct pipeline_job *job = life->job;

	if (job == NULL)
		return;
	if (!life->has_run) {
		journal_job_run(job);
		life->has_run = true;
		return;
	}
	life->job = NULL;
	if (journal_job_complete(life->journal, job, &life->e) == 0)
		life_end_snapshots(life);
}

static void
release(struct life *life)
{
	struct channel *channel = NULL;

	life_look(life);
	while ((channel = buffer_set_next(&lanes.set, channel)) != NULL)
		channel_release_kept(channel);
}

static void
ask_for_syncs(struct life *life, uint64_t random)
{
	switch (random % 4) {
	case 0:
		journal_hurry(life->journal, random / 4 % 2 != 0);
		break;
	case 1:
		settle_file(life, random / 4 % FILE_COUNT);
		break;
	default:
		journal_sync(life->journal);
	}
}

static void
turn(struct life *life)
{
	life_flush(life);
	advance(life);
	life_work(life);
	life_work(life);
	advance(life);
	release(life);
}

void
life_step(struct life *life)
{
	uint64_t random = crash_random(&life->truth->random);
	uint64_t what = random % 64, which = random / 64;

	if (what < 16)
		put_into_pipe(life, (enum crash_stream)(which % PIPE_COUNT));
	else if (what < 26)
		read_file(life, which % FILE_COUNT);
	else if (what < 29)
		life_flush(life);
	else if (what < 32)
		sync_windows(life);
	else if (what < 36)
		advance(life);
	else if (what < 41)
		life_work(life);
	else if (what < 44)
		release(life);
	else if (what < 59)
		life_use_hand(life, which);
	else if (what < 61)
		ask_for_syncs(life, which);
	else
		turn(life);
	life_look(life);
}
