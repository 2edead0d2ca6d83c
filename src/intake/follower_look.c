/*
 * What may have come and gone at the path between two looks: several rotations,
 * if nobody could look for a while, as a machine that was suspended; or because
 * there was no room to hold more files.
 */
#include <sys/stat.h>

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "intake/family.h"
#include "intake/follower_internal.h"
#include "intake/known.h"
#include "intake/search.h"

/*
 * Files that came since the last look were born after it.  But that is another
 * clock, if the file system is on another host; and some are made under another
 * name before they are put at the path.
 */
#define SLACK_NS (5 * NS_PER_S)

/* Late writers write to the file that was before; see follower_begin.c. */
#define LATE_NS (60 * NS_PER_S)

static struct held *
newest(struct follower *follower)
{
	return &follower->ours[follower->count - 1];
}

/*
 * Copies were made before it was cut, which is to write to it.  If it has been
 * renamed since, what came behind it is not meant.
 */
static uint64_t
cut_at_ns(const struct follower *follower, const struct stat *st)
{
	return follower_written_ns(st) -
	    (follower_is_at_path(follower, st) ? 0 : 1);
}

/*
 * Put those before the last of ours that are found.  *count is how many they
 * are; *has_more: there was no room for all.
 */
static int
take_before(struct follower *follower, const struct family_since *since,
    size_t *count, bool *has_more, uint64_t *packed_ns, struct err *e)
{
	const size_t at = follower->count - 1;
	const struct held last = follower->ours[at];
	int code;

	follower->count = at;
	code = follower_take_some(follower, since, has_more, packed_ns, e);
	follower_append(follower, &last);
	follower_drop_copies(follower, at, follower->count - 1);
	*count = follower->count - 1 - at;
	/* Whatever was seen of a file is not of the one in its place. */
	if (*count > 0 && follower->follow.seen_count > at)
		follower->follow.seen_count = at;
	return code;
}

/* It was cut, and nothing of it had been read: it begins anew. */
static void
begin_anew(struct follower *follower, const struct identity *anew, size_t count)
{
	struct held *last = newest(follower);

	last->identity = *anew;
	last->file->source = 0;
	last->must_tell = true;
	/* Its beginning may have been told. */
	if (follower->count - count != 1 || follower->copy.fd >= 0)
		return;
	follower->must_break |= follower->has_begun;
	follower->has_begun = false;
}

/*
 * Is the copy of what was in it there all the same, made in place of an older
 * one?
 */
static int
take_copy_before(struct follower *follower, const struct identity *before,
    size_t *count, struct err *e)
{
	const size_t at = follower->count - 1;
	const struct held last = follower->ours[at];
	struct search_match match;
	struct held copy;

	if (search_find(before, follower->path, &match, e) != 0)
		return e->code;
	if (match.fd < 0 ||
	    !follower_take_copy(follower, match.fd, before, 0, &copy))
		return 0;
	follower->ours[at] = copy;
	follower->ours[at + 1] = last;
	follower->count++;
	*count = 1;
	return 0;
}

/*
 * The last of ours has changed since it was identified, and nothing of it was
 * read.  That it was cut is certain if it does not begin as it did; if too
 * little is known of that, copies that were made since tell.
 */
static int
take_copies(struct follower *follower, const struct stat *st,
    const struct identity *anew, bool is_cut, bool *has_more, struct err *e)
{
	const struct identity before = newest(follower)->identity;
	struct family_since since = {
	    .written_ns = identity_written_ns(&before) + 1,
	    .born_ns = follower->since.born_ns,
	    .device = before.device,
	    .inode = before.inode};
	uint64_t packed_ns;
	size_t count;

	if (since.born_ns < since.written_ns)
		since.born_ns = since.written_ns;
	since.until_ns = cut_at_ns(follower, st);
	if (take_before(follower, &since, &count, has_more, &packed_ns, e) !=
	        0 &&
	    (is_cut || !follower_is_closed(follower)))
		return e->code;
	if (is_cut && count == 0 &&
	    take_copy_before(follower, &before, &count, e) != 0)
		return e->code;
	if (*has_more)
		return 0;
	if (packed_ns > identity_written_ns(&before) + LATE_NS)
		follower_lose(follower, FOLLOWER_LOST_PACKED, false);
	else if (is_cut && count == 0)
		follower_lose(
		    follower, FOLLOWER_LOST_CUT, before.head_size > 0);
	if (is_cut || count > 0)
		begin_anew(follower, anew, count);
	else
		newest(follower)->identity = *anew;
	return 0;
}

/* Nothing of the last one was read.  *has_more: it is to be looked at again. */
static int
look_at_unread(struct follower *follower, const struct stat *st, bool *has_more,
    struct err *e)
{
	struct held *last = newest(follower);
	enum identity_verdict verdict;
	struct identity anew;

	if (follower_written_ns(st) == identity_written_ns(&last->identity))
		return 0;
	if (identity_take(&anew, last->fd, 0, e) != 0 ||
	    identity_compare(&last->identity, last->fd, &verdict, e) != 0)
		return err_wrap(e, "%s", follower->path);
	if (verdict == IDENTITY_SAME &&
	    last->identity.head_size >= IDENTITY_EVIDENCE_MIN) {
		last->identity = anew;
		return 0;
	}
	*has_more = true;
	if (follower->count >= FOLLOW_HELD_MAX)
		return 0;
	return take_copies(
	    follower, st, &anew, verdict != IDENTITY_SAME, has_more, e);
}

int
follower_catch_up(struct follower *follower, struct err *e)
{
	struct held *last = newest(follower);
	const uint64_t now_ns = clock_wall_ns();
	bool has_more = false;
	struct stat st;

	if (follower->known == NULL || last->fd < 0 ||
	    fstat(last->fd, &st) != 0)
		return 0;
	if (last->identity.position == 0 &&
	    look_at_unread(follower, &st, &has_more, e) != 0)
		return follower_may_retry(e) ? 0 : e->code;
	if (has_more ||
	    (follower->since.inode != 0 && !follower_is_at_path(follower, &st)))
		return 0;
	follower->since =
	    (struct family_since){.written_ns = follower_written_ns(&st),
	        .born_ns = now_ns > SLACK_NS ? now_ns - SLACK_NS : 0,
	        .device = (uint64_t)st.st_dev,
	        .inode = (uint64_t)st.st_ino};
	return 0;
}

int
follower_take_later(
    struct follower *follower, const struct search_match *match, struct err *e)
{
	struct family_since since = {
	    .is_inside = match->is_inside, .born_ns = follower->since.born_ns};
	struct stat st, copy;
	uint64_t packed_ns;
	bool has_more;
	size_t count;

	if (follower->known == NULL || follower->count > 1 ||
	    fstat(follower->ours[0].fd, &st) != 0 ||
	    fstat(match->fd, &copy) != 0)
		return 0;
	since.written_ns = follower_written_ns(&copy);
	since.until_ns = cut_at_ns(follower, &st);
	since.device = (uint64_t)copy.st_dev;
	since.inode = (uint64_t)copy.st_ino;
	if (take_before(follower, &since, &count, &has_more, &packed_ns, e) !=
	    0)
		return e->code;
	if (has_more)
		follower_lose(follower, FOLLOWER_LOST_MANY, true);
	return 0;
}
