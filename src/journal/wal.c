/*
 * Appending: frames are laid out in a buffer, and get their place and their
 * CRCs when they are written, in few large writes.
 *
 * Failure modes of a write: no room, although it was reserved (some file
 * systems copy on write): back to the last frame's end, and that is synced
 * before anything else is written there.  A crash could bring the
 * old bytes back, as frames in their right places behind newer ones.  They are
 * the same frames today, because the buffer keeps them; nobody should have to
 * rely on that.
 * Anything else poisons the log.
 */
#include "journal/wal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "journal/wal_internal.h"

struct wal *
wal_create(const struct disk *disk, uint64_t segment_bytes)
{
	struct wal *wal = memory_zeroed(1, sizeof(*wal));

	wal->disk = *disk;
	wal->segment_bytes = segment_bytes;
	wal->segment.file = wal->old.file = wal->spare = -1;
	wal->can_reserve = true;
	return wal;
}

static void
close_file(const struct wal *wal, int file)
{
	if (file >= 0)
		wal->disk.ops->close(wal->disk.context, file);
}

void
wal_destroy(struct wal *wal)
{
	if (wal == NULL)
		return;
	if (wal->job != NULL)
		BUG("the log is destroyed while a job is under way");
	close_file(wal, wal->segment.file);
	close_file(wal, wal->old.file);
	close_file(wal, wal->spare);
	free(wal->buffer);
	free(wal);
}

int
wal_fail(struct wal *wal, int status, const char *what, struct err *e)
{
	wal->poison = -status;
	return err_set_errno(e, ERR_IO, -status, "%s", what);
}

int
wal_check(const struct wal *wal, struct err *e)
{
	if (wal->poison == 0)
		return 0;
	return err_set_errno(
	    e, ERR_IO, wal->poison, "nothing more is written after an error");
}

const uint8_t *
wal_uuid(const struct wal *wal)
{
	return wal->uuid;
}

uint64_t
wal_appended(const struct wal *wal)
{
	return wal->appended;
}

uint64_t
wal_written(const struct wal *wal)
{
	return wal->written;
}

uint64_t
wal_durable(const struct wal *wal)
{
	return wal->durable;
}

/* Room for a frame of this size, and for what it promises. */
static int
find_room(struct wal *wal, size_t size, uint64_t promise, struct err *e)
{
	return wal_reserve(wal,
	    wal_size(wal) + size + promise + wal->promised + WAL_SEAL_SIZE, e);
}

static int
grow_buffer(struct wal *wal, size_t size, struct err *e)
{
	size_t room = wal->buffer_room;
	uint8_t *more;

	if (size <= room - wal->buffer_size)
		return 0;
	room = room * 2 + size;
	more = realloc(wal->buffer, room);
	if (more == NULL)
		return wal_no_room(ENOMEM, e);
	wal->buffer = more;
	wal->buffer_room = room;
	return 0;
}

/* What is checked before may not fail after it. */
static void
lay_out(struct wal *wal, const struct frame *frame)
{
	frame_lay_out(frame, wal->buffer + wal->buffer_size);
	wal->buffer_size += frame_size(frame->size);
	wal->buffer_frames++;
	wal->appended++;
}

int
wal_append(
    struct wal *wal, const struct frame *frame, uint64_t promise, struct err *e)
{
	size_t size = frame_size(frame->size);

	if (frame->size > FRAME_PAYLOAD_MAX)
		BUG("a frame is too large");
	if (wal_check(wal, e) != 0 || grow_buffer(wal, size, e) != 0 ||
	    find_room(wal, size, promise, e) != 0)
		return e->code;
	wal->promised += promise;
	lay_out(wal, frame);
	return 0;
}

int
wal_append_promised(struct wal *wal, const struct frame *frame, struct err *e)
{
	size_t size = frame_size(frame->size);

	if (size > wal->promised)
		BUG("more is appended than was promised");
	if (wal_check(wal, e) != 0)
		return e->code;
	/* Small, so that it is no question of room. */
	if (grow_buffer(wal, size, e) != 0)
		return wal_fail(wal, -ENOMEM, "append", e);
	wal->promised -= size;
	lay_out(wal, frame);
	return 0;
}

void
wal_forgo(struct wal *wal, uint64_t promise)
{
	if (promise > wal->promised)
		BUG("more is forgone than was promised");
	wal->promised -= promise;
}

/* Gives every frame in the buffer its place. */
static void
stamp(struct wal *wal)
{
	const struct wal_segment *segment = &wal->segment;
	uint64_t sequence = segment->sequence;
	size_t at, size;

	for (at = 0; at < wal->buffer_size; at += size) {
		size = frame_size(pack_load_32(wal->buffer + at + 8));
		frame_stamp(wal->buffer + at,
		    frame_lsn(sequence, segment->end + at),
		    frame_lsn(sequence, segment->durable_end), segment->salt);
	}
}

/* Back to the end of the last frame; see above. */
static int
take_back(struct wal *wal, int why, struct err *e)
{
	struct wal_segment *segment = &wal->segment;
	const struct disk *disk = &wal->disk;
	int status;

	status =
	    disk->ops->truncate(disk->context, segment->file, segment->end);
	if (status == 0)
		status = disk->ops->sync(disk->context, segment->file);
	if (status < 0)
		return wal_fail(wal, status, "take back", e);
	/* The room that was reserved is gone with it: try to get it again. */
	segment->allocated_end = segment->end;
	if (wal_reserve(wal,
	        segment->end + wal->buffer_size + wal->promised + WAL_SEAL_SIZE,
	        e) != 0)
		return e->code;
	return wal_no_room(-why, e);
}

int
wal_flush(struct wal *wal, struct err *e)
{
	struct wal_segment *segment = &wal->segment;
	int status;

	if (wal_check(wal, e) != 0)
		return e->code;
	if (wal->buffer_size == 0)
		return 0;
	stamp(wal);
	status = disk_write_all(&wal->disk, segment->file, wal->buffer,
	    wal->buffer_size, segment->end);
	if (wal_is_no_room(status))
		return take_back(wal, status, e);
	if (status < 0)
		return wal_fail(wal, status, "write", e);
	segment->crc = crc32c(segment->crc, wal->buffer, wal->buffer_size);
	segment->end += wal->buffer_size;
	segment->frames += wal->buffer_frames;
	wal->written += wal->buffer_frames;
	wal->buffer_size = 0;
	wal->buffer_frames = 0;
	return 0;
}
