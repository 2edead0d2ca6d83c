#ifndef ABUF_INTAKE_FOLLOW_H
#define ABUF_INTAKE_FOLLOW_H

/*
 * What to do next about a path whose file is read as it grows, while others
 * rename, cut, delete and remake it.  A pure core: no file, no thread, no
 * clock.
 *
 * One file is open and read.  A file that takes its place under the path is
 * held: opened at once, so that it is not lost when it is renamed in its turn,
 * and read when those before it are finished.  A file that was rotated away is
 * finished when it is read to its end and has not grown for rotate_wait, or has
 * been held so long if files are not followed: its writers may not have noticed
 * yet.  So lines come file by file, in the order
 * of the rotations, and a backlog of files does not wait once for each.
 *
 * First that applies:
 *
 *	the open file             the path names       step
 *	-                         a new file, room     HOLD
 *	none                      -, one is held       NEXT
 *	none                      -, none is held      WAIT, or END
 *	cut, or changed           -                    START_OVER
 *	has more                  -                    READ
 *	at its end                -, none is held      WAIT, or END
 *	at its end, not quiet     -, one is held       WAIT, for rotate_wait
 *	at its end, quiet         -, one is held       NEXT
 *
 * While nothing can be taken (is_full), there is HOLD and START_OVER only, and
 * WAIT instead of all others.
 *
 * A path that a pattern has found ends with its file (ends_when_gone): where
 * the table says END, but the path still names the open file, and files are
 * followed, it is WAIT; and as long as the open file is not quiet, too.
 *
 * Which is to say, for what happens to files:
 *
 *	it grows                  READ
 *	renamed, made anew        HOLD; READ to its end; WAIT; NEXT
 *	the same, late writers    READ, and rotate_wait begins again
 *	renamed, none made        READ, WAIT: it stays open
 *	deleted                   READ, WAIT: its writers may go on; it takes
 *	                          its space until another is made
 *	deleted, made anew        as renamed
 *	rotated twice meanwhile   HOLD, HOLD; each is read in turn
 *	copied and truncated      START_OVER
 *	truncated, has grown
 *	past the position         START_OVER, by its identity
 *	path not there at first   WAIT, then HOLD, NEXT
 *	moved back to the path    no new file: as if it had stayed
 *	a folder, or what cannot
 *	be opened, takes its place
 *	                          as deleted
 *
 * What nobody can see is lost: a file that came to the path and left between
 * two looks, if it is not found by its name; what is written to a file that was
 * rotated away, after a silence of rotate_wait; and what copytruncate takes,
 * which is what was written between copy and truncation.  All that had not been
 * read is lost with it if the copy cannot be found: it is gone or compressed,
 * or it is of a file so young that it has less than the head that is known, or
 * than is evidence.
 *
 * The caller, whenever it has time, a file may have changed, or until_ns has
 * passed:
 *	1. asks fstat() of the files it has, stat() of the path, and whether
 *	   the open file is still the one that was read (identity_compare());
 *	2. follow_next();
 *	3. HOLD: opens the path, puts it behind those that are held, and
 *	   identifies it with position 0.  Where its device and inode are
 *	   known, from before or from another path, it goes on at the position
 *	   that is known.  If it cannot be opened, it tells of no file at the
 *	   path until its next look.  What came between the last one of its
 *	   files and this one, and was rotated away unseen, comes before it
 *	   (family_find());
 *	   START_OVER: looks in the same folder for a copy (search_find()),
 *	   reads that from the position to its end, then the open file from 0
 *	   as a new source; without a copy, what has no end yet is no record;
 *	   READ: reads on from the offset;
 *	   NEXT: takes what is left as the last record, closes the file, and
 *	   goes on with the first one that is held;
 *	   WAIT: for a hint, for its own period, or until until_ns;
 *	   END: takes what is left, if that is wanted, and is done;
 *	4. begins again, unless it is to wait.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stat;

/* How many files may be held behind the open one. */
#define FOLLOW_HELD_MAX 16

/* A file, as fstat() or stat() tell.  All zero: none. */
struct follow_file {
	bool is_there; /* and is a regular file */
	uint64_t device;
	uint64_t inode;
	uint64_t size;
};

struct follow {
	/* Set once. */
	bool is_following; /* false: up to what is there now */
	uint64_t rotate_wait_ns;
	bool ends_when_gone; /* nobody waits for another file at the path */

	/* State, all zero to begin with: of the open file, and those held. */
	struct follow_seen {
		uint64_t size;
		uint64_t busy_ns; /* last seen to grow, or without successor */
	} seen[FOLLOW_HELD_MAX + 1];
	size_t seen_count;
};

struct follow_facts {
	uint64_t now_ns;         /* of the monotonic clock */
	uint64_t offset;         /* how far the open file has been read */
	bool is_changed;         /* it is not IDENTITY_SAME any more */
	bool is_full;            /* nothing can be taken now */
	struct follow_file path; /* what the path names */
	const struct follow_file *ours; /* the open one, then those held */
	size_t count; /* of these, at least 1; ours[0] may be none */
};

enum follow_step {
	FOLLOW_HOLD,
	FOLLOW_START_OVER,
	FOLLOW_READ,
	FOLLOW_NEXT,
	FOLLOW_WAIT,
	FOLLOW_END
};

struct follow_decision {
	enum follow_step step;
	uint64_t until_ns; /* WAIT: look again then; or CLOCK_NEVER */
};

/* What st says; NULL, or anything but a regular file, is no file. */
struct follow_file follow_file(const struct stat *st);

/* Decide.  It goes on as if the caller did what it is told. */
struct follow_decision follow_next(
    struct follow *follow, const struct follow_facts *facts);

#endif
