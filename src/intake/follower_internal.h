#ifndef ABUF_INTAKE_FOLLOWER_INTERNAL_H
#define ABUF_INTAKE_FOLLOWER_INTERNAL_H

/*
 * What the files of a follower share; see follower.h.
 */

#include <limits.h>

#include "intake/family.h"
#include "intake/follow.h"
#include "intake/follower.h"
#include "intake/known.h"

struct search_match;
struct stat;

/*
 * What the path names is opened, then it is searched what came before it.  If
 * it has been rotated away meanwhile, that is done anew, so many times in all.
 */
#define FOLLOWER_TRIES_MAX 4

/* An open file.  Its identity's position is how far it has been read. */
struct held {
	int fd; /* -1: none */
	struct identity identity;
	struct known_file *file; /* ours; NULL: nobody knows files */
	bool must_tell; /* where it begins is to be told without bytes, too */
};

struct follower {
	char *path;
	struct known *known; /* or NULL */
	struct follow follow;
	bool is_sought, has_siblings; /* see follower.h */
	enum follower_claim (*claim)(
	    const void *context, const char *path, int fd); /* or NULL */
	const void *context;
	struct held ours[FOLLOW_HELD_MAX + 1]; /* the open one comes first */
	size_t count;                          /* of ours, at least 1 */

	/* The copy of what was cut off the open file; or none. */
	struct held copy;
	uint64_t copy_size; /* so much of it counts */

	uint64_t seen_size; /* of the open file, before it was cut */
	bool has_begun;     /* bytes of what is being read have been told */
	bool goes_on;       /* it is the copy of what was read before */
	bool must_break;    /* what comes next begins another file */
	bool is_cut;        /* ... and what has no end yet never will */

	/*
	 * Of files that came to the path behind the last of ours, and were
	 * rotated away before anybody saw them there; as it was when the path
	 * named that one last.
	 */
	struct family_since since;
	char certain[NAME_MAX + 1]; /* what .certain and .than of it are */
	bool is_full;               /* there was no room for some of these */

	/* To be told: bits of enum follower_loss. */
	unsigned losses;
	bool is_loss_certain; /* one of them is */
};

/*
 * Open what the path names, if it is a regular file; or -1, and errno says why
 * it cannot be had, ENOENT if it is none.
 */
int follower_open_path(const struct follower *follower, struct stat *st);

/* Does the path name that file? */
bool follower_is_at_path(
    const struct follower *follower, const struct stat *st);

/*
 * Take an open file over into *held, to go on where it is known to have been
 * read to; false if it is another's (*verdict is KNOWN_BUSY, there is no
 * error), or cannot be identified: ERR_NO_INPUT.
 */
bool follower_take(struct follower *follower, int fd, struct held *held,
    enum known_verdict *verdict, struct err *e);

/*
 * The path names a file that is known, or another one than the one that was
 * stored for it.  ERR_NO_INPUT, ERR_IO: it cannot be told now which files are
 * to be read, and none is.
 */
int follower_begin_again(struct follower *follower, struct err *e);
int follower_begin_elsewhere(
    struct follower *follower, const struct known_file *last, struct err *e);

/* When a file was last written. */
uint64_t follower_written_ns(const struct stat *st);

/*
 * Nobody looked at the files that come before the last one: their late writers
 * have had as much of their time as has passed since the last of them wrote.
 * To be called once.
 */
void follower_shorten_wait(struct follower *follower);

/* Put it behind those that are there, if it is open. */
void follower_append(struct follower *follower, const struct held *held);

/*
 * Put those behind what is there that came since, and that nobody has read.
 * *packed_ns is when the newest compressed one was written; 0: there is none.
 * ERR_IO, ERR_NO_INPUT: one cannot be read now.
 */
int follower_take_family(struct follower *follower,
    const struct family_since *since, uint64_t *packed_ns, struct err *e);

/*
 * The same, of as many as there is room for: *has_more says if some are left,
 * and none is lost.  On failure none is taken.
 */
int follower_take_some(struct follower *follower,
    const struct family_since *since, bool *has_more, uint64_t *packed_ns,
    struct err *e);

/*
 * Put them in front of what the path names, which stays open all the time, for
 * it may be renamed, too, before it is looked for.  *count is how many they
 * are.  Errors as above.
 */
