/*
 * One input.  The happy path: readable, one read behind what is left of the
 * last one, feed the router, keep the incomplete record.  Paused means that
 * the router took less than all: then the handle that would wake us is
 * stopped until source_resume().
 */
#include "intake/source.h"

#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/route.h"

/*
 * One read, and the room that a pipe is given.  A pipe of the usual 64 KiB
 * makes producer and reader wake each other sixteen times as often: of
 * 1 GiB in 12 MB windows, that took 1.4 times as long.
 */
#define READ_SIZE ((size_t)1 << 20)

struct source {
	/* Set once. */
	char *name;
	int fd;
	int epoll_fd; /* -1: always ready */
	int pipe_fd;  /* the same pipe, non-blocking for us alone; or -1 */
	struct route *route;
	struct source_events events;
	uv_poll_t poll; /* if epoll_fd is valid */
	uv_idle_t idle; /* otherwise */

	/* Bytes read and not taken: data[0, size). */
	uint8_t *data;
	size_t size;
	size_t capacity; /* one byte is kept for a missing delimiter */
	size_t scanned;  /* data[0, scanned) holds no delimiter */
	struct framer framer;
	uint64_t next_record; /* number of the record at data[0], from 1 */

	struct err read_error;
	bool is_paused;
	bool is_stopping;
	bool has_ended; /* `ended` has been reported, or is not wanted */
	bool at_end;    /* read(2) has told of the end, or failed */
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_idle(uv_idle_t *idle);

static void
want_data(struct source *source, bool wanted)
{
	if (source->epoll_fd < 0 && wanted)
		uv_idle_start(&source->idle, on_idle);
	else if (source->epoll_fd < 0)
		uv_idle_stop(&source->idle);
	else if (wanted)
		uv_poll_start(&source->poll, UV_READABLE, on_poll);
	else
		uv_poll_stop(&source->poll);
}

static void
end(struct source *source)
{
	source->has_ended = true;
	want_data(source, false);
	source->events.ended(source->events.context, &source->read_error);
}

/* The last record may lack its delimiter: it is a record, and gets one. */
static void
complete_last_record(struct source *source)
{
	if (source->framer.is_skipping)
		route_finish(source->route, &source->framer, source->name,
		    source->next_record);
	else if (source->size > 0 &&
	    source->data[source->size - 1] != source->framer.delimiter)
		source->data[source->size++] = source->framer.delimiter;
}

/* Drop what has been taken from the front. */
static void
consume(struct source *source, const struct feed *feed)
{
	source->size -= feed->taken;
	source->next_record += feed->records;
	memmove(source->data, source->data + feed->taken, source->size);
	/* An incomplete record has no delimiter; a held-up one may. */
	source->scanned = feed->end == FEED_ALL ? source->size : 0;
}

static bool
is_inside_record(const struct source *source)
{
	return source->size > 0 || source->framer.is_skipping;
}

/* Offer what is there; then pause, go on, or end. */
static void
feed(struct source *source)
{
	struct err e = {0};
	struct feed feed = route_feed(source->route, &source->framer,
	    source->data, source->size, source->name, source->next_record,
	    clock_now_ns(), &e);

	consume(source, &feed);
	source->is_paused = feed.end != FEED_ALL;
	if (source->is_paused) {
		want_data(source, false);
		if (feed.end == FEED_NO_SPACE)
			source->events.no_space(source->events.context, &e);
	} else if (source->at_end ||
	    (source->is_stopping && !is_inside_record(source))) {
		end(source);
	} else {
		want_data(source, true);
	}
}

/* Room for at least one more byte, and the spare one behind it. */
static int
make_room(struct source *source, struct err *e)
{
	uint8_t *moved;
	size_t capacity = source->capacity;

	if (source->size + 1 < capacity)
		return 0;
	/*
	 * Full of one incomplete record.  The framer begins to skip it once it
	 * is past the limit, so this ends at about twice that.
	 */
	moved = realloc(source->data, capacity * 2);
	if (moved == NULL)
		return err_set_errno(e, ERR_IO, ENOMEM, "%s", source->name);
	source->data = moved;
	source->capacity = capacity * 2;
	return 0;
}

/*
 * One read that does not wait, even if another reader of the same pipe was
 * quicker; where the kernel cannot promise that, a plain one.
 */
static ssize_t
read_once(struct source *source, uint8_t *data, size_t size)
{
	struct iovec part = {.iov_base = data, .iov_len = size};
	ssize_t n;

	if (source->pipe_fd >= 0)
		return read(source->pipe_fd, data, size);
	if (source->epoll_fd >= 0) {
		n = preadv2(source->fd, &part, 1, -1, RWF_NOWAIT);
		if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
			return n;
	}
	return read(source->fd, data, size);
}

/*
 * Note the end of the input, or why it cannot be read on: then the end of the
 * record at hand is unknown, and half of it is worth nothing.
 */
static void
note_end(struct source *source, ssize_t n)
{
	source->at_end = true;
	if (n == 0) {
		complete_last_record(source);
		return;
	}
	if (source->size > 0)
		err_set_errno(&source->read_error, ERR_NO_INPUT, errno,
		    "%s: %zu bytes of an unfinished record dropped",
		    source->name, source->size);
	else
		err_set_errno(&source->read_error, ERR_NO_INPUT, errno, "%s",
		    source->name);
	source->size = 0;
}

static void
read_and_feed(struct source *source)
{
	struct err e;
	size_t wanted;
	ssize_t n;

	if (make_room(source, &e) != 0) {
		source->events.no_space(source->events.context, &e);
		source->is_paused = true;
		want_data(source, false);
		return;
	}
	wanted = source->is_stopping ? 1 : source->capacity - 1 - source->size;
	n = read_once(source, source->data + source->size, wanted);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		note_end(source, n);
		feed(source);
		return;
	}
	source->size += (size_t)n;
	/* The middle of a long record: nothing to offer, and not too long. */
	if (!source->framer.is_skipping &&
	    source->size <= source->framer.max_record_bytes &&
	    memchr(source->data + source->scanned, source->framer.delimiter,
	        source->size - source->scanned) == NULL) {
		source->scanned = source->size;
		return;
	}
	feed(source);
}

