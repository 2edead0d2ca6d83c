#ifndef ABUF_INTAKE_INTAKE_INTERNAL_H
#define ABUF_INTAKE_INTAKE_INTERNAL_H

/*
 * What the files of the intake share; see intake.h.
 *
 *	intake.c           all inputs together
 *	track.c            inputs that are read one after the other
 *	intake_patterns.c  files that come and go
 *	intake_refused.c   those of them that cannot be read
 */

#include "intake/intake.h"

struct known;
struct patterns_file;
struct watch;

/* Inputs that are read one after the other. */
struct track {
	/* Set once. */
	struct intake *intake;
	const struct intake_group *group;
	struct source_settings source_settings;
	void *context; /* for events */
	void *branch;  /* what the group gave it; or NULL */
	const char *const *paths;
	size_t path_count;
	char **own;    /* the same, where they are the track's own; or NULL */
	bool is_found; /* its only path is the file of a pattern */
	bool from_end;

	struct source *source; /* the one being read; NULL between two */
	size_t next;           /* the path that comes after it */
	bool has_ended;
};

/* A pattern that is looked up again and again. */
struct pattern {
	const struct intake_group *group;
	const char *path;
};

/* A file of a pattern that could not be read when it was looked at last. */
struct refused_file {
	uint64_t device;
	uint64_t inode;
	bool is_there; /* still, in this look */
};

struct intake {
	/* Set once. */
	uv_loop_t *loop;
	struct intake_settings settings;
	struct intake_events events;
	struct known *known; /* NULL: all inputs are read as descriptors */
	struct watch *watch; /* NULL: nothing is followed */
	struct pattern *patterns;
	size_t pattern_count;
	struct refused_file *refused;
	size_t refused_count;

	struct track **tracks;
	size_t track_count;
	size_t track_capacity;
	size_t files_max;  /* of patterns, open at a time */
	bool has_more;     /* others wait for one of them to be quiet */
	bool has_too_many; /* none will be; it has been said */

	bool has_started; /* all that is there has been opened */
	bool is_stopping;
	bool has_ended;
};

/* track.c */
/*
 * Add paths of a group, which outlive the track; is_branch: side by side with
 * others of the group.
 */
struct track *track_add(struct intake *intake, const struct intake_group *group,
    const char *const *paths, size_t path_count, bool is_branch);
/* Open inputs until one can be read; report the end after the last one. */
void track_start_next(struct track *track);
bool track_is_at_end(const struct track *track);
/* Give up; its end is reported. */
void track_abandon(struct track *track);
/* Forget it; nothing is reported. */
void track_destroy(struct track *track);

/* intake.c */
/* Where files begin that are there now, and were never seen. */
bool intake_is_from_end(const struct intake *intake);
/* Report the end, if nothing is left. */
void intake_check_end(struct intake *intake);

/* intake_patterns.c */
/* Is the path a pattern, for these settings? */
bool intake_is_pattern(
    const struct intake_settings *settings, const char *path);
/* A track of a group, where the files that patterns name take their place. */
void patterns_expand(struct intake *intake, const struct intake_group *group);
/* Look up the patterns of a group from now on. */
void patterns_add(struct intake *intake, const struct intake_group *group);
/* One may have become quiet: look, if many are, and others wait for that. */
void patterns_take_turns(struct intake *intake);
/* Read files that have appeared, and forget those that have ended. */
void patterns_look(struct intake *intake, bool from_end);

/* intake_refused.c */
/*
 * It still cannot be read, which has been told; false, too, if that is new: its
 * track will tell.
 */
bool patterns_is_refused(
    struct intake *intake, const struct patterns_file *file);
/* Those that are gone, or can be read now, are told anew. */
void patterns_purge_refused(struct intake *intake);

#endif
