/*
 * A command's stdout in whole lines.  Two buffers: what is gathered, and what
 * the chunk at the loop points to; handing over exchanges them.
 */
#include "deliver/lines.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mailbox.h"
#include "base/memory.h"

struct lines {
	/* Set once. */
	struct mailbox *mailbox;

	int fd;         /* read end of the command's stdout, or -1 */
	uint8_t *data;  /* read and not handed over: data[0, size) */
	uint8_t *other; /* the chunk's while it is out */
	size_t size;
	size_t whole;        /* bytes of whole lines in it */
	bool is_out;         /* the chunk is at the loop */
	bool is_inside_line; /* what was handed over ended within a line */
	struct chunk chunk;  /* the loop's while it is out */
};

struct chunk *
chunk_of_message(struct mailbox_message *message)
{
	char *start = (char *)message - offsetof(struct chunk, message);

	return (struct chunk *)(void *)start;
}

void
chunk_return(struct chunk *chunk)
{
	uint64_t one = 1;

	if (write(chunk->returned_fd, &one, sizeof(one)) != sizeof(one))
		BUG("a chunk cannot be given back");
}

struct lines *
lines_create(struct mailbox *mailbox)
{
	struct lines *lines = memory_zeroed(1, sizeof(*lines));

	lines->mailbox = mailbox;
	lines->fd = -1;
	/* One byte more: for the newline of an unfinished line. */
	lines->data = memory_zeroed(1, LINES_SIZE + 1);
	lines->other = memory_zeroed(1, LINES_SIZE + 1);
	lines->chunk.message.kind = MAILBOX_CHUNK;
	lines->chunk.returned_fd = -1;
	return lines;
}

void
lines_destroy(struct lines *lines)
{
	if (lines == NULL)
		return;
	lines_close(lines);
	if (lines->chunk.returned_fd >= 0)
		close(lines->chunk.returned_fd);
	free(lines->data);
	free(lines->other);
	free(lines);
}

int
lines_open(struct lines *lines, int *fd)
{
	struct chunk *chunk = &lines->chunk;
	int pipe_fds[2];

	/* Here, where want of descriptors can be waited out. */
	if (chunk->returned_fd < 0)
		chunk->returned_fd = eventfd(0, EFD_CLOEXEC);
	if (chunk->returned_fd < 0 || pipe2(pipe_fds, O_CLOEXEC) != 0)
		return errno;
	lines->fd = pipe_fds[0];
	*fd = pipe_fds[1];
	return 0;
}

void
lines_close(struct lines *lines)
{
	if (lines == NULL || lines->fd < 0)
		return;
	close(lines->fd);
	lines->fd = -1;
}

/* Give the first size bytes to the loop. */
static void
hand_over(struct lines *lines, size_t size)
{
	uint8_t *data = lines->data;

	lines->chunk.data = data;
	lines->chunk.size = size;
	lines->is_inside_line = data[size - 1] != '\n';
	lines->chunk.is_unfinished = lines->is_inside_line;
	lines->size -= size;
	lines->whole = 0;
	memcpy(lines->other, data + size, lines->size);
	lines->data = lines->other;
	lines->other = data;
	lines->is_out = true;
	mailbox_post(lines->mailbox, &lines->chunk.message);
}

/* Hand over whole lines; or the piece of a long one that fills the buffer. */
static void
pass(struct lines *lines)
{
	if (lines->is_out)
		return;
	if (lines->whole > 0)
		hand_over(lines, lines->whole);
	else if (lines->size == LINES_SIZE)
		hand_over(lines, lines->size);
}

/* Read at most max bytes.  How many it were; 0: there will be no more. */
static size_t
take(struct lines *lines, size_t max)
{
	size_t room = LINES_SIZE - lines->size;
	uint8_t *start = lines->data + lines->size, *newline;
	ssize_t n;

	do
		n = read(lines->fd, start, max < room ? max : room);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	newline = memrchr(start, '\n', (size_t)n);
	if (newline != NULL)
		lines->whole = (size_t)(newline - lines->data) + 1;
	lines->size += (size_t)n;
	pass(lines);
	return (size_t)n;
}

/* The loop has given the chunk back: waits for that if need be. */
static void
take_back(struct lines *lines)
{
	uint64_t count;

	while (read(lines->chunk.returned_fd, &count, sizeof(count)) < 0)
		continue;
	lines->is_out = false;
	pass(lines);
}

void
lines_watch(const struct lines *lines, struct pollfd polls[LINES_POLLS])
{
	bool is_full = lines->size == LINES_SIZE;

	polls[0] = (struct pollfd){is_full ? -1 : lines->fd, POLLIN, 0};
	polls[1] = (struct pollfd){
	    lines->is_out ? lines->chunk.returned_fd : -1, POLLIN, 0};
}

void
lines_handle(struct lines *lines, const struct pollfd polls[LINES_POLLS])
{
	if (polls[1].revents != 0)
		take_back(lines);
	if ((polls[0].revents & POLLIN) != 0) {
		if (take(lines, LINES_SIZE) == 0)
			lines_close(lines);
	} else if (polls[0].revents != 0) {
		/* Nobody holds the other end any more. */
		lines_close(lines);
	}
}

/* Hand over what is left, with a newline if it has none. */
static void
hand_over_rest(struct lines *lines)
{
	/* More than once: giving it back sends it on with whole lines. */
	while (lines->is_out && (lines->size > 0 || lines->is_inside_line))
		take_back(lines);
	if (lines->size == 0 && !lines->is_inside_line)
		return;
	lines->data[lines->size++] = '\n';
	hand_over(lines, lines->size);
}

void
lines_finish(struct lines *lines)
{
	size_t left, n;
	int held = 0;

	if (lines->fd >= 0)
		ioctl(lines->fd, FIONREAD, &held);
	for (left = held > 0 ? (size_t)held : 0; left > 0; left -= n) {
		while (lines->size == LINES_SIZE)
			take_back(lines);
		n = take(lines, left);
		if (n == 0)
			break;
	}
	lines_close(lines);
	hand_over_rest(lines);
}

void
lines_settle(struct lines *lines)
{
	while (lines->is_out)
		take_back(lines);
}
