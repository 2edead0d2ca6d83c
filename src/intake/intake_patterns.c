/*
 * Files that patterns name: those that are there take the place of their
 * pattern, or, where files are followed, have a track each as they appear.
 */
#include <sys/stat.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/config.h"
#include "intake/intake_internal.h"
#include "intake/known.h"
#include "intake/missing.h"
#include "intake/patterns.h"
#include "intake/watch.h"

/* So many names may match; few of them are read at a time. */
#define MATCHES_MAX ((size_t)1 << 20)

bool
intake_is_pattern(const struct intake_settings *settings, const char *path)
{
	struct stat st;

	return (settings->follow.is_following || settings->places != NULL) &&
	    strpbrk(path, "*?[") != NULL && stat(path, &st) != 0;
}

/* What a pattern names; nothing, and why is logged, if that cannot be told. */
static void
find_files(const char *pattern, struct patterns_found *found)
{
	struct err e;

	if (patterns_find(&pattern, 1, MATCHES_MAX, found, &e) != 0)
		log_error("input: %s: %s", pattern, e.message);
}

static void
own(struct track *track, const char *path)
{
	track->own = memory_resize(
	    track->own, track->path_count + 1, sizeof(track->own[0]));
	track->own[track->path_count++] = memory_string(path);
	track->paths = (const char *const *)track->own;
}

static int
compare_paths(const void *left, const void *right)
{
	char *const *a = left, *const *b = right;

	return strcmp(*a, *b);
}

/* What a pattern names, and what it named before, in the order of names. */
static void
expand(struct track *track, const char *pattern)
{
	size_t first = track->path_count, i;
	struct patterns_found found;
	struct missing missing;

	find_files(pattern, &found);
	for (i = 0; i < found.count; i++)
		own(track, found.files[i].path);
	patterns_release(&found);
	missing_find(track->intake->known, pattern, &missing);
	for (i = 0; i < missing.count; i++)
		own(track, missing.paths[i].path);
	missing_release(&missing);
	if (track->path_count > first)
		qsort(&track->own[first], track->path_count - first,
		    sizeof(track->own[0]), compare_paths);
}

void
patterns_expand(struct intake *intake, const struct intake_group *group)
{
	struct track *track = track_add(intake, group, NULL, 0, false);
	size_t i;

	track->from_end = intake_is_from_end(intake);
	for (i = 0; i < group->path_count; i++) {
		if (intake_is_pattern(&intake->settings, group->paths[i]))
			expand(track, group->paths[i]);
		else
			own(track, group->paths[i]);
	}
}

void
patterns_add(struct intake *intake, const struct intake_group *group)
{
	size_t i;

	for (i = 0; i < group->path_count; i++) {
		if (!intake_is_pattern(&intake->settings, group->paths[i]))
			continue;
		intake->patterns = memory_resize(intake->patterns,
		    intake->pattern_count + 1, sizeof(intake->patterns[0]));
		intake->patterns[intake->pattern_count].group = group;
		intake->patterns[intake->pattern_count++].path =
		    group->paths[i];
	}
}

/* Does a track read this path already? */
static bool
has_track(const struct intake *intake, const char *path)
{
	const struct track *track;
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		track = intake->tracks[i];
		if (!track->has_ended && track->path_count == 1 &&
		    strcmp(track->paths[0], path) == 0)
			return true;
	}
	return false;
}

/* Tracks whose file is gone. */
static void
purge(struct intake *intake)
{
	size_t i, used = 0;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->is_found && intake->tracks[i]->has_ended)
			track_destroy(intake->tracks[i]);
		else
			intake->tracks[used++] = intake->tracks[i];
	}
	intake->track_count = used;
}

/* The file of a pattern that has nothing to be read now. */
static bool
is_quiet(const struct track *track)
{
	return track->is_found && track->source != NULL &&
	    source_is_idle(track->source);
}

/* How many are open; of these, *quiet can be closed, the first is *first. */
static size_t
count_open(const struct intake *intake, size_t *quiet, struct track **first)
{
	struct track *track;
	size_t i, count = 0;

	*quiet = 0;
	for (i = 0; i < intake->track_count; i++) {
		track = intake->tracks[i];
		count += track->is_found && !track->has_ended;
		if (!is_quiet(track) || !source_can_park(track->source))
			continue;
		if ((*quiet)++ == 0)
			*first = track;
	}
	return count;
}

/* Nobody can be closed, and nobody will be by himself. */
static bool
is_stuck(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->is_found &&
		    !intake->tracks[i]->has_ended &&
		    !is_quiet(intake->tracks[i]))
			return false;
	}
	return true;
}

/* There is a place for another file; if not, it waits. */
static bool
make_place(struct intake *intake, const char *path)
{
	struct track *first = NULL;
	size_t quiet;

	if (count_open(intake, &quiet, &first) < intake->files_max)
		return true;
	if (quiet > 0) {
		source_park(first->source);
		return true;
	}
	intake->has_more = true;
	if (is_stuck(intake) && !intake->has_too_many) {
		intake->has_too_many = true;
		log_error("input: %s: %zu files are open, and none of them can "
		          "be closed for this and others: they wait",
		    path, intake->files_max);
	}
	return false;
}

static struct track *
start(struct intake *intake, const struct pattern *pattern, const char *path,
    bool from_end)
{
	struct track *track = track_add(intake, pattern->group, NULL, 0, true);

	own(track, path);
	track->is_found = true;
	track->from_end = from_end;
	track_start_next(track);
	return track;
}

static void
look_at(struct intake *intake, const struct pattern *pattern,
    const struct patterns_file *file, bool from_end)
{
	const struct track *track;
	bool has_place;

	if (has_track(intake, file->path) ||
	    !known_wants(
	        intake->known, file->path, file->device, file->inode) ||
	    patterns_is_refused(intake, file))
		return;
	has_place = make_place(intake, file->path);
	if (!has_place && !from_end)
		return;
	track = start(intake, pattern, file->path, from_end);
	/* Where its end is now is known; what comes behind it can wait. */
	if (!has_place && track->source != NULL &&
	    source_can_park(track->source))
		source_park(track->source);
}

/* Files that had matched, and have been renamed to what does not. */
static void
look_for_missing(struct intake *intake, const struct pattern *pattern)
{
	const struct missing_path *path;
	struct missing missing;
	size_t i;

	missing_find(intake->known, pattern->path, &missing);
	for (i = 0; i < missing.count; i++) {
		path = &missing.paths[i];
		if (has_track(intake, path->path))
			continue;
		if (make_place(intake, path->path))
			start(intake, pattern, path->path, false);
		else
			missing_put_back(path);
	}
	missing_release(&missing);
}

void
patterns_take_turns(struct intake *intake)
{
	struct track *first = NULL;
	size_t quiet;

	if (!intake->has_more || intake->is_stopping)
		return;
	count_open(intake, &quiet, &first);
	if (quiet >= (intake->files_max + 1) / 2)
		patterns_look(intake, false);
}

void
patterns_look(struct intake *intake, bool from_end)
{
	struct patterns_found found;
	size_t i, k;

	purge(intake);
	intake->has_more = false;
	for (i = 0; i < intake->pattern_count; i++) {
		watch_add(intake->watch, intake->patterns[i].path);
		find_files(intake->patterns[i].path, &found);
		for (k = 0; k < found.count; k++)
			look_at(intake, &intake->patterns[i], &found.files[k],
			    from_end);
		patterns_release(&found);
		look_for_missing(intake, &intake->patterns[i]);
	}
	patterns_purge_refused(intake);
}
