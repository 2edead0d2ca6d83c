/*
 * Where reading a path begins, of which no file is known: at its start or at
 * its end.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "intake/follower_internal.h"
#include "intake/known.h"

#define BLOCK_SIZE 65536

/* What the path named where reading begins. */
struct at_path {
	bool is_had;
	struct stat st;
	enum known_verdict verdict;
};

/* How far behind the end of a file the end of a record is looked for. */
#define LAST_RECORD_MAX ((off_t)16 << 20)

/*
 * Where the last whole record of a file ends, or rather its last delimiter:
 * what is half written is read when it is whole.
 */
static off_t
end_of_records(int fd, off_t size, uint8_t delimiter)
{
	uint8_t block[BLOCK_SIZE];
	const uint8_t *last;
	off_t at = size, start;
	ssize_t n;

	while (at > 0 && size - at < LAST_RECORD_MAX) {
		start = at > BLOCK_SIZE ? at - BLOCK_SIZE : 0;
		n = pread(fd, block, (size_t)(at - start), start);
		if (n <= 0)
			return size;
		last = memrchr(block, delimiter, (size_t)n);
		if (last != NULL)
			return start + (last - block) + 1;
		at = start;
	}
	return at == 0 ? 0 : size;
}

/*
 * A file of the path was read before this one; or it came to the path of such
 * a file, and was rotated away.
 */
static bool
is_behind(const struct follower *follower, const struct identity *identity)
{
	const struct known *known = follower->known;

	return known != NULL &&
	    (known_has(known, follower->path) ||
	        known_has_origin(known, follower->path, identity->born_ns));
}

/* A file that nobody has seen before. */
static int
begin_new(struct follower *follower, const struct follower_settings *settings,
    struct err *e)
{
	struct held *held = &follower->ours[0];
	off_t offset = (off_t)settings->offset;
	bool from_end =
	    settings->from_end && !is_behind(follower, &held->identity);
	struct stat st;

	if (fstat(held->fd, &st) != 0)
		return err_set(e, ERR_NO_INPUT, "%s", follower->path);
	if (from_end)
		offset =
		    end_of_records(held->fd, st.st_size, settings->delimiter);
	if (offset > st.st_size)
		offset = st.st_size;
	if (identity_take(&held->identity, held->fd, (uint64_t)offset, e) != 0)
		return err_wrap(e, "%s", follower->path);
	/*
	 * Or the next run would not know it, and begin at a later end; nor one
	 * that is empty, and look for what it gets only at the path.
	 */
	held->must_tell =
	    from_end || (follower->known != NULL && st.st_size == 0);
	return 0;
}

/*
 * What is at the path, if it can be had.  What cannot be is waited for, where
 * files are followed, unless a pattern has found it.
 */
static int
take_path(struct follower *follower, struct at_path *found, struct err *e)
{
	struct held *held = &follower->ours[0];
	int fd = follower_open_path(follower, &found->st);

	if (fd < 0 &&
	    (errno == ENOENT ||
	        (follower->follow.is_following &&
	            !follower->follow.ends_when_gone)))
		return 0;
	if (fd < 0)
		return err_set_errno(
		    e, ERR_NO_INPUT, errno, "%s", follower->path);
	found->is_had = follower_take(follower, fd, held, &found->verdict, e);
	if (found->is_had)
		return 0;
	close(fd);
	/* Another input reads it: see aliases.h. */
	return found->verdict == KNOWN_BUSY ? 0
	                                    : err_wrap(e, "%s", follower->path);
}

/* Find out where to begin. */
static int
begin(struct follower *follower, const struct follower_settings *settings,
    struct at_path *found, struct err *e)
{
	struct held *held = &follower->ours[0];
	const struct known_file *last = NULL;

	*found = (struct at_path){.verdict = KNOWN_NEW};
	if (take_path(follower, found, e) != 0)
		return e->code;
	if (found->verdict == KNOWN_BUSY)
		return 0;
	if (found->verdict == KNOWN_AGAIN)
		return follower_begin_again(follower, e);
	if (follower->known != NULL)
		last = known_last(follower->known, follower->path);
	if (last != NULL) {
		/* Or the next run would look for that one again. */
		held->must_tell = held->fd >= 0;
		return follower_begin_elsewhere(follower, last, e);
	}
	return held->fd >= 0 ? begin_new(follower, settings, e) : 0;
}