int follower_take_family_first(struct follower *follower,
    const struct family_since *since, size_t *count, uint64_t *packed_ns,
    struct err *e);

/* Whose is an open file, which was found as path? */
enum follower_claim follower_claim_of(
    const struct follower *follower, const char *path, int fd);

/*
 * Of ours from `from` on, before `end`, leave out those that have never been
 * read and only have what another begins with.
 */
void follower_drop_copies(struct follower *follower, size_t from, size_t end);

/*
 * Are there, beside the follower's copy, files that were written no later,
 * begin as the stored one did, and then differ?  Of those that are known to
 * have been read none counts; what was read as a copy is not known for long.
 */
bool follower_has_other_copies(struct follower *follower,
    const struct identity *stored, uint64_t until_ns);

/* The path names the file that was stored for it, under another inode. */
bool follower_is_moved(const struct held *held, const struct identity *stored);

/*
 * It is so: it begins with all that was read of the stored one.  If that was
 * little, such as a line of column names, every day's file may: it is another
 * one if any have come and gone since the stored one was made, and if none
 * have, nobody knows.  ERR_IO, ERR_NO_INPUT: it cannot be told now.
 */
int follower_begin_alike(struct follower *follower,
    const struct identity *stored, uint32_t source, struct err *e);

/* Something is lost, or may be. */
void follower_lose(
    struct follower *follower, enum follower_loss loss, bool is_certain);

/*
 * Take the match of a search for stored over as its copy, to be read from its
 * position on; false if another reads it.  Either way the descriptor is not the
 * caller's.
 */
bool follower_take_copy(struct follower *follower, int fd,
    const struct identity *stored, uint32_t source, struct held *copy);

/* The same, to be the follower's copy, up to the size that it has now. */
bool follower_turn_to_copy(struct follower *follower, int fd,
    const struct identity *stored, uint32_t source);

/*
 * Put what earlier runs left of the path's files in front of what is there,
 * once, where reading begins.
 */
void follower_take_rest(struct follower *follower);

/*
 * The open file has been cut: its copy is next, then the file as a new one.
 * ERR_NO_INPUT, ERR_IO: it cannot be told now; then nothing has changed.
 */
int follower_start_over(struct follower *follower, struct err *e);

/*
 * A look at the last of ours, before anything is decided.  If nothing of it was
 * read, it may have been copied and cut unseen: then those copies are put
 * before it.  Errors as above; nothing has changed.
 */
int follower_catch_up(struct follower *follower, struct err *e);

/*
 * The path names another file than the last of ours: put those that came
 * between the two, and then that one, behind them.  *is_blind: it is none after
 * all, or cannot be had, or there is no room.  Errors as above.
 */
int follower_hold(struct follower *follower, bool *is_blind, struct err *e);

/* Whoever may not read a folder may follow a file in it all the same. */
bool follower_is_closed(const struct follower *follower);

/*
 * Put those behind the first of ours that came since, and then what the path
 * names; if there is no room for all, the others and that one come later.
 * since->than, if any, is since->certain.
 * Errors as above; then what the path names is the last of ours.
 */
int follower_take_behind(struct follower *follower,
    const struct family_since *since, struct held *at_path, uint64_t *packed_ns,
    struct err *e);

/* There was no descriptor or memory for it: not now, perhaps later. */
bool follower_may_retry(const struct err *e);

/*
 * The open file was cut, and *match is its copy: put the copies that were made
 * after that before the file, if it is the last of ours.  Errors as above.
 */
int follower_take_later(
    struct follower *follower, const struct search_match *match, struct err *e);

/*
 * What comes next of the copy, which ends where it ended when it was taken.
 * There is one.  ERR_NO_INPUT: it cannot be read now.
 */
int follower_read_copy(struct follower *follower, uint8_t *data, size_t size,
    struct follower_answer *answer, struct err *e);

/*
 * Tell of the bytes behind what was read of a file, up to moved->position,
 * which become read with this.
 */
void follower_tell(struct follower *follower, struct held *held,
    const struct identity *moved, struct follower_answer *answer);

/* It has been read up to its position: let it go. */
void follower_release(struct held *held);

#endif
