/*
 * A client of the control socket.
 *
 * The happy path: bytes gather in input until a newline; the line is
 * answered; reading stops until the reply has left; then the next line that
 * has already come is looked for, and only if there is none is more read.
 *
 * When it fails: whatever goes wrong with a connection (it ends, it resets,
 * there is no memory for its line) means that there is no client any more.
 * Nobody is told: the one who would care has gone.
 */
#include "control/client.h"

#include <sys/ioctl.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "control/verbs.h"

/* The longest line, and its newline. */
#define INPUT_SIZE (VERBS_LINE_MAX + 1)

struct client {
	uv_pipe_t pipe; /* .data is the client */
	struct client_ops ops;
	uint64_t silent_ns; /* see client_silent_since() */
	bool is_closing;
	bool is_last; /* nothing is answered after this reply */

	/*
	 * input[start ... used - 1] has come and is not answered; there is no
	 * newline before scanned.
	 */
	char *input; /* INPUT_SIZE bytes; NULL before it says something */
	size_t start;
	size_t scanned;
	size_t used;

	/* While a reply is on its way. */
	uv_write_t write;
	char *reply;
};

static void serve(struct client *client);

static uv_stream_t *
stream_of(struct client *client)
{
	return (uv_stream_t *)&client->pipe;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
client_drop(struct client *client)
{
	if (client->is_closing)
		return;
	client->is_closing = true;
	client->ops.left(client->ops.context, client);
	/* Now already: many may be closing at the same time. */
	free(client->input);
	client->input = NULL;
	uv_close((uv_handle_t *)&client->pipe, on_closed);
}

static void
on_written(uv_write_t *write, int status)
{
	struct client *client = write->handle->data;

	free(client->reply);
	client->reply = NULL;
	client->silent_ns = clock_now_ns();
	if (client->is_closing)
		return;
	if (status != 0 || client->is_last)
		client_drop(client);
	else
		serve(client);
}

/* Takes reply. */
static void
send_reply(struct client *client, char *reply)
{
	uv_buf_t buffer = uv_buf_init(reply, (unsigned int)strlen(reply));

	uv_read_stop(stream_of(client));
	client->reply = reply;
	if (uv_write(
	        &client->write, stream_of(client), &buffer, 1, on_written) == 0)
		return;
	client->reply = NULL;
	free(reply);
	client_drop(client);
}

static void
answer_line(struct client *client, size_t size)
{
	char *line = client->input + client->start;

	client->start += size + 1;
	client->scanned = client->start;
	send_reply(client, client->ops.answer(client->ops.context, line, size));
}

static void
refuse_line(struct client *client)
{
	struct err e;

	err_set(&e, ERR_USAGE, "request too long: at most %d bytes",
	    VERBS_LINE_MAX);
	client->is_last = true;
	send_reply(client, verbs_refuse(&e));
}

static void
on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct client *client = handle->data;

	(void)suggested;
	/* A NULL buffer comes back to on_read() as UV_ENOBUFS. */
	if (client->input == NULL)
		client->input = malloc(INPUT_SIZE);
	*buffer = uv_buf_init(client->input, 0);
	if (client->input == NULL)
		return;
	/* A part of a line may be left; make room behind it. */
	client->used -= client->start;
	client->scanned -= client->start;
	if (client->start > 0)
		memmove(
		    client->input, client->input + client->start, client->used);
	client->start = 0;
	*buffer = uv_buf_init(client->input + client->used,
	    (unsigned int)(INPUT_SIZE - client->used));
}

static void
on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct client *client = stream->data;

	(void)buffer;
	if (size == 0)
		return;
	if (size < 0) {
		client_drop(client);
		return;
	}
	client->silent_ns = clock_now_ns();
	client->used += (size_t)size;
	serve(client);
}

/* Answer the next line if it is there, else see to it that more is read. */
static void
serve(struct client *client)
{
	const char *newline = NULL;
	int status;

	if (client->used > client->scanned)
		newline = memchr(client->input + client->scanned, '\n',
		    client->used - client->scanned);
	if (newline != NULL) {
		answer_line(
		    client, (size_t)(newline - client->input) - client->start);
		return;
	}
	client->scanned = client->used;
	if (client->used - client->start > VERBS_LINE_MAX) {
		refuse_line(client);
		return;
	}
	/* UV_EALREADY: it reads, as this was called from on_read(). */
	status = uv_read_start(stream_of(client), on_allocate, on_read);
	if (status != 0 && status != UV_EALREADY)
		client_drop(client);
}

void
client_start(struct client *client)
{
	serve(client);
}

void
client_turn_away(struct client *client, const char *reply)
{
	/* uv_try_write() does not change the text. */
	uv_buf_t buffer = {
	    .base = (char *)(uintptr_t)reply, .len = strlen(reply)};

	uv_try_write(stream_of(client), &buffer, 1);
	client_drop(client);
}

struct client *
client_accept(uv_stream_t *listener, const struct client_ops *ops)
{
	struct client *client = memory_zeroed(1, sizeof(*client));

	if (uv_pipe_init(listener->loop, &client->pipe, 0) != 0) {
		free(client);
		return NULL;
	}
	client->pipe.data = client;
	client->ops = *ops;
	client->silent_ns = clock_now_ns();
	if (uv_accept(listener, stream_of(client)) != 0) {
		client->is_closing = true;
		uv_close((uv_handle_t *)&client->pipe, on_closed);
		return NULL;
	}
	return client;
}

int
client_descriptor(const struct client *client)
{
	uv_os_fd_t fd = -1;

	if (uv_fileno((const uv_handle_t *)&client->pipe, &fd) != 0)
		return -1;
	return fd;
}

uint64_t
client_silent_since(const struct client *client, uint64_t now_ns)
{
	int unread = 0;

	/* The loop may have been held up for longer than the client was. */
	if (client->reply == NULL &&
	    ioctl(client_descriptor(client), FIONREAD, &unread) == 0 &&
	    unread > 0)
		return now_ns;
	return client->silent_ns;
}
