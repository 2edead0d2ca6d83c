/*
 * Files that a follower holds: opened, taken over, let go.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/follower_internal.h"
#include "intake/known.h"

int
follower_open_path(const struct follower *follower, struct stat *st)
{
	/* A FIFO that came in between must not hold us up. */
	int fd =
	    open(follower->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

bool
follower_is_at_path(const struct follower *follower, const struct stat *st)
{
	struct stat now;

	return stat(follower->path, &now) == 0 && now.st_dev == st->st_dev &&
	    now.st_ino == st->st_ino;
}

bool
follower_take(struct follower *follower, int fd, struct held *held,
    enum known_verdict *verdict, struct err *e)
{
	held->file = NULL;
	held->must_tell = false;
	*verdict = KNOWN_NEW;
	if (follower->known == NULL) {
		if (identity_take(&held->identity, fd, 0, e) != 0)
			return false;
	} else {
		if (known_open(follower->known, fd, verdict, &held->file, e) !=
		        0 ||
		    *verdict == KNOWN_BUSY)
			return false;
		held->identity = held->file->identity;
	}
	held->fd = fd;
	return true;
}

void
follower_release(struct held *held)
{
	if (held->fd >= 0)
		close(held->fd);
	known_close(held->file, &held->identity);
	held->fd = -1;
	held->file = NULL;
}

void
follower_append(struct follower *follower, const struct held *held)
{
	if (held->fd >= 0)
		follower->ours[follower->count++] = *held;
}
