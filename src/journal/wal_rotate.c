/*
 * New segments.
 *
 * A rotation does not wait for the disk:
 *	1. Header and checkpoint are written into the spare, which has room for
 *	   them.  No room: it is emptied, and the old segment goes on.
 *	2. The spare gets the segment's name.  Frames go there from now on; a
 *	   process that is killed leaves them there.
 *	3. The next job syncs it, then the folder; then it writes the SEAL of
 *	   the old segment, and syncs that (wal_commit.c).
 *	4. The old one is removed, and a new spare is made.
 * So power loss before 3 leaves a new segment of which anything may be
 * missing, and an old one without a SEAL, which then counts; where the old one
 * has its SEAL, the new one was whole, and is damaged if it is not.
 *
 * The first segment of a run is whole before it gets its name, and what it
 * replaces, which has no SEAL, is gone for certain before anything else is
 * written.
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

/* Header and checkpoint, and the segment that begins with them. */
struct head {
	uint8_t *data;
	size_t size;
	struct wal_segment next;
};

uint64_t
wal_next_sequence(const struct wal *wal)
{
	if (wal->segment.file >= 0)
		return wal->segment.sequence + 1;
	return wal->previous_sequence + 1;
}

bool
wal_is_full(const struct wal *wal)
{
	return wal_size(wal) >= wal->segment.full_end;
}

bool
wal_is_turning(const struct wal *wal)
{
	return wal->old.file >= 0;
}

/* The checkpoint's frames, stamped for a segment with this header. */
static void
fill_head(uint8_t *head, const struct segment *header,
    const struct frame *checkpoint, size_t count)
{
	uint64_t at = SEGMENT_HEADER_SIZE;
	struct frame frame;
	size_t i;

	segment_encode(header, head);
	for (i = 0; i < count; i++) {
		frame = checkpoint[i];
		frame.type = PAYLOAD_CHECKPOINT;
		frame.flags = i + 1 == count ? FRAME_LAST : 0;
		frame_lay_out(&frame, head + at);
		/* Nothing of it is durable yet. */
		frame_stamp(head + at, frame_lsn(header->sequence, at),
		    frame_lsn(header->sequence, 0), header->salt);
		at += frame_size(frame.size);
	}
}

/*
 * A large checkpoint makes a large segment: otherwise each would be full from
 * its beginning, and nothing but checkpoints were written.
 */
uint64_t
wal_full_end(const struct wal *wal, uint64_t head_size)
{
	uint64_t least = head_size + 3 * (head_size - SEGMENT_HEADER_SIZE);

	return wal->segment_bytes > least ? wal->segment_bytes : least;
}

/* Of the segment after wal->previous_sequence. */
static int
make_head(const struct wal *wal, const struct wal_stamp *stamp,
    const struct frame *checkpoint, size_t count, struct head *head,
    struct err *e)
{
	struct segment header = {
	    .sequence = wal->previous_sequence + 1,
	    .salt = stamp->salt,
	    .created_ns = stamp->wall_ns,
	    .previous_sequence = wal->previous_sequence,
	    .previous_length = wal->previous_length,
	    .previous_crc = wal->previous_crc,
	};
	size_t i;

	memcpy(header.uuid, wal->uuid, sizeof(header.uuid));
	head->size = SEGMENT_HEADER_SIZE;
	for (i = 0; i < count; i++)
		head->size += frame_size(checkpoint[i].size);
	head->data = malloc(head->size);
	if (head->data == NULL)
		return wal_no_room(ENOMEM, e);
	fill_head(head->data, &header, checkpoint, count);
	head->next = (struct wal_segment){
	    .sequence = header.sequence,
	    .salt = header.salt,
	    .end = head->size,
	    .full_end = wal_full_end(wal, head->size),
	    .frames = count,
	    .crc = crc32c(0, head->data + SEGMENT_HEADER_SIZE,
	        head->size - SEGMENT_HEADER_SIZE),
	};
	return 0;
}

/* Step 1; the caller frees head->data. */
static int
write_head(struct wal *wal, const struct head *head, struct err *e)
{
	int status;

	if (wal_reserve_spare(
	        wal, head->size + wal->promised + WAL_SEAL_SIZE, e) != 0)
		return e->code;
	status =
	    disk_write_all(&wal->disk, wal->spare, head->data, head->size, 0);
	if (status == 0)
		return 0;
	if (!wal_is_no_room(status))
		return wal_fail(wal, status, "write a segment", e);
	if (wal_empty_spare(wal, e) != 0)
		return e->code;
	return wal_no_room(-status, e);
}

