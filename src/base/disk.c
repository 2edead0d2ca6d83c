/*
 * What stands above the seam: short writes, short reads and interruptions are
 * loops here, in one place.
 */
#include "base/disk.h"

#include <errno.h>

int
disk_write_all(const struct disk *disk, int file, const uint8_t *data,
    size_t size, uint64_t offset)
{
	ssize_t n;

	while (size > 0) {
		n = disk->ops->write(disk->context, file, data, size, offset);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -ENOSPC;
		data += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int
disk_settle(const struct disk *disk, int file)
{
	int status = disk->ops->sync(disk->context, file);

	return status == 0 ? disk->ops->forget(disk->context, file) : status;
}

ssize_t
disk_read_all(const struct disk *disk, int file, uint8_t *data, size_t size,
    uint64_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = disk->ops->read(disk->context, file, data + done,
		    size - done, offset + done);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}
