/*
 * Reading a log that is damaged.  The newest segment with a good header and a
 * whole checkpoint is the base: its frames are told, and those of the segments
 * behind it, whose checkpoints are lost.  From the oldest that the base calls
 * needed on, every range that is not a good frame is a hole:
 *	- Of a segment before the base only holes are told, and only if the
 *	  header of the next one says that it is not what it was.
 *	- A file that is missing, has no good header or belongs elsewhere is one
 *	  hole.  So is one of good frames that the next one does not know: it
 *	  has another past.
 *	- Behind what was durable, the end of the newest is torn, as ever, and
 *	  no hole: nobody was promised anything.
 */
#include <string.h>

#include "base/err.h"
#include "journal/wal_internal.h"

struct wal_salvage {
	struct wal_view *view;
	struct wal_holes *holes;
	uint8_t uuid[SEGMENT_UUID_SIZE];
	uint64_t newest, base; /* segments */

	/* Of the segment that is being read. */
	struct wal_loaded segment;
	struct wal_loaded after; /* only its header; sequence 0 if it is lost */
	bool has_hole;
	uint64_t durable_lsn; /* the highest that any frame tells */
	bool is_linked;       /* with the one after it */
	bool is_head; /* nothing but a checkpoint so far, and that lost */
};

static void
lose(struct wal_salvage *salvage, uint64_t from, uint64_t to)
{
	salvage->has_hole = true;
	wal_holes_add(salvage->holes, salvage->segment.sequence, from, to);
}

/* All of it, which was longer if the one after it says so. */
static void
lose_all(struct wal_salvage *salvage)
{
	const struct wal_loaded *after = &salvage->after;
	uint64_t size = salvage->segment.size;

	if (after->sequence != 0 && after->header.previous_length > size)
		size = after->header.previous_length;
	lose(salvage, 0, size);
}

/* Only what is damaged is given up, never what a later version wrote. */
static int
check_header(struct wal_view *view, struct wal_loaded *segment, bool *is_good)
{
	struct segment header;

	*is_good = wal_check_header(segment, view->e) == 0;
	if (!*is_good &&
	    segment_decode(segment->data, segment->size, &header) ==
	        SEGMENT_TOO_NEW)
		return view->e->code;
	return 0;
}

/* One of the row of files that ends with the newest. */
static int
find_base(struct wal_salvage *salvage)
{
	struct wal_view *view = salvage->view;
	const struct err refused = *view->e;
	struct wal_loaded *segment = &salvage->segment;
	uint64_t sequence = salvage->newest;
	size_t end;
	bool is_good;

	for (; sequence > 0 && wal_view_has(view, sequence); sequence--) {
		if (wal_view_load(view, sequence, segment) != 0 ||
		    check_header(view, segment, &is_good) != 0)
			return view->e->code;
		if (is_good &&
		    wal_find_checkpoint(segment, &view->oldest, &end)) {
			view->checkpoint_end = end;
			salvage->base = sequence;
			memcpy(salvage->uuid, segment->header.uuid,
			    sizeof(salvage->uuid));
			wal_unload(view->disk, segment);
			return 0;
		}
		wal_unload(view->disk, segment);
	}
	*view->e = refused;
	return refused.code;
}

/* A good frame of a segment that is told. */
static int
take(struct wal_salvage *salvage, const struct frame *frame, size_t at)
{
	struct wal_view *view = salvage->view;
	const struct wal_loaded *segment = &salvage->segment;
	size_t end = at + frame_size(frame->size);
	bool is_place =
	    segment->sequence == salvage->base && at < view->checkpoint_end;
	int status;

	if (!wal_is_known(frame))
		return wal_view_damaged(view, segment, at, WAL_TOO_NEW);
	if (frame->type == PAYLOAD_SEAL) {
		/* It counts what is lost, too. */
		if (!salvage->has_hole &&
		    !wal_is_seal_right(
		        segment, frame, at, view->report->frames))
			lose(salvage, at, end);
		view->report->is_sealed = end == segment->size;
		return 0;
	}
	if ((frame->type == PAYLOAD_CHECKPOINT) != is_place) {
		lose(salvage, at, end);
		return 0;
	}
	salvage->is_head = false;
	view->report->frames++;
	status = wal_holes_tell(salvage->holes);
	return status != 0 ? status : view->each(view->context, frame, view->e);
}

/* Is what begins there torn, and was never promised? */
static bool
is_torn(const struct wal_salvage *salvage, size_t at)
{
	const struct wal_loaded *segment = &salvage->segment;

	return segment->sequence == salvage->newest && !salvage->is_head &&
	    frame_lsn(segment->sequence, at) >= salvage->durable_lsn;
}

