/*
 * Cutting a torn end off a segment, and keeping what is damaged.  What is cut
 * is kept in the quarantine, a file for each cut, which is durable before the
 * cut is; after an interruption in between the next run finds it there.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "journal/quarantine.h"
#include "journal/wal_internal.h"

int
wal_save(const struct disk *disk, const char *name, const uint8_t *data,
    uint64_t offset, uint64_t size)
{
	char as[QUARANTINE_NAME_SIZE];

	snprintf(as, sizeof(as), "%s.%" PRIu64, name, offset);
	return quarantine_copy(disk, data + offset, size, as);
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
