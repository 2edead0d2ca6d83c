#ifndef ABUF_INTAKE_FOLLOWER_INTERNAL_H
#define ABUF_INTAKE_FOLLOWER_INTERNAL_H

/*
 * What the files of a follower share; see follower.h.
 */

#include "intake/follow.h"
#include "intake/follower.h"
#include "intake/known.h"

struct stat;

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
	struct held ours[FOLLOW_HELD_MAX + 1]; /* the open one comes first */
	size_t count;                          /* of ours, at least 1 */

	/* The copy of what was cut off the open file; or none. */
	struct held copy;

	bool has_begun; /* bytes of what is being read have been told */
	bool goes_on;   /* it is the copy of what was read before */
	enum follower_loss loss; /* to be told */
};

/* Open what the path names, if it is a regular file; or -1. */
int follower_open_path(const struct follower *follower, struct stat *st);

/*
 * Take an open file over into *held, to go on where it is known to have been
 * read to; false if it is another's (*verdict is KNOWN_BUSY), or cannot be
 * identified.
 */
bool follower_take(struct follower *follower, int fd, struct held *held,
    enum known_verdict *verdict);

/*
 * Take the match of a search for stored over as its copy, to be read from its
 * position on; false if another reads it.  Either way the descriptor is not the
 * caller's.
 */
bool follower_take_copy(struct follower *follower, int fd,
    const struct identity *stored, uint32_t source, struct held *copy);

/*
 * Put what earlier runs left of the path's files in front of what is there,
 * once, where reading begins.
 */
void follower_take_rest(struct follower *follower);

/*
 * The open file was rotated away before reading began: put those behind it that
 * were rotated away after it, and that nobody has read.
 */
void follower_take_family(struct follower *follower);

/* The open file has been cut: its copy is next, then the file as a new one. */
int follower_start_over(struct follower *follower, struct err *e);

/* What comes next of the copy; it does not grow.  There must be one. */
void follower_read_copy(struct follower *follower, uint8_t *data, size_t size,
    struct follower_answer *answer);

/*
 * Tell of the bytes behind what was read of a file, up to moved->position,
 * which become read with this.
 */
void follower_tell(struct follower *follower, struct held *held,
    const struct identity *moved, struct follower_answer *answer);

/* It has been read up to its position: let it go. */
void follower_release(struct held *held);

#endif
