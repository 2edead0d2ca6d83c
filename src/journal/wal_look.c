/*
 * What wal_read() would tell, without its changes.
 */
#include <string.h>

#include "base/err.h"
#include "journal/wal_internal.h"

static int
look(struct wal_view *view, const struct wal_reader *reader)
{
	struct wal_holes holes = {.view = view, .lost = reader->lost};
	uint8_t uuid[SEGMENT_UUID_SIZE];
	int status = wal_judge(view);

	view->each = reader->each;
	if (status == ERR_DATA && reader->recover == WAL_SALVAGE) {
		status = wal_salvage(view, &holes, uuid);
		wal_holes_release(&holes);
	} else if (status == 0) {
		status = wal_view_take_frames(view);
	}
	if (view->last.data != NULL)
		view->report->sequence = view->last.sequence;
	return status;
}

int
wal_look(const struct disk *disk, const struct wal_reader *reader,
    struct wal_report *report, struct err *e)
{
	struct wal_view view = {
	    .disk = disk,
	    .is_frozen = true,
	    .context = reader->context,
	    .report = report,
	    .e = e,
	    .last = {.file = -1},
	};
	int status;

	memset(report, 0, sizeof(*report));
	status = look(&view, reader);
	wal_view_release(&view);
	return status;
}
