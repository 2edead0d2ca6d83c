/*
 * Recovery: a segment comes into memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "journal/wal_internal.h"

void
wal_unload(const struct disk *disk, struct wal_loaded *segment)
{
	if (segment->file >= 0)
		disk->ops->close(disk->context, segment->file);
	free(segment->data);
	segment->file = -1;
	segment->data = NULL;
}

static int
load_data(const struct disk *disk, bool is_frozen, struct wal_loaded *segment)
{
	uint64_t size = 0;
	ssize_t n;
	int status = 0;

	if (!is_frozen)
		status = disk_settle(disk, segment->file);
	if (status == 0)
		status = disk->ops->size(disk->context, segment->file, &size);
	if (status < 0)
		return status;
	if (size > UINT32_MAX)
		return -EFBIG;
	segment->data = malloc((size_t)size + 1);
	if (segment->data == NULL)
		return -ENOMEM;
	n = disk_read_all(disk, segment->file, segment->data, (size_t)size, 0);
	if (n < 0)
		return (int)n;
	segment->size = (size_t)n;
	return 0;
}

int
wal_load(const struct disk *disk, uint64_t sequence, bool is_frozen,
    struct wal_loaded *segment)
{
	int status;

	memset(segment, 0, sizeof(*segment));
	segment->sequence = sequence;
	segment_name(sequence, segment->name);
	segment->file = disk->ops->open(disk->context, disk->folder,
	    segment->name, is_frozen ? DISK_READ : DISK_WRITE);
	status = segment->file < 0 ? segment->file
	                           : load_data(disk, is_frozen, segment);
	if (status < 0)
		wal_unload(disk, segment);
	return status;
}

bool
wal_is_unfinished(const struct wal_loaded *segment)
{
	size_t i;

	if (segment->size < SEGMENT_HEADER_SIZE)
		return true;
	for (i = 0; i < segment->size; i++) {
		if (segment->data[i] != 0)
			return false;
	}
	return true;
}

static int
refuse(const struct wal_loaded *segment, const char *why, struct err *e)
{
	return err_set(e, ERR_DATA, "%s: %s", segment->name, why);
}

int
wal_check_header(struct wal_loaded *segment, struct err *e)
{
	struct segment *header = &segment->header;

	switch (segment_decode(segment->data, segment->size, header)) {
	case SEGMENT_GOOD:
		break;
	case SEGMENT_TOO_NEW:
		return err_set(e, ERR_DATA,
		    "%s: a later version of abuf wrote it: format "
		    "%u, for version %u or later",
		    segment->name, header->version, header->minimum_reader);
	case SEGMENT_FOREIGN:
		return refuse(segment, "not a journal", e);
	case SEGMENT_SHORT:
	case SEGMENT_BLANK:
	case SEGMENT_DAMAGED:
		return refuse(segment, "the header is damaged", e);
	}
	if (header->sequence != segment->sequence)
		return refuse(segment, "it is another segment", e);
	return 0;
}
