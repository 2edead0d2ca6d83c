/*
 * Cutting a torn end off a segment, and keeping what is damaged.  What is cut
 * is kept in the quarantine, a file for each cut, which is durable before the
 * cut is; an interruption leaves a copy too many, and the next run writes it
 * anew.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "journal/quarantine.h"
#include "journal/wal_internal.h"

#define COPY_NAME_SIZE 64

static int
fill_copy(const struct disk *disk, int file, const uint8_t *data, size_t size)
{
	int status;

	/* What an interrupted run has left there may be longer. */
	status = disk->ops->truncate(disk->context, file, 0);
	if (status == 0)
		status = disk_write_all(disk, file, data, size, 0);
	if (status == 0)
		status = disk->ops->sync(disk->context, file);
	return status;
}

static int
save_copy(const struct disk *disk, int folder, const char *name,
    const uint8_t *data, size_t size)
{
	int file, status;

	file = disk->ops->open(disk->context, folder, name, DISK_CREATE);
	if (file == -EEXIST)
		file = disk->ops->open(disk->context, folder, name, DISK_WRITE);
	if (file < 0)
		return file;
	status = fill_copy(disk, file, data, size);
	disk->ops->close(disk->context, file);
	if (status == 0)
		status = disk->ops->sync_folder(disk->context, folder);
	return status;
}

int
wal_save(const struct disk *disk, const char *name, const uint8_t *data,
    uint64_t offset, uint64_t size)
{
	char copy[COPY_NAME_SIZE];
	int folder, status;

	folder = quarantine_open(disk);
	if (folder < 0)
		return folder;
	snprintf(copy, sizeof(copy), "%s.%" PRIu64, name, offset);
	status = save_copy(disk, folder, copy, data + offset, (size_t)size);
	disk->ops->close(disk->context, folder);
	return status;
}

int
wal_cut(struct wal *wal, int file, const char *name, const uint8_t *data,
    const struct tail *tail, struct err *e)
{
	const struct disk *disk = &wal->disk;
	int status;

	status = wal_save(disk, name, data, tail->end, tail->cut_bytes);
	if (status < 0)
		return wal_fail(wal, status, QUARANTINE_NAME, e);
	status = disk->ops->truncate(disk->context, file, tail->end);
	if (status == 0)
		status = disk->ops->sync(disk->context, file);
	return status < 0 ? wal_fail(wal, status, name, e) : 0;
}
