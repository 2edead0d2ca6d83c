/*
 * Reading a journal's log; also one that is damaged, if that was asked for.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "journal/journal_internal.h"
#include "journal/quarantine.h"

static int
apply(void *context, const struct frame *frame, struct err *e)
{
	struct journal *journal = context;

	return state_apply(&journal->state, frame, 0, e);
}

/* Behind a hole a frame may speak of what was in it. */
static int
apply_what_fits(void *context, const struct frame *frame, struct err *e)
{
	struct journal *journal = context;
	bool has_gaps = journal->state.has_gaps;
	int code = state_apply(&journal->state, frame, 0, e);

	if (code != ERR_DATA || !has_gaps)
		return code;
	journal->lost_frames++;
	journal->lost_batches += frame->type == PAYLOAD_BATCH;
	return 0;
}

static int
lose(void *context, const struct wal_hole *hole, struct err *e)
{
	struct journal *journal = context;

	(void)hole;
	(void)e;
	state_expect_gaps(&journal->state);
	return 0;
}

/* It may be a batch's, whose frame is lost. */
static int
set_aside(struct journal *journal, uint64_t number, struct err *e)
{
	char name[PIPELINE_NAME_SIZE], as[PIPELINE_NAME_SIZE + 2];
	int status;

	pipeline_name(number, name);
	snprintf(as, sizeof(as), "w-%s", name);
	status = quarantine_move(
	    &journal->folder.disk, journal->folder.windows.folder, name, as);
	if (status < 0)
		return err_set_errno(
		    e, ERR_IO, -status, "%s/w/%s", journal->path, name);
	journal->aside_files++;
	return 0;
}

/*
 * Files that the state does not know.  They go before a new segment is begun,
 * behind which nobody knows of the damage, and they would be removed.
 */
static int
set_windows_aside(struct journal *journal, struct err *e)
{
	uint64_t *numbers, *known;
	size_t count, known_count, i;
	int code = folder_list_windows(&journal->folder, &numbers, &count, e);

	if (code != 0)
		return code;
	state_list_windows(&journal->state, &known, &known_count);
	for (i = 0; i < count && code == 0; i++) {
		if (!state_has_window(known, known_count, numbers[i]))
			code = set_aside(journal, numbers[i], e);
	}
	free(known);
	free(numbers);
	return code;
}

int
journal_read(struct journal *journal, struct err *e)
{
	const struct journal_settings *settings = &journal->settings;
	const struct wal_reader reader = {
	    .recover = settings->salvages ? WAL_SALVAGE : WAL_REFUSE,
	    .each = settings->salvages ? apply_what_fits : apply,
	    .lost = lose,
	    .context = journal,
	};
	int code;

	journal->wal =
	    wal_create(&journal->folder.disk, settings->segment_bytes);
	code = wal_read(journal->wal, &reader, &journal->found, e);
	if (code != 0)
		return code;
	journal->lost_batches += journal->state.missing;
	state_close_gaps(&journal->state);
	return journal->found.holes > 0 ? set_windows_aside(journal, e) : 0;
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
	    .lost_frames = journal->lost_frames,
	    .lost_batches = journal->lost_batches,
	    .aside_files = journal->aside_files,
	    .batches = journal->state.batches,
	    .records = journal->state.records,
	    .windows = journal->windows_found,
	    .cut_bytes = journal->cut_bytes,
	    .file_system = journal->folder.file_system,
	};
}
