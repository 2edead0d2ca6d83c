/*
 * The files of one path.  It asks the files, follow_next() decides, and here
 * it is done.
 */
#include "intake/follower.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/identity.h"
#include "base/memory.h"
#include "intake/follow.h"
#include "intake/search.h"

/* An open file.  Its identity's position is how far it has been read. */
struct held {
	int fd; /* -1: none */
	struct identity identity;
};

struct follower {
	char *path;
	struct follow follow;
	struct held ours[FOLLOW_HELD_MAX + 1]; /* the open one comes first */
	size_t count;                          /* of ours, at least 1 */

	/* The copy of what was cut off the open file; or -1. */
	int copy_fd;
	uint64_t copy_offset;
};

/* Open what the path names, if it is a regular file; or -1. */
static int
open_path(const struct follower *follower, struct stat *st)
{
	/* A FIFO that came in between must not hold us up. */
	int fd =
	    open(follower->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -1;
}

static bool
has_file(const struct follower *follower, const struct stat *st)
{
	const struct identity *identity;
	size_t i;

	for (i = 0; i < follower->count; i++) {
		identity = &follower->ours[i].identity;
		if (follower->ours[i].fd >= 0 &&
		    identity->device == (uint64_t)st->st_dev &&
		    identity->inode == (uint64_t)st->st_ino)
			return true;
	}
	return false;
}

/* False if the path names no new file after all, or none that can be had. */
static bool
hold(struct follower *follower)
{
	struct held *held = &follower->ours[follower->count];
	struct err e;
	struct stat st;
	int fd = open_path(follower, &st);

	if (fd < 0)
		return false;
	if (has_file(follower, &st) ||
	    identity_take(&held->identity, fd, 0, &e) != 0) {
		close(fd);
		return false;
	}
	held->fd = fd;
	follower->count++;
	return true;
}

static int
open_at_end(struct follower *follower, struct err *e)
{
	struct held *held = &follower->ours[0];
	struct stat st;
	int fd = open_path(follower, &st);

	if (fd < 0)
		return 0;
	if (identity_take(&held->identity, fd, (uint64_t)st.st_size, e) != 0) {
		close(fd);
		return err_wrap(e, "%s", follower->path);
	}
	held->fd = fd;
	return 0;
}

int
follower_open(struct follower **result, const char *path,
    const struct follower_settings *settings, struct err *e)
{
	struct follower *follower = memory_zeroed(1, sizeof(*follower));

	follower->path = memory_string(path);
	follower->follow.is_following = settings->is_following;
	follower->follow.rotate_wait_ns = settings->rotate_wait_ns;
	follower->ours[0].fd = -1;
	follower->count = 1;
	follower->copy_fd = -1;
	if (settings->from_end && open_at_end(follower, e) != 0) {
		follower_close(follower);
		return e->code;
	}
	*result = follower;
	return 0;
}

/*
 * Ask the files, and decide.  is_blind: what is at the path cannot be had, and
 * is as none for this look.
 */
static int
decide(struct follower *follower, uint64_t now_ns, bool is_blind,
    struct follow_decision *decision, struct err *e)
{
	const struct held *ours = follower->ours;
	struct follow_file files[FOLLOW_HELD_MAX + 1] = {0};
	struct follow_facts facts = {
	    .now_ns = now_ns,
	    .offset = ours[0].identity.position,
	    .ours = files,
	    .count = follower->count,
	};
	enum identity_verdict verdict = IDENTITY_SAME;
	struct stat st;
	size_t i;

	for (i = 0; i < follower->count; i++) {
		if (ours[i].fd >= 0 && fstat(ours[i].fd, &st) == 0)
			files[i] = follow_file(&st);
	}
	if (!is_blind && stat(follower->path, &st) == 0)
		facts.path = follow_file(&st);
	if (ours[0].fd >= 0 &&
	    identity_compare(&ours[0].identity, ours[0].fd, &verdict, e) != 0)
		return err_wrap(e, "%s", follower->path);
	facts.is_changed = verdict != IDENTITY_SAME;
	*decision = follow_next(&follower->follow, &facts);
	return 0;
}

/*
 * Read on in the open file.  It may be cut meanwhile, so that the bytes are
 * not those behind the ones that were read: then they are not taken, and the
 * next look will see why.  Returns how many were; negative: errno says why.
 */
static ssize_t
read_open(struct held *held, uint8_t *data, size_t size)
{
	enum identity_verdict verdict;
	struct identity moved;
	struct err e;
	ssize_t n = pread(held->fd, data, size, (off_t)held->identity.position);

	if (n <= 0)
		return n;
	if (identity_take(&moved, held->fd,
	        held->identity.position + (uint64_t)n, &e) != 0 ||
	    identity_compare(&held->identity, held->fd, &verdict, &e) != 0 ||
	    verdict != IDENTITY_SAME)
		return 0;
	held->identity = moved;
	return n;
}

/* The rest of the copy, and then the file as a new one. */
static int
start_over(struct follower *follower, struct err *e)
{
	struct held *held = &follower->ours[0];
	struct search_match match = {.fd = -1};
	struct identity anew;
	struct err ignored;

	if (identity_take(&anew, held->fd, 0, e) != 0)
		return err_wrap(e, "%s", follower->path);
	/* Without its folder there is no copy either. */
	if (search_find(&held->identity, follower->path, &match, &ignored) != 0)
		match.fd = -1;
	follower->copy_fd = match.fd;
	follower->copy_offset = held->identity.position;
	held->identity = anew;
	return 0;
}

static void
go_on(struct follower *follower)
{
	struct held *ours = follower->ours;

	if (ours[0].fd >= 0)
		close(ours[0].fd);
	memmove(&ours[0], &ours[1], --follower->count * sizeof(ours[0]));
}

/* What was cut off has gone into a copy, which does not grow. */
static void
read_copy(struct follower *follower, uint8_t *data, size_t size,
    struct follower_answer *answer)
{
	ssize_t n =
	    pread(follower->copy_fd, data, size, (off_t)follower->copy_offset);

	if (n > 0) {
		answer->event = FOLLOWER_DATA;
		answer->size = (size_t)n;
		follower->copy_offset += (uint64_t)n;
		return;
	}
	close(follower->copy_fd);
	follower->copy_fd = -1;
	answer->event = FOLLOWER_BREAK;
}

static int
answer_read(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e)
{
	ssize_t n = read_open(&follower->ours[0], data, size);

	if (n < 0 && errno != EINTR)
		return err_set_errno(
		    e, ERR_NO_INPUT, errno, "%s", follower->path);
	answer->event = n > 0 ? FOLLOWER_DATA : FOLLOWER_WAIT;
	answer->size = n > 0 ? (size_t)n : 0;
	answer->until_ns = now_ns; /* nothing: it is changing under us */
	return 0;
}

/*
 * Hold what is at the path, start over or go on to the next file: true if that
 * is the answer, false to decide again.
 */
static bool
change_files(struct follower *follower, enum follow_step step, bool *is_blind)
{
	bool had_file = follower->ours[0].fd >= 0;

	if (step == FOLLOW_HOLD) {
		*is_blind = !hold(follower);
		return false;
	}
	go_on(follower);
	return had_file; /* the first file breaks nothing */
}

int
follower_read(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e)
{
	struct follow_decision decision = {FOLLOW_WAIT, CLOCK_NEVER};
	bool is_blind = false, is_done = false;

	memset(answer, 0, sizeof(*answer));
	while (!is_done && follower->copy_fd < 0) {
		if (decide(follower, now_ns, is_blind, &decision, e) != 0)
			return e->code;
		if (decision.step == FOLLOW_READ)
			return answer_read(
			    follower, now_ns, data, size, answer, e);
		if (decision.step == FOLLOW_WAIT ||
		    decision.step == FOLLOW_END) {
			answer->event = decision.step == FOLLOW_END
			    ? FOLLOWER_END
			    : FOLLOWER_WAIT;
			answer->until_ns = decision.until_ns;
			return 0;
		}
		answer->event = FOLLOWER_BREAK;
		if (decision.step == FOLLOW_START_OVER) {
			if (start_over(follower, e) != 0)
				return e->code;
			is_done = follower->copy_fd < 0;
		} else {
			is_done =
			    change_files(follower, decision.step, &is_blind);
		}
	}
	if (!is_done)
		read_copy(follower, data, size, answer);
	return 0;
}

void
follower_close(struct follower *follower)
{
	size_t i;

	if (follower == NULL)
		return;
	for (i = 0; i < follower->count; i++) {
		if (follower->ours[i].fd >= 0)
			close(follower->ours[i].fd);
	}
	if (follower->copy_fd >= 0)
		close(follower->copy_fd);
	free(follower->path);
	free(follower);
}
