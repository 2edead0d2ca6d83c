/*
 * Which records are there after a crash, and how far files have been taken.
 */
#include "test_journal_crash.h"

#include <string.h>

#include "journal/journal_internal.h"
#include "test_lanes.h"

#define CONTENT_MAX (BATCH_RECORDS_MAX * RECORD_SIZE_MAX)

/* Where the records of a stream are that was found. */
struct places {
	bool in_lane[LANE_COUNT + 1][RECORDS_MAX + 1];
	bool in_window[STREAM_COUNT][RECORDS_MAX + 1];
};

static uint8_t content[CONTENT_MAX + 1];
static struct places places;

/* In their order, once, in all lanes that share them. */
static void
place_lane(struct truth *truth, unsigned int lane)
{
	enum crash_stream stream = lane_stream(lane);
	const struct known_batch *known;
	unsigned int last = 0, number, first;
	bool gets_all;
	size_t i, j;

	stream_lanes(stream, &first, &gets_all);
	for (i = 0; i < truth->counts[lane]; i++) {
		known = &truth->batches[lane][i];
		for (j = 0; j < known->count; j++) {
			number = known->numbers[j];
			if (number <= last ||
			    (stream == STREAM_R && lane > first &&
			        places.in_lane[first][number]))
				truth_blame(truth, "a record twice", lane,
				    known->seq, number);
			last = number;
			places.in_lane[lane][number] = true;
		}
	}
}

static bool
is_in_lane(enum crash_stream stream, unsigned int number)
{
	unsigned int first;
	bool gets_all;
	size_t count = stream_lanes(stream, &first, &gets_all);

	if (count == 1)
		return places.in_lane[first][number];
	return gets_all
	    ? places.in_lane[first][number] && places.in_lane[first + 1][number]
	    : places.in_lane[first][number] ||
	        places.in_lane[first + 1][number];
}

static bool
is_in_any_lane(enum crash_stream stream, unsigned int number)
{
	unsigned int first;
	bool gets_all;

	return stream_lanes(stream, &first, &gets_all) == 1
	    ? places.in_lane[first][number]
	    : places.in_lane[first][number] ||
	        places.in_lane[first + 1][number];
}

static void
place_window(struct truth *truth, enum crash_stream stream)
{
	const struct window *window = &life_stream(stream)->window;
	uint16_t numbers[BATCH_RECORDS_MAX];
	unsigned int number, other;
	struct err e;
	int count, i;

	if (!window->is_open || window->trigger.records == 0)
		return;
	if (window_copy(
	        window, 0, content, (size_t)window->trigger.bytes, &e) != 0)
		return;
	count = records_parse(
	    stream, content, (size_t)window->trigger.bytes, numbers);
	if (count != (int)window->trigger.records)
		truth_blame(truth, "no whole records in a window", stream,
		    window->number, 0);
	for (i = 0; i < count; i++) {
		number = numbers[i];
		for (other = number; other <= RECORDS_MAX; other++) {
			if (is_in_any_lane(stream, other))
				truth_blame(truth,
				    "a record in a batch and a window", stream,
				    window->number, number);
		}
		places.in_window[stream][number] = true;
	}
}

static void
compare_pipe(
    struct truth *truth, enum crash_stream stream, enum crash_kind kind)
{
	bool is_synced = truth->sync != PAYLOAD_SYNC_NONE;
	struct known_record *record;
	unsigned int number;
	bool is_there;

	for (number = 1; number < truth->next[stream]; number++) {
		record = &truth->records[stream][number];
		is_there = places.in_window[stream][number] ||
		    is_in_lane(stream, number);
		if (!is_there &&
		    (kind == CRASH_KILL ? record->is_written
		                        : record->is_durable))
			truth_blame(
			    truth, "a record is lost", stream, 0, number);
		if (!is_there && is_in_any_lane(stream, number))
			truth_blame(truth, "a record for one of two", stream, 0,
			    number);
		record->is_put = record->is_written = is_there;
		record->is_held = is_there && !places.in_window[stream][number];
		record->is_durable = is_there && is_synced &&
		    (record->is_durable || kind == CRASH_POWER);
		record->is_on_way = false;
	}
}

static bool
is_taken(const struct life *life, size_t file, unsigned int number)
{
	return life->sources[file] != 0 &&
	    journal_is_taken(life->journal, life->sources[file],
	        life_stream(record_stream(file, number)),
	        record_end(file, number));
}

/* Nothing is passed over that nobody has, and nothing given twice. */
static void
compare_records_of(struct truth *truth, const struct life *life, size_t file,
    unsigned int next)
{
	enum crash_stream stream;
	bool is_there, is_passed;
	unsigned int number;

	for (number = 1; number <= RECORDS_MAX; number++) {
		stream = record_stream(file, number);
		if (stream == STREAM_COUNT)
			continue;
		is_there = is_in_lane(stream, number);
		is_passed = number < next || is_taken(life, file, number);
		if (is_there != is_passed)
			truth_blame(truth,
			    is_there ? "a file's record twice"
			             : "a file's record is passed over",
			    stream, 0, number);
	}
}

static void
compare_file(
    struct truth *truth, struct life *life, size_t file, enum crash_kind kind)
{
	struct journal_source source;
	uint64_t least =
	    kind == CRASH_KILL ? truth->written[file] : truth->durable[file];
	uint64_t position = 0;
	int last;

	if (life_source(life, file, &source))
		position = source.identity.position;
	if (position < least &&
	    (kind == CRASH_KILL || truth->sync != PAYLOAD_SYNC_NONE))
		truth_blame(truth, "a position goes back", (unsigned int)file,
		    position, least);
	last = record_ending(file, position);
	if (last < 0) {
		truth_blame(truth, "a position in a record", (unsigned int)file,
		    position, 0);
		return;
	}
	truth->next_of_file[file] = (unsigned int)last + 1;
	truth->written[file] = truth->durable[file] = position;
	compare_records_of(truth, life, file, truth->next_of_file[file]);
}

/*
 * Of what was never synced, pieces of a file alone are still there: if nothing
 * has them, they are read again.  What has its end may come again.
 */
static void
compare_unsynced(struct truth *truth)
{
	unsigned int number;

	truth->is_lenient = false;
	for (number = 1; number < truth->next_of_file[0]; number++) {
		if (!is_in_lane(STREAM_P, number))
			truth_blame(truth, "a piece is passed over", STREAM_P,
			    0, number);
	}
}

void
truth_compare(struct truth *truth, struct life *life, enum crash_kind kind)
{
	unsigned int lane;
	size_t i;

	truth->is_lenient =
	    kind == CRASH_POWER && truth->sync == PAYLOAD_SYNC_NONE;
	memset(&places, 0, sizeof(places));
	for (lane = 1; lane <= LANE_COUNT; lane++)
		truth_compare_lane(truth, life, lane, kind);
	for (lane = 1; lane <= LANE_COUNT; lane++)
		place_lane(truth, lane);
	for (i = 0; i < PIPE_COUNT; i++)
		place_window(truth, (enum crash_stream)i);
	for (i = 0; i < PIPE_COUNT; i++)
		compare_pipe(truth, (enum crash_stream)i, kind);
	for (i = 0; i < FILE_COUNT; i++)
		compare_file(truth, life, i, kind);
	if (truth->is_lenient)
		compare_unsynced(truth);
}
