/*
 * Reading a journal's log; also one that is damaged, if that was asked for.
 */
#include "base/err.h"
#include "journal/journal_internal.h"

int
journal_read(struct journal *journal, struct err *e)
{
	const struct journal_settings *settings = &journal->settings;
	struct reading *reading = &journal->reading;
	const struct wal_reader reader = {
	    .recover = settings->salvages ? WAL_SALVAGE : WAL_REFUSE,
	    .each = reading_take,
	    .lost = reading_lose,
	    .context = reading,
	};

	reading->state = &journal->state;
	journal->wal =
	    wal_create(&journal->folder.disk, settings->segment_bytes);
	if (wal_read(journal->wal, &reader, &journal->found, e) != 0)
		return err_wrap(e, "%s", journal->path);
	reading_end(reading);
	if (reading_check_missing(&journal->folder, &journal->found, e) != 0) {
		if (e->code != ERR_DATA || !settings->salvages)
			return err_wrap(e, "%s", journal->path);
		journal->has_no_log = true;
	}
	if (reading_forget_batches(reading, &journal->folder, e) != 0)
		return err_wrap(e, "%s", journal->path);
	if ((reading->hole_count > 0 || journal->has_no_log) &&
	    reading_set_aside(
	        reading, &journal->folder, &journal->aside_files, e) != 0)
		return err_wrap(e, "%s", journal->path);
	return 0;
}

bool
journal_loss(
    const struct journal *journal, size_t index, struct journal_loss *loss)
{
	const struct state *state = &journal->state;
	const struct state_source *source;
	const struct state_lane *lane;
	const struct state_loss *lost;

	if (index >= state->loss_count)
		return false;
	lost = &state->losses[index];
	lane = state_lane(state, lost->lane);
	source = state_source(state, lost->source);
	*loss = (struct journal_loss){
	    .buffer = lane->buffer,
	    .channel = lane->channel,
	    .lane = lane->number,
	    .first = lost->first,
	    .last = lost->last,
	    .path = source != NULL ? source->path : NULL,
	    .from = lost->from,
	    .to = lost->to,
	};
	return true;
}

void
journal_look(const struct journal *journal, struct journal_report *report)
{
	*report = (struct journal_report){
	    .segments = journal->found.segments,
	    .frames = journal->found.frames,
	    .torn_bytes = journal->found.tail.cut_bytes,
	    .holes = journal->found.holes,
	    .lost_bytes = journal->found.lost_bytes,
	    .lost_frames = journal->reading.lost_frames,
	    .lost_batches = journal->reading.lost_batches,
	    .aside_files = journal->aside_files,
	    .has_no_log = journal->has_no_log,
	    .is_anew =
	        journal->found.segments > 0 && journal->state.run.process == 0,
	    .lost_windows = journal->lost_windows,
	    .batches = journal->state.batches,
	    .records = journal->state.records,
	    .windows = journal->windows_found,
	    .cut_bytes = journal->cut_bytes,
	    .file_system = journal->folder.file_system,
	};
}
