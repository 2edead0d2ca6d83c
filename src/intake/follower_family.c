/*
 * Files that were rotated away while nobody read, in the order in which a
 * follower reads them.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "intake/family.h"
#include "intake/follower_internal.h"
#include "intake/known.h"

uint64_t
follower_written_ns(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * NS_PER_S +
	    (uint64_t)st->st_mtim.tv_nsec;
}

void
follower_shorten_wait(struct follower *follower)
{
	uint64_t *wait_ns = &follower->follow.rotate_wait_ns;
	uint64_t now_ns = clock_wall_ns(), last_ns = 0;
	struct stat st;
	size_t i;

	if (follower->follow.is_following)
		return;
	for (i = 0; i + 1 < follower->count; i++) {
		if (fstat(follower->ours[i].fd, &st) == 0 &&
		    follower_written_ns(&st) > last_ns)
			last_ns = follower_written_ns(&st);
	}
	if (last_ns > 0 && now_ns > last_ns)
		*wait_ns -=
		    now_ns - last_ns < *wait_ns ? now_ns - last_ns : *wait_ns;
}

/*
 * Read before, which is told by its place: its rest comes before these.  What
 * was empty then may have been copied and cut since, and has its place by time.
 */
static bool
was_read(const struct held *held, enum known_verdict verdict, const char *path)
{
	const struct known_file *file = held->file;

	return verdict == KNOWN_AGAIN &&
	    (held->identity.position > 0 ||
	        (held->identity.head_size > 0 && file->path != NULL &&
	            strcmp(file->path, path) == 0));
}

static int
take_member(struct follower *follower, const struct family_file *file,
    const char *path, bool *has_more, struct err *e)
{
	struct held held;
	enum known_verdict verdict;

	if (!follower_take(follower, file->fd, &held, &verdict, e)) {
		close(file->fd);
		return verdict == KNOWN_BUSY ? 0 : e->code;
	}
	if (was_read(&held, verdict, path)) {
		follower_release(&held);
		return 0;
	}
	/* The file that was stored, and what the path names, have a place. */
	if (follower->count >= FOLLOW_HELD_MAX - 1) {
		follower_release(&held);
		*has_more = true;
		return 0;
	}
	follower_append(follower, &held);
	return 0;
}

struct asking {
	struct follower *follower;
	const char *path; /* its absolute one */
	uint64_t new_ns;  /* born before, and new, it is none of them; or 0 */
};

enum follower_claim
follower_claim_of(const struct follower *follower, const char *path, int fd)
{
	return follower->claim != NULL
	    ? follower->claim(follower->context, path, fd)
	    : FOLLOWER_UNCLAIMED;
}

/*
 * Is it the copy of a file of this path that was read to its end before it was
 * cut?  Nobody has read it under its own inode.  What had little in it may
 * have been like others.
 */
static bool
was_delivered(struct follower *follower, const char *path, int fd)
{
	const struct known_file *file;
	enum identity_verdict verdict;
	struct err ignored;
	struct stat st;
	size_t i;

	if (follower->known == NULL || fstat(fd, &st) != 0)
		return false;
	for (i = 0; (file = known_at(follower->known, i)) != NULL; i++) {
		const struct identity *identity = &file->identity;

		if (identity->position != (uint64_t)st.st_size ||
		    file->path == NULL || strcmp(file->path, path) != 0 ||
		    identity_compare(identity, fd, &verdict, &ignored) != 0 ||
		    verdict != IDENTITY_MOVED)
			continue;
		if (st.st_size <= IDENTITY_HEAD_MAX)
			follower_lose(follower, FOLLOWER_LOST_COPY, false);
		return true;
	}
	return false;
}

/* Others read it, or have read it; what cannot be told is told later. */
static bool
is_others(void *context, const char *path, int fd, bool counts)
{
	const struct asking *asking = context;
	struct known *known = asking->follower->known;
	const uint64_t mark = known_mark(known);
	enum follower_claim claim;
	enum known_verdict verdict = KNOWN_NEW;
	struct held held;
	struct err ignored;
	bool is_read;
	int copy;

	claim = follower_claim_of(asking->follower, path, fd);
	if (claim == FOLLOWER_OTHERS || (claim == FOLLOWER_BESIDE && !counts))
		return true;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return false;
	if (!follower_take(asking->follower, copy, &held, &verdict, &ignored)) {
		close(copy);
		return verdict == KNOWN_BUSY;
	}
	if (verdict == KNOWN_NEW)
		is_read = (held.identity.born_ns > 0 &&
		              held.identity.born_ns < asking->new_ns) ||
		    was_delivered(asking->follower, asking->path, fd);
	else
		is_read = was_read(&held, verdict, asking->path);
	follower_release(&held);
	known_forget_since(known, mark);
	return is_read;
}

/* Each becomes the follower's, or is closed. */
static int
take_members(struct follower *follower, const struct family *family,
    const char *path, bool *has_more, struct err *e)
{
	int code = 0;
	size_t i;

	*has_more = family->has_more;
	for (i = 0; i < family->count; i++) {
		if (code == 0)
			code = take_member(
			    follower, &family->files[i], path, has_more, e);
		else
			close(family->files[i].fd);
	}
	return code;
}

int
follower_take_some(struct follower *follower, const struct family_since *since,
    bool *has_more, uint64_t *packed_ns, struct err *e)
{
	const size_t had = follower->count;
	char *path = known_path(follower->path);
	struct asking asking = {
	    .follower = follower, .path = path, .new_ns = since->new_ns};
	struct family_since unread = *since;
	struct family family;
	struct err why;
	int code;

	*has_more = false;
	unread.is_others = is_others;
	unread.context = &asking;
	code = family_find(follower->path, &unread, &family, &why);
	*packed_ns = family.packed_ns;
	if (code == 0 && family.unlike[0] != '\0')
		log_warning("%s: %s has come since, and is not called like "
		            "%s: it is taken for another log, and not read",
		    follower->path, family.unlike, since->certain);
	if (code == 0)
		code = take_members(follower, &family, path, has_more, e);
	/* Without a folder there are none. */
	else if (code == ERR_NO_INPUT)
		code = 0;
	else
		*e = why;
	free(path);
	while (code != 0 && follower->count > had)
		follower_release(&follower->ours[--follower->count]);
	return code == 0 ? 0 : err_wrap(e, "%s", follower->path);
}

int
follower_take_family(struct follower *follower,
    const struct family_since *since, uint64_t *packed_ns, struct err *e)
{
	bool has_more;
	int code = follower_take_some(follower, since, &has_more, packed_ns, e);

	if (code == 0 && has_more && !follower->has_siblings)
		follower_lose(follower, FOLLOWER_LOST_MANY, true);
	return code;
}

int
follower_take_family_first(struct follower *follower,
    const struct family_since *since, size_t *count, uint64_t *packed_ns,
    struct err *e)
{
	const struct held at_path = follower->ours[0];
	int code;

	follower->ours[0].fd = -1;
	follower->count = 0;
	code = follower_take_family(follower, since, packed_ns, e);
	*count = follower->count;
	follower_append(follower, &at_path);
	follower_drop_copies(follower, 0, *count);
	*count = follower->count - (at_path.fd >= 0);
	if (follower->count == 0)
		follower->count = 1;
	return code;
}
