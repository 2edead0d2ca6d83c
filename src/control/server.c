/*
 * The control server: who may come, who has to leave, and what is asked.
 *
 * Clients sit in a table of CONTROL_CLIENTS_MAX places.  When it is full, the
 * newcomer is not accepted; libuv then takes no other until it is.  A timer
 * looks again: at once when a client has left, else when the most silent one
 * has been silent for long enough to lose its place.  It runs only while
 * somebody waits.
 *
 * The server's memory goes with the last of its own two handles.  Clients may
 * be closing for longer, but have forgotten the server by then.
 */
#include "control/server.h"

#include <stdbool.h>
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
	/* Of both, .data is the server. */
	uv_pipe_t listener;
	uv_timer_t timer;
	unsigned int open_handles;

	bool is_waiting; /* there is somebody to be accepted */
	struct control_socket socket;
	const struct buffer_set *set;
	struct control_ops ops;
	struct client *clients[CONTROL_CLIENTS_MAX]; /* NULL: a free place */
};

static void on_timer(uv_timer_t *timer);

static char *
on_line(void *context, char *line, size_t size)
{
	const struct control_server *server = context;
	struct verbs_target target = {
	    .about =
	        {
	            .set = server->set,
	            .file_at = server->ops.file_at,
	            .context = server->ops.context,
	            .now_ns = clock_now_ns(),
	        },
	    .flush_one = server->ops.flush_one,
	    .context = server->ops.context,
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
	/* Not from here: the client is in the middle of its end. */
	if (server->is_waiting)
		uv_timer_start(&server->timer, on_timer, 0, 0);
}

/*
 * A free place, if need be by making somebody leave; or NULL, and the timer
 * is set to when it may be worth another look.
 */
static struct client **
find_place(struct control_server *server)
{
	struct client **oldest = NULL;
	uint64_t now_ns = clock_now_ns(), since_ns, oldest_ns = 0, silent_ms;
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client **place = &server->clients[i];

		if (*place == NULL)
			return place;
		since_ns = client_silent_since(*place, now_ns);
		if (oldest == NULL || since_ns < oldest_ns) {
			oldest = place;
			oldest_ns = since_ns;
		}
	}
	silent_ms = (now_ns - oldest_ns) / NS_PER_MS;
	if (silent_ms < CONTROL_SILENT_MS) {
		uv_timer_start(
		    &server->timer, on_timer, CONTROL_SILENT_MS - silent_ms, 0);
		return NULL;
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

/* Accept who comes, if there is a place for it. */
static void
admit(struct control_server *server)
{
	struct client_ops ops = {
	    .answer = on_line, .left = on_left, .context = server};
	struct client **place = find_place(server), *client;
	uid_t uid;

	server->is_waiting = place == NULL;
	if (place == NULL)
		return;
	uv_timer_stop(&server->timer);
	client = client_accept((uv_stream_t *)&server->listener, &ops);
	if (client == NULL)
		return;
	if (!socket_peer_is_allowed(client_descriptor(client), &uid)) {
		turn_away(client, uid);
		return;
	}
	*place = client;
	client_start(client);
}

static void
on_timer(uv_timer_t *timer)
{
	admit(timer->data);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	/* One that could not be accepted may come again. */
	if (status == 0)
		admit(listener->data);
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
	/* This one cannot fail. */
	uv_timer_init(loop, &server->timer);
	server->listener.data = server;
	server->timer.data = server;
	server->open_handles = 2;
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
	struct control_server *server = handle->data;

	if (--server->open_handles == 0)
		free(server);
}

void
control_close(struct control_server *server)
{
	size_t i;

	if (server == NULL)
		return;
	server->is_waiting = false;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (server->clients[i] != NULL)
			client_drop(server->clients[i]);
	}
	/* The path goes before the descriptor that keeps its inode ours. */
	socket_release(&server->socket);
	uv_close((uv_handle_t *)&server->listener, on_closed);
	uv_close((uv_handle_t *)&server->timer, on_closed);
}
