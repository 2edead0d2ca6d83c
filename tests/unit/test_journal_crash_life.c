/*
 * A run of a journal, of which every step is random.  The truth is told what
 * the journal says: what is durable, what has been written, what has its end.
 */
#include "test_journal_crash_life.h"

#include <stdlib.h>
#include <string.h>

#include "crash_disk.h"
#include "journal/journal_internal.h"
#include "test_lanes.h"

#define SEGMENT_BYTES 12000
#define WORKERS 3

static const char configuration[] =
    "'async_buffer': {"
    "'a': {'buffer_win_size': 3, 'buffer_win_bytes': 1000000,"
    " 'dispatch': 'all', 'chs': {'x': {}, 'y': {}}},"
    "'b': {'buffer_win_size': 2, 'buffer_win_bytes': 1000000},"
    "'r': {'buffer_win_size': 2, 'buffer_win_bytes': 1000000,"
    " 'dispatch': 'round_robin', 'chs': {'x': {}, 'y': {}}},"
    "'p': {'buffer_win_size': 3, 'buffer_win_bytes': 1000000},"
    "'h': {'buffer_win_size': 2, 'buffer_win_bytes': 1000000,"
    " 'dispatch': 'first', 'chs': {'x': {}, 'y': {}}}}";

static uint64_t
shape_of(void *context, const struct channel *channel)
{
	(void)context;
	(void)channel;
	return 1;
}

static size_t
file_of_source(const struct life *life, uint64_t source)
{
	return source == life->sources[0] ? 0 : 1;
}

static int
open_source(void *context, uint64_t source, struct err *e)
{
	(void)e;
	return file_open(file_of_source(context, source));
}

/* Files of which nobody doubts which they are. */
void
life_identify(void *context, uint64_t source, uint64_t position,
    struct identity *identity)
{
	memset(identity, 0, sizeof(*identity));
	identity->device = 1;
	identity->inode = 1 + file_of_source(context, source);
	identity->position = position;
	identity->head_size = position < IDENTITY_HEAD_MAX ? (uint32_t)position
	                                                   : IDENTITY_HEAD_MAX;
}

bool
life_is_dead(const struct life *life)
{
	return life->faulty.is_dead;
}

bool
life_source(struct life *life, size_t file, struct journal_source *source)
{
	size_t i;

	for (i = 0; journal_source(life->journal, i, source); i++) {
		if (strcmp(source->path, file_path(file)) == 0)
			return true;
	}
	return false;
}

static void
find_sources(struct life *life)
{
	struct journal_source source;
	size_t file;

	for (file = 0; file < FILE_COUNT; file++) {
		life->sources[file] =
		    life_source(life, file, &source) ? source.number : 0;
	}
}

struct stream *
life_stream(enum crash_stream stream)
{
	const struct buffer *buffer = lanes.set.buffers;

	switch (stream) {
	case STREAM_A:
		return &lanes.set.buffers[0].shared;
	case STREAM_R:
		return &lanes.set.buffers[2].shared;
	case STREAM_HX:
	case STREAM_HY:
		return &buffer[4].channels[stream - STREAM_HX].stream;
	default:
		return &buffer[stream].channels[0].stream;
	}
}

static int
open_journal(struct life *life, uint8_t boot)
{
	const struct journal_settings settings = {
	    .path = "journal",
	    .disk = &life->disk,
	    .sync = life->truth->sync,
	    .bytes_max = life->truth->bytes_max,
	    .segment_bytes = SEGMENT_BYTES,
	    .shape = shape_of,
	    .identify = life_identify,
	    .open_source = open_source,
	    .context = life,
	};
	int code = journal_open(&life->journal, &settings, &life->e);

	if (code != 0)
		return code;
	memset(life->journal->folder.boot, boot, FOLDER_BOOT_SIZE);
	find_sources(life);
	return 0;
}

int
life_begin(struct life *life, struct truth *truth, const struct disk *disk,
    uint8_t boot, uint64_t at, bool is_in)
{
	struct disk outer;
	unsigned int lane;
	int code;

	memset(life, 0, sizeof(*life));
	life->truth = truth;
	fault_disk_init(&life->faulty, disk, &outer);
	if (at != UINT64_MAX)
		fault_disk_die(&life->faulty, at, is_in);
	crash_files_init(&life->files, &outer, &life->disk);
	lanes_begin(configuration);
	for (lane = 1; lane <= LANE_COUNT; lane++)
		lane_add_workers(lane, WORKERS);
	code = open_journal(life, boot);
	if (code == 0)
		code = journal_bind(life->journal, &lanes.set, &life->e);
	if (code == 0)
		code = journal_begin(life->journal, &life->e);
	if (code == 0)
		code = journal_redo(life->journal, &life->e);
	if (code == 0) {
		stream_set_origin_kind(life_stream(STREAM_P), ORIGIN_PIECES);
		stream_set_origin_kind(
		    life_stream(STREAM_HX), ORIGIN_SCATTERED);
		stream_set_origin_kind(
		    life_stream(STREAM_HY), ORIGIN_SCATTERED);
		life->written = wal_durable(life->journal->wal);
	}
	return code;
}

