/*
 * A file that was cut, and the copy that may have been made of it before.
 */
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

	if (!follower_take(follower, fd, copy, &verdict)) {
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

int
follower_start_over(struct follower *follower, struct err *e)
{
	struct held *held = &follower->ours[0];
	const struct identity before = held->identity;
	struct search_match match;
	uint32_t source = 0;
	struct err ignored;

	if (identity_take(&held->identity, held->fd, 0, e) != 0)
		return err_wrap(e, "%s", follower->path);
	if (held->file != NULL) {
		source = held->file->source;
		held->file->source = 0;
	}
	/* Without its folder there is no copy either. */
	if (search_find(&before, follower->path, &match, &ignored) != 0)
		match.fd = -1;
	if (match.fd < 0)
		follower->loss = FOLLOWER_LOST_CUT;
	else if (follower_take_copy(
	             follower, match.fd, &before, source, &follower->copy))
		follower->goes_on = follower->has_begun;
	follower->has_begun = false;
	return 0;
}

void
follower_read_copy(struct follower *follower, uint8_t *data, size_t size,
    struct follower_answer *answer)
{
	struct held *copy = &follower->copy;
	struct identity moved = copy->identity;
	struct err ignored;
	ssize_t n = pread(copy->fd, data, size, (off_t)moved.position);

	/*
	 * Even if there is no more: windows that are open may have bytes of the
	 * file, which are there now, and only there.
	 */
	if (n > 0 || !follower->has_begun) {
		moved.position += n > 0 ? (uint64_t)n : 0;
		follower_tell(follower, copy, &moved, answer);
		return;
	}
	/* For whoever meets it under its own name. */
	identity_take(&copy->identity, copy->fd, moved.position, &ignored);
	follower_release(copy);
	follower->has_begun = false;
	follower->goes_on = false;
	answer->event = FOLLOWER_BREAK;
}
