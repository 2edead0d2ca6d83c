#ifndef ABUF_CONTROL_CLIENT_H
#define ABUF_CONTROL_CLIENT_H

/*
 * One client of the control socket: lines in, replies out, one at a time.
 *
 * While a reply is on its way nothing is read: further requests wait in the
 * kernel, and a client that never reads its replies costs one reply and one
 * line, no more.  A line that ends with the connection instead of a newline
 * is no request.  A line that is too long is answered with an error, and the
 * client has to go.
 *
 * Life cycle.  The owner: 1. client_accept(); 2. client_start() or
 * client_turn_away(); 3. client_drop() at any time, except from inside
 * answer.  A client that ends by itself, or by 2 or 3, calls left once; it is
 * not to be touched after that, and frees itself as the loop runs on.
 *
 * Loop thread only.
 */

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct client;

/* What the owner does; not used any more once left has been called. */
struct client_ops {
	/*
	 * A line of size bytes came, its newline not counted; it may be
	 * changed, and line[size] too.  Returns the reply, a string that the
	 * client frees.
	 */
	char *(*answer)(void *context, char *line, size_t size);
	void (*left)(void *context, struct client *client);
	void *context;
};

/* The connection that waits at listener, or NULL.  ops is copied. */
struct client *client_accept(
    uv_stream_t *listener, const struct client_ops *ops);

/* Begin to read. */
void client_start(struct client *client);

/* Say why, as far as that goes without waiting, and drop it. */
void client_turn_away(struct client *client, const char *reply);

void client_drop(struct client *client);

/* Its socket; the client keeps it. */
int client_descriptor(const struct client *client);

/*
 * Since when it has been silent: since it came, since its last bytes, or
 * since its last reply left.  now_ns if it is not silent: bytes wait in the
 * kernel that have not been read yet.  One that does not take its reply is
 * silent, whatever else it may have sent.
 */
uint64_t client_silent_since(const struct client *client, uint64_t now_ns);

#endif
