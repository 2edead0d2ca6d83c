/*
 * Where the log finds room: reserved in the segment before a frame is taken,
 * and in the spare, so that there is always a way into a new segment, and with
 * it out of a full one.
 */
#include <errno.h>

#include "base/err.h"
#include "journal/wal_internal.h"

/* Room is reserved in pieces of this size: a small disk has a few of them. */
#define PIECE_SIZE (64 * 1024)

bool
wal_is_no_room(int status)
{
	return status == -ENOSPC || status == -EDQUOT || status == -EFBIG;
}

int
wal_no_room(int why, struct err *e)
{
	return err_set_errno(e, ERR_BUSY, why, "journal");
}

static int
extend(const struct wal *wal, int file, uint64_t end, uint64_t wanted)
{
	const struct disk *disk = &wal->disk;
	int status;

	do {
		status =
		    disk->ops->reserve(disk->context, file, end, wanted - end);
	} while (status == -EINTR);
	return status;
}

/* As far as *end there is room already. */
static int
reserve(
    struct wal *wal, int file, uint64_t *end, uint64_t needed, struct err *e)
{
	uint64_t wanted = needed + PIECE_SIZE - needed % PIECE_SIZE;
	int status;

	if (needed > UINT32_MAX)
		return wal_no_room(EFBIG, e);
	if (!wal->can_reserve || needed <= *end)
		return 0;
	status = extend(wal, file, *end, wanted);
	if (wal_is_no_room(status)) {
		wanted = needed;
		status = extend(wal, file, *end, wanted);
	}
	if (wal_is_no_room(status))
		return wal_no_room(-status, e);
	if (status == -EOPNOTSUPP)
		wal->can_reserve = false;
	else if (status < 0)
		return wal_fail(wal, status, "reserve room", e);
	else
		*end = wanted;
	return 0;
}

int
wal_empty_spare(struct wal *wal, struct err *e)
{
	const struct disk *disk = &wal->disk;
	int status = disk->ops->truncate(disk->context, wal->spare, 0);

	if (status < 0)
		return wal_fail(wal, status, "empty " WAL_SPARE, e);
	wal->spare_end = 0;
	return 0;
}

/* One that a crash left half written is emptied. */
static int
open_spare(struct wal *wal, struct err *e)
{
	const struct disk *disk = &wal->disk;
	uint64_t size = 0;
	int status;

	wal->spare_end = 0;
	wal->spare =
	    disk->ops->open(disk->context, disk->folder, WAL_SPARE, DISK_WRITE);
	if (wal->spare == -ENOENT)
		wal->spare = disk->ops->open(
		    disk->context, disk->folder, WAL_SPARE, DISK_CREATE);
	status = wal->spare;
	if (status < 0) {
		wal->spare = -1;
		if (wal_is_no_room(status) || status == -EMFILE ||
		    status == -ENFILE || status == -ENOMEM)
			return wal_no_room(-status, e);
		return wal_fail(wal, status, WAL_SPARE, e);
	}
	status = disk->ops->size(disk->context, wal->spare, &size);
	if (status < 0)
		return wal_fail(wal, status, WAL_SPARE, e);
	return size > 0 ? wal_empty_spare(wal, e) : 0;
}

int
wal_reserve_spare(struct wal *wal, uint64_t needed, struct err *e)
{
	if (wal->spare < 0 && open_spare(wal, e) != 0)
		return e->code;
	return reserve(wal, wal->spare, &wal->spare_end, needed, e);
}

int
wal_reserve(struct wal *wal, uint64_t needed, struct err *e)
{
	struct wal_segment *segment = &wal->segment;
	const struct wal_segment *old = &wal->old;
	int code = 0;

	/*
	 * The spare first: what the segment got in vain would be the room that
	 * the next start needs.  The old segment's room will be the spare's.
	 */
	if (wal->can_reserve && (old->file < 0 || needed > old->allocated_end))
		code = wal_reserve_spare(wal, needed, e);
	if (code == 0)
		code = reserve(
		    wal, segment->file, &segment->allocated_end, needed, e);
	wal->lacks_room = code == ERR_BUSY;
	return code;
}

bool
wal_lacks_room(const struct wal *wal)
{
	return wal->lacks_room;
}

uint64_t
wal_size(const struct wal *wal)
{
	return wal->segment.end + wal->buffer_size;
}

/* The spare will be a segment, and beside the old one for a while. */
uint64_t
wal_room(const struct wal *wal, uint64_t state)
{
	const struct wal_segment *segment = &wal->segment;
	uint64_t end = wal_full_end(wal, SEGMENT_HEADER_SIZE + state);

	if (end < segment->full_end)
		end = segment->full_end;
	end += wal->promised + WAL_SEAL_SIZE + PIECE_SIZE;
	if (end < segment->allocated_end)
		end = segment->allocated_end;
	return 2 * end;
}
