/*
 * Jobs: what blocks, apart from the loop.
 *
 * A commit is one sync of the segment.  Frames may be appended and written
 * while it runs; they are the next one's.
 *
 * A rotation makes a new segment, in this order:
 *	1. Reserve room in a file without its name; write header and
 *	   checkpoint; sync.  No room: remove it, and the old segment goes on.
 *	2. Write the SEAL of the old segment, and sync that.
 *	3. Rename the new one, and sync the folder.
 * So a file with a segment's name is a whole segment with a checkpoint, the
 * one before it is sealed when it appears, and its header can tell that one's
 * length and CRC.  A crash leaves the old segment, sealed or not, or both.
 * From 2 on every error is for ever, because nobody knows what is on disk.
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

static void
destroy_job(struct wal_job *job)
{
	free(job->head);
	free(job);
}

uint64_t
wal_next_sequence(const struct wal *wal)
{
	if (wal->segment.file >= 0)
		return wal->segment.sequence + 1;
	return wal->previous_sequence + 1;
}

int
wal_commit_begin(struct wal *wal, struct wal_job **job, struct err *e)
{
	*job = NULL;
	if (wal_flush(wal, e) != 0)
		return e->code;
	if (wal->job != NULL || wal->durable == wal->written)
		return 0;
	*job = memory_zeroed(1, sizeof(**job));
	(*job)->disk = wal->disk;
	(*job)->file = wal->segment.file;
	(*job)->written_end = wal->segment.end;
	(*job)->written = wal->written;
	wal->job = *job;
	return 0;
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
		frame_stamp(head + at, frame_lsn(header->sequence, at),
		    frame_lsn(header->sequence, SEGMENT_HEADER_SIZE),
		    header->salt);
		at += frame_size(frame.size);
	}
}

/*
 * A large checkpoint makes a large segment: otherwise each would be full from
 * its beginning, and nothing but checkpoints were written.
 */
static uint64_t
full_end(const struct wal *wal, size_t head_size)
{
	uint64_t least =
	    head_size + 3 * (uint64_t)(head_size - SEGMENT_HEADER_SIZE);

	return wal->segment_bytes > least ? wal->segment_bytes : least;
}

