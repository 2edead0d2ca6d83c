/*
 * The control socket's place in the file system.
 *
 * The happy path: probe the path, make the socket beside it, move it there.
 * Between the probe and the move another abuf may do the same.  So the move
 * onto a free path fails if the path exists by now, and the move onto a dead
 * socket is an exchange: what was there comes back under our temporary name
 * and is probed again.  If it turns out to be alive it gets its place back.
 *
 * umask(2) belongs to the whole process and its commands, so it is left
 * alone: the kernel takes a new socket's mode from its descriptor.
 */
#include "control/socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/random.h"

#define TRIES_MAX 8
#define TEMPORARY_SIZE 32

enum place {
	PLACE_FREE,
	PLACE_STALE, /* a socket where nobody listens */
	PLACE_TAKEN  /* anything else: leave it alone */
};

static int
new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int
make_address(struct sockaddr_un *address, const char *path)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) > SOCKET_PATH_MAX)
		return -1;
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

/* 0 if somebody answers at path, else errno. */
static int
try_connect(const char *path)
{
	struct sockaddr_un address;
	int fd, error = 0;

	if (make_address(&address, path) != 0)
		return ENAMETOOLONG;
	fd = new_socket();
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		error = errno;
	close(fd);
	return error;
}

/* What is at path; shown is how to call it in a message. */
static enum place
probe(const char *path, const char *shown, struct err *e)
{
	struct stat st;
	int error;

	if (lstat(path, &st) != 0) {
		if (errno == ENOENT)
			return PLACE_FREE;
		err_set_errno(e, ERR_CONFIG, errno, "%s", shown);
		return PLACE_TAKEN;
	}
	if (!S_ISSOCK(st.st_mode)) {
		err_set(e, ERR_CONFIG, "%s: exists and is not a socket", shown);
		return PLACE_TAKEN;
	}
	error = try_connect(path);
	if (error == ECONNREFUSED)
		return PLACE_STALE;
	if (error == ENOENT)
		return PLACE_FREE;
	/* EAGAIN: so many wait there that no more fit. */
	if (error == 0 || error == EAGAIN)
		err_set(
		    e, ERR_CONFIG, "%s: somebody listens there already", shown);
	else
		err_set_errno(e, ERR_CONFIG, error, "%s", shown);
	return PLACE_TAKEN;
}

static int
split_path(struct control_socket *socket, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char folder[SOCKET_PATH_MAX + 1] = ".";

	if (strlen(path) > SOCKET_PATH_MAX)
		return err_set(e, ERR_CONFIG,
		    "%s: too long for a socket: at most %d bytes", path,
		    SOCKET_PATH_MAX);
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(
		    e, ERR_CONFIG, "%s: not the name of a socket", path);
	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	socket->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (socket->folder < 0)
		return err_set_errno(e, ERR_CONFIG, errno, "%s", path);
	snprintf(socket->name, sizeof(socket->name), "%s", name);
	return 0;
}

/*
 * An address inside the folder that fits into sun_path however long the
 * folder's own path is.
 */
static void
address_inside(const struct control_socket *socket, const char *name,
    char path[SOCKET_PATH_MAX + 1])
{
	snprintf(path, SOCKET_PATH_MAX + 1, "/proc/self/fd/%d/%s",
	    socket->folder, name);
}

/* Make the socket under a temporary name, and let it listen. */
static int
bind_temporary(struct control_socket *socket, const char *temporary)
{
	char path[SOCKET_PATH_MAX + 1];
	struct sockaddr_un address;
	struct stat st;
	int error;

	socket->fd = new_socket();
	if (socket->fd < 0 || fchmod(socket->fd, 0600) != 0)
		return errno;
	address_inside(socket, temporary, path);
	if (make_address(&address, path) != 0)
		return ENAMETOOLONG;
	if (bind(socket->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return errno;
	if (listen(socket->fd, SOCKET_BACKLOG) == 0 &&
	    fstatat(socket->folder, temporary, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		socket->device = st.st_dev;
		socket->inode = st.st_ino;
		return 0;
	}
	error = errno;
	unlinkat(socket->folder, temporary, 0);
	return error;
}

/* 0 or errno; a file system that knows no flags gets a plain rename. */
static int
move(const struct control_socket *socket, const char *from, unsigned int flags)
{
	if (renameat2(
	        socket->folder, from, socket->folder, socket->name, flags) == 0)
		return 0;
	if (errno == EINVAL &&
	    renameat(socket->folder, from, socket->folder, socket->name) == 0)
		return 0;
	return errno;
}

/* We are at the path; was that which made room dead, indeed? */
static int
settle(const struct control_socket *socket, const char *temporary,
    const char *shown, struct err *e)
{
	char path[SOCKET_PATH_MAX + 1];

	address_inside(socket, temporary, path);
	if (probe(path, shown, e) == PLACE_TAKEN) {
		move(socket, temporary, RENAME_EXCHANGE);
		return e->code;
	}
	unlinkat(socket->folder, temporary, 0);
	return 0;
}

/* Move the socket from its temporary name to the path. */
static int
publish(const struct control_socket *socket, const char *temporary,
    const char *path, struct err *e)
{
	enum place place;
	int error = EBUSY, tries;

	/* Each further try means that the path has changed meanwhile. */
	for (tries = 0; tries < TRIES_MAX; tries++) {
		place = probe(path, path, e);
		if (place == PLACE_TAKEN)
			return e->code;
		if (place == PLACE_STALE) {
			error = move(socket, temporary, RENAME_EXCHANGE);
			if (error == 0)
				return settle(socket, temporary, path, e);
		} else {
			error = move(socket, temporary, RENAME_NOREPLACE);
			if (error == 0)
				return 0;
		}
		if (error != EEXIST && error != ENOENT)
			break;
	}
	return err_set_errno(e, ERR_CONFIG, error, "%s", path);
}

static void
make_temporary(char temporary[TEMPORARY_SIZE])
{
	uint64_t random;

	random_fill(&random, sizeof(random));
	snprintf(temporary, TEMPORARY_SIZE, ".abuf-%016" PRIx64, random);
}

int
socket_open(struct control_socket *socket, const char *path, struct err *e)
{
	char temporary[TEMPORARY_SIZE];
	int error;

	memset(socket, 0, sizeof(*socket));
	socket->fd = -1;
	socket->folder = -1;
	if (split_path(socket, path, e) != 0)
		return e->code;
	/* Also before anything is made, as the usual refusal comes here. */
	if (probe(path, path, e) == PLACE_TAKEN)
		goto fail;
	make_temporary(temporary);
	error = bind_temporary(socket, temporary);
	if (error != 0) {
		err_set_errno(e, ERR_CONFIG, error, "%s", path);
		goto fail;
	}
	if (publish(socket, temporary, path, e) == 0)
		return 0;
	unlinkat(socket->folder, temporary, 0);
fail:
	socket->name[0] = '\0';
	socket_release(socket);
	return e->code;
}

void
socket_release(struct control_socket *socket)
{
	struct stat st;

	if (socket->name[0] != '\0' &&
	    fstatat(socket->folder, socket->name, &st, AT_SYMLINK_NOFOLLOW) ==
	        0 &&
	    st.st_dev == socket->device && st.st_ino == socket->inode)
		unlinkat(socket->folder, socket->name, 0);
	socket->name[0] = '\0';
	if (socket->folder >= 0)
		close(socket->folder);
	socket->folder = -1;
	if (socket->fd >= 0)
		close(socket->fd);
	socket->fd = -1;
}

bool
socket_peer_is_allowed(int fd, uid_t *uid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	*uid = (uid_t)-1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	*uid = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid();
}