/* --- what the truth is told */

static void
reach(const struct life *life, struct event *event)
{
	if (event->reach == REACH_NONE || life_is_dead(life))
		return;
	if (event->reach < REACH_WRITTEN && event->ticket <= life->written)
		event->reach = REACH_WRITTEN;
	if (event->reach < REACH_DURABLE &&
	    event->ticket <= wal_durable(life->journal->wal))
		event->reach = REACH_DURABLE;
}

struct event
life_appended(const struct life *life)
{
	return (struct event){
	    .reach = REACH_APPENDED,
	    .ticket = wal_appended(life->journal->wal),
	};
}

static void
note_records(struct life *life, unsigned int lane, const struct batch *batch,
    const struct known_batch *known)
{
	struct truth *truth = life->truth;
	enum crash_stream stream = lane_stream(lane);
	bool is_written = !journal_is_unwritten(life->journal, batch);
	struct known_record *record;
	size_t i;

	if (stream >= PIPE_COUNT)
		return;
	for (i = 0; i < known->count; i++) {
		record = &truth->records[stream][known->numbers[i]];
		record->is_held = true;
		record->is_written |= is_written;
		record->is_durable |=
		    batch->is_durable && truth->sync != PAYLOAD_SYNC_NONE;
	}
}

static void
look_at_batch(struct life *life, unsigned int lane, struct batch *batch)
{
	struct truth *truth = life->truth;
	struct known_batch *known = truth_find(truth, lane, batch->seq);
	struct known_batch read;

	if (known == NULL) {
		if (!life_read(life, batch, &read))
			return;
		known = truth_add(truth, lane, batch->seq);
		*known = read;
	}
	known->is_durable |= batch->is_durable;
	note_records(life, lane, batch, known);
}

static void
look_at_positions(struct life *life)
{
	struct truth *truth = life->truth;
	struct journal_source source;
	size_t file;

	for (file = 0; file < FILE_COUNT; file++) {
		if (!life_source(life, file, &source))
			continue;
		if (source.durable_position > truth->durable[file])
			truth->durable[file] = source.durable_position;
		if (wal_appended(life->journal->wal) <= life->written)
			truth->written[file] = source.identity.position;
	}
}

/* All that the journal says now. */
void
life_look(struct life *life)
{
	struct truth *truth = life->truth;
	unsigned int lane;
	struct batch *batch;
	size_t i, j;

	crash_files_pull(&life->files);
	if (life_is_dead(life))
		return;
	for (lane = 1; lane <= LANE_COUNT; lane++) {
		for (batch = lane_at(lane)->kept; batch != NULL;
		     batch = batch->next)
			look_at_batch(life, lane, batch);
		for (i = 0; i < truth->counts[lane]; i++) {
			struct known_batch *known = &truth->batches[lane][i];

			reach(life, &known->ack);
			reach(life, &known->split);
			for (j = 0; j < PARTS; j++)
				reach(life, &known->parts[j]);
			if (known->seq < lane_at(lane)->acked_below &&
			    known->ack.reach == REACH_NONE && !known->is_gone)
				truth_blame(truth, "said to be done", lane,
				    known->seq, 0);
		}
	}
	look_at_positions(life);
}

void
life_finish(struct life *life)
{
	life_flush(life);
	while (life->job != NULL)
		life_work(life);
	if (journal_end(life->journal, &life->e) == 0 && !life_is_dead(life)) {
		life->written = wal_appended(life->journal->wal);
		life_end_snapshots(life);
	}
	life_look(life);
}

void
life_end(struct life *life)
{
	size_t i;

	if (!life_is_dead(life))
		fault_disk_die(&life->faulty, 0, false);
	while (life->job != NULL)
		life_work(life);
	for (i = 0; i < IN_HAND_MAX; i++)
		batch_destroy(life->hand[i]);
	journal_close(life->journal);
	lanes_end();
	crash_files_release(&life->files);
}
