/*
 * Recovery's reading.  First everything is read and judged, and the frames are
 * handed on; only then is anything changed, each step durable before the next
 * one, so that an interruption anywhere leaves what the next run can read.
 *
 * The newest segment begins with a checkpoint, which says which older ones
 * still matter.  These must be there, in a chain: each header tells number,
 * length and CRC of the one before.  Dead ones may have come back after a
 * crash, any of them, and are removed.
 */
#include "journal/wal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/err.h"
#include "base/memory.h"
#include "journal/payload_checkpoint.h"
#include "journal/wal_internal.h"

struct reading {
	struct wal *wal;
	wal_each *each;
	void *context;
	struct wal_report *report;
	struct err *e;
	uint64_t *numbers; /* of segments, rising */
	size_t count;
	bool has_temporary;
	uint64_t unfinished; /* a segment to be removed, or 0 */
	uint64_t oldest;     /* that matters */
	struct wal_loaded last;
};

static int
damaged(struct reading *reading, const struct wal_loaded *segment,
    uint64_t offset, const char *what)
{
	reading->report->error_offset = offset;
	return err_set(reading->e, ERR_DATA, "journal: %s: at %" PRIu64 ": %s",
	    segment->name, offset, what);
}

static int
collect(void *argument, const char *name)
{
	struct reading *reading = argument;
	uint64_t number = segment_number(name);

	if (strcmp(name, WAL_TEMPORARY) == 0)
		reading->has_temporary = true;
	if (number == 0)
		return 0;
	reading->numbers = memory_resize(
	    reading->numbers, reading->count + 1, sizeof(*reading->numbers));
	reading->numbers[reading->count++] = number;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

/* The newest one, and which one before it was left unfinished. */
static int
load_last(struct reading *reading)
{
	struct wal_loaded *last = &reading->last;
	size_t count = reading->count;

	if (wal_load(reading->wal, reading->numbers[count - 1], last,
	        reading->e) != 0)
		return reading->e->code;
	if (wal_is_unfinished(last)) {
		reading->unfinished = last->sequence;
		wal_unload(reading->wal, last);
		if (count == 1 && reading->unfinished == 1)
			return 0;
		if (count == 1 ||
		    reading->numbers[count - 2] != reading->unfinished - 1)
			return damaged(
			    reading, last, 0, "the segment before is missing");
		if (wal_load(reading->wal, reading->numbers[count - 2], last,
		        reading->e) != 0)
			return reading->e->code;
	}
	return wal_check_header(last, reading->e);
}

static bool
next_frame(const struct wal_loaded *segment, size_t offset, struct frame *frame)
{
	return frame_decode(segment->data, segment->size, offset,
	           segment->sequence, segment->header.salt,
	           frame) == FRAME_GOOD;
}

/* The pieces at the beginning; *end is where they do. */
static int
check_checkpoint(struct reading *reading, size_t *end)
{
	const struct wal_loaded *last = &reading->last;
	struct payload_piece piece;
	uint32_t number = 0;
	struct frame frame;

	*end = SEGMENT_HEADER_SIZE;
	do {
		if (!next_frame(last, *end, &frame) ||
		    frame.type != PAYLOAD_CHECKPOINT ||
		    !payload_piece_decode(&piece, frame.payload, frame.size) ||
		    piece.number != number || piece.oldest > last->sequence ||
		    (number > 0 && piece.oldest != reading->oldest))
			return damaged(
			    reading, last, *end, "the checkpoint is damaged");
		reading->oldest = piece.oldest;
		number++;
		*end += frame_size(frame.size);
	} while ((frame.flags & FRAME_LAST) == 0);
	return 0;
}

/* Is before what the header of `after` says? */
static bool
is_linked(const struct wal_loaded *before, const struct wal_loaded *after)
{
	return memcmp(before->header.uuid, after->header.uuid,
	           SEGMENT_UUID_SIZE) == 0 &&
	    after->header.previous_sequence == before->sequence &&
	    after->header.previous_length == before->size &&
	    after->header.previous_crc ==
	    crc32c(0, before->data + SEGMENT_HEADER_SIZE,
	        before->size - SEGMENT_HEADER_SIZE);
}

/* Every older segment that matters is there, and whole. */
static int
check_chain(struct reading *reading)
{
	struct wal_loaded after = reading->last, before;
	uint64_t sequence;
	bool holds;

	for (sequence = after.sequence - 1; sequence >= reading->oldest;
	     sequence--) {
		if (bsearch(&sequence, reading->numbers, reading->count,
		        sizeof(sequence), compare) == NULL)
			return damaged(reading, &after, 56,
			    "the segment before is missing");
		if (wal_load(reading->wal, sequence, &before, reading->e) != 0)
			return reading->e->code;
		holds = wal_check_header(&before, reading->e) == 0 &&
		    is_linked(&before, &after);
		wal_unload(reading->wal, &before);
		if (!holds)
			return damaged(reading, &after, 56,
			    "the segment before is another, or damaged");
		after = before;
	}
	reading->report->segments = reading->last.sequence - sequence;
	return 0;
}

static int
check_seal(struct reading *reading, const struct frame *frame, size_t at)
{
	const struct wal_loaded *last = &reading->last;
	struct payload_seal seal;

	if (!payload_seal_decode(&seal, frame->payload, frame->size) ||
	    seal.length != at || seal.frames != reading->report->frames ||
	    seal.crc !=
	        crc32c(0, last->data + SEGMENT_HEADER_SIZE,
	            at - SEGMENT_HEADER_SIZE) ||
	    at + frame_size(frame->size) != last->size)
		return damaged(reading, last, at, "the seal is wrong");
	reading->report->is_sealed = true;
	return 0;
}

static int
apply_frame(struct reading *reading, const struct frame *frame, size_t at,
    size_t checkpoint_end)
{
	bool is_checkpoint = frame->type == PAYLOAD_CHECKPOINT;

	if (!frame_is_understood(frame) || frame->type >= PAYLOAD_TYPE_END ||
	    frame->type == 0)
		return damaged(reading, &reading->last, at,
		    "written by a later version of abuf");
	if (frame->type == PAYLOAD_SEAL)
		return check_seal(reading, frame, at);
	if (is_checkpoint != (at < checkpoint_end))
		return damaged(
		    reading, &reading->last, at, "a checkpoint out of place");
	reading->report->frames++;
	return reading->each(reading->context, frame, reading->e);
}

static int
apply_frames(struct reading *reading, size_t checkpoint_end)
{
	const struct wal_loaded *last = &reading->last;
	struct tail *tail = &reading->report->tail;
	size_t at = SEGMENT_HEADER_SIZE;
	struct frame frame;
	int status;

	tail_examine(last->data, last->size, checkpoint_end, last->sequence,
	    last->header.salt, tail);
	if (tail->verdict == TAIL_CORRUPT)
		return damaged(
		    reading, last, tail->end, "synced data is damaged");
	while (at < tail->end && next_frame(last, at, &frame)) {
		status = apply_frame(reading, &frame, at, checkpoint_end);
		if (status != 0)
			return status;
		at += frame_size(frame.size);
	}
	return 0;
}

static int
remove_file(struct reading *reading, const char *name)
{
	const struct disk *disk = &reading->wal->disk;
	int status = disk->ops->remove(disk->context, disk->folder, name);

	if (status < 0 && status != -ENOENT)
		return wal_fail(reading->wal, status, name, reading->e);
	reading->report->removed++;
	return 0;
}

/* Now that all of it is known: cut, and clear up. */
static int
tidy(struct reading *reading)
{
	const struct disk *disk = &reading->wal->disk;
	struct wal_loaded *last = &reading->last;
	const struct tail *tail = &reading->report->tail;
	char name[SEGMENT_NAME_SIZE];
	size_t i;
	int status;

	if (last->data != NULL && tail->cut_bytes > 0 &&
	    wal_cut(reading->wal, last->file, last->name, last->data, tail,
	        reading->e) != 0)
		return reading->e->code;
	if (reading->has_temporary && remove_file(reading, WAL_TEMPORARY) != 0)
		return reading->e->code;
	for (i = 0; i < reading->count; i++) {
		if (reading->numbers[i] >= reading->oldest &&
		    reading->numbers[i] != reading->unfinished)
			continue;
		segment_name(reading->numbers[i], name);
		if (remove_file(reading, name) != 0)
			return reading->e->code;
	}
	if (reading->report->removed == 0)
		return 0;
	status = disk->ops->sync_folder(disk->context, disk->folder);
	if (status < 0)
		return wal_fail(
		    reading->wal, status, "sync the folder", reading->e);
	return 0;
}

/* What the header of the next segment will tell. */
static void
look_back(struct reading *reading)
{
	const struct wal_loaded *last = &reading->last;
	uint64_t end = reading->report->tail.end;
	struct wal *wal = reading->wal;

	reading->report->sequence = last->sequence;
	memcpy(wal->uuid, last->header.uuid, sizeof(wal->uuid));
	wal->previous_sequence = last->sequence;
	wal->previous_length = end;
	wal->previous_crc = crc32c(0, last->data + SEGMENT_HEADER_SIZE,
	    (size_t)end - SEGMENT_HEADER_SIZE);
}

static int
read_all(struct reading *reading)
{
	const struct disk *disk = &reading->wal->disk;
	size_t checkpoint_end;
	int status;

	/*
	 * Names, too, become durable before they are believed: the newest one
	 * calls others dead, and must not vanish after these were removed.
	 */
	status = disk->ops->sync_folder(disk->context, disk->folder);
	if (status < 0)
		return wal_fail(
		    reading->wal, status, "sync the folder", reading->e);
	status = disk->ops->list(disk->context, disk->folder, collect, reading);
	if (status < 0)
		return wal_fail(
		    reading->wal, status, "list the folder", reading->e);
	if (reading->count > 0) {
		qsort(reading->numbers, reading->count,
		    sizeof(*reading->numbers), compare);
		if (load_last(reading) != 0)
			return reading->e->code;
	}
	if (reading->last.data != NULL) {
		if (check_checkpoint(reading, &checkpoint_end) != 0 ||
		    check_chain(reading) != 0)
			return reading->e->code;
		status = apply_frames(reading, checkpoint_end);
		if (status != 0)
			return status;
		look_back(reading);
	}
	return tidy(reading);
}

int
wal_read(struct wal *wal, wal_each *each, void *context,
    struct wal_report *report, struct err *e)
{
	struct reading reading = {
	    .wal = wal,
	    .each = each,
	    .context = context,
	    .report = report,
	    .e = e,
	    .last = {.file = -1},
	};
	int status;

	memset(report, 0, sizeof(*report));
	status = read_all(&reading);
	wal_unload(wal, &reading.last);
	free(reading.numbers);
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
	return 0;
}
