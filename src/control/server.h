#ifndef ABUF_CONTROL_SERVER_H
#define ABUF_CONTROL_SERVER_H

/*
 * The control socket: lets abufctl(1) ask a running abuf to flush, and how it
 * is.  abufctl(1) describes the protocol under PROTOCOL; verbs.h is its table.
 *
 * A stream socket at a path of the file system, created 0600.  Peers with
 * another uid than ours or root's are turned away.  A path where nobody
 * listens any more is replaced; one where somebody does is refused, and so is
 * anything that is not a socket.  The path is removed at the end if it is
 * still ours.
 *
 * A client sends lines of at most CONTROL_LINE_MAX bytes and gets one reply
 * for each, in order.  It may be silent, slow, or gone: its requests wait in
 * the kernel until its last reply has left, and the loop never waits for it.
 * There are at most CONTROL_CLIENTS_MAX.  One more waits, unaccepted, until one
 * of them leaves; and who has been silent for longest is made to leave once
 * that is CONTROL_SILENT_MS.  Silent means that nothing has come from it since
 * it came, spoke, or took its last reply, or that it does not take its reply:
 * so nobody is sent away before its request is read and answered, and a
 * forgotten connection shuts nobody out.  One that closes its side leaves at
 * once.
 *
 * Loop thread only.
 */

#include <stddef.h>
#include <uv.h>

#include "control/report.h"

struct buffer;
struct buffer_set;
struct err;

#define CONTROL_LINE_MAX 65536
#define CONTROL_CLIENTS_MAX 16
#define CONTROL_SILENT_MS 1000

/*
 * Descriptors of clients that may be open at a time: libuv holds that of the
 * first one that waits.
 */
#define CONTROL_DESCRIPTORS (CONTROL_CLIENTS_MAX + 1)

/* What the engine does for a client. */
struct control_ops {
	/* Make the windows of one buffer due; how many were marked. */
	size_t (*flush_one)(void *context, struct buffer *buffer);
	report_file_at *file_at; /* NULL: there is no journal */
	void *context;
};

struct control_server;

/*
 * Listen at path.  set and ops outlive the server.  ERR_CONFIG with
 * "path: why".  The caller gets *server and calls control_close().
 */
int control_open(struct control_server **server, uv_loop_t *loop,
    const char *path, const struct buffer_set *set,
    const struct control_ops *ops, struct err *e);

/*
 * Stop listening, drop the clients, remove the path.  The memory goes with
 * the last handle: run the loop until it is empty.  close(NULL) is a no-op.
 */
void control_close(struct control_server *server);

#endif
