#ifndef ABUF_CONTROL_SOCKET_H
#define ABUF_CONTROL_SOCKET_H

/*
 * A listening socket at a path of the file system: making it, knowing it
 * again, removing it, and who may talk to it.
 *
 * The socket is made under a name of its own beside the path, is 0600 from
 * its first instant, listens, and only then moves to the path.  So nobody
 * finds it there before it answers, and a socket of a dead process is
 * replaced without a moment in which the path does not exist.
 *
 * Life cycle.  The caller: 1. socket_open(); 2. takes fd, closes it at the
 * end, and sets fd to -1; 3. socket_release().
 *
 * Loop thread only.
 */

#include <sys/types.h>

#include <stdbool.h>

struct err;

/* sun_path has 108 bytes, one of them for the NUL. */
#define SOCKET_PATH_MAX 107

/*
 * Connections that may wait to be accepted: more than there are clients, for
 * a peer that does not block is told EAGAIN when there is no room.
 */
#define SOCKET_BACKLOG 128

struct control_socket {
	int fd;     /* listens, non-blocking; close-on-exec */
	int folder; /* where the path was when it was made; O_PATH */
	char name[SOCKET_PATH_MAX + 1]; /* inside folder; "": not there */
	dev_t device;
	ino_t inode; /* not used again as long as fd is open */
};

/*
 * Listen at path.  Returns 0, or ERR_CONFIG with "path: why" when the path is
 * too long, the folder does not allow it, something else than a socket is
 * there, or somebody listens there.
 */
int socket_open(struct control_socket *socket, const char *path, struct err *e);

/*
 * Remove the path, unless it is another's by now, and close what is ours:
 * call it before fd is closed elsewhere.  A no-op the second time.
 */
void socket_release(struct control_socket *socket);

/* Is the peer of a connection root, or who we are?  *uid is whose it is. */
bool socket_peer_is_allowed(int fd, uid_t *uid);

#endif
