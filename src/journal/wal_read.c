/*
 * Recovery's reading.  First everything is read and judged (wal_judge.c), and
 * the frames are handed on; only then is anything changed, each step durable
 * before the next one, so that an interruption anywhere leaves what the next
 * run can read.
 */
#include "journal/wal.h"

#include <errno.h>
#include <string.h>

#include "base/crc.h"
#include "base/err.h"
#include "journal/wal_internal.h"

static int
remove_file(struct wal_view *view, const char *name)
{
	const struct disk *disk = view->disk;
	int status = disk->ops->remove(disk->context, disk->folder, name);

	if (status < 0 && status != -ENOENT)
		return wal_view_fail(view, status, name);
	view->report->removed++;
	return 0;
}

/* Nobody was promised anything in it; but who knows. */
static int
save_unfinished(struct wal_view *view)
{
	struct wal_loaded segment;
	int status = 0;

	if (view->unfinished == 0)
		return 0;
	if (wal_view_load(view, view->unfinished, &segment) != 0)
		return view->e->code;
	if (!wal_is_unfinished(&segment))
		status = wal_save(
		    view->disk, segment.name, segment.data, 0, segment.size);
	wal_unload(view->disk, &segment);
	return status < 0 ? wal_view_fail(view, status, "quarantine") : 0;
}

/* What is dead or unfinished. */
static int
clear_up(struct wal_view *view)
{
	const struct disk *disk = view->disk;
	char name[SEGMENT_NAME_SIZE];
	size_t i;
	int status;

	if (save_unfinished(view) != 0)
		return view->e->code;
	for (i = 0; i < view->count; i++) {
		if (view->numbers[i] >= view->oldest &&
		    view->numbers[i] != view->unfinished)
			continue;
		segment_name(view->numbers[i], name);
		if (remove_file(view, name) != 0)
			return view->e->code;
	}
	if (view->report->removed == 0)
		return 0;
	status = disk->ops->sync_folder(disk->context, disk->folder);
	return status < 0 ? wal_view_fail(view, status, "sync the folder") : 0;
}

/* Now that all of it is known. */
static int
tidy(struct wal *wal, struct wal_view *view)
{
	struct wal_loaded *last = &view->last;
	const struct tail *tail = &view->report->tail;

	if (last->data != NULL && tail->cut_bytes > 0 &&
	    wal_cut(wal, last->file, last->name, last->data, tail, view->e) !=
	        0)
		return view->e->code;
	return clear_up(view);
}

/*
 * What the header of the next segment will tell.  Of one that has lost even
 * its header's length it tells what can never be true, and nobody needs it.
 */
static void
look_back(struct wal *wal, const struct wal_view *view, uint64_t end,
    const uint8_t uuid[SEGMENT_UUID_SIZE])
{
	const struct wal_loaded *last = &view->last;

	view->report->sequence = last->sequence;
	memcpy(wal->uuid, uuid, sizeof(wal->uuid));
	wal->previous_sequence = last->sequence;
	wal->previous_length = SEGMENT_HEADER_SIZE;
	wal->previous_crc = 0;
	if (end <= SEGMENT_HEADER_SIZE)
		return;
	wal->previous_length = end;
	wal->previous_crc = crc32c(0, last->data + SEGMENT_HEADER_SIZE,
	    (size_t)end - SEGMENT_HEADER_SIZE);
}

/*
 * What was damaged stays in its place: the proof of that may be in a torn end,
 * and must still be there if this is interrupted and begun again.
 */
static int
salvage(struct wal *wal, struct wal_view *view, wal_each_hole *lost)
{
	struct wal_holes holes = {.view = view, .lost = lost};
	uint8_t uuid[SEGMENT_UUID_SIZE];
	int status;

	status = wal_salvage(view, &holes, uuid);
	if (status == 0)
		status = wal_holes_save(&holes);
	wal_holes_release(&holes);
	if (status != 0)
		return status;
	look_back(wal, view, view->last.size, uuid);
	return clear_up(view);
}

/* Whole, or damaged, which takes a second look at every frame. */
static int
read_or_salvage(
    struct wal *wal, struct wal_view *view, const struct wal_reader *reader)
{
	int status;

	if (reader->recover == WAL_REFUSE)
		view->each = reader->each;
	status = wal_judge(view);
	if (reader->recover == WAL_SALVAGE) {
		view->each = reader->each;
		if (status == ERR_DATA)
			return salvage(wal, view, reader->lost);
		if (status == 0)
			status = wal_view_take_frames(view);
	}
	if (status != 0)
		return status;
	if (view->last.data != NULL)
		look_back(
		    wal, view, view->report->tail.end, view->last.header.uuid);
	return tidy(wal, view);
}

int
wal_read(struct wal *wal, const struct wal_reader *reader,
    struct wal_report *report, struct err *e)
{
	struct wal_view view = {
	    .disk = &wal->disk,
	    .context = reader->context,
	    .report = report,
	    .e = e,
	    .last = {.file = -1},
	};
	int status;

	memset(report, 0, sizeof(*report));
	/*
	 * Names, too, become durable before they are believed: the newest one
	 * calls others dead, and must not vanish after these were removed.
	 */
	status =
	    wal->disk.ops->sync_folder(wal->disk.context, wal->disk.folder);
	if (status < 0)
		status = wal_view_fail(&view, status, "sync the folder");
	else
		status = read_or_salvage(wal, &view, reader);
	wal_view_release(&view);
	if (view.failure != 0)
		wal->poison = view.failure;
	return status;
}

struct removal {
	const struct disk *disk;
	uint64_t oldest;
};

static int
remove_older(void *argument, const char *name)
{
	const struct removal *removal = argument;
	uint64_t number = segment_number(name);
	int status;

	if (number == 0 || number >= removal->oldest)
		return 0;
	status = removal->disk->ops->remove(
	    removal->disk->context, removal->disk->folder, name);
	return status == -ENOENT ? 0 : status;
}

int
wal_remove_dead(struct wal *wal, uint64_t oldest, struct err *e)
{
	struct removal removal = {.disk = &wal->disk, .oldest = oldest};
	int status;

	if (wal_check(wal, e) != 0)
		return e->code;
	if (oldest > wal->segment.sequence)
		BUG("a segment that is written to is called dead");
	/* Not synced: one that comes back is removed again. */
	status = wal->disk.ops->list(
	    wal->disk.context, wal->disk.folder, remove_older, &removal);
	if (status < 0)
		return wal_fail(wal, status, "remove dead segments", e);
	/* Before somebody else takes the room; if so, who appends will wait. */
	status =
	    wal_reserve(wal, wal_size(wal) + wal->promised + WAL_SEAL_SIZE, e);
	return status == ERR_BUSY ? 0 : status;
}