/* Tell its frames, if they are to be told, and what lies between them. */
static int
walk(struct wal_salvage *salvage)
{
	const struct wal_loaded *segment = &salvage->segment;
	struct wal_report *report = salvage->view->report;
	bool is_told = segment->sequence >= salvage->base;
	enum frame_state state;
	struct frame frame;
	size_t at, end;
	int status;

	salvage->is_head = segment->sequence > salvage->base;
	for (at = SEGMENT_HEADER_SIZE; at < segment->size; at = end) {
		end = wal_step(segment, at, &state, &frame);
		if (state != FRAME_GOOD && is_torn(salvage, at))
			break;
		if (state != FRAME_GOOD)
			lose(salvage, at, end);
		status = state == FRAME_GOOD && is_told
		    ? take(salvage, &frame, at)
		    : 0;
		if (status != 0)
			return status;
	}
	if (segment->sequence != salvage->newest)
		return 0;
	tail_examine(segment->data, segment->size, at, segment->sequence,
	    segment->header.salt, &report->tail);
	report->tail.frames = report->frames;
	report->tail.durable_lsn = salvage->durable_lsn;
	return 0;
}

/* What the next one's header says of it; nothing if that is lost. */
static int
look_ahead(struct wal_salvage *salvage, uint64_t sequence)
{
	struct wal_view *view = salvage->view;
	struct wal_loaded *after = &salvage->after;
	bool is_good = false;
	int status;

	memset(after, 0, sizeof(*after));
	if (!wal_view_has(view, sequence + 1) || sequence >= salvage->newest)
		return 0;
	if (wal_view_load(view, sequence + 1, after) != 0)
		return view->e->code;
	status = check_header(view, after, &is_good);
	wal_unload(view->disk, after);
	if (!is_good || after->header.previous_sequence != sequence)
		after->sequence = 0;
	return status;
}

/* It has a header, and belongs to this journal. */
static int
read_segment(struct wal_salvage *salvage)
{
	const struct wal_loaded *segment = &salvage->segment;
	const struct wal_loaded *after = &salvage->after;
	uint64_t length = after->header.previous_length;
	struct tail tail;
	int status;

	salvage->is_linked =
	    after->sequence != 0 && wal_is_linked(segment, after);
	tail_examine(segment->data, segment->size, SEGMENT_HEADER_SIZE,
	    segment->sequence, segment->header.salt, &tail);
	salvage->durable_lsn = tail.durable_lsn;
	if (segment->sequence < salvage->base && salvage->is_linked)
		return 0;
	if (after->sequence != 0 && !salvage->is_linked &&
	    tail.verdict == TAIL_CLEAN && segment->size >= length) {
		if (segment->sequence == salvage->base)
			return wal_view_damaged(salvage->view, segment, 0,
			    "another segment follows than should");
		lose_all(salvage);
		return 0;
	}
	status = walk(salvage);
	if (status == 0 && after->sequence != 0 && segment->size < length)
		lose(salvage, segment->size, length);
	return status;
}

/* How many are in a chain is counted on the way. */
static int
read_any(struct wal_salvage *salvage, uint64_t sequence)
{
	struct wal_view *view = salvage->view;
	struct wal_loaded *segment = &salvage->segment;
	bool is_good = false;

	if (!salvage->is_linked)
		view->report->segments = 0;
	view->report->frames = 0;
	view->report->is_sealed = false;
	salvage->is_linked = false;
	salvage->has_hole = false;
	if (look_ahead(salvage, sequence) != 0)
		return view->e->code;
	*segment = (struct wal_loaded){.sequence = sequence, .file = -1};
	if (wal_view_has(view, sequence) &&
	    (wal_view_load(view, sequence, segment) != 0 ||
	        check_header(view, segment, &is_good) != 0))
		return view->e->code;
	if (!is_good ||
	    memcmp(segment->header.uuid, salvage->uuid, SEGMENT_UUID_SIZE) !=
	        0) {
		lose_all(salvage);
		return 0;
	}
	view->report->segments++;
	return read_segment(salvage);
}

static int
read_all(struct wal_salvage *salvage)
{
	struct wal_view *view = salvage->view;
	uint64_t sequence;
	int status;

	for (sequence = view->oldest; sequence <= salvage->newest; sequence++) {
		wal_unload(view->disk, &salvage->segment);
		status = read_any(salvage, sequence);
		if (status == 0)
			status = wal_holes_tell(salvage->holes);
		if (status != 0)
			return status;
	}
	return 0;
}

int
wal_salvage(struct wal_view *view, struct wal_holes *holes,
    uint8_t uuid[SEGMENT_UUID_SIZE])
{
	struct wal_salvage salvage = {
	    .view = view,
	    .holes = holes,
	    .segment = {.file = -1},
	};
	int status;

	wal_unload(view->disk, &view->last);
	salvage.newest = view->numbers[view->count - 1];
	if (salvage.newest == view->unfinished)
		salvage.newest--;
	status = find_base(&salvage);
	if (status == 0) {
		memset(view->report, 0, sizeof(*view->report));
		view->report->checkpoint = salvage.base;
		status = read_all(&salvage);
	}
	/* A SEAL says that another one was there. */
	if (status == 0 && view->report->is_sealed) {
		wal_holes_add(holes, salvage.newest + 1, 0, 0);
		status = wal_holes_tell(holes);
	}
	memcpy(uuid, salvage.uuid, SEGMENT_UUID_SIZE);
	view->last = salvage.segment;
	return status;
}
