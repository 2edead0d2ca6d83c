/*
 * The bytes of an old batch.
 */
#include "journal/refetch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/err.h"
#include "base/memory.h"
#include "buffer/window.h"
#include "journal/journal.h"
#include "journal/pipeline.h"
#include "journal/span_text.h"

#define PIECE_SIZE ((size_t)64 << 10)

static int
changed(struct err *e, const char *what)
{
	return err_set(e, ERR_DATA, "%s is not what it was", what);
}

/* Number and CRC of the bytes of an open file are right. */
static int
check_file(const struct refetch *what, int file, struct err *e)
{
	const struct disk *disk = &what->windows;
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	uint64_t done = 0;
	uint32_t crc = 0;
	ssize_t n;

	while ((n = disk_read_all(disk, file, piece, PIECE_SIZE, done)) > 0) {
		crc = crc32c(crc, piece, (size_t)n);
		done += (uint64_t)n;
	}
	free(piece);
	if (n < 0)
		return err_set_errno(e, ERR_IO, (int)-n, "window");
	if (done != what->size || crc != what->crc)
		return changed(e, "the window's file");
	return 0;
}

static int
open_file(const struct refetch *what, int *fd, struct err *e)
{
	const struct disk *disk = &what->windows;
	char name[PIPELINE_NAME_SIZE];
	int file, status = 0;

	pipeline_name(what->window, name);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_READ);
	if (file == -ENOENT)
		return err_set(
		    e, ERR_DATA, "the window's file, w/%s, is gone", name);
	if (file < 0)
		return err_set_errno(e, ERR_IO, -file, "window %s", name);
	*fd = file;
	if (what->is_old)
		status = disk_settle(disk, *fd);
	if (status < 0)
		err_set_errno(e, ERR_IO, -status, "window %s", name);
	if (status < 0 || check_file(what, *fd, e) != 0) {
		if (e->code == ERR_DATA)
			return ERR_DATA;
		disk->ops->close(disk->context, *fd);
		*fd = -1;
		return e->code;
	}
	window_mark_closed(*fd);
	return 0;
}

/* A piece of a source, or less where it ends. */
static int
copy_span(const struct refetch *what, const struct refetch_span *span,
    struct window *window, uint8_t *piece, struct err *e)
{
	int fd = what->open_source(what->context, span->source, e);
	uint64_t at = span->start;
	int code = 0;
	size_t size;
	ssize_t n;

	if (fd < 0)
		return e->code;
	while (code == 0 && at < span->end) {
		size = span->end - at < PIECE_SIZE ? (size_t)(span->end - at)
		                                   : PIECE_SIZE;
		n = pread(fd, piece, size, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			code = err_set_errno(e, ERR_IO, errno, "source");
		if (n <= 0)
			break;
		code = window_append(window, piece, (size_t)n, 1, 1, e);
		at += (uint64_t)n;
	}
	close(fd);
	return code;
}

static int
copy_spans(const struct refetch *what, struct window *window, struct err *e)
{
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	int code = 0;
	size_t i;

	if (what->header_size > 0)
		code = window_put_header(
		    window, what->header, what->header_size, e);
	for (i = 0; code == 0 && i < what->span_count; i++)
		code = copy_span(what, &what->spans[i], window, piece, e);
	free(piece);
	return code;
}

/* They cannot be had as they were: where were they? */
static int
tell_spans(const struct refetch *what, struct err *e)
{
	struct span_text text = {0};
	size_t i;

	for (i = 0; i < what->span_count; i++)
		span_text_add(&text, what->spans[i].start, what->spans[i].end,
		    what->spans[i].path);
	return span_text_tell(&text, e);
}

/* Copy it into a new window without a name. */
static int
make_anew(const struct refetch *what, int *fd, struct err *e)
{
	struct window window = {0};
	int code = window_open(&window, window_kind_for(what->size), e);
	uint64_t size;
	uint32_t crc;

	window.has_crc = true;
	if (code == 0 && what->inside != NULL)
		code = window_append(
		    &window, what->inside, (size_t)what->size, 1, 1, e);
	else if (code == 0)
		code = copy_spans(what, &window, e);
	if (code != 0) {
		window_release(&window);
		return code == ERR_NO_INPUT ? tell_spans(what, e) : code;
	}
	size = window.header_size + window.trigger.bytes;
	crc = window.crc;
	code = window_close(&window, e);
	window_release(&window);
	if (code < 0)
		return code;
	*fd = code;
	if (size == what->size && crc == what->crc)
		return 0;
	if (what->inside != NULL)
		return changed(e, "the batch");
	changed(e, "the source");
	return tell_spans(what, e);
}

/* How far records have been counted. */
struct counting {
	struct csv_state csv;
	uint64_t at, end, records;
};

/* The next piece; a header is no record. */
static void
count_piece(const struct refetch *what, struct counting *counting,
    const uint8_t *piece, size_t size)
{
	uint64_t header = what->first_record_at > counting->at
	    ? what->first_record_at - counting->at
	    : 0;
	size_t skip = header < size ? (size_t)header : size;
	const struct scan scan = records_scan(&what->records, &counting->csv,
	    piece + skip, size - skip, UINT64_MAX);

	if (scan.count > 0)
		counting->end = counting->at + skip + scan.end;
	counting->records += scan.count;
	counting->at += size;
}

/* Are its records those that were counted when it was closed? */
static int
check_records(const struct refetch *what, int fd, struct err *e)
{
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	struct counting counting = {0};
	ssize_t n;

	while ((n = pread(fd, piece, PIECE_SIZE, (off_t)counting.at)) != 0) {
		if (n > 0)
			count_piece(what, &counting, piece, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	free(piece);
	if (n < 0)
		return err_set_errno(e, ERR_IO, errno, "window");
	if (counting.records == what->record_count &&
	    counting.end == what->size)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "its records ended otherwise (--input-format, -0, "
	    "--delimiter): " JOURNAL_AS_BEFORE);
}

int
refetch(const struct refetch *what, int *fd, struct err *e)
{
	int code;

	*fd = -1;
	code =
	    what->window != 0 ? open_file(what, fd, e) : make_anew(what, fd, e);
	if (code != 0 || what->record_count == 0)
		return code;
	code = check_records(what, *fd, e);
	if (code != 0) {
		close(*fd);
		*fd = -1;
	}
	return code;
}
