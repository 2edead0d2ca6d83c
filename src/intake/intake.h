#ifndef ABUF_INTAKE_INTAKE_H
#define ABUF_INTAKE_INTAKE_H

/*
 * All inputs of a run: groups of them, which are read side by side.  The inputs
 * of one group are read one after the other, in the order given: the operands
 * are a group, and so is each input of a configuration.
 *
 * Every path is checked before anything is read (check.h).  It is opened when
 * its turn comes; a FIFO without a writer is waited for without blocking the
 * loop, and holds up no other group.
 *
 * Files that are followed (-f) are read side by side, each path for itself,
 * and so are the files of a pattern (patterns.h), of which some may come later:
 * those are read from their start, and end when they are gone.  Where more
 * match than can be open, those that are quiet are closed, and opened again
 * when there is more in them; the others wait for that.  With positions but
 * without -f, the files of a pattern take its place, in the order of their
 * names.  With positions, paths that had matched and name nothing any more are
 * read, too, where their files have been renamed (missing.h).  A path that has
 * the characters of a pattern, but is there, is none; without -f and positions,
 * none is.
 *
 * Life cycle: intake_create() checks; intake_start(); events until `ended`;
 * intake_destroy(), then run the loop until its handles are gone.  Loop
 * thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "config/config.h"
#include "intake/source.h"

struct err;
struct intake;
struct places;

struct intake_group {
	const char *const *paths; /* "-" is standard input; outlives intake */
	size_t path_count;        /* 0: standard input */
	struct source_settings source;
	void *context; /* for events about this group */

	/*
	 * Another input of the group is read beside the first one: it has
	 * a route and a context of its own, until it is given back.  NULL:
	 * they may have those of the group.
	 */
	void *(*branch)(void *context, const struct route **route);
	void (*unbranch)(void *branch);
};

struct intake_settings {
	const struct intake_group *groups; /* outlive intake */
	size_t group_count;

	struct config_follow follow;
	const struct places *places; /* outlive intake; NULL: nobody has any */
};

struct intake_events {
	/* Records may have entered windows. */
	void (*progressed)(void *context);
	/* No space for windows: call intake_resume() again after a while. */
	void (*no_space)(void *context, const struct err *e);
	/* An input of a group cannot be read on; the others follow. */
	void (*failed)(void *group_context, const struct err *e);
	/* Records of it are lost, for certain; it has been told why. */
	void (*lost)(void *group_context);
	/* It was given up; *leftover had been read and not taken. */
	void (*abandoned)(void *group_context, const struct leftover *leftover);
	/* The last one has ended and everything has been taken. */
	void (*ended)(void *context);
	void *context;
};

/* The errors of check_inputs(). */
int intake_create(struct intake **intake, uv_loop_t *loop,
    const struct intake_settings *settings, const struct intake_events *events,
    struct err *e);

/* Files of patterns are followed: there may be any number of them. */
bool intake_has_patterns(const struct intake *intake);

/* So many of them are open at a time, at least 1.  Before the start. */
void intake_limit(struct intake *intake, size_t count);

void intake_start(struct intake *intake);

/* A lane got room, or there may be space again. */
void intake_resume(struct intake *intake);

/* Take no new record and open no other input; `ended` follows. */
void intake_stop(struct intake *intake);

/* Bytes ever read from inputs at hand, to see whether more are coming. */
uint64_t intake_total(const struct intake *intake);

/* Nothing more will come, though what has been read may not be taken yet. */
bool intake_is_at_end(const struct intake *intake);

/* Give up: `abandoned` where anything had been read, and `ended` follow now. */
void intake_abandon(struct intake *intake);

/* A lane has no room, or windows no space, for what one input has read. */
bool intake_is_paused(const struct intake *intake);

/* One is, but only so that others have their turn: resume it soon. */
bool intake_wants_turn(const struct intake *intake);

/*
 * Nothing more can be taken from any input now: nothing is ready to be read, or
 * it is paused until there is room.
 */
bool intake_is_idle(const struct intake *intake);

bool intake_has_ended(const struct intake *intake);

/* destroy(NULL) is a no-op. */
void intake_destroy(struct intake *intake);

#endif
