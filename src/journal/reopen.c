/*
 * Open windows of an earlier run.
 */
#include "journal/reopen.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/err.h"
#include "base/memory.h"
#include "buffer/window.h"
#include "journal/journal.h"
#include "journal/pipeline.h"

#define PIECE_SIZE ((size_t)256 << 10)

/* How far a file has been looked at. */
struct looking {
	const struct reopen *what;
	int file;
	uint64_t size; /* of the file */
	uint64_t at;
	uint32_t crc; /* up to there */
	struct csv_state csv;

	/* Up to the end of the last record. */
	uint64_t end;
	uint32_t end_crc;
	uint64_t records;
};

static int
fail(int status, struct err *e)
{
	return err_set_errno(e, ERR_IO, -status, "window");
}

/* The next piece, of which the first `skip` bytes hold no record. */
static void
look_at(struct looking *looking, const uint8_t *piece, size_t size, size_t skip)
{
	struct scan scan = records_scan(&looking->what->records, &looking->csv,
	    piece + skip, size - skip, UINT64_MAX);

	if (scan.count > 0) {
		looking->records += scan.count;
		looking->end = looking->at + skip + scan.end;
		looking->end_crc = crc32c(looking->crc, piece, skip + scan.end);
	}
	looking->crc = crc32c(looking->crc, piece, size);
	looking->at += size;
}

static int
look_through(struct looking *looking, uint64_t limit, struct err *e)
{
	const struct disk *disk = &looking->what->windows;
	uint64_t header_size = looking->what->header_size;
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	uint64_t skip;
	size_t wanted;
	ssize_t n = 0;

	while (looking->at < limit) {
		wanted = limit - looking->at < PIECE_SIZE
		    ? (size_t)(limit - looking->at)
		    : PIECE_SIZE;
		n = disk_read_all(
		    disk, looking->file, piece, wanted, looking->at);
		if (n <= 0)
			break;
		skip =
		    header_size > looking->at ? header_size - looking->at : 0;
		look_at(looking, piece, (size_t)n,
		    skip < (uint64_t)n ? (size_t)skip : (size_t)n);
	}
	free(piece);
	return n < 0 ? fail((int)n, e) : 0;
}

/* Is what was synced there? */
static int
check(const struct looking *looking, const struct reopen_synced *synced,
    struct err *e)
{
	if (looking->at != synced->length || looking->crc != synced->crc)
		return err_set(
		    e, ERR_DATA, "a window is not what was synced of it");
	if ((synced->records > 0 && looking->end != synced->length) ||
	    looking->records != synced->records)
		return err_set(e, ERR_CONFIG,
		    "records in an open window ended otherwise "
		    "(--input-format, -0, --delimiter): " JOURNAL_AS_BEFORE);
	return 0;
}

static int
look(struct looking *looking, struct err *e)
{
	const struct reopen_synced *synced = looking->what->synced;
	const struct disk *disk = &looking->what->windows;
	int status = disk_settle(disk, looking->file);

	if (status == 0)
		status = disk->ops->size(
		    disk->context, looking->file, &looking->size);
	if (status < 0)
		return fail(status, e);
	if (look_through(looking,
	        synced != NULL ? synced->length : looking->size, e) != 0)
		return e->code;
	return synced != NULL ? check(looking, synced, e) : 0;
}

/* Cut what does not count, and go on behind what does. */
static int
resume(const struct looking *looking, struct window *window, struct err *e)
{
	const struct reopen *what = looking->what;
	const struct disk *disk = &what->windows;
	struct window left = {
	    .fd = looking->file,
	    .number = what->number,
	    .header_size = what->header_size,
	    .trigger =
	        {
	            .records = looking->records,
	            .bytes = looking->end - what->header_size,
	            .first_ns = what->now_ns,
	            .last_ns = what->now_ns,
	        },
	    .crc = looking->end_crc,
	};
	int status =
	    disk->ops->truncate(disk->context, looking->file, looking->end);

	if (status < 0)
		return fail(status, e);
	window_resume(window, &left);
	return 0;
}

static int
open_file(struct looking *looking, enum disk_how how, struct err *e)
{
	const struct disk *disk = &looking->what->windows;
	char name[PIPELINE_NAME_SIZE];

	pipeline_name(looking->what->number, name);
	looking->file = disk->ops->open(disk->context, disk->folder, name, how);
	return looking->file < 0 ? fail(looking->file, e) : 0;
}

int
reopen_check(const struct reopen *what, struct err *e)
{
	const struct disk *disk = &what->windows;
	struct looking looking = {.what = what};
	int code;

	if (open_file(&looking, DISK_READ, e) != 0)
		return e->code;
	code = look(&looking, e);
	disk->ops->close(disk->context, looking.file);
	return code;
}

int
reopen(const struct reopen *what, struct window *window, uint64_t *cut_bytes,
    struct err *e)
{
	const struct disk *disk = &what->windows;
	struct looking looking = {.what = what};
	int code;

	*cut_bytes = 0;
	if (open_file(&looking, DISK_WRITE, e) != 0)
		return e->code;
	code = look(&looking, e);
	if (code == 0 && looking.records > 0) {
		*cut_bytes = looking.size - looking.end;
		code = resume(&looking, window, e);
		if (code == 0)
			return 0;
	} else if (code == 0) {
		*cut_bytes = looking.size;
	}
	disk->ops->close(disk->context, looking.file);
	return code;
}
