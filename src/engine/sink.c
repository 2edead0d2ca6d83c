/*
 * Our standard output.
 */
#include "engine/sink.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/readiness.h"

/* What others have as their stdout keeps its flags: see pipe(7), tty(4). */
static int
open_private(void)
{
	return open(
	    "/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int
sink_open(struct sink *sink, struct err *e)
{
	struct stat st;
	int own;

	sink->kind = SINK_SHARED;
	sink->fd = STDOUT_FILENO;
	if (fstat(STDOUT_FILENO, &st) != 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "fstat");
	if (S_ISSOCK(st.st_mode)) {
		sink->kind = SINK_SOCKET;
	} else if (S_ISFIFO(st.st_mode) || isatty(STDOUT_FILENO)) {
		own = open_private();
		if (own >= 0) {
			sink->kind = SINK_OWN;
			sink->fd = own;
		}
	}
	if (readiness_open(sink->fd, READINESS_WRITE, ERR_SYSTEM,
	        &sink->epoll_fd, e) != 0) {
		sink_close(sink);
		return e->code;
	}
	if (sink->epoll_fd < 0)
		sink->kind = SINK_PLAIN;
	return 0;
}

static ssize_t
write_some(const struct sink *sink, const uint8_t *data, size_t size)
{
	switch (sink->kind) {
	case SINK_SOCKET:
		return send(sink->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	case SINK_SHARED:
		if (!readiness_is_now(sink->epoll_fd)) {
			errno = EAGAIN;
			return -1;
		}
		/* A pipe that has room has it for so much. */
		return write(sink->fd, data, size < PIPE_BUF ? size : PIPE_BUF);
	default:
		return write(sink->fd, data, size);
	}
}

ssize_t
sink_write(const struct sink *sink, const uint8_t *data, size_t size)
{
	ssize_t n;

	do
		n = write_some(sink, data, size);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	/* It took nothing and does not say why. */
	if (n == 0) {
		errno = ENOSPC;
		return -1;
	}
	return n;
}

void
sink_close(struct sink *sink)
{
	if (sink->kind == SINK_OWN)
		close(sink->fd);
	sink->fd = -1;
}