/* Nothing is open, and nothing said. */
static void
reset(struct follower *follower, const struct follower_settings *settings)
{
	while (follower->count > 0)
		follower_release(&follower->ours[--follower->count]);
	follower_release(&follower->copy);
	follower->count = 1;
	follower->follow.rotate_wait_ns = settings->rotate_wait_ns;
	follower->since.inode = 0;
	follower->is_full = false;
	follower->losses = 0;
	follower->is_loss_certain = false;
}

/*
 * Was what the path named rotated away after it was opened, so that some of
 * those that were put before it may have come later?
 */
static bool
is_stale(const struct follower *follower, const struct at_path *found)
{
	return (follower->count > 1 || follower->copy.fd >= 0) &&
	    found->is_had && found->verdict == KNOWN_NEW &&
	    !follower_is_at_path(follower, &found->st);
}

/* If the path changed while what comes before was looked for, once more. */
static int
begin_steadily(struct follower *follower,
    const struct follower_settings *settings, struct err *e)
{
	const uint64_t mark = known_mark(settings->known);
	struct at_path found;
	unsigned tries = 0;

	while (begin(follower, settings, &found, e) == 0) {
		if (!is_stale(follower, &found) ||
		    ++tries == FOLLOWER_TRIES_MAX)
			return 0;
		reset(follower, settings);
		known_forget_since(settings->known, mark);
	}
	return e->code;
}

/* Neither what the path names, nor what has been renamed or copied. */
static int
check_exists(const struct follower *follower, struct err *e)
{
	struct stat st;

	if (follower->count > 1 || follower->ours[0].fd >= 0 ||
	    follower->copy.fd >= 0 || stat(follower->path, &st) == 0)
		return 0;
	return err_set_errno(e, ERR_NO_INPUT, errno, "%s", follower->path);
}

int
follower_open(struct follower **result, const char *path,
    const struct follower_settings *settings, struct err *e)
{
	struct follower *follower = memory_zeroed(1, sizeof(*follower));

	follower->path = memory_string(path);
	follower->known = settings->known;
	follower->follow.is_following = settings->is_following;
	follower->follow.rotate_wait_ns = settings->rotate_wait_ns;
	follower->follow.ends_when_gone = settings->ends_when_gone;
	follower->is_sought = settings->is_sought;
	follower->has_siblings = settings->has_siblings;
	follower->claim = settings->claim;
	follower->context = settings->context;
	follower->ours[0].fd = -1;
	follower->count = 1;
	follower->copy.fd = -1;
	if (begin_steadily(follower, settings, e) != 0) {
		follower_close(follower);
		return e->code;
	}
	if (follower->known != NULL)
		follower_take_rest(follower);
	if (settings->must_exist && check_exists(follower, e) != 0) {
		follower_close(follower);
		return e->code;
	}
	*result = follower;
	return 0;
}

bool
follower_can_park(const struct follower *follower)
{
	return follower->count == 1 && follower->ours[0].file != NULL &&
	    follower->copy.fd < 0 && known_can_park(follower->known);
}

void
follower_park(struct follower *follower, const char *path)
{
	known_park(follower->ours[0].file, path);
}

bool
follower_is_at_end(const struct follower *follower)
{
	const struct held *held = &follower->ours[0];
	struct stat st;

	return !follower->follow.is_following && follower->copy.fd < 0 &&
	    follower->count == 1 && !follower->is_full &&
	    (held->fd < 0 ||
	        (fstat(held->fd, &st) == 0 &&
	            (uint64_t)st.st_size <= held->identity.position));
}

void
follower_close(struct follower *follower)
{
	size_t i;

	if (follower == NULL)
		return;
	for (i = 0; i < follower->count; i++)
		follower_release(&follower->ours[i]);
	follower_release(&follower->copy);
	free(follower->path);
	free(follower);
}
