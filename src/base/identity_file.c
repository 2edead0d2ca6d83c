/*
 * What identifies an open file.  It may be written to, or cut, while it is
 * read here: then it counts as having the bytes that could be read.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fnv.h"
#include "base/identity.h"

uint64_t
identity_time_ns(const struct statx_timestamp *time)
{
	return time->tv_sec > 0
	    ? (uint64_t)time->tv_sec * NS_PER_S + time->tv_nsec
	    : 0;
}

/* Device, inode, times and size. */
static int
look(int fd, struct identity_facts *facts, struct err *e)
{
	struct statx st;

	memset(facts, 0, sizeof(*facts));
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME,
	        &st) != 0)
		return err_set_errno(e, ERR_NO_INPUT, errno, "statx");
	if (!S_ISREG(st.stx_mode))
		return err_set(e, ERR_NO_INPUT, "not a regular file");
	facts->device = makedev(st.stx_dev_major, st.stx_dev_minor);
	facts->inode = st.stx_ino;
	facts->size = st.stx_size;
	facts->written_ns = identity_time_ns(&st.stx_mtime);
	if ((st.stx_mask & STATX_BTIME) != 0)
		facts->born_ns = identity_time_ns(&st.stx_btime);
	return 0;
}

/*
 * The hash of size bytes at offset, as many of them as there are.  *got is how
 * many these are.
 */
static int
hash_bytes(int fd, uint64_t offset, size_t size, uint64_t *hash, size_t *got,
    struct err *e)
{
	uint8_t data[IDENTITY_HEAD_MAX];
	ssize_t n;

	*got = 0;
	while (*got < size) {
		n = pread(fd, data + *got, size - *got, (off_t)(offset + *got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(e, ERR_NO_INPUT, errno, "read");
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	*hash = fnv_hash(data, *got);
	return 0;
}

/* It ends at `end` at the latest: it has been cut since its size was asked. */
static void
shorten(struct identity_facts *facts, uint64_t end)
{
	if (facts->size > end)
		facts->size = end;
}

/* Both hashes, of as much as there is. */
static int
measure(int fd, size_t head_size, uint64_t position,
    struct identity_facts *facts, struct err *e)
{
	size_t marker_size = identity_marker_size(position), got;

	if (hash_bytes(fd, 0, head_size, &facts->head_hash, &got, e) != 0)
		return e->code;
	if (got < head_size)
		shorten(facts, got);
	if (hash_bytes(fd, position - marker_size, marker_size,
	        &facts->marker_hash, &got, e) != 0)
		return e->code;
	if (got < marker_size)
		shorten(facts, position - marker_size + got);
	return 0;
}

int
identity_take(
    struct identity *identity, int fd, uint64_t position, struct err *e)
{
	struct identity_facts facts;
	size_t head_size;

	if (look(fd, &facts, e) != 0)
		return e->code;
	head_size = facts.size < IDENTITY_HEAD_MAX ? (size_t)facts.size
	                                           : IDENTITY_HEAD_MAX;
	if (facts.size >= position &&
	    measure(fd, head_size, position, &facts, e) != 0)
		return e->code;
	if (facts.size < position || facts.size < head_size)
		return err_set(e, ERR_DATA, "shorter than it was");
	memset(identity, 0, sizeof(*identity));
	identity->device = facts.device;
	identity->inode = facts.inode;
	identity->born_ns = facts.born_ns;
	identity->position = position;
	identity->head_hash = facts.head_hash;
	identity->marker_hash =
	    position > 0 ? facts.marker_hash : facts.written_ns;
	identity->head_size = (uint32_t)head_size;
	return 0;
}

int
identity_compare(const struct identity *stored, int fd,
    enum identity_verdict *verdict, struct err *e)
{
	struct identity_facts facts;

	if (look(fd, &facts, e) != 0)
		return e->code;
	/* Where it is too short, the hashes say nothing and are not asked. */
	if (facts.size >= stored->position && facts.size >= stored->head_size &&
	    measure(fd, stored->head_size, stored->position, &facts, e) != 0)
		return e->code;
	*verdict = identity_judge(stored, &facts);
	return 0;
}
