/*
 * Readiness of one descriptor, by an epoll set of its own.
 */
#include "base/readiness.h"

#include <sys/epoll.h>

#include <errno.h>
#include <unistd.h>

#include "base/err.h"

int
readiness_open(
    int fd, enum readiness what, int refused, int *epoll_fd, struct err *e)
{
	struct epoll_event event = {
	    .events = what == READINESS_READ ? EPOLLIN : EPOLLOUT};
	int why;

	*epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (*epoll_fd < 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "epoll");
	if (epoll_ctl(*epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	why = errno;
	close(*epoll_fd);
	*epoll_fd = -1;
	if (why == EPERM) /* epoll's word for a regular file */
		return 0;
	return err_set_errno(e, refused, why, "epoll");
}

bool
readiness_is_now(int epoll_fd)
{
	struct epoll_event event;

	return epoll_fd < 0 || epoll_wait(epoll_fd, &event, 1, 0) > 0;
}
