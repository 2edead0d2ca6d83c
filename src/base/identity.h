#ifndef ABUF_BASE_IDENTITY_H
#define ABUF_BASE_IDENTITY_H

/*
 * A regular file, known again by what has been read of it: whoever resumes at
 * a position must know that the bytes before it are those that were read.
 *
 *	device, inode   where it is, and when that inode was born
 *	head            its first bytes, at most IDENTITY_HEAD_MAX: as many as
 *	                it had then, so that small files count, too
 *	marker          the bytes before the position, at most
 *	                IDENTITY_MARKER_MAX; where there are none, when the
 *	                file was last written
 *
 * Files of one kind often begin alike, with a line of column names or the
 * greeting of a program.  Then the marker alone tells them apart, and so each
 * of the two is a hash of 64 bits: a folder of thousands of files, compared
 * for years, would meet two equal ones of 32.  It is FNV-1a, which is there
 * and never changes.  An enemy can make two equal ones, by writing into a
 * file that he may write to anyway; he makes us skip what he wrote himself.
 *
 * Known limits.  A file that is cut and grows again past the position, with
 * the same bytes at its start and before the position, is taken for what it
 * was.  So is one made anew with the same inode and the same bytes, where the
 * file system does not tell when it was born, or in the same tick of its clock.
 *
 * The decision is pure: identity_judge().  The rest reads with pread(), and
 * leaves the offset of the descriptor alone.  Any thread.
 */

#include <stddef.h>
#include <stdint.h>

struct err;

#define IDENTITY_HEAD_MAX 1024
#define IDENTITY_MARKER_MAX 64

/*
 * With a head of fewer bytes no file is known again under another inode: many
 * programs begin a new log with the very line that began the last one.
 */
#define IDENTITY_EVIDENCE_MIN 64

/*
 * Persisted: see journal/position.h before changing it.  Whoever has one has
 * head_size >= min(IDENTITY_HEAD_MAX, position).
 */
struct identity {
	uint64_t device;
	uint64_t inode;
	uint64_t born_ns;     /* since 1970; 0: the file system does not say */
	uint64_t position;    /* the first byte that is not taken yet */
	uint64_t head_hash;   /* of bytes 0 to head_size */
	uint64_t marker_hash; /* of identity_marker_size() before position; at
	                         0, nanoseconds since 1970: it was written */
	uint32_t head_size;   /* at most IDENTITY_HEAD_MAX */
};

/* What a file at hand is like, measured by a stored identity. */
struct identity_facts {
	uint64_t device;
	uint64_t inode;
	uint64_t born_ns;     /* 0: not known */
	uint64_t size;        /* bytes that could be read */
	uint64_t head_hash;   /* if size reaches stored->head_size */
	uint64_t written_ns;  /* since 1970 */
	uint64_t marker_hash; /* if size reaches stored->position */
};

enum identity_verdict {
	IDENTITY_SAME,      /* go on at the position */
	IDENTITY_TRUNCATED, /* it has been cut: start over at 0 */
	IDENTITY_REWRITTEN, /* other bytes, or a reused inode: a new source */
	IDENTITY_MOVED,     /* the same bytes under another inode */
	IDENTITY_OTHER      /* another file */
};

/*
 * When the file was last written, as far as whoever identified it knew; since
 * 1970.  0: only for a file of which nothing has been taken is that stored.
 */
uint64_t identity_written_ns(const struct identity *identity);

/* A time of a file, as statx(2) has it, in nanoseconds since 1970; or 0. */
struct statx_timestamp;
uint64_t identity_time_ns(const struct statx_timestamp *time);

/* min(IDENTITY_MARKER_MAX, position) */
size_t identity_marker_size(uint64_t position);

/*
 * The decision.  First that applies:
 *
 *	device, inode   the file at hand                       verdict
 *	the same        was born at another time               REWRITTEN
 *	the same        ends before the position or the head   TRUNCATED
 *	the same        has another head or marker             REWRITTEN
 *	the same        -                                      SAME
 *	other           head of too little evidence            OTHER
 *	other           ends before the position or the head   OTHER
 *	other           has another head or marker             OTHER
 *	other           -                                      MOVED
 *
 * MOVED is what became of a file that went to another file system, came back
 * from a backup, or whose device has another number since the last boot.  It
 * is also the copy that copytruncate makes: as long as a file with the stored
 * inode is SAME, that one goes before.
 */
enum identity_verdict identity_judge(
    const struct identity *stored, const struct identity_facts *facts);

/*
 * Identify an open regular file, for somebody who has taken all up to
 * position.  ERR_DATA if it ends before that, ERR_NO_INPUT if it is no
 * regular file or cannot be read.
 *
 * The file may be changing.  Who moves a position on: 1. identity_take() with
 * the new position; 2. identity_compare() with the old identity; 3. SAME says
 * that the new one is of the file that was read.
 */
int identity_take(
    struct identity *identity, int fd, uint64_t position, struct err *e);

/* Is the open file the stored one?  Errors as above, but for ERR_DATA. */
int identity_compare(const struct identity *stored, int fd,
    enum identity_verdict *verdict, struct err *e);

#endif
