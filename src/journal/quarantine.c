/*
 * Where damaged files go.
 */
#include "journal/quarantine.h"

#include <errno.h>
#include <stdio.h>

#include "base/disk.h"
#include "journal/folder.h"

int
quarantine_open(const struct disk *disk)
{
	int status;

	status = disk->ops->make_folder(
	    disk->context, disk->folder, QUARANTINE_NAME);
	if (status == 0 || status == -EEXIST)
		status = disk->ops->sync_folder(disk->context, disk->folder);
	if (status < 0)
		return status;
	return disk->ops->open(
	    disk->context, disk->folder, QUARANTINE_NAME, DISK_FOLDER);
}

int
quarantine_move(
    const struct disk *disk, int folder, const char *name, const char *as)
{
	int to = quarantine_open(disk), status;

	if (to < 0)
		return to;
	status = disk->ops->rename(disk->context, folder, name, to, as);
	if (status == 0)
		status = disk->ops->sync_folder(disk->context, to);
	if (status == 0)
		status = disk->ops->sync_folder(disk->context, folder);
	disk->ops->close(disk->context, to);
	return status;
}

int
quarantine_window(const struct folder *folder, uint64_t number,
    char as[QUARANTINE_WINDOW_SIZE])
{
	char name[PIPELINE_NAME_SIZE];

	pipeline_name(number, name);
	snprintf(as, QUARANTINE_WINDOW_SIZE, "w-%s", name);
	return quarantine_move(&folder->disk, folder->windows.folder, name, as);
}
