/*
 * Files that begin alike.  Some are copies of files that are still there, whole
 * or as long as they were then: a backup, or what somebody makes who copies a
 * log and does not cut it; they are called as rotated files are, and have
 * nothing of their own.  Others are of another day, and have the same column
 * names.
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "intake/family.h"
#include "intake/follower_internal.h"
#include "intake/known.h"

/* So much is compared at the start and at the end; logs are not that alike. */
#define COMPARED_MAX 65536

/* Have both the same bytes there? */
static bool
has_same(int a, int b, off_t at, size_t size)
{
	uint8_t *bytes = memory_zeroed(2, COMPARED_MAX);
	bool is_same = pread(a, bytes, size, at) == (ssize_t)size &&
	    pread(b, bytes + COMPARED_MAX, size, at) == (ssize_t)size &&
	    memcmp(bytes, bytes + COMPARED_MAX, size) == 0;

	free(bytes);
	return is_same;
}

/*
 * Does whole begin with all that part has, or is it nothing else?  With little
 * in it many files begin.
 */
static bool
is_copy(int part, off_t size, int whole, bool is_all)
{
	const off_t compared = size < COMPARED_MAX ? size : COMPARED_MAX;
	struct stat st;

	return whole >= 0 && size >= IDENTITY_EVIDENCE_MIN &&
	    fstat(whole, &st) == 0 &&
	    (is_all ? st.st_size == size : st.st_size >= size) &&
	    has_same(part, whole, 0, (size_t)compared) &&
	    has_same(part, whole, size - compared, (size_t)compared);
}

/* Of two that are the same the first one is kept. */
static bool
has_copied(const struct follower *follower, size_t index, off_t size)
{
	const struct held *ours = follower->ours;
	const int part = ours[index].fd;
	size_t i;

	if (is_copy(part, size, follower->copy.fd, false))
		return true;
	for (i = 0; i < follower->count; i++) {
		if (i != index && is_copy(part, size, ours[i].fd, i < index))
			return true;
	}
	return false;
}

/* Has nobody read it?  It is closed. */
static bool
is_unread(struct follower *follower, int fd)
{
	enum known_verdict verdict;
	struct err ignored;
	struct held held;

	if (!follower_take(follower, fd, &held, &verdict, &ignored)) {
		close(fd);
		return false;
	}
	follower_release(&held);
	return verdict == KNOWN_NEW;
}

bool
follower_has_other_copies(
    struct follower *follower, const struct identity *stored, uint64_t until_ns)
{
	const struct identity *copy = &follower->copy.identity;
	const struct family_since since = {.until_ns = until_ns,
	    .is_dated = true,
	    .device = copy->device,
	    .inode = copy->inode};
	enum identity_verdict verdict;
	struct family family;
	bool has = false;
	struct err ignored;
	struct stat st;
	size_t i;
	int fd;

	if (family_find(follower->path, &since, &family, &ignored) != 0)
		return false;
	for (i = 0; i < family.count; i++) {
		fd = family.files[i].fd;
		if (!has && fstat(fd, &st) == 0 &&
		    identity_compare(stored, fd, &verdict, &ignored) == 0 &&
		    verdict == IDENTITY_MOVED &&
		    !is_copy(fd, st.st_size, follower->copy.fd, false))
			has = is_unread(follower, fd);
		else
			close(fd);
	}
	return has;
}

void
follower_drop_copies(struct follower *follower, size_t from, size_t end)
{
	struct held *ours = follower->ours;
	struct stat st;
	size_t i = from;

	while (i < end) {
		/* One that was read is no copy of those that came later. */
		if (ours[i].file == NULL || ours[i].file->source != 0 ||
		    fstat(ours[i].fd, &st) != 0 ||
		    !has_copied(follower, i, st.st_size)) {
			i++;
			continue;
		}
		if (st.st_size <= IDENTITY_HEAD_MAX)
			follower_lose(follower, FOLLOWER_LOST_COPY, false);
		follower_release(&ours[i]);
		end--;
		memmove(&ours[i], &ours[i + 1],
		    (--follower->count - i) * sizeof(ours[0]));
	}
}

bool
follower_is_moved(const struct held *held, const struct identity *stored)
{
	enum identity_verdict verdict;
	struct err ignored;

	return held->fd >= 0 &&
	    identity_compare(stored, held->fd, &verdict, &ignored) == 0 &&
	    verdict == IDENTITY_MOVED;
}

/* Is it but its device that has another number, as after a boot? */
static bool
has_same_birth(const struct held *held, const struct identity *stored)
{
	return held->identity.inode == stored->inode && stored->born_ns != 0 &&
	    held->identity.born_ns == stored->born_ns;
}

int
follower_begin_alike(struct follower *follower, const struct identity *stored,
    uint32_t source, struct err *e)
{
	struct held *held = &follower->ours[0];
	const struct family_since since = {.written_ns = stored->born_ns,
	    .born_ns = stored->born_ns + 1,
	    .is_dated = true};
	const bool is_doubtful = stored->position <= IDENTITY_HEAD_MAX &&
	    !has_same_birth(held, stored);
	uint64_t packed_ns = 0;
	size_t count = 0;

	if (is_doubtful && stored->born_ns > 0 &&
	    follower_take_family_first(
	        follower, &since, &count, &packed_ns, e) != 0)
		return e->code;
	if (count > 0 || packed_ns > 0) {
		follower_lose(follower, FOLLOWER_LOST_STORED,
		    stored->head_size > stored->position);
		return 0;
	}
	if (identity_take(&held->identity, held->fd, stored->position, e) != 0)
		return err_wrap(e, "%s", follower->path);
	/* Or with its old number it would be doubted again in each run. */
	if (is_doubtful)
		follower_lose(follower, FOLLOWER_LOST_ALIKE, false);
	else
		held->file->source = source;
	return 0;
}
