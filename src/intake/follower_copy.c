/*
 * A file that was cut, and the copy that may have been made of it before.
 */
#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/follower_internal.h"
#include "intake/search.h"

bool
follower_take_copy(struct follower *follower, int fd,
    const struct identity *stored, uint32_t source, struct held *copy)
{
	enum known_verdict verdict;
	struct err ignored;

	if (!follower_take(follower, fd, copy, &verdict, &ignored)) {
		close(fd);
		return false;
	}
	/* Somebody has read it under its own name. */
	if (verdict == KNOWN_AGAIN ||
	    identity_take(&copy->identity, fd, stored->position, &ignored) !=
	        0) {
		copy->identity =
		    copy->file != NULL ? copy->file->identity : *stored;
		follower_release(copy);
		return false;
	}
	if (copy->file != NULL)
		copy->file->source = source;
	return true;
}

bool
follower_turn_to_copy(struct follower *follower, int fd,
    const struct identity *stored, uint32_t source)
{
	struct stat st;

	if (!follower_take_copy(follower, fd, stored, source, &follower->copy))
		return false;
	/* It is whole, and may grow all the same, where others are put. */
	follower->copy_size = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	return true;
}

int
follower_start_over(struct follower *follower, struct err *e)
{
	struct held *held = &follower->ours[0];
	const struct identity before = held->identity;
	const size_t had = follower->count;
	struct search_match match;
	struct identity anew;
	uint32_t source = 0;
	struct err why;

	/* Without its folder there is no copy either. */
	if (search_find(&before, follower->path, &match, &why) != 0 &&
	    why.code != ERR_NO_INPUT) {
		*e = why;
		return err_wrap(e, "%s", follower->path);
	}
	if (identity_take(&anew, held->fd, 0, e) != 0 ||
	    (match.fd >= 0 && follower_take_later(follower, &match, e) != 0)) {
		if (match.fd >= 0)
			close(match.fd);
		return err_wrap(e, "%s", follower->path);
	}
	held += follower->count - had;
	held->identity = anew;
	if (held->file != NULL) {
		source = held->file->source;
		held->file->source = 0;
		held->must_tell = true; /* or it is cut again in the next run */
	}
	if (match.fd < 0)
		follower_lose(follower, FOLLOWER_LOST_CUT,
		    follower->seen_size > before.position);
	else if (follower_turn_to_copy(follower, match.fd, &before, source))
		follower->goes_on = follower->has_begun;
	follower->must_break = follower->is_cut = follower->copy.fd < 0;
	follower->has_begun = false;
	follower->seen_size = 0;
	return 0;
}

int
follower_read_copy(struct follower *follower, uint8_t *data, size_t size,
    struct follower_answer *answer, struct err *e)
{
	struct held *copy = &follower->copy;
	struct identity moved = copy->identity;
	uint64_t left = follower->copy_size > moved.position
	    ? follower->copy_size - moved.position
	    : 0;
	struct err ignored;
	ssize_t n = pread(copy->fd, data, size < left ? size : (size_t)left,
	    (off_t)moved.position);

	if (n < 0)
		return err_set_errno(
		    e, ERR_NO_INPUT, errno, "%s: its copy", follower->path);
	/*
	 * Even if there is no more: windows that are open may have bytes of the
	 * file, which are there now, and only there.
	 */
	if (n > 0 || !follower->has_begun) {
		moved.position += (uint64_t)n;
		follower_tell(follower, copy, &moved, answer);
		return 0;
	}
	/* For whoever meets it under its own name. */
	identity_take(&copy->identity, copy->fd, moved.position, &ignored);
	follower_release(copy);
	follower->has_begun = false;
	follower->goes_on = false;
	answer->event = FOLLOWER_BREAK;
	return 0;
}