static void
on_readable(struct source *source)
{
	read_and_feed(source);
	if (source->has_ended)
		return;
	source->events.progressed(source->events.context);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	on_readable(poll->data);
}

static void
on_idle(uv_idle_t *idle)
{
	on_readable(idle->data);
}

/* Best effort: others may own the pipe, or have used up our share. */
static void
widen_pipe(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size > 0 && (size_t)size < READ_SIZE)
		fcntl(fd, F_SETPIPE_SZ, (int)READ_SIZE);
}

/*
 * An epoll set of our own with fd in it; -1 if fd is always ready.  ERR_IO
 * if there is none to be had.
 */
static int
open_epoll(int fd, int *epoll_fd, struct err *e)
{
	struct epoll_event event = {.events = EPOLLIN};
	int why;

	*epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (*epoll_fd < 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "epoll");
	if (epoll_ctl(*epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	why = errno;
	close(*epoll_fd);
	*epoll_fd = -1;
	if (why == EPERM) /* epoll's word for a regular file */
		return 0;
	return err_set_errno(e, ERR_NO_INPUT, why, "epoll");
}

/*
 * A pipe opened anew has flags of its own: O_NONBLOCK that others do not see.
 * Its readiness is still the first descriptor's: one that was opened after
 * the last writer left would never hear of the end.  -1 where that cannot be.
 */
static int
open_private(int fd)
{
	char path[64];
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static int
check_kind(int fd, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set_errno(e, ERR_NO_INPUT, errno, "%s", name);
	if (S_ISDIR(st.st_mode))
		return err_set_errno(e, ERR_NO_INPUT, EISDIR, "%s", name);
	return 0;
}

int
source_open(struct source **result, uv_loop_t *loop, int fd, const char *name,
    const struct framer *framer, struct route *route,
    const struct source_events *events, struct err *e)
{
	struct source *source;
	int epoll_fd;

	if (check_kind(fd, name, e) != 0)
		return e->code;
	if (open_epoll(fd, &epoll_fd, e) != 0)
		return err_wrap(e, "%s", name);
	widen_pipe(fd);
	source = memory_zeroed(1, sizeof(*source));
	source->name = memory_string(name);
	source->fd = fd;
	source->epoll_fd = epoll_fd;
	source->pipe_fd = open_private(fd);
	source->route = route;
	source->events = *events;
	source->framer = *framer;
	source->next_record = 1;
	source->capacity = READ_SIZE;
	source->data = memory_zeroed(1, READ_SIZE);
	source->idle.data = source;
	source->poll.data = source;
	if (epoll_fd < 0)
		uv_idle_init(loop, &source->idle);
	else
		uv_poll_init(loop, &source->poll, epoll_fd);
	*result = source;
	return 0;
}

void
source_start(struct source *source)
{
	want_data(source, true);
}

bool
source_is_paused(const struct source *source)
{
	return source->is_paused;
}

bool
source_is_idle(const struct source *source)
{
	struct epoll_event event;

	return !source->is_paused && source->epoll_fd >= 0 &&
	    epoll_wait(source->epoll_fd, &event, 1, 0) == 0;
}

void
source_resume(struct source *source)
{
	if (source->is_paused && !source->has_ended)
		feed(source);
}

void
source_stop(struct source *source)
{
	source->is_stopping = true;
	if (!source->has_ended && !source->is_paused &&
	    !is_inside_record(source))
		end(source);
}

size_t
source_abandon(struct source *source)
{
	size_t lost = source->size + source->framer.skipped_bytes;

	if (source->has_ended)
		return 0;
	source->has_ended = true;
	want_data(source, false);
	return lost;
}

static void
on_closed(uv_handle_t *handle)
{
	struct source *source = handle->data;

	if (source->epoll_fd >= 0)
		close(source->epoll_fd);
	free(source->data);
	free(source->name);
	free(source);
}

void
source_close(struct source *source)
{
	if (source == NULL)
		return;
	source->has_ended = true;
	close(source->fd);
	if (source->pipe_fd >= 0)
		close(source->pipe_fd);
	if (source->epoll_fd < 0)
		uv_close((uv_handle_t *)&source->idle, on_closed);
	else
		uv_close((uv_handle_t *)&source->poll, on_closed);
}
