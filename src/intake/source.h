#ifndef ABUF_INTAKE_SOURCE_H
#define ABUF_INTAKE_SOURCE_H

/*
 * One input: a descriptor, or the files of a path (follower.h); the bytes read
 * from it that no window has taken yet, and its framer.
 *
 * What cannot be waited for (regular files, /dev/null) is read once a loop
 * turn, everything else once for each readiness: see input.h.
 *
 * A record stays here until it is whole, so that windows hold whole records
 * only.  The buffer grows for a long record up to the framer's limit; a
 * longer one is thrown away as it comes.
 *
 * While a lane is stuck, or there is no space for windows, the source is
 * paused: nothing is read, and the producer feels it.
 *
 * A source that is told to stop takes no new record, but reads the one it is
 * in the middle of to its end and not a byte further, so that it is not torn
 * and the next reader of a shared pipe finds the next record.
 *
 * Files of a path come one after the other: what is left of one when the next
 * begins is its last record, and each has a header of its own.  A file whose
 * position is kept (places.h) is not taken beyond its last delimiter, unless
 * that is wanted or another file follows: who writes it may be in the middle
 * of a line.  Such a source and one that follows stop at once, and what has
 * been read and not taken is no loss: it is still in the file.  Where reading
 * begins behind the start of a file, the first record counts as number 1.
 *
 * Life cycle: source_open() or source_follow(), source_start(); it reports
 * through its events until `ended`; source_close().  Loop thread only.
 */

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "intake/follower.h"
#include "intake/framer.h"

struct err;
struct leftover;
struct places;
struct route;
struct source;

struct source_settings {
	struct framer framer; /* a template */
	bool has_header;      /* its first line is one */
	const struct route *route;
};

struct source_events {
	/* Records may have entered windows. */
	void (*progressed)(void *context);
	/* No space for windows: it is paused until source_resume(). */
	void (*no_space)(void *context, const struct err *e);
	/* Records of its files are lost, for certain; it has been told why. */
	void (*lost)(void *context);
	/* Everything has been taken.  *e tells of a read error, if any. */
	void (*ended)(void *context, const struct err *e);
	void *context;
};

/*
 * Make a source of an open descriptor, which it owns from now on.  name is
 * for messages and is copied.  ERR_NO_INPUT if fd is a directory.  On failure
 * the caller still owns fd.
 */
int source_open(struct source **source, uv_loop_t *loop, int fd,
    const char *name, const struct source_settings *settings,
    const struct source_events *events, struct err *e);

struct source_files {
	const char *path;
	struct follower_settings follower;
	const struct places *places; /* outlive it; NULL: nobody keeps any */
	bool is_one_of_many;         /* it reads less at a time */
	bool is_final; /* with places: the last record needs no delimiter */
};

/* Make a source of the files of a path.  The errors of follower_open(). */
int source_follow(struct source **source, uv_loop_t *loop, const char *name,
    const struct source_settings *settings, const struct source_files *files,
    const struct source_events *events, struct err *e);

/*
 * A hint: something may have happened to what has this name in the folder of
 * the path, or one of that name elsewhere; NULL: to anything.
 */
void source_look(struct source *source, const char *name);

void source_start(struct source *source);

/* The router took less than all; source_resume() offers the rest again. */
bool source_is_paused(const struct source *source);

/* It is paused, but only so that others have their turn. */
bool source_wants_turn(const struct source *source);

/*
 * Nothing more can be taken from it now: nothing is ready to be read, or it is
 * paused until there is room.
 */
bool source_is_idle(const struct source *source);

/* A lane got room, or there may be space again: go on if it is paused. */
void source_resume(struct source *source);

/* Take no new record; `ended` follows, perhaps at once, perhaps later. */
void source_stop(struct source *source);

/*
 * Could it end now, and another go on in its file later, so that nothing is
 * lost?  Not within a record.
 */
bool source_can_park(const struct source *source);

/* End for that: `ended` follows now. */
void source_park(struct source *source);

/* Bytes ever read, to see whether more are coming. */
uint64_t source_total(const struct source *source);

/* Nothing more will come, though what has been read may not be taken yet. */
bool source_is_at_end(const struct source *source);

/*
 * Give up what has not been taken.  *leftover is valid until source_close().
 * No event follows.
 */
void source_abandon(struct source *source, struct leftover *leftover);

/*
 * Drop the handles and, when libuv has let go of them, the memory.  No event
 * follows.  close(NULL) is a no-op.
 */
void source_close(struct source *source);

#endif
