/*
 * What of a damaged log is lost, in the log's order.  Holes that touch are one:
 * the last one may grow until something else is told.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "journal/quarantine.h"
#include "journal/wal_internal.h"

void
wal_holes_release(struct wal_holes *holes)
{
	free(holes->holes);
	holes->holes = NULL;
	holes->count = holes->told = 0;
}

void
wal_holes_add(
    struct wal_holes *holes, uint64_t segment, uint64_t from, uint64_t to)
{
	struct wal_hole *last;

	if (holes->count > holes->told) {
		last = &holes->holes[holes->count - 1];
		if (last->segment == segment && last->to == from) {
			last->to = to;
			return;
		}
	}
	holes->holes = memory_resize(
	    holes->holes, holes->count + 1, sizeof(*holes->holes));
	holes->holes[holes->count++] = (struct wal_hole){
	    .segment = segment,
	    .from = from,
	    .to = to,
	};
}

int
wal_holes_tell(struct wal_holes *holes)
{
	const struct wal_view *view = holes->view;
	const struct wal_hole *hole;
	int status;

	while (holes->told < holes->count) {
		hole = &holes->holes[holes->told++];
		view->report->holes++;
		view->report->lost_bytes += hole->to - hole->from;
		status = holes->lost(view->context, hole, view->e);
		if (status != 0)
			return status;
	}
	return 0;
}

/* What there is of a range. */
static int
save_range(struct wal_view *view, const struct wal_loaded *segment,
    uint64_t from, uint64_t to)
{
	int status;

	if (to > segment->size)
		to = segment->size;
	if (from >= to)
		return 0;
	status =
	    wal_save(view->disk, segment->name, segment->data, from, to - from);
	return status < 0 ? wal_view_fail(view, status, QUARANTINE_NAME) : 0;
}

static int
save_holes(const struct wal_holes *holes, struct wal_loaded *segment)
{
	struct wal_view *view = holes->view;
	const struct wal_hole *hole;
	size_t i;
	int status;

	for (i = 0; i < holes->count; i++) {
		hole = &holes->holes[i];
		if (!wal_view_has(view, hole->segment))
			continue;
		if (segment->sequence != hole->segment) {
			wal_unload(view->disk, segment);
			status = wal_view_load(view, hole->segment, segment);
			if (status != 0)
				return status;
		}
		status = save_range(view, segment, hole->from, hole->to);
		if (status != 0)
			return status;
	}
	return 0;
}

/*
 * Whole, for good frames that tell of lost ones are of no use, and are lost as
 * well.  All of them, for the dead and the unfinished go before the others.
 */
static int
keep_segments(struct wal_view *view)
{
	char name[SEGMENT_NAME_SIZE], as[QUARANTINE_NAME_SIZE];
	const struct disk *disk = view->disk;
	size_t i;
	int status;

	for (i = 0; i < view->count; i++) {
		segment_name(view->numbers[i], name);
		snprintf(as, sizeof(as), "%s", name);
		status = quarantine_keep(disk, disk->folder, name, as);
		if (status < 0)
			return wal_view_fail(view, status, QUARANTINE_NAME);
	}
	return 0;
}

int
wal_holes_save(const struct wal_holes *holes)
{
	struct wal_view *view = holes->view;
	const struct tail *tail = &view->report->tail;
	struct wal_loaded segment = {.file = -1};
	int status;

	status = keep_segments(view);
	if (status == 0)
		status = save_holes(holes, &segment);
	wal_unload(view->disk, &segment);
	if (status != 0)
		return status;
	return save_range(
	    view, &view->last, tail->end, tail->end + tail->cut_bytes);
}
