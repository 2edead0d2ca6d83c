/*
 * What survives of windows that are open: what is written survives the process,
 * what an OPEN frame tells of survives the machine.
 */
#include "base/err.h"
#include "base/pack.h"
#include "buffer/buffer.h"
#include "journal/journal_internal.h"

size_t
journal_lanes_of_all(
    const struct stream *stream, uint16_t lanes[PAYLOAD_LANES_MAX])
{
	bool is_shared;
	size_t i;

	journal_stream(stream, &is_shared);
	if (!is_shared || stream->mode != STREAM_TO_ALL)
		return 0;
	for (i = 0; i < stream->channel_count; i++)
		lanes[i] = (uint16_t)stream->channels[i].lane;
	return stream->channel_count;
}

int
journal_append_open(struct journal *journal, const struct stream *stream,
    const struct payload_open *about, struct err *e)
{
	uint16_t lanes[PAYLOAD_LANES_MAX];
	struct payload_open window = *about;
	struct pack pack = {
	    .data = journal->scratch, .size = FRAME_PAYLOAD_MAX};
	uint16_t lane = journal_stream(stream, &window.is_shared);

	window.lane_count = (uint16_t)journal_lanes_of_all(stream, lanes);
	window.lanes = lanes;
	payload_open_encode(&window, &pack);
	return journal_append(journal, PAYLOAD_OPEN, lane, journal->scratch,
	    pack.used, 0, false, e);
}

bool
journal_is_unnamed(const struct stream *stream)
{
	return stream->window.is_open && stream->window.number == 0 &&
	    stream->origin_kind == ORIGIN_NONE && !stream_is_empty(stream);
}

/* Is there a file that alone has what it holds? */
static bool
is_kept(const struct stream *stream)
{
	return stream->window.is_open && stream->window.number > 0 &&
	    stream->origin_kind == ORIGIN_NONE && !stream_is_empty(stream);
}

int
journal_flush_windows(struct journal *journal, struct err *e)
{
	struct stream *stream = NULL;

	while (
	    (stream = buffer_set_next_stream(journal->set, stream)) != NULL) {
		if (journal_is_unnamed(stream) &&
		    journal_name_window(journal, stream, e) != 0)
			return e->code;
		if (is_kept(stream) && window_flush(&stream->window, e) != 0)
			return e->code;
	}
	return 0;
}

/* Has it bytes that no OPEN frame tells of? */
static bool
is_unsynced(const struct journal *journal, const struct stream *stream)
{
	const struct window *window = &stream->window;
	const struct state_window *known;

	if (!is_kept(stream))
		return false;
	known = state_window(&journal->state, window->number);
	return known == NULL ||
	    known->about.length < window->header_size + window->trigger.bytes;
}

bool
journal_has_unsynced(const struct journal *journal)
{
	const struct stream *stream = NULL;

	if (journal->settings.sync == PAYLOAD_SYNC_NONE)
		return false;
	while (
	    (stream = buffer_set_next_stream(journal->set, stream)) != NULL) {
		if (is_unsynced(journal, stream))
			return true;
	}
	return false;
}

/* It goes the way of those that are closed: first the file, then the frame. */
static void
take_snapshot(struct journal *journal, const struct stream *stream)
{
	const struct window *window = &stream->window;
	struct kept *kept = journal_new_kept(journal);

	kept->is_snapshot = true;
	kept->snapshot.window = window->number;
	kept->snapshot.length = window->header_size + window->trigger.bytes;
	kept->snapshot.records = window->trigger.records;
	kept->snapshot.header_size = (uint32_t)window->header_size;
	kept->snapshot.crc = window->crc;
	kept->snapshot_stream = stream;
	kept->item.file = window->fd;
	journal->snapshots++;
	pipeline_put(&journal->pipeline, &kept->item);
}

bool
journal_sync_windows(struct journal *journal)
{
	const struct stream *stream = NULL;

	if (journal->settings.sync == PAYLOAD_SYNC_NONE)
		return true;
	/* One at a time; and what is gathered has to be written first. */
	if (journal->snapshots > 0)
		return false;
	while (
	    (stream = buffer_set_next_stream(journal->set, stream)) != NULL) {
		if (is_unsynced(journal, stream) &&
		    stream->window.gathered_size == 0)
			take_snapshot(journal, stream);
	}
	return true;
}
