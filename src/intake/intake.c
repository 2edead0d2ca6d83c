/*
 * All inputs: groups side by side, the inputs of each one after the other.
 */
#include "intake/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "intake/check.h"
#include "intake/leftover.h"
#include "intake/source.h"

static const char *const standard_input[] = {"-"};

/* A group on its way. */
struct track {
	/* Set once. */
	struct intake *intake;
	const struct intake_group *group;
	const char *const *paths;
	size_t path_count;

	struct source *source; /* the one being read; NULL between two */
	size_t next;           /* the path that comes after it */
	bool has_ended;
};

struct intake {
	/* Set once. */
	uv_loop_t *loop;
	struct intake_events events;
	struct track *tracks;
	size_t track_count;

	bool is_stopping;
	bool has_ended;
};

static void
init_track(struct track *track, struct intake *intake,
    const struct intake_group *group)
{
	track->intake = intake;
	track->group = group;
	track->paths = group->paths;
	track->path_count = group->path_count;
	if (group->path_count == 0) {
		track->paths = standard_input;
		track->path_count = 1;
	}
}

int
intake_create(struct intake **result, uv_loop_t *loop,
    const struct intake_settings *settings, const struct intake_events *events,
    struct err *e)
{
	struct intake *intake = memory_zeroed(1, sizeof(*intake));
	size_t i;

	intake->loop = loop;
	intake->events = *events;
	intake->track_count = settings->group_count;
	intake->tracks =
	    memory_zeroed(settings->group_count, sizeof(*intake->tracks));
	for (i = 0; i < settings->group_count; i++)
		init_track(&intake->tracks[i], intake, &settings->groups[i]);
	*result = intake;
	if (check_inputs(settings->groups, settings->group_count, e) == 0)
		return 0;
	intake_destroy(intake);
	*result = NULL;
	return e->code;
}

static void
on_progress(void *context)
{
	struct track *track = context;

	track->intake->events.progressed(track->intake->events.context);
}

static void
on_no_space(void *context, const struct err *e)
{
	struct track *track = context;

	track->intake->events.no_space(track->intake->events.context, e);
}

static void start_next(struct track *track);

static void
on_ended(void *context, const struct err *e)
{
	struct track *track = context;
	struct intake *intake = track->intake;

	source_close(track->source);
	track->source = NULL;
	if (e->code != 0)
		intake->events.failed(track->group->context, e);
	start_next(track);
	/* The last feed may have left records that now have a deadline. */
	if (!intake->has_ended)
		intake->events.progressed(intake->events.context);
}

/*
 * Open a path for reading; a FIFO without a writer must not block, and its
 * description is ours alone, so the flag may stay.
 */
static int
open_path(const char *path, struct err *e)
{
	int fd;

	if (strcmp(path, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		err_set_errno(e, ERR_NO_INPUT, errno, "%s", path);
	return fd;
}

static int
open_source(struct track *track, const char *path, struct err *e)
{
	const struct source_events events = {
	    .progressed = on_progress,
	    .no_space = on_no_space,
	    .ended = on_ended,
	    .context = track,
	};
	const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
	int fd = open_path(path, e);

	if (fd < 0)
		return e->code;
	if (source_open(&track->source, track->intake->loop, fd, name,
	        &track->group->source, &events, e) != 0)
		close(fd);
	return e->code;
}

/* Report the end after the last group. */
static void
end_track(struct track *track)
{
	struct intake *intake = track->intake;
	size_t i;

	track->has_ended = true;
	for (i = 0; i < intake->track_count; i++) {
		if (!intake->tracks[i].has_ended)
			return;
	}
	if (!intake->has_ended) {
		intake->has_ended = true;
		intake->events.ended(intake->events.context);
	}
}

/* Open inputs until one can be read. */
static void
start_next(struct track *track)
{
	struct intake *intake = track->intake;
	struct err e;

	while (!intake->is_stopping && track->next < track->path_count) {
		memset(&e, 0, sizeof(e));
		if (open_source(track, track->paths[track->next++], &e) == 0) {
			source_start(track->source);
			return;
		}
		intake->events.failed(track->group->context, &e);
	}
	end_track(track);
}

void
intake_start(struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++)
		start_next(&intake->tracks[i]);
}

void
intake_resume(struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i].source != NULL)
			source_resume(intake->tracks[i].source);
	}
}

void
intake_stop(struct intake *intake)
{
	size_t i;

	intake->is_stopping = true;
	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i].source != NULL)
			source_stop(intake->tracks[i].source);
	}
}

uint64_t
intake_total(const struct intake *intake)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i].source != NULL)
			total += source_total(intake->tracks[i].source);
	}
	return total;
}

static bool
track_is_at_end(const struct track *track)
{
	if (track->source == NULL)
		return track->has_ended;
	return (track->intake->is_stopping ||
	           track->next == track->path_count) &&
	    source_is_at_end(track->source);
}

bool
intake_is_at_end(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (!track_is_at_end(&intake->tracks[i]))
			return false;
	}
	return true;
}

static void
abandon_track(struct track *track)
{
	struct leftover leftover;

	if (track->source != NULL) {
		source_abandon(track->source, &leftover);
		if (leftover.size > 0 || leftover.is_inside_refused)
			track->intake->events.abandoned(
			    track->group->context, &leftover);
		source_close(track->source);
		track->source = NULL;
	}
	start_next(track);
}

void
intake_abandon(struct intake *intake)
{
	size_t i;

	intake->is_stopping = true;
	for (i = 0; i < intake->track_count; i++) {
		if (!intake->tracks[i].has_ended)
			abandon_track(&intake->tracks[i]);
	}
}

bool
intake_is_paused(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i].source != NULL &&
		    source_is_paused(intake->tracks[i].source))
			return true;
	}
	return false;
}

bool
intake_wants_turn(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i].source != NULL &&
		    source_wants_turn(intake->tracks[i].source))
			return true;
	}
	return false;
}

bool
intake_is_idle(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (!intake->tracks[i].has_ended &&
		    (intake->tracks[i].source == NULL ||
		        !source_is_idle(intake->tracks[i].source)))
			return false;
	}
	return !intake->has_ended;
}

bool
intake_has_ended(const struct intake *intake)
{
	return intake->has_ended;
}

void
intake_destroy(struct intake *intake)
{
	size_t i;

	if (intake == NULL)
		return;
	for (i = 0; i < intake->track_count; i++)
		source_close(intake->tracks[i].source);
	free(intake->tracks);
	free(intake);
}