/* The segment after wal->previous_sequence; NULL if memory is short. */
static struct wal_job *
create_rotation(const struct wal *wal, const struct wal_stamp *stamp,
    const struct frame *checkpoint, size_t count)
{
	struct segment header = {
	    .sequence = wal->previous_sequence + 1,
	    .salt = stamp->salt,
	    .created_ns = stamp->wall_ns,
	    .previous_sequence = wal->previous_sequence,
	    .previous_length = wal->previous_length,
	    .previous_crc = wal->previous_crc,
	};
	struct wal_job *job = memory_zeroed(1, sizeof(*job));
	size_t i;

	memcpy(header.uuid, wal->uuid, sizeof(header.uuid));
	job->disk = wal->disk;
	job->is_rotation = true;
	job->can_reserve = wal->can_reserve;
	job->file = wal->segment.file;
	job->head_size = SEGMENT_HEADER_SIZE;
	for (i = 0; i < count; i++)
		job->head_size += frame_size(checkpoint[i].size);
	job->head = malloc(job->head_size);
	if (job->head == NULL) {
		destroy_job(job);
		return NULL;
	}
	fill_head(job->head, &header, checkpoint, count);
	job->next = (struct wal_segment){
	    .file = -1,
	    .sequence = header.sequence,
	    .salt = header.salt,
	    .end = job->head_size,
	    .durable_end = job->head_size,
	    .allocated_end =
	        job->head_size + wal->promised + WAL_SEAL_SIZE + WAL_CHUNK,
	    .full_end = full_end(wal, job->head_size),
	    .frames = count,
	    .crc = crc32c(0, job->head + SEGMENT_HEADER_SIZE,
	        job->head_size - SEGMENT_HEADER_SIZE),
	};
	return job;
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
wal_rotate_begin(struct wal *wal, const struct wal_stamp *stamp,
    const struct frame *checkpoint, size_t count, struct wal_job **job,
    struct err *e)
{
	const struct wal_segment *segment = &wal->segment;
	uint8_t seal[WAL_SEAL_SIZE];

	*job = NULL;
	if (wal->job != NULL)
		return err_set(e, ERR_BUSY, "journal: a sync is under way");
	/* Room for what is appended meanwhile, should there be none there. */
	if (wal_flush(wal, e) != 0 ||
	    wal_reserve(wal,
	        segment->end + wal->promised + WAL_SEAL_SIZE + WAL_CHUNK,
	        e) != 0)
		return e->code;
	make_seal(segment, seal);
	wal->previous_sequence = segment->sequence;
	wal->previous_length = segment->end + sizeof(seal);
	wal->previous_crc = crc32c(segment->crc, seal, sizeof(seal));
	*job = create_rotation(wal, stamp, checkpoint, count);
	if (*job == NULL)
		return err_set_errno(e, ERR_BUSY, ENOMEM, "journal");
	memcpy((*job)->seal, seal, sizeof(seal));
	(*job)->written_end = segment->end;
	(*job)->written = wal->written;
	wal->spare = WAL_CHUNK;
	wal->job = *job;
	return 0;
}

static int
fail_job(struct wal_job *job, int status, const char *what, bool is_harmless)
{
	job->status = status;
	job->failed = what;
	job->is_harmless = is_harmless;
	return status;
}

static int
reserve_next(struct wal_job *job)
{
	int status;

	if (!job->can_reserve)
		return 0;
	do {
		status = job->disk.ops->reserve(job->disk.context,
		    job->next.file, 0, job->next.allocated_end);
	} while (status == -EINTR);
	if (status != -EOPNOTSUPP)
		return status;
	job->can_reserve = false;
	return 0;
}

/* Step 1. */
static int
write_next(struct wal_job *job)
{
	const struct disk *disk = &job->disk;
	int status;

	status = disk->ops->remove(disk->context, disk->folder, WAL_TEMPORARY);
	if (status < 0 && status != -ENOENT)
		return fail_job(job, status, "remove " WAL_TEMPORARY, false);
	job->next.file = disk->ops->open(
	    disk->context, disk->folder, WAL_TEMPORARY, DISK_CREATE);
	if (job->next.file < 0)
		return fail_job(job, job->next.file, "create a segment",
		    wal_is_no_room(job->next.file) ||
		        job->next.file == -EMFILE || job->next.file == -ENFILE);
	status = reserve_next(job);
	if (status == 0)
		status = disk_write_all(
		    disk, job->next.file, job->head, job->head_size, 0);
	if (status < 0)
		return fail_job(
		    job, status, "write a segment", wal_is_no_room(status));
	status = disk->ops->sync(disk->context, job->next.file);
	if (status < 0)
		return fail_job(job, status, "sync a segment", false);
	return 0;
}

/* Step 2; there is no old segment at the beginning of a run. */
static int
seal_old(struct wal_job *job)
{
	const struct disk *disk = &job->disk;
	int status;

	if (job->file < 0)
		return 0;
	status = disk_write_all(
	    disk, job->file, job->seal, sizeof(job->seal), job->written_end);
	if (status < 0)
		return fail_job(job, status, "seal a segment", false);
	status = disk->ops->sync(disk->context, job->file);
	if (status < 0)
		return fail_job(job, status, "sync", false);
	return 0;
}

/* Step 3. */
static void
name_next(struct wal_job *job)
{
	const struct disk *disk = &job->disk;
	char name[SEGMENT_NAME_SIZE];
	int status;

	segment_name(job->next.sequence, name);
	status = disk->ops->rename(
	    disk->context, disk->folder, WAL_TEMPORARY, disk->folder, name);
	if (status == 0)
		status = disk->ops->sync_folder(disk->context, disk->folder);
	if (status < 0)
		fail_job(job, status, name, false);
}

void
wal_job_run(struct wal_job *job)
{
	int status;

	if (!job->is_rotation) {
		status = job->disk.ops->sync(job->disk.context, job->file);
		if (status < 0)
			fail_job(job, status, "sync", false);
		return;
	}
	if (write_next(job) == 0 && seal_old(job) == 0)
		name_next(job);
	if (job->status < 0 && job->next.file >= 0)
		job->disk.ops->close(job->disk.context, job->next.file);
	if (job->status < 0 && job->is_harmless)
		job->disk.ops->remove(
		    job->disk.context, job->disk.folder, WAL_TEMPORARY);
}

/* What it did to the log. */
static void
take_over(struct wal *wal, const struct wal_job *job)
{
	wal->durable = job->written;
	wal->segment.durable_end = job->written_end;
	if (!job->is_rotation)
		return;
	if (wal->segment.file >= 0)
		wal->disk.ops->close(wal->disk.context, wal->segment.file);
	wal->segment = job->next;
	wal->can_reserve = job->can_reserve;
}

int
wal_commit_complete(struct wal *wal, struct wal_job *job, struct err *e)
{
	int code = 0;

	if (wal->job != job)
		BUG("a job of another log");
	wal->job = NULL;
	if (job->status == 0)
		take_over(wal, job);
	else if (job->is_harmless)
		code = err_set_errno(
		    e, ERR_BUSY, -job->status, "journal: %s", job->failed);
	else
		code = wal_fail(wal, job->status, job->failed, e);
	destroy_job(job);
	return code;
}

int
wal_begin(struct wal *wal, const struct wal_stamp *stamp,
    const uint8_t uuid[SEGMENT_UUID_SIZE], const struct frame *checkpoint,
    size_t count, uint64_t promise, struct err *e)
{
	if (wal->segment.file >= 0)
		BUG("the log has begun already");
	if (wal_check(wal, e) != 0)
		return e->code;
	if (wal->previous_sequence == 0)
		memcpy(wal->uuid, uuid, sizeof(wal->uuid));
	wal->promised = promise;
	wal->job = create_rotation(wal, stamp, checkpoint, count);
	if (wal->job == NULL)
		return err_set_errno(e, ERR_BUSY, ENOMEM, "journal");
	wal_job_run(wal->job);
	return wal_commit_complete(wal, wal->job, e);
}
