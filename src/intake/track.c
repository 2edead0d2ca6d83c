/*
 * Inputs that are read one after the other: what each is read as, and what
 * comes after it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/claims.h"
#include "intake/intake_internal.h"
#include "intake/known.h"
#include "intake/leftover.h"
#include "intake/watch.h"

/* So many files at a time may be read in large pieces. */
#define MANY 16

struct track *
track_add(struct intake *intake, const struct intake_group *group,
    const char *const *paths, size_t path_count, bool is_branch)
{
	struct track *track = memory_zeroed(1, sizeof(*track));

	track->intake = intake;
	track->group = group;
	track->source_settings = group->source;
	track->context = group->context;
	if (is_branch && group->branch != NULL)
		track->context = track->branch = group->branch(
		    group->context, &track->source_settings.route);
	track->paths = paths;
	track->path_count = path_count;
	if (intake->track_count == intake->track_capacity) {
		intake->track_capacity = intake->track_capacity * 2 + 4;
		intake->tracks = memory_resize(intake->tracks,
		    intake->track_capacity, sizeof(intake->tracks[0]));
	}
	intake->tracks[intake->track_count++] = track;
	return track;
}

static void
on_progress(void *context)
{
	const struct track *track = context;
	struct intake *intake = track->intake;

	patterns_take_turns(intake);
	intake->events.progressed(intake->events.context);
}

static void
on_no_space(void *context, const struct err *e)
{
	struct track *track = context;

	track->intake->events.no_space(track->intake->events.context, e);
}

static void
on_lost(void *context)
{
	const struct track *track = context;

	track->intake->events.lost(track->context);
}

static void
on_ended(void *context, const struct err *e)
{
	struct track *track = context;
	struct intake *intake = track->intake;

	source_close(track->source);
	track->source = NULL;
	if (e->code != 0)
		intake->events.failed(track->context, e);
	track_start_next(track);
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

/* A file is opened only to be read: is it one? */
static bool
is_file(const char *path, struct stat *st)
{
	int code =
	    strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, st) : stat(path, st);

	return code == 0 && S_ISREG(st->st_mode);
}

/*
 * Where standard input is a regular file that has a name, that is its path;
 * the caller frees.  NULL: it has none, and is read as any descriptor.
 */
static char *
name_standard_input(const struct stat *st)
{
	char link[] = "/proc/self/fd/0", name[4096];
	ssize_t n = readlink(link, name, sizeof(name) - 1);
	struct stat named;

	if (n <= 0 || access(link, R_OK) != 0)
		return NULL;
	name[n] = '\0';
	if (stat(name, &named) != 0 || named.st_dev != st->st_dev ||
	    named.st_ino != st->st_ino || access(name, R_OK) != 0)
		return NULL;
	return memory_string(name);
}

/* A pattern has found the path, or knows it. */
static bool
is_of_pattern(const struct track *track, const char *path)
{
	const struct intake_group *group = track->group;
	size_t i;

	for (i = 0; i < group->path_count; i++) {
		if (strcmp(group->paths[i], path) == 0)
			return false;
	}
	return true;
}

/* A pattern finds what a file at path is called once it is rotated. */
static bool
finds_rotated(const struct track *track, const char *path)
{
	const struct intake_group *group = track->group;
	char *rotated = memory_printf("%s.1", path);
	bool finds = false;
	size_t i;

	for (i = 0; i < group->path_count; i++) {
		finds |= intake_is_pattern(
		             &track->intake->settings, group->paths[i]) &&
		    fnmatch(group->paths[i], rotated,
		        FNM_PATHNAME | FNM_PERIOD) == 0;
	}
	free(rotated);
	return finds;
}

static enum follower_claim
claim_of(const void *context, const char *path, int fd)
{
	const struct track *track = context;

	return claims_find(&track->intake->settings, track->group,
	    track->paths[track->next - 1], path, fd);
}

