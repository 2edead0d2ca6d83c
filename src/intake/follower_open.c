/*
 * Where reading a path begins: where an earlier run has stopped, at its start
 * or at its end; and taking files over.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/follower_internal.h"
#include "intake/known.h"
#include "intake/search.h"

#define BLOCK_SIZE 65536

/* How far behind the end of a file the end of a record is looked for. */
#define LAST_RECORD_MAX ((off_t)16 << 20)

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
	return -1;
}

bool
follower_take(struct follower *follower, int fd, struct held *held,
    enum known_verdict *verdict)
{
	struct err ignored;

	held->file = NULL;
	held->must_tell = false;
	*verdict = KNOWN_NEW;
	if (follower->known == NULL) {
		if (identity_take(&held->identity, fd, 0, &ignored) != 0)
			return false;
	} else {
		if (known_open(follower->known, fd, verdict, &held->file,
		        &ignored) != 0 ||
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

/* A file that nobody has seen before. */
static int
begin_new(struct follower *follower, const struct follower_settings *settings,
    struct err *e)
{
	struct held *held = &follower->ours[0];
	off_t offset = (off_t)settings->offset;
	/* Behind a file that was read it begins at its start. */
	bool from_end = settings->from_end &&
	    (follower->known == NULL ||
	        !known_has(follower->known, follower->path));
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

/* The path names the file that was stored for it, under another inode. */
static bool
is_moved(const struct held *held, const struct identity *stored)
{
	enum identity_verdict verdict;
	struct err ignored;

	return held->fd >= 0 &&
	    identity_compare(stored, held->fd, &verdict, &ignored) == 0 &&
	    verdict == IDENTITY_MOVED;
}

/*
 * Nobody looked at a file that was renamed: its late writers have had as much
 * of their time as has passed since the last of them wrote.
 */
static void
shorten_wait(struct follower *follower, int fd)
{
	uint64_t *wait_ns = &follower->follow.rotate_wait_ns;
	uint64_t now_ns = clock_wall_ns(), written_ns;
	struct stat st;

	if (follower->follow.is_following || fstat(fd, &st) != 0)
		return;
	written_ns = (uint64_t)st.st_mtim.tv_sec * NS_PER_S +
	    (uint64_t)st.st_mtim.tv_nsec;
	if (now_ns > written_ns)
		*wait_ns -= now_ns - written_ns < *wait_ns ? now_ns - written_ns
		                                           : *wait_ns;
}

/*
 * The one that was stored is there under another name: it is first, then those
 * that came behind it, then what the path names.  That stays open all the time,
 * for it may be renamed, too, before it is looked for.
 */
static void
begin_renamed(struct follower *follower, int fd)
{
	struct held *ours = follower->ours;
	struct held at_path = ours[0], renamed;
	enum known_verdict verdict;

	if (!follower_take(follower, fd, &renamed, &verdict)) {
		close(fd);
		return;
	}
	ours[0] = renamed;
	shorten_wait(follower, fd);
	follower_take_family(follower);
	if (at_path.fd >= 0)
		ours[follower->count++] = at_path;
}

/*
 * The path names another file than the one that was stored for it.  That one
 * is read to its end first, where it has been renamed or copied; what the path
 * names is a new file, and comes behind it.
 */
static void
begin_elsewhere(struct follower *follower, const struct known_file *last)
{
	const struct identity stored = last->identity;
	struct held *held = &follower->ours[0];
	struct search_match match;
	uint32_t source = last->source;
	bool is_cut = held->fd >= 0 && held->identity.device == stored.device &&
	    held->identity.inode == stored.inode;
	struct err ignored;

	if (search_find(&stored, follower->path, &match, &ignored) != 0)
		match.fd = -1;
	if (match.fd >= 0 && match.verdict == IDENTITY_SAME) {
		begin_renamed(follower, match.fd);
	} else if (is_moved(held, &stored) &&
	    identity_take(
	        &held->identity, held->fd, stored.position, &ignored) == 0) {
		/* Only now: files that begin alike are no copies. */
		held->file->source = source;
		if (match.fd >= 0)
			close(match.fd);
	} else if (match.fd >= 0) {
		follower_take_copy(
		    follower, match.fd, &stored, source, &follower->copy);
	} else {
		follower->loss =
		    is_cut ? FOLLOWER_LOST_CUT : FOLLOWER_LOST_STORED;
	}
}

/* Find out where to begin. */
static int
begin(struct follower *follower, const struct follower_settings *settings,
    struct err *e)
{
	struct held *held = &follower->ours[0];
	const struct known_file *last = NULL;
	enum known_verdict verdict = KNOWN_NEW;
	struct stat st;
	int fd = follower_open_path(follower, &st);

	if (fd >= 0 && !follower_take(follower, fd, held, &verdict)) {
		close(fd); /* another input reads it: see aliases.h */
		return 0;
	}
	if (verdict == KNOWN_AGAIN)
		return 0;
	if (follower->known != NULL)
		last = known_last(follower->known, follower->path);
	if (last != NULL) {
		begin_elsewhere(follower, last);
		return 0;
	}
	return fd >= 0 ? begin_new(follower, settings, e) : 0;
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
	follower->ours[0].fd = -1;
	follower->count = 1;
	follower->copy.fd = -1;
	if (begin(follower, settings, e) != 0) {
		follower_close(follower);
		return e->code;
	}
	if (follower->known != NULL)
		follower_take_rest(follower);
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
	    follower->count == 1 &&
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
