/*
 * A descriptor to read from.
 */
#include "intake/input.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/readiness.h"

/* How many bytes are read one by one before the loop gets its turn. */
#define SINGLE_BYTES 16384

/* Best effort: others may own the pipe, or have used up our share. */
static void
widen_pipe(int fd, size_t pipe_size)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size > 0 && (size_t)size < pipe_size)
		fcntl(fd, F_SETPIPE_SZ, (int)pipe_size);
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

int
input_open(struct input *input, int fd, size_t pipe_size, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set_errno(e, ERR_NO_INPUT, errno, "fstat");
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_NO_INPUT, "%s", strerror(EISDIR));
	if (readiness_open(
	        fd, READINESS_READ, ERR_NO_INPUT, &input->epoll_fd, e) != 0)
		return e->code;
	widen_pipe(fd, pipe_size);
	input->fd = fd;
	input->pipe_fd = open_private(fd);
	return 0;
}

void
input_close(struct input *input)
{
	close(input->fd);
	if (input->pipe_fd >= 0)
		close(input->pipe_fd);
	input->fd = -1;
	input->pipe_fd = -1;
}

bool
input_is_ready(const struct input *input)
{
	return readiness_is_now(input->epoll_fd);
}

bool
input_is_at_end(const struct input *input)
{
	struct pollfd poll_fd = {input->fd, POLLRDHUP, 0};
	struct stat st;
	off_t at;

	if (input->epoll_fd < 0) {
		at = lseek(input->fd, 0, SEEK_CUR);
		return fstat(input->fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    at >= st.st_size;
	}
	/* Nobody writes any more; what is left will not grow. */
	return poll(&poll_fd, 1, 0) == 1 &&
	    (poll_fd.revents & (POLLHUP | POLLRDHUP)) != 0;
}

ssize_t
input_read(const struct input *input, uint8_t *data, size_t size)
{
	struct iovec part = {.iov_base = data, .iov_len = size};
	ssize_t n;

	if (input->pipe_fd >= 0)
		return read(input->pipe_fd, data, size);
	/* A socket or a terminal: not to wait, where the kernel can. */
	if (input->epoll_fd >= 0) {
		n = preadv2(input->fd, &part, 1, -1, RWF_NOWAIT);
		if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
			return n;
	}
	return read(input->fd, data, size);
}

/* A file can be read too far, and its offset set back. */
static ssize_t
read_and_return(
    const struct input *input, uint8_t *data, size_t size, uint8_t delimiter)
{
	ssize_t n = read(input->fd, data, size);
	const uint8_t *end;
	size_t wanted;

	if (n <= 0)
		return n;
	end = memchr(data, delimiter, (size_t)n);
	if (end == NULL)
		return n;
	wanted = (size_t)(end - data) + 1;
	lseek(input->fd, (off_t)wanted - n, SEEK_CUR);
	return (ssize_t)wanted;
}

ssize_t
input_read_record(
    const struct input *input, uint8_t *data, size_t size, uint8_t delimiter)
{
	size_t used = 0;
	ssize_t n = 0;

	if (input->epoll_fd < 0)
		return read_and_return(input, data, size, delimiter);
	if (size > SINGLE_BYTES)
		size = SINGLE_BYTES;
	/* A plain descriptor might wait for the second byte. */
	while (used < size && (used == 0 || input_is_ready(input))) {
		n = input_read(input, data + used, 1);
		if (n <= 0)
			break;
		if (data[used++] == delimiter)
			break;
	}
	return used > 0 ? (ssize_t)used : n;
}