/* There is no regular file: is one waited for, or known that was renamed? */
static bool
choose_missing(
    const struct track *track, const char *path, struct source_files *files)
{
	const struct intake *intake = track->intake;
	struct follower_settings *follower = &files->follower;
	struct stat st;

	if (stat(path, &st) == 0 || errno != ENOENT)
		return false;
	follower->is_sought = is_of_pattern(track, path);
	if (intake->settings.follow.is_following)
		return true;
	follower->must_exist = !follower->is_sought;
	return known_has(intake->known, path);
}

/*
 * The path of the files that a source reads, and what is peculiar to them;
 * NULL: it reads a descriptor.  The caller frees.
 */
static char *
choose_files(
    const struct track *track, const char *path, struct source_files *files)
{
	const struct intake *intake = track->intake;
	const struct intake_settings *settings = &intake->settings;
	struct follower_settings *follower = &files->follower;
	bool is_standard_input = strcmp(path, "-") == 0;
	struct stat st;
	off_t offset;

	if (intake->known == NULL)
		return NULL;
	follower->is_following = settings->follow.is_following;
	follower->ends_when_gone = track->is_found;
	follower->has_siblings = finds_rotated(track, path);
	follower->rotate_wait_ns = settings->follow.rotate_wait_ms * NS_PER_MS;
	follower->known = intake->known;
	follower->claim = claim_of;
	follower->context = track;
	follower->from_end = track->from_end;
	follower->delimiter = track->source_settings.framer.delimiter;
	files->places = settings->places;
	files->is_one_of_many = intake->track_count > MANY;
	files->is_final = settings->follow.is_final;
	if (!is_file(path, &st))
		return !is_standard_input && choose_missing(track, path, files)
		    ? memory_string(path)
		    : NULL;
	if (!is_standard_input)
		return memory_string(path);
	/* Others may have read the start of it. */
	offset = lseek(STDIN_FILENO, 0, SEEK_CUR);
	follower->offset = offset > 0 ? (uint64_t)offset : 0;
	follower->from_end = false;
	return name_standard_input(&st);
}

static int
open_source(struct track *track, const char *path, struct err *e)
{
	const struct source_events events = {
	    .progressed = on_progress,
	    .no_space = on_no_space,
	    .lost = on_lost,
	    .ended = on_ended,
	    .context = track,
	};
	struct intake *intake = track->intake;
	const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
	struct source_files files = {0};
	char *followed = choose_files(track, path, &files);
	int fd;

	if (followed != NULL) {
		files.path = followed;
		if (intake->watch != NULL)
			watch_add(intake->watch, followed);
		source_follow(&track->source, intake->loop, name,
		    &track->source_settings, &files, &events, e);
		free(followed);
		return e->code;
	}
	fd = open_path(path, e);
	if (fd < 0)
		return e->code;
	if (source_open(&track->source, intake->loop, fd, name,
	        &track->source_settings, &events, e) != 0)
		close(fd);
	return e->code;
}

void
track_start_next(struct track *track)
{
	struct intake *intake = track->intake;
	struct err e;

	while (!intake->is_stopping && track->next < track->path_count) {
		memset(&e, 0, sizeof(e));
		if (open_source(track, track->paths[track->next++], &e) == 0) {
			source_start(track->source);
			return;
		}
		intake->events.failed(track->context, &e);
	}
	track->has_ended = true;
	intake_check_end(intake);
}

bool
track_is_at_end(const struct track *track)
{
	if (track->source == NULL)
		return track->has_ended;
	return (track->intake->is_stopping ||
	           track->next == track->path_count) &&
	    source_is_at_end(track->source);
}

void
track_abandon(struct track *track)
{
	struct leftover leftover;

	if (track->source != NULL) {
		source_abandon(track->source, &leftover);
		if (leftover.size > 0 || leftover.is_inside_refused)
			track->intake->events.abandoned(
			    track->context, &leftover);
		source_close(track->source);
		track->source = NULL;
	}
	track_start_next(track);
}

void
track_destroy(struct track *track)
{
	size_t i;

	source_close(track->source);
	if (track->branch != NULL && track->group->unbranch != NULL)
		track->group->unbranch(track->branch);
	for (i = 0; track->own != NULL && i < track->path_count; i++)
		free(track->own[i]);
	free(track->own);
	free(track);
}
