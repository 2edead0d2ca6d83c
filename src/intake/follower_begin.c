/*
 * Where reading a path begins, of which a file is known: with what became of
 * that, then with those that came and went while nobody read.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "intake/family.h"
#include "intake/follower_internal.h"
#include "intake/known.h"
#include "intake/search.h"

/*
 * What was written to a file in the first minute after it had been empty may
 * have been meant for the one before it, by writers that had not noticed.
 */
#define LATE_NS (60 * NS_PER_S)

/* Some that came after that time are compressed, if they are; 0: none is. */
static void
lose_packed(struct follower *follower, uint64_t packed_ns, uint64_t since_ns)
{
	if (packed_ns > since_ns)
		follower_lose(follower, FOLLOWER_LOST_PACKED, false);
}

/*
 * Nothing was taken of the file, and nothing was in it: so it is the same, even
 * if it was copied and cut since.  It was not if nobody has written to it.
 */
int
follower_begin_again(struct follower *follower, struct err *e)
{
	const struct held *held = &follower->ours[0];
	const struct identity stored = held->identity;
	const uint64_t empty_ns = identity_written_ns(&stored);
	struct family_since since = {.written_ns = empty_ns + 1,
	    .born_ns = empty_ns + 1,
	    .is_dated = true,
	    .device = stored.device,
	    .inode = stored.inode};
	uint64_t packed_ns;
	struct held *last;
	struct stat st;
	size_t count;

	if (stored.position > 0 || stored.head_size > 0 ||
	    held->file->source == 0 || fstat(held->fd, &st) != 0 ||
	    follower_written_ns(&st) <= empty_ns)
		return 0;
	/* It may be rotated away meanwhile, and others with it. */
	since.until_ns = follower_written_ns(&st);
	if (follower_take_family_first(
	        follower, &since, &count, &packed_ns, e) != 0)
		return e->code;
	lose_packed(follower, packed_ns, empty_ns + LATE_NS);
	if (count == 0 && packed_ns <= empty_ns + LATE_NS)
		return 0;
	follower_shorten_wait(follower);
	/* It was cut, and is another one since. */
	last = &follower->ours[follower->count - 1];
	last->file->source = 0;
	last->must_tell = true;
	if (identity_take(&last->identity, last->fd, 0, e) != 0)
		return err_wrap(e, "%s", follower->path);
	return 0;
}

/*
 * If it was empty when it was seen last, and has been cut since, what it had in
 * between is in copies, which were made before it was written last.
 */
static int
take_copies_first(struct follower *follower, const struct identity *stored,
    const struct family_since *since, struct err *e)
{
	const uint64_t empty_ns = identity_written_ns(stored);
	struct family_since before = *since;
	uint64_t packed_ns;
	size_t count;
	int code;

	if (empty_ns == 0)
		return 0;
	before.written_ns = empty_ns + 1;
	before.until_ns = since->written_ns;
	before.is_turned = false;
	/* Not what was rotated away before, and had a late writer. */
	before.born_ns = empty_ns + 1;
	code = follower_take_family_first(
	    follower, &before, &count, &packed_ns, e);
	lose_packed(follower, packed_ns, empty_ns + LATE_NS);
	return code;
}

/*
 * The one that was stored is there under another name: it is first, then those
 * that came behind it, then what the path names.
 */
static int
begin_renamed(struct follower *follower, const struct search_match *match,
    const struct identity *stored, struct err *e)
{
	struct held at_path = follower->ours[0];
	struct held *renamed = &follower->ours[0];
	/* The stored one may be a copy, and younger than the file it is of. */
	struct family_since since = {
	    .new_ns = known_first_ns(follower->known, follower->path)};
	enum known_verdict verdict;
	uint64_t packed_ns = 0;
	struct stat st;
	int code;

	if (!follower_take(follower, match->fd, renamed, &verdict, e)) {
		*renamed = at_path;
		close(match->fd);
		return verdict == KNOWN_BUSY
		    ? 0
		    : err_wrap(e, "%s: %s", follower->path, match->name);
	}
	if (fstat(match->fd, &st) == 0)
		since.written_ns = follower_written_ns(&st);
	since.device = renamed->identity.device;
	since.inode = renamed->identity.inode;
	since.is_inside = match->is_inside;
	since.is_turned = true;
	since.certain = match->name;
	code = take_copies_first(follower, stored, &since, e);
	/* Writers that never noticed may have written to it last of all. */
	if (stored->born_ns > 0) {
		since.than = match->name;
		since.than_ns = stored->born_ns;
	}
	if (code != 0) {
		follower_append(follower, &at_path);
		return code;
	}
	code = follower_take_behind(follower, &since, &at_path, &packed_ns, e);
	lose_packed(follower, packed_ns, since.written_ns);
	return code;
}

/* What the path names is the stored file itself, cut or written anew. */
static bool
is_cut(const struct held *held, const struct identity *stored)
{
	const struct identity *now = &held->identity;

	return held->fd >= 0 && now->device == stored->device &&
	    now->inode == stored->inode &&
	    (now->born_ns == stored->born_ns || now->born_ns == 0 ||
	        stored->born_ns == 0);
}

