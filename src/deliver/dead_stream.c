/*
 * The steps of writing an entry.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/err.h"
#include "deliver/dead_internal.h"

#define PIECE_SIZE 65536

/* ".ID.batch.tmp" and the like. */
void
dead_temporary_name(const char *id, const char *kind, char name[DEAD_NAME_SIZE])
{
	snprintf(name, DEAD_NAME_SIZE, ".%s.%s.tmp", id, kind);
}

void
dead_final_name(const char *id, const char *kind, char name[DEAD_NAME_SIZE])
{
	snprintf(name, DEAD_NAME_SIZE, "%s.%s", id, kind);
}

int
dead_fail(const struct dead_letters *letters, const char *name, int why,
    struct err *e)
{
	return err_set_errno(e, ERR_IO, why, "%s/%s", letters->path, name);
}

/* A fresh file of ours; what a crash has left there goes. */
static int
create(const struct dead_letters *letters, const char *name, struct err *e)
{
	int fd;

	unlinkat(letters->fd, name, 0);
	fd = openat(letters->fd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		dead_fail(letters, name, errno, e);
	else
		flock(fd,
		    LOCK_EX | LOCK_NB); /* as long as it is open: no leftover */
	return fd;
}

static int
write_at(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *from = data;
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = pwrite(
		    fd, from + done, size - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		done += (size_t)n;
	}
	return 0;
}

int
dead_stream_begin(struct dead_letters *letters, struct dead_stream *stream,
    const char *id, struct err *e)
{
	char name[DEAD_NAME_SIZE];

	memset(stream, 0, sizeof(*stream));
	snprintf(stream->id, sizeof(stream->id), "%s", id);
	stream->fd = -1;
	if (dead_is_replaced(letters) && dead_remake(letters, e) != 0)
		return e->code;
	dead_temporary_name(id, "batch", name);
	stream->fd = create(letters, name, e);
	return stream->fd < 0 ? ERR_IO : 0;
}

int
dead_stream_append(struct dead_letters *letters, struct dead_stream *stream,
    const uint8_t *data, size_t size, struct err *e)
{
	int why;

	if (dead_reserve(letters, size, e) != 0)
		return e->code;
	why = write_at(stream->fd, data, size, stream->bytes);
	if (why != 0) {
		dead_release(letters, size);
		return err_set_errno(e, ERR_IO, why, "%s", letters->path);
	}
	stream->bytes += size;
	return 0;
}

/* What is on disk is what is promised, not what was meant to be there. */
int
dead_checksum(int fd, uint64_t size, uint32_t *crc)
{
	uint8_t piece[PIECE_SIZE];
	uint64_t done = 0;
	size_t wanted;
	ssize_t n;

	*crc = 0;
	while (done < size) {
		wanted = size - done < sizeof(piece) ? (size_t)(size - done)
		                                     : sizeof(piece);
		n = pread(fd, piece, wanted, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		*crc = crc32c(*crc, piece, (size_t)n);
		done += (uint64_t)n;
	}
	return 0;
}

int
dead_write_description(struct dead_letters *letters, const char *name,
    const char *text, size_t size, struct err *e)
{
	int fd, why;

	if (dead_reserve(letters, size, e) != 0)
		return e->code;
	fd = create(letters, name, e);
	if (fd < 0) {
		dead_release(letters, size);
		return e->code;
	}
	why = write_at(fd, text, size, 0);
	if (why == 0 && fsync(fd) != 0)
		why = errno;
	close(fd);
	if (why == 0)
		return 0;
	unlinkat(letters->fd, name, 0);
	dead_release(letters, size);
	return dead_fail(letters, name, why, e);
}

static int
move(const struct dead_letters *letters, const char *from, const char *to,
    struct err *e)
{
	if (renameat(letters->fd, from, letters->fd, to) != 0)
		return dead_fail(letters, to, errno, e);
	return 0;
}

/* The data, then the description get their names: now the entry exists. */
static int
publish(struct dead_letters *letters, struct dead_stream *stream,
    const char *description, struct err *e)
{
	char from[DEAD_NAME_SIZE], to[DEAD_NAME_SIZE];

	dead_temporary_name(stream->id, "batch", from);
	dead_final_name(stream->id, "batch", to);
	if (!stream->has_moved && move(letters, from, to, e) != 0)
		return e->code;
	stream->has_moved = true;
	dead_final_name(stream->id, "json", to);
	if (move(letters, description, to, e) != 0)
		return e->code;
	return dead_letter_sync(letters, e);
}

static bool
is_file(const struct dead_letters *letters, const char *id, const char *kind,
    struct stat *st)
{
	char name[DEAD_NAME_SIZE];

	dead_final_name(id, kind, name);
	return fstatat(letters->fd, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st->st_mode);
}

/* A whole entry of this id; anything else is replaced. */
static bool
exists(const struct dead_letters *letters, const struct dead_stream *stream)
{
	struct stat description, data;

	return is_file(letters, stream->id, "json", &description) &&
	    is_file(letters, stream->id, "batch", &data) &&
	    (uint64_t)data.st_size == stream->bytes;
}

/* Sync the data, describe it, publish both. */
static int
commit(struct dead_letters *letters, struct dead_stream *stream,
    const struct dead_entry *entry, struct err *e)
{
	char name[DEAD_NAME_SIZE], *text;
	uint32_t crc;
	size_t size;
	int why = 0;

	dead_temporary_name(stream->id, "json", name);
	if (ftruncate(stream->fd, (off_t)stream->bytes) != 0 ||
	    fsync(stream->fd) != 0)
		why = errno;
	if (why == 0)
		why = dead_checksum(stream->fd, stream->bytes, &crc);
	if (why != 0)
		return dead_fail(letters, name, why, e);
	text = dead_json(entry, crc, &size);
	if (text == NULL)
		return dead_fail(letters, name, ENOMEM, e);
	if (dead_write_description(letters, name, text, size, e) == 0)
		publish(letters, stream, name, e);
	free(text);
	return e->code;
}

int
dead_stream_commit(struct dead_letters *letters, struct dead_stream *stream,
    const struct dead_entry *entry, struct err *e)
{
	if (entry->bytes != stream->bytes)
		BUG("a dead letter of another size");
	if (!stream->has_moved && exists(letters, stream)) {
		/* A crash may have come before its names were on disk. */
		if (dead_letter_sync(letters, e) != 0)
			return e->code;
		dead_stream_abort(letters, stream);
		return 0;
	}
	e->code = 0;
	if (commit(letters, stream, entry, e) != 0)
		return e->code;
	close(stream->fd);
	stream->fd = -1;
	return 0;
}

void
dead_stream_abort(struct dead_letters *letters, struct dead_stream *stream)
{
	char name[DEAD_NAME_SIZE];

	dead_temporary_name(stream->id, "batch", name);
	unlinkat(letters->fd, name, 0);
	dead_temporary_name(stream->id, "json", name);
	unlinkat(letters->fd, name, 0);
	if (stream->has_moved) {
		/* First what says that there is an entry. */
		dead_final_name(stream->id, "json", name);
		unlinkat(letters->fd, name, 0);
		dead_final_name(stream->id, "batch", name);
		unlinkat(letters->fd, name, 0);
	}
	dead_release(letters, stream->bytes);
	close(stream->fd);
	stream->fd = -1;
}
