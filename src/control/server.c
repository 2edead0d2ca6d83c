/*
 * The control server: who may come, who has to leave, and what is asked.
 *
 * Clients sit in a table of CONTROL_CLIENTS_MAX places.  When it is full, a
 * new client gets the place of the one not heard for longest: a forgotten
 * connection never shuts out the next.
 *
 * The server's memory goes with its listener.  Clients may be closing for
 * longer, but have forgotten the server by then.
 */
#include "control/server.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "control/client.h"
#include "control/socket.h"
#include "control/verbs.h"

_Static_assert(CONTROL_LINE_MAX == VERBS_LINE_MAX, "one limit for lines");

struct control_server {
	uv_pipe_t listener; /* .data is the server */
	struct control_socket socket;
	const struct buffer_set *set;
	struct control_ops ops;
	struct client *clients[CONTROL_CLIENTS_MAX]; /* NULL: a free place */
};

static char *
on_line(void *context, char *line, size_t size)
{
	const struct control_server *server = context;
	struct verbs_target target = {
	    .set = server->set,
	    .flush_one = server->ops.flush_one,
	    .context = server->ops.context,
	    .now_ns = clock_now_ns(),
	};

	return verbs_answer(line, size, &target);
}

/* Clients that were turned away never had a place. */
static void
on_left(void *context, struct client *client)
{
	struct control_server *server = context;
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (server->clients[i] == client)
			server->clients[i] = NULL;
	}
}

/* A free place, if need be by making somebody leave. */
static struct client **
find_place(struct control_server *server)
{
	struct client **oldest = NULL;
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client **place = &server->clients[i];

		if (*place == NULL)
			return place;
		if (oldest == NULL ||
		    client_heard_ns(*place) < client_heard_ns(*oldest))
			oldest = place;
	}
	client_drop(*oldest);
	return oldest;
}

/* The mode of the path keeps others out already, unless it was changed. */
static void
turn_away(struct client *client, uid_t uid)
{
	char *reply;

	log_info("control: uid %u: turned away", (unsigned int)uid);
	reply = memory_printf("error 69 permission denied: only the user of "
	                      "abuf and root may use this socket\n");
	client_turn_away(client, reply);
	free(reply);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct control_server *server = listener->data;
	struct client_ops ops = {
	    .answer = on_line, .left = on_left, .context = server};
	struct client *client, **place;
	uid_t uid;

	/* One that could not be accepted may come again. */
	if (status != 0)
		return;
	client = client_accept(listener, &ops);
	if (client == NULL)
		return;
	if (!socket_peer_is_allowed(client_descriptor(client), &uid)) {
		turn_away(client, uid);
		return;
	}
	place = find_place(server);
	*place = client;
	client_start(client);
}

static int
start_listening(struct control_server *server)
{
	int status = uv_pipe_open(&server->listener, server->socket.fd);

	if (status != 0)
		return status;
	server->socket.fd = -1;
	return uv_listen(
	    (uv_stream_t *)&server->listener, SOCKET_BACKLOG, on_connection);
}

int
control_open(struct control_server **result, uv_loop_t *loop, const char *path,
    const struct buffer_set *set, const struct control_ops *ops, struct err *e)
{
	struct control_server *server = memory_zeroed(1, sizeof(*server));
	int status;

	server->set = set;
	server->ops = *ops;
	if (socket_open(&server->socket, path, e) != 0)
		goto fail_socket;
	status = uv_pipe_init(loop, &server->listener, 0);
	if (status != 0)
		goto fail_pipe;
	server->listener.data = server;
	status = start_listening(server);
	if (status != 0) {
		err_set(e, ERR_CONFIG, "%s: %s", path, uv_strerror(status));
		control_close(server);
		return e->code;
	}
	*result = server;
	return 0;

fail_pipe:
	err_set(e, ERR_CONFIG, "%s: %s", path, uv_strerror(status));
	socket_release(&server->socket);
fail_socket:
	free(server);
	return e->code;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
control_close(struct control_server *server)
{
	size_t i;

	if (server == NULL)
		return;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (server->clients[i] != NULL)
			client_drop(server->clients[i]);
	}
	/* The path goes before the descriptor that keeps its inode ours. */
	socket_release(&server->socket);
	uv_close((uv_handle_t *)&server->listener, on_closed);
}
