/*
 * What is the log, and is it whole?  Nothing is changed here: recovery
 * (wal_read.c) and a survey (survey.c) judge by the same code.
 *
 * The newest segment begins with a checkpoint, which says which older ones
 * still matter.  These must be there, in a chain: each header tells number,
 * length and CRC of the one before.  Dead ones may have come back after a
 * crash, any of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "journal/wal_internal.h"

int
wal_view_fail(struct wal_view *view, int status, const char *what)
{
	view->failure = -status;
	return err_set_errno(view->e, ERR_IO, -status, "%s", what);
}

int
wal_view_damaged(struct wal_view *view, const struct wal_loaded *segment,
    uint64_t offset, const char *what)
{
	view->report->error_segment = segment->sequence;
	view->report->error_offset = offset;
	return err_set(view->e, ERR_DATA, "%s: at %" PRIu64 ": %s",
	    segment->name, offset, what);
}

void
wal_view_release(struct wal_view *view)
{
	wal_unload(view->disk, &view->last);
	free(view->numbers);
	view->numbers = NULL;
	view->count = 0;
}

static int
collect(void *argument, const char *name)
{
	struct wal_view *view = argument;
	uint64_t number = segment_number(name);

	if (number == 0)
		return 0;
	view->numbers = memory_resize(
	    view->numbers, view->count + 1, sizeof(*view->numbers));
	view->numbers[view->count++] = number;
	return 0;
}

int
wal_view_list(struct wal_view *view)
{
	const struct disk *disk = view->disk;
	int status;

	status = disk->ops->list(disk->context, disk->folder, collect, view);
	if (status < 0)
		return wal_view_fail(view, status, "list the folder");
	numbers_sort(view->numbers, view->count);
	return 0;
}

bool
wal_view_has(const struct wal_view *view, uint64_t sequence)
{
	return numbers_has(view->numbers, view->count, sequence);
}

int
wal_view_load(
    struct wal_view *view, uint64_t sequence, struct wal_loaded *segment)
{
	int status;

	status = wal_load(view->disk, sequence, view->is_frozen, segment);
	return status < 0 ? wal_view_fail(view, status, segment->name) : 0;
}

/* Every older segment that matters is there, and whole. */
static int
check_chain(struct wal_view *view)
{
	struct wal_loaded after = view->last, before;
	uint64_t sequence;
	bool holds;

	for (sequence = after.sequence - 1; sequence >= view->oldest;
	     sequence--) {
		if (!wal_view_has(view, sequence))
			return wal_view_damaged(
			    view, &after, 56, "the segment before is missing");
		if (wal_view_load(view, sequence, &before) != 0)
			return view->e->code;
		holds = wal_check_header(&before, view->e) == 0 &&
		    wal_is_linked(&before, &after);
		wal_unload(view->disk, &before);
		if (!holds)
			return wal_view_damaged(view, &after, 56,
			    "the segment before is another, or damaged");
		after = before;
	}
	view->report->segments = view->last.sequence - sequence;
	return 0;
}

static int
take_frame(struct wal_view *view, const struct frame *frame, size_t at)
{
	const struct wal_loaded *last = &view->last;
	bool is_checkpoint = frame->type == PAYLOAD_CHECKPOINT;

	if (!wal_is_known(frame))
		return wal_view_damaged(view, last, at, WAL_TOO_NEW);
	if (frame->type == PAYLOAD_SEAL) {
		if (!wal_is_seal_right(last, frame, at, view->report->frames))
			return wal_view_damaged(
			    view, last, at, "the seal is wrong");
		view->report->is_sealed = true;
		return wal_view_damaged(
		    view, last, at, "the segment after it is missing");
	}
	if (is_checkpoint != (at < view->checkpoint_end))
		return wal_view_damaged(
		    view, last, at, "a checkpoint out of place");
	view->report->frames++;
	if (view->each == NULL)
		return 0;
	return view->each(view->context, frame, view->e);
}

