#ifndef ABUF_BASE_READINESS_H
#define ABUF_BASE_READINESS_H

/*
 * Whether a descriptor can be read from, or written to, without waiting.
 *
 * Each descriptor gets an epoll set of its own, which is what an event loop
 * polls instead: the set becomes readable when the descriptor is ready.  An
 * event loop that polls the descriptor itself may want O_NONBLOCK on it, which
 * all who share its description would see.
 *
 * Life cycle: readiness_open(), close(2) of the set.  Any thread.
 */

#include <stdbool.h>

struct err;

enum readiness { READINESS_READ, READINESS_WRITE };

/*
 * Make a set with fd in it and store its descriptor in *epoll_fd; or -1 where
 * fd is always ready, as regular files are.  ERR_SYSTEM if there can be no
 * set, refused if fd cannot be watched; *epoll_fd is -1 then.
 */
int readiness_open(
    int fd, enum readiness what, int refused, int *epoll_fd, struct err *e);

/* Is it ready now?  A set of -1 always is. */
bool readiness_is_now(int epoll_fd);

#endif
