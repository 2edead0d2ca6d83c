/*
 * What an earlier run left: batches that are to be done again, and windows that
 * were open.  Files in w/ that neither of these names are dead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "buffer/buffer.h"
#include "buffer/past.h"
#include "journal/journal_internal.h"
#include "journal/quarantine.h"

static struct channel *
channel_of_lane(const struct journal *journal, uint16_t number)
{
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(journal->set, channel)) != NULL) {
		if (channel->lane == number)
			return channel;
	}
	return NULL;
}

void
journal_describe_bytes(const struct journal *journal, struct kept *kept,
    const struct state_batch *from)
{
	const struct payload_batch *about = &from->about;
	struct refetch *refetch = &kept->refetch;
	struct refetch_span *spans;
	uint32_t i;

	refetch->size = about->header_size + about->bytes;
	refetch->crc = about->crc;
	refetch->windows = journal->folder.windows;
	refetch->open_source = journal->settings.open_source;
	refetch->context = journal->settings.context;
	if (about->place == PAYLOAD_FILE)
		refetch->window = about->window;
	refetch->inside = from->inside;
	spans = memory_zeroed(about->span_count + 1UL, sizeof(*spans));
	for (i = 0; i < about->span_count; i++) {
		spans[i].source = from->spans[i].source;
		spans[i].start = from->spans[i].start;
		spans[i].end = from->spans[i].end;
		spans[i].path =
		    state_source(&journal->state, spans[i].source)->path;
	}
	refetch->spans = spans;
	refetch->span_count = about->span_count;
}

void
journal_count_records(struct refetch *refetch, const struct state_batch *from,
    const struct channel *channel)
{
	refetch->first_record_at = from->about.header_size;
	refetch->record_count = from->about.records;
	refetch->records = channel->records;
}

static void
copy_part(struct past_part *to, const struct state_part *from)
{
	uint32_t i;

	to->number = from->number;
	to->attempts = from->attempts;
	to->range_count = from->range_count;
	to->ranges = memory_zeroed(from->range_count, sizeof(*to->ranges));
	for (i = 0; i < from->range_count; i++) {
		to->ranges[i].first = from->ranges[i].first;
		to->ranges[i].records = from->ranges[i].count;
	}
}

static struct batch_past *
past_of(const struct state_share *share)
{
	struct batch_past *past = memory_zeroed(1, sizeof(*past));
	size_t i;

	past->attempts = share->attempts;
	past->crashes = share->crashes;
	past->is_redelivery = share->attempts > 0;
	past->part_number_max = share->highest;
	past->part_count = share->part_count;
	past->parts =
	    memory_zeroed(share->part_count + 1, sizeof(*past->parts));
	for (i = 0; i < share->part_count; i++)
		copy_part(&past->parts[i], &share->parts[i]);
	return past;
}

static void
redo_share(struct journal *journal, struct channel *channel,
    const struct state_share *share)
{
	const struct payload_batch *about = &share->batch->about;
	struct kept *kept = journal_new_kept(journal);
	const struct trigger held = {
	    .records = about->records,
	    .bytes = about->bytes,
	    .first_ns = clock_now_ns(),
	};
	uint64_t next_seq = channel->next_seq;
	struct batch *batch = batch_create(channel, &held, about->header_size,
	    -1, journal_decode_reason(about->reason));

	channel->next_seq = next_seq;
	batch->seq = share->seq;
	batch_name(batch);
	batch->crc = about->crc;
	batch->has_crc = true;
	batch->window = about->window;
	batch->is_durable = true;
	batch->past = past_of(share);
	batch->kept = kept;
	kept->left = 1;
	journal_describe_bytes(journal, kept, share->batch);
	kept->refetch.is_old = true;
	journal_count_records(&kept->refetch, share->batch, channel);
	channel->totals.records += batch_records_to_do(batch);
	channel->totals.bytes += about->bytes;
	channel_push(channel, batch);
	/* It waits its turn, also where others would have none. */
	batch->is_overflow = false;
}

/* What is in windows' files, each once for all of its lanes. */
static void
count_windows(struct journal *journal)
{
	const struct state *state = &journal->state;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		for (j = lane->first; j < lane->end; j++) {
			const struct state_batch *batch =
			    lane->shares[j] != NULL ? lane->shares[j]->batch
			                            : NULL;

			if (batch != NULL &&
			    batch->numbers[batch->first].lane == lane->number)
				journal_count(journal, &batch->about, true);
		}
	}
}

