#ifndef ABUF_INTAKE_INPUT_H
#define ABUF_INTAKE_INPUT_H

/*
 * A descriptor to read from, so that neither a read waits nor others notice.
 *
 * Whether it is ready is asked through an epoll set of our own, which libuv
 * can poll: handed the descriptor itself, libuv would leave O_NONBLOCK on a
 * description that others share.  What cannot be waited for (regular files,
 * /dev/null) is always ready.
 *
 * A pipe is read through a description of our own, opened anew and
 * non-blocking: where two read the same pipe, the other may be quicker.
 *
 * Life cycle: input_open(), input_close().  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

struct input {
	int fd;
	int epoll_fd; /* -1: always ready */
	int pipe_fd;  /* the same pipe, non-blocking for us alone; or -1 */
};

/*
 * Take over an open descriptor.  ERR_NO_INPUT for a directory, or one that
 * cannot be waited for; then fd is still the caller's.  A pipe smaller than
 * pipe_size is widened, if we may.
 */
int input_open(struct input *input, int fd, size_t pipe_size, struct err *e);

/* The epoll descriptor may still be polled: it is closed by the caller. */
void input_close(struct input *input);

/* Would a read find something, or the end? */
bool input_is_ready(const struct input *input);

/*
 * Has nobody more to add?  What has been written may not be read yet.  False
 * if that cannot be told.
 */
bool input_is_at_end(const struct input *input);

/* read(2); EAGAIN when there is nothing after all. */
ssize_t input_read(const struct input *input, uint8_t *data, size_t size);

/*
 * Read up to and with the first `delimiter`, and nothing behind it: what is
 * behind stays for the next reader.  At most size bytes; fewer when no more
 * are there now.  Otherwise as input_read().
 */
ssize_t input_read_record(
    const struct input *input, uint8_t *data, size_t size, uint8_t delimiter);

#endif
