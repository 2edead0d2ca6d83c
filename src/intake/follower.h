#ifndef ABUF_INTAKE_FOLLOWER_H
#define ABUF_INTAKE_FOLLOWER_H

/*
 * The files of one path that is followed, as one stream of bytes: who reads it
 * need not know that others rename, cut, delete and remake them.  What is done
 * when, and what is lost, is told in follow.h.
 *
 * It never waits.  Whoever is told to looks again at a hint, after a period of
 * his own, or at until_ns.
 *
 * Where it begins, of the files that are known (known.h):
 *
 *	the path names a file that is known   where that was read to
 *	the same, and it was empty            before it, copies that were made
 *	                                      of it since (family.h), from 0
 *	another was stored for the path       there, where it has gone in the
 *	                                      same folder, or where a copy of
 *	                                      it has; then those that were
 *	                                      rotated away or copied after
 *	                                      it, and what the path names,
 *	                                      from 0
 *	the same, and it is not found         at those that were born after
 *	                                      it, if it was not cut
 *	another, with the bytes that were     behind them; if these are few,
 *	read of the stored one                and others have come and gone,
 *	                                      as if it were not found
 *	none was                              at 0, or at the end
 *
 * While it runs, the same is asked at each look about what happened since the
 * last one: which files came behind the last that the path named, and which
 * copies were made of it.
 *
 * Known limits.  Of the files that came and went while nobody read, those are
 * found that are called as family.h says.  A file that was moved to another
 * folder, or compressed, is not found; that is told as a loss of the one that
 * was read last, if there was anything to lose or not: as a rule it cannot be
 * known.  Copies of one that was cut are not read if its own cannot be told by
 * its first bytes: nobody knows which of them were made before.  Without
 * `known`, a file that was given up and comes back to the path is taken for a
 * new one.
 *
 * Life cycle: follower_open(), follower_read(), follower_close().  One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"

struct err;
struct follower;
struct known;

/* Whose is a file that may be one of the path's, by its name? */
enum follower_claim {
	FOLLOWER_UNCLAIMED,
	FOLLOWER_BESIDE, /* an input that goes where this one does finds it */
	FOLLOWER_OTHERS  /* it is that of another input */
};

struct follower_settings {
	bool is_following;   /* false: up to what is there now */
	bool ends_when_gone; /* see follow.h */
	bool must_exist;     /* ERR_NO_INPUT, if nothing of it is there */
	bool is_sought;      /* what is not found was deleted, and no loss */
	bool has_siblings;   /* rotated files are read by followers of their
	                        own: those that this one leaves are not lost */
	uint64_t rotate_wait_ns;
	struct known *known; /* outlives it; NULL: nothing is */

	/* Whose is an open file, which was found as path?  NULL: nobody's. */
	enum follower_claim (*claim)(
	    const void *context, const char *path, int fd);
	const void *context;

	/* Of the file that is there now, if nobody knows it: */
	bool from_end;     /* from behind its last delimiter */
	uint8_t delimiter; /* if so */
	uint64_t offset;   /* otherwise */
};

enum follower_event {
	FOLLOWER_DATA,  /* size bytes; none where reading begins at an end */
	FOLLOWER_BREAK, /* what comes next begins another file */
	FOLLOWER_WAIT,  /* nothing now */
	FOLLOWER_END    /* nothing any more */
};

/* What may have been lost, or will not be read; told once.  Bits. */
enum follower_loss {
	FOLLOWER_LOST_STORED = 1,  /* the stored file was not found */
	FOLLOWER_LOST_CUT = 2,     /* the file was cut, and there is no copy */
	FOLLOWER_LOST_MANY = 4,    /* too many copies were made since */
	FOLLOWER_LOST_PACKED = 8,  /* some of them are compressed */
	FOLLOWER_LOST_UNSEEN = 16, /* nobody can look for any */
	FOLLOWER_LOST_ALIKE = 32,  /* what the path names begins as the stored
	                              file did, and may be it, or another */
	FOLLOWER_LOST_COPY = 64,   /* what others begin with was taken for
	                              their copies, and may be none */
	FOLLOWER_LOST_OTHERS = 128 /* an older one of several copies may be
	                              that of the stored file */
};

struct follower_answer {
	enum follower_event event;
	unsigned losses;      /* of enum follower_loss */
	bool is_loss_certain; /* there were bytes that nobody has read */
	uint64_t until_ns;    /* WAIT: look again then; or CLOCK_NEVER */
	bool is_gone;         /* END: because the path names no file any more */
	bool is_cut; /* BREAK: what has no end yet never will; it is lost if
	                FOLLOWER_LOST_CUT is told, or another reads the copy */

	/* DATA */
	size_t size;
	bool is_first;   /* of a file, or of the copy of one */
	bool goes_on;    /* it is the copy of what came before, without BREAK */
	int fd;          /* of the file; valid until the next read */
	uint32_t source; /* its number, if it has one, or the copied one's */
	struct identity identity; /* up to before these bytes, if is_first */
};

/*
 * Follow a path, which is copied and need not name anything yet.  ERR_NO_INPUT,
 * ERR_IO: the file, or those that are to be read before it, or their folder
 * cannot be read; nothing is lost, another run may.  While files are followed,
 * one at the path that cannot be opened is as none, unless it ends_when_gone.
 */
int follower_open(struct follower **follower, const char *path,
    const struct follower_settings *settings, struct err *e);

/*
 * What comes next, at most size bytes of it, size > 0.  ERR_NO_INPUT, ERR_IO if
 * the open file, or the folder of its copy, cannot be read; it may be asked
 * again.  A file at the path that
 * cannot be opened is as none.
 */
int follower_read(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e);

/*
 * Nothing can be taken now, but files that come to the path are held all the
 * same, and so are copies of those that are cut, before others rotate, compress
 * or delete them.  Errors as above.
 */
int follower_look(struct follower *follower, uint64_t now_ns, struct err *e);

/* The file that the last bytes are from has this number from now on. */
void follower_number(struct follower *follower, uint32_t source);

/*
 * The last size bytes of it were not taken: whoever reads it next begins
 * before them.
 */
void follower_unread(struct follower *follower, size_t size);

/*
 * Could the open file be closed now, and be followed again later by another
 * follower, which goes on where this one was?
 */
bool follower_can_park(const struct follower *follower);

/* It will be closed for that; path is the absolute one. */
void follower_park(struct follower *follower, const char *path);

/* It follows nothing, and has read what there is. */
bool follower_is_at_end(const struct follower *follower);

/* close(NULL) is a no-op. */
void follower_close(struct follower *follower);

#endif