/*
 * It was cut, and there is a copy of it: that is first, then those that were
 * made after it, then the file.
 */
static int
begin_copied(struct follower *follower, const struct search_match *match,
    const struct identity *stored, uint32_t source, struct err *e)
{
	struct family_since since = {
	    .is_inside = match->is_inside, .certain = match->name};
	const bool is_doubtful = stored->position <= IDENTITY_HEAD_MAX;
	const bool was_cut = is_cut(&follower->ours[0], stored);
	uint64_t packed_ns = 0;
	struct stat st;
	size_t count;
	int code;

	if (fstat(match->fd, &st) != 0) {
		err_set_errno(
		    e, ERR_IO, errno, "%s: %s", follower->path, match->name);
		close(match->fd);
		return e->code;
	}
	since.written_ns = follower_written_ns(&st);
	since.device = (uint64_t)st.st_dev;
	since.inode = (uint64_t)st.st_ino;
	if (follower_turn_to_copy(follower, match->fd, stored, source) &&
	    is_doubtful &&
	    follower_has_other_copies(follower, stored, since.written_ns))
		follower_lose(follower, FOLLOWER_LOST_OTHERS, false);
	code =
	    follower_take_family_first(follower, &since, &count, &packed_ns, e);
	lose_packed(follower, packed_ns, since.written_ns);
	/* It may be of another one, or a backup that has less. */
	if (is_doubtful && !was_cut && follower->ours[0].fd >= 0)
		follower_lose(follower, FOLLOWER_LOST_STORED, false);
	return code;
}

/* Is it a copy of the stored file, of which nothing had been taken? */
static bool
begins_like(const struct held *held, const struct identity *stored)
{
	struct identity same = *stored;
	enum identity_verdict verdict;
	struct err ignored;

	same.device = held->identity.device;
	same.inode = held->identity.inode;
	same.born_ns = held->identity.born_ns;
	return identity_compare(&same, held->fd, &verdict, &ignored) == 0 &&
	    verdict == IDENTITY_SAME;
}

/*
 * It is not there, nor is a copy.  Which files came after it can be told by
 * their births, if it was not cut, or if it was as good as empty.
 */
static int
begin_lost(
    struct follower *follower, const struct identity *stored, struct err *e)
{
	const bool was_cut = is_cut(&follower->ours[0], stored);
	const bool is_certain = stored->head_size > stored->position;
	const uint64_t empty_ns = identity_written_ns(stored);
	/* What was unpacked since is of a time before it. */
	struct family_since since = {.written_ns = stored->born_ns,
	    .born_ns = stored->born_ns + 1,
	    .is_dated = true,
	    .is_turned = !was_cut};
	uint64_t packed_ns = 0;
	size_t count = 0;

	if (was_cut)
		since.born_ns = since.written_ns = empty_ns + 1;
	if ((was_cut ? empty_ns : stored->born_ns) > 0 &&
	    follower_take_family_first(
	        follower, &since, &count, &packed_ns, e) != 0)
		return e->code;
	if (was_cut && stored->position == 0 && count > 0 &&
	    begins_like(&follower->ours[0], stored)) {
		lose_packed(follower, packed_ns, empty_ns + LATE_NS);
		return 0;
	}
	if (is_certain || !follower->is_sought || follower->ours[0].fd >= 0)
		follower_lose(follower,
		    was_cut ? FOLLOWER_LOST_CUT : FOLLOWER_LOST_STORED,
		    is_certain);
	return 0;
}

/*
 * The path names another file than the one that was stored for it.  That one
 * is read to its end first, where it has been renamed or copied; what the path
 * names is a new file, and comes behind it.
 */
static int
begin_elsewhere(
    struct follower *follower, const struct known_file *last, struct err *e)
{
	const struct identity stored = last->identity;
	struct search_match match = {.fd = -1};
	const uint32_t source = last->source;
	struct err why;

	/* Without its folder it is not there. */
	if (search_find(&stored, follower->path, &match, &why) != 0 &&
	    why.code != ERR_NO_INPUT) {
		*e = why;
		return err_wrap(e, "%s", follower->path);
	}
	if (match.fd >= 0 && match.verdict == IDENTITY_SAME)
		return begin_renamed(follower, &match, &stored, e);
	/* Only now: files that begin alike are no copies. */
	if (follower_is_moved(&follower->ours[0], &stored)) {
		if (match.fd >= 0)
			close(match.fd);
		return follower_begin_alike(follower, &stored, source, e);
	}
	if (match.fd >= 0)
		return begin_copied(follower, &match, &stored, source, e);
	return begin_lost(follower, &stored, e);
}

int
follower_begin_elsewhere(
    struct follower *follower, const struct known_file *last, struct err *e)
{
	int code = begin_elsewhere(follower, last, e);

	if (code == 0)
		follower_shorten_wait(follower);
	return code;
}
