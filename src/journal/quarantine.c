/*
 * Where damaged files go.  A name that is taken is looked at first: the same
 * bytes are there already, and all that is left to do is to make them durable.
 * Whoever looks has the journal's lock, so that a free name stays free.
 *
 * A copy has another name until it is whole: what is called by its own name is
 * never half of anything.  What it was made of is still in its place then, so
 * that one that was interrupted may be written anew.
 */
#include "journal/quarantine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "base/memory.h"
#include "journal/folder.h"

#define PIECE_SIZE ((size_t)64 << 10)
#define NAMES_MAX 10000

/* What is to be kept, where, and under which name. */
struct keeping {
	const struct disk *disk;
	int to; /* the quarantine */
	char *as;
	bool is_there; /* the same bytes have that name already */

	/* The bytes: in memory, or in a file; neither: nobody can read them. */
	const uint8_t *data;
	int file;
	uint64_t size;

	uint8_t *pieces[2];
};

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

/* The next bytes of it; how many, or a negative errno. */
static ssize_t
read_piece(const struct keeping *keeping, uint64_t at, uint8_t *piece)
{
	uint64_t left = keeping->size - at;
	size_t size = left < PIECE_SIZE ? (size_t)left : PIECE_SIZE;

	if (keeping->data == NULL)
		return disk_read_all(
		    keeping->disk, keeping->file, piece, size, at);
	memcpy(piece, keeping->data + at, size);
	return (ssize_t)size;
}

/* Has an open file the same bytes?  Not, if that cannot be seen. */
static bool
has_same(const struct keeping *keeping, int file)
{
	const struct disk *disk = keeping->disk;
	uint8_t *one = keeping->pieces[0], *other = keeping->pieces[1];
	uint64_t at, size;
	ssize_t n;

	if ((keeping->data == NULL && keeping->file < 0) ||
	    disk->ops->size(disk->context, file, &size) < 0 ||
	    size != keeping->size)
		return false;
	for (at = 0; at < size; at += (uint64_t)n) {
		n = read_piece(keeping, at, one);
		if (n <= 0 ||
		    disk_read_all(disk, file, other, (size_t)n, at) != n ||
		    memcmp(one, other, (size_t)n) != 0)
			return false;
	}
	return true;
}

/* Is the name free, or has what is kept?  1: neither. */
static int
try_name(struct keeping *keeping)
{
	const struct disk *disk = keeping->disk;
	int file, status = 1;

	file =
	    disk->ops->open(disk->context, keeping->to, keeping->as, DISK_READ);
	if (file < 0)
		return file == -ENOENT ? 0 : 1;
	if (has_same(keeping, file)) {
		keeping->is_there = true;
		status = disk->ops->sync(disk->context, file);
	}
	disk->ops->close(disk->context, file);
	return status;
}

static int
find_name(struct keeping *keeping)
{
	char *number = keeping->as + strlen(keeping->as);
	size_t room = QUARANTINE_NAME_SIZE - strlen(keeping->as);
	int status = try_name(keeping), i;

	for (i = 1; status == 1 && i < NAMES_MAX; i++) {
		snprintf(number, room, ".%d", i);
		status = try_name(keeping);
	}
	return status == 1 ? -EEXIST : status;
}

static int
fill(const struct keeping *keeping, int file)
{
	const struct disk *disk = keeping->disk;
	uint8_t *piece = keeping->pieces[0];
	uint64_t at = 0;
	ssize_t n;
	int status = disk->ops->truncate(disk->context, file, 0);

	while (status == 0 && at < keeping->size) {
		n = read_piece(keeping, at, piece);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		status = disk_write_all(disk, file, piece, (size_t)n, at);
		at += (uint64_t)n;
	}
	return status == 0 ? disk->ops->sync(disk->context, file) : status;
}

/* Whole, and then named. */
static int
make_copy(const struct keeping *keeping)
{
	const struct disk *disk = keeping->disk;
	const struct disk_ops *ops = disk->ops;
	const char *name = QUARANTINE_UNFINISHED;
	int file, status;

	file = ops->open(disk->context, keeping->to, name, DISK_CREATE);
	if (file == -EEXIST)
		file = ops->open(disk->context, keeping->to, name, DISK_WRITE);
	if (file < 0)
		return file;
	status = fill(keeping, file);
	ops->close(disk->context, file);
	if (status == 0)
		return ops->rename(
		    disk->context, keeping->to, name, keeping->to, keeping->as);
	/* Half of it takes room, and is of no use. */
	ops->remove(disk->context, keeping->to, name);
	return status;
}

