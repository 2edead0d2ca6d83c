#ifndef ABUF_ENGINE_SINK_H
#define ABUF_ENGINE_SINK_H

/*
 * Our standard output, written to so that neither a write waits nor others
 * notice.
 *
 * A pipe or a terminal is opened anew, and that description made
 * non-blocking: the one we were given is others', too.  A socket is asked not
 * to wait with every write.  Where neither can be done (a pipe that belongs to
 * somebody else), we look before each write, and write as little as then
 * finds room.  What cannot be waited for (regular files, /dev/null) is always
 * ready.
 *
 * Whether it is ready is asked through an epoll set of our own, for the same
 * reasons as intake/input.h has.
 *
 * Life cycle: sink_open(), sink_close().  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

enum sink_kind {
	SINK_PLAIN,  /* never waits */
	SINK_OWN,    /* opened anew, non-blocking */
	SINK_SOCKET, /* asked not to wait */
	SINK_SHARED  /* looked at before each write */
};

struct sink {
	enum sink_kind kind;
	int fd;
	int epoll_fd; /* readable when there is room; -1: always */
};

/* ERR_SYSTEM if it cannot be watched. */
int sink_open(struct sink *sink, struct err *e);

/*
 * Write some of size bytes (at least 1).  How many it were; 0: there is no
 * room now; -1: it has failed, errno says why.
 */
ssize_t sink_write(const struct sink *sink, const uint8_t *data, size_t size);

/* The epoll descriptor may still be polled: it is closed by the caller. */
void sink_close(struct sink *sink);

#endif