int
wal_view_take_frames(struct wal_view *view)
{
	const struct wal_loaded *last = &view->last;
	size_t at = SEGMENT_HEADER_SIZE;
	struct frame frame;
	int status;

	view->report->frames = 0;
	while (at < view->report->tail.end && wal_has_frame(last, at, &frame)) {
		status = take_frame(view, &frame, at);
		if (status != 0)
			return status;
		at += frame_size(frame.size);
	}
	return 0;
}

/* Has it all that a rotation writes before anybody relies on it? */
static int
judge_head(struct wal_view *view)
{
	struct wal_loaded *last = &view->last;

	if (wal_check_header(last, view->e) != 0) {
		view->report->error_segment = last->sequence;
		return view->e->code;
	}
	if (!wal_find_checkpoint(last, &view->oldest, &view->checkpoint_end)) {
		view->oldest = 0;
		return wal_view_damaged(view, last, view->checkpoint_end,
		    "the checkpoint is damaged");
	}
	return 0;
}

/*
 * It ends with a SEAL, whatever comes before that: the one after it was durable
 * then.
 */
static bool
is_sealed(const struct wal_loaded *segment)
{
	struct frame frame;

	return segment->size >= SEGMENT_HEADER_SIZE + WAL_SEAL_SIZE &&
	    wal_has_frame(segment, segment->size - WAL_SEAL_SIZE, &frame) &&
	    frame.type == PAYLOAD_SEAL;
}

/* A frame in it says that something behind its header had been synced. */
static bool
was_in_use(const struct wal_loaded *segment, const struct segment *header)
{
	struct tail tail;

	tail_examine(segment->data, segment->size, SEGMENT_HEADER_SIZE,
	    segment->sequence, header->salt, &tail);
	return tail.durable_lsn >
	    frame_lsn(segment->sequence, SEGMENT_HEADER_SIZE);
}

/*
 * A rotation that was cut off by power loss: of the newest segment anything may
 * be missing, for the one before has no SEAL, and counts.  0: it is view->last
 * now; 1: it is not so.
 */
static int
turn_back(struct wal_view *view)
{
	const struct wal_loaded *last = &view->last;
	uint64_t sequence = last->sequence;
	struct segment header;
	struct wal_loaded before;
	enum segment_state state;
	bool counts;

	state = segment_decode(last->data, last->size, &header);
	if (sequence == 1 || !wal_view_has(view, sequence - 1) ||
	    state == SEGMENT_TOO_NEW ||
	    (state == SEGMENT_GOOD && was_in_use(last, &header)))
		return 1;
	if (wal_view_load(view, sequence - 1, &before) != 0)
		return view->e->code;
	counts = wal_check_header(&before, view->e) == 0 && !is_sealed(&before);
	if (!counts) {
		wal_unload(view->disk, &before);
		return 1;
	}
	wal_unload(view->disk, &view->last);
	view->last = before;
	view->unfinished = view->report->unfinished = sequence;
	view->report->error_segment = view->report->error_offset = 0;
	return judge_head(view);
}

/* The newest one that counts. */
static int
find_newest(struct wal_view *view)
{
	struct wal_loaded *last = &view->last;
	struct err why;
	int status;

	if (view->count == 0)
		return 0;
	if (wal_view_load(view, view->numbers[view->count - 1], last) != 0)
		return view->e->code;
	status = judge_head(view);
	if (status != ERR_DATA)
		return status;
	why = *view->e;
	status = turn_back(view);
	if (status == 1) {
		*view->e = why;
		return ERR_DATA;
	}
	return status;
}

int
wal_judge(struct wal_view *view)
{
	struct wal_loaded *last = &view->last;
	struct tail *tail = &view->report->tail;

	if (wal_view_list(view) != 0 || find_newest(view) != 0)
		return view->e->code;
	if (last->data == NULL)
		return 0;
	if (check_chain(view) != 0)
		return view->e->code;
	tail_examine(last->data, last->size, view->checkpoint_end,
	    last->sequence, last->header.salt, tail);
	if (tail->verdict == TAIL_CORRUPT)
		return wal_view_damaged(
		    view, last, tail->end, "synced data is damaged");
	return wal_view_take_frames(view);
}