static int
redo_batches(struct journal *journal, struct err *e)
{
	const struct state *state = &journal->state;
	size_t i, j;

	count_windows(journal);
	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];
		struct channel *channel =
		    channel_of_lane(journal, lane->number);

		for (j = lane->first; j < lane->end; j++) {
			const struct state_share *share = lane->shares[j];

			if (share == NULL)
				continue;
			/* Its parts are done, and only that was left to say. */
			if (share->is_split && share->part_count == 0) {
				if (journal_acknowledge(journal, lane->number,
				        share, PAYLOAD_VERDICT_SPLIT, 0,
				        e) != 0)
					return e->code;
				continue;
			}
			redo_share(journal, channel, share);
		}
	}
	return 0;
}

/* All that is there: what is not certain has been cut off. */
static int
reopen_window(struct journal *journal, const struct state_window *window,
    struct stream *stream, struct err *e)
{
	uint64_t cut_bytes;

	if (journal_reopen_window(
	        journal, window, stream, &stream->window, &cut_bytes, e) != 0)
		return err_wrap(e, "%s", journal->path);
	if (!stream->window.is_open)
		return cut_bytes == 0 ? 0
		                      : journal_set_aside(journal, window,
		                            "there is no whole record", e);
	journal->cut_bytes += cut_bytes;
	stream_resume(stream);
	journal->windows_found++;
	return 0;
}

/*
 * A stream has one open window: those before the last one were closed, and
 * their batches not written down yet.  They are closed again.
 */
static int
close_before(struct stream *stream, struct err *e)
{
	if (!stream->window.is_open)
		return 0;
	if (!stream_is_stuck(stream))
		stream->closing = REASON_STOP;
	if (stream_pump(stream, clock_now_ns(), e) != 0)
		return e->code;
	return stream->window.is_open
	    ? err_set(e, ERR_IO, "an open window cannot be closed again")
	    : 0;
}

/* What was never filled has no file. */
static int
redo_window(struct journal *journal, const struct state_window *window,
    struct stream *stream, struct err *e)
{
	if (close_before(stream, e) != 0)
		return e->code;
	return reopen_window(journal, window, stream, e);
}

static int
redo_windows(struct journal *journal, const uint64_t *numbers, size_t count,
    struct err *e)
{
	struct state *state = &journal->state;
	struct stream *stream;
	size_t i = 0;

	while (i < state->window_count) {
		const struct state_window *window = &state->windows[i];

		stream = journal_stream_of_window(journal, window);
		if (numbers_has(numbers, count, window->about.window) &&
		    stream != NULL &&
		    redo_window(journal, window, stream, e) != 0)
			return e->code;
		if (stream != NULL &&
		    stream->window.number == window->about.window) {
			i++;
			continue;
		}
		state_forget_window(state, window->about.window);
		journal->pipeline.is_due = true;
	}
	return 0;
}

/* A folder under such a name is somebody's. */
static int
remove_file(const struct folder *folder, uint64_t number)
{
	const struct disk *disk = &folder->windows;
	char name[PIPELINE_NAME_SIZE], as[QUARANTINE_NAME_SIZE];
	int status;

	pipeline_name(number, name);
	status = disk->ops->remove(disk->context, disk->folder, name);
	return status == -EISDIR ? quarantine_window(folder, number, as)
	                         : status;
}

/*
 * They may be those of a run that ended before it named them; if there is more
 * to them, journal_find_strays() has moved them.
 */
static int
remove_dead(struct journal *journal, const uint64_t *numbers, size_t count,
    struct err *e)
{
	const struct disk *disk = &journal->folder.windows;
	uint64_t *live;
	size_t live_count, i;
	int status = 0;

	state_list_windows(&journal->state, &live, &live_count);
	for (i = 0; i < count && status == 0; i++) {
		if (!numbers_has(live, live_count, numbers[i]))
			status = remove_file(&journal->folder, numbers[i]);
		/* It has been set aside. */
		if (status == -ENOENT)
			status = 0;
	}
	free(live);
	if (status == 0)
		status = disk->ops->sync_folder(disk->context, disk->folder);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "%s/w", journal->path);
	return 0;
}

/* What was read before has room, however much it is. */
static void
make_room(const struct journal *journal, bool has_room)
{
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(journal->set, channel)) != NULL)
		channel->keeps_all = has_room;
}

/* Batches first: what is closed again comes behind them. */
int
journal_redo(struct journal *journal, struct err *e)
{
	uint64_t *numbers;
	size_t count;
	int code = folder_list_windows(&journal->folder, &numbers, &count, e);

	if (code != 0)
		return code;
	make_room(journal, true);
	code = redo_batches(journal, e);
	if (code == 0)
		code = redo_windows(journal, numbers, count, e);
	if (code == 0)
		code = remove_dead(journal, numbers, count, e);
	make_room(journal, false);
	free(numbers);
	return code;
}