static int
begin(struct keeping *keeping)
{
	keeping->to = quarantine_open(keeping->disk);
	if (keeping->to < 0)
		return keeping->to;
	keeping->pieces[0] = memory_zeroed(1, PIECE_SIZE);
	keeping->pieces[1] = memory_zeroed(1, PIECE_SIZE);
	return find_name(keeping);
}

/* Names are durable from here on. */
static int
end(const struct keeping *keeping, int status)
{
	const struct disk *disk = keeping->disk;

	if (keeping->to < 0)
		return status;
	if (status == 0)
		status = disk->ops->sync_folder(disk->context, keeping->to);
	disk->ops->close(disk->context, keeping->to);
	free(keeping->pieces[0]);
	free(keeping->pieces[1]);
	return status;
}

int
quarantine_copy(const struct disk *disk, const uint8_t *data, uint64_t size,
    char as[QUARANTINE_NAME_SIZE])
{
	struct keeping keeping = {
	    .disk = disk, .as = as, .data = data, .file = -1, .size = size};
	int status = begin(&keeping);

	if (status == 0 && !keeping.is_there)
		status = make_copy(&keeping);
	return end(&keeping, status);
}

/*
 * To be read, and durable.  What is no file that anybody can read can still be
 * moved.
 */
static int
open_origin(struct keeping *keeping, int folder, const char *name)
{
	const struct disk *disk = keeping->disk;
	int file, status;

	file = disk->ops->open(disk->context, folder, name, DISK_READ);
	if (file == -ENOENT)
		return file;
	keeping->file = file;
	if (file < 0)
		return 0;
	status = disk->ops->size(disk->context, file, &keeping->size);
	if (status == 0)
		status = disk->ops->sync(disk->context, file);
	/* It is one that has nothing to sync. */
	return status == -EINVAL ? 0 : status;
}

/* Under its name; if that takes it out of its folder, *is_gone. */
static int
place(
    const struct keeping *keeping, int folder, const char *name, bool *is_gone)
{
	const struct disk *disk = keeping->disk;
	int status = disk->ops->link(
	    disk->context, folder, name, keeping->to, keeping->as);

	if (status == 0)
		return 0;
	if (is_gone == NULL)
		return keeping->file >= 0 ? make_copy(keeping) : status;
	*is_gone = true;
	return disk->ops->rename(
	    disk->context, folder, name, keeping->to, keeping->as);
}

/* is_gone is NULL: it has to stay in its folder. */
static int
keep(const struct disk *disk, int folder, const char *name, char *as,
    bool *is_gone)
{
	struct keeping keeping = {.disk = disk, .to = -1, .as = as, .file = -1};
	int status = open_origin(&keeping, folder, name);

	if (status == 0)
		status = begin(&keeping);
	if (status == 0 && !keeping.is_there)
		status = place(&keeping, folder, name, is_gone);
	status = end(&keeping, status);
	if (keeping.file >= 0)
		disk->ops->close(disk->context, keeping.file);
	return status;
}

int
quarantine_keep(const struct disk *disk, int folder, const char *name,
    char as[QUARANTINE_NAME_SIZE])
{
	return keep(disk, folder, name, as, NULL);
}

int
quarantine_move(const struct disk *disk, int folder, const char *name,
    char as[QUARANTINE_NAME_SIZE])
{
	bool is_gone = false;
	int status = keep(disk, folder, name, as, &is_gone);

	/* Only now: what is there is durable. */
	if (status == 0 && !is_gone)
		status = disk->ops->remove(disk->context, folder, name);
	return status == 0 ? disk->ops->sync_folder(disk->context, folder)
	                   : status;
}

int
quarantine_window(
    const struct folder *folder, uint64_t number, char as[QUARANTINE_NAME_SIZE])
{
	char name[PIPELINE_NAME_SIZE];

	pipeline_name(number, name);
	snprintf(as, QUARANTINE_NAME_SIZE, "w-%s", name);
	return quarantine_move(&folder->disk, folder->windows.folder, name, as);
}