/* Step 2; a new name may need room, too. */
static int
name_next(struct wal *wal, struct wal_segment *next, struct err *e)
{
	const struct disk *disk = &wal->disk;
	char name[SEGMENT_NAME_SIZE];
	int status;

	segment_name(next->sequence, name);
	status = disk->ops->rename(
	    disk->context, disk->folder, WAL_SPARE, disk->folder, name);
	if (wal_is_no_room(status)) {
		if (wal_empty_spare(wal, e) != 0)
			return e->code;
		return wal_no_room(-status, e);
	}
	if (status < 0)
		return wal_fail(wal, status, name, e);
	next->file = wal->spare;
	next->allocated_end = wal->spare_end;
	wal->spare = -1;
	wal->spare_end = 0;
	return 0;
}

/* The last frame of the segment, as it will be written. */
static void
make_seal(const struct wal_segment *segment, uint8_t seal[WAL_SEAL_SIZE])
{
	const struct payload_seal content = {
	    .frames = segment->frames,
	    .length = segment->end,
	    .crc = segment->crc,
	};
	uint8_t payload[PAYLOAD_SEAL_SIZE];
	struct pack pack = {.data = payload, .size = sizeof(payload)};
	struct frame frame = {
	    .type = PAYLOAD_SEAL,
	    .size = sizeof(payload),
	    .payload = payload,
	};

	payload_seal_encode(&content, &pack);
	frame_lay_out(&frame, seal);
	frame_stamp(seal, frame_lsn(segment->sequence, segment->end),
	    frame_lsn(segment->sequence, segment->durable_end), segment->salt);
}

int
wal_rotate(struct wal *wal, const struct wal_stamp *stamp,
    const struct frame *checkpoint, size_t count, struct err *e)
{
	const struct wal_segment *segment = &wal->segment;
	struct head head = {0};
	int code;

	if (wal->job != NULL || wal->old.file >= 0)
		return err_set(e, ERR_BUSY, "a sync is under way");
	if (wal_flush(wal, e) != 0)
		return e->code;
	make_seal(segment, wal->seal);
	wal->previous_sequence = segment->sequence;
	wal->previous_length = segment->end + sizeof(wal->seal);
	wal->previous_crc = crc32c(segment->crc, wal->seal, sizeof(wal->seal));
	if (make_head(wal, stamp, checkpoint, count, &head, e) != 0)
		return e->code;
	code = write_head(wal, &head, e);
	if (code == 0)
		code = name_next(wal, &head.next, e);
	free(head.data);
	if (code != 0)
		return code;
	wal->old = wal->segment;
	wal->segment = head.next;
	wal->lacks_room = false;
	return 0;
}

static int
sync_folder(struct wal *wal, struct err *e)
{
	const struct disk *disk = &wal->disk;
	int status = disk->ops->sync_folder(disk->context, disk->folder);

	return status < 0 ? wal_fail(wal, status, "sync the folder", e) : 0;
}

/* The first segment of a run: durable, then named. */
static int
begin(struct wal *wal, struct head *head, struct err *e)
{
	const struct disk *disk = &wal->disk;
	int status;

	if (write_head(wal, head, e) != 0)
		return e->code;
	status = disk->ops->sync(disk->context, wal->spare);
	if (status < 0)
		return wal_fail(wal, status, "sync a segment", e);
	if (name_next(wal, &head->next, e) != 0)
		return e->code;
	wal->segment = head->next;
	wal->segment.durable_end = wal->segment.end;
	return sync_folder(wal, e);
}

int
wal_begin(struct wal *wal, const struct wal_stamp *stamp,
    const uint8_t uuid[SEGMENT_UUID_SIZE], const struct frame *checkpoint,
    size_t count, uint64_t promise, uint64_t oldest, struct err *e)
{
	struct head head = {0};
	int code;

	if (wal->segment.file >= 0)
		BUG("the log has begun already");
	if (wal_check(wal, e) != 0)
		return e->code;
	if (wal->previous_sequence == 0)
		memcpy(wal->uuid, uuid, sizeof(wal->uuid));
	wal->promised = promise;
	if (make_head(wal, stamp, checkpoint, count, &head, e) != 0)
		return e->code;
	code = begin(wal, &head, e);
	free(head.data);
	if (code == 0)
		code = wal_remove_dead(wal, oldest, e);
	return code == 0 ? sync_folder(wal, e) : code;
}
