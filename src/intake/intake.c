/*
 * All inputs: groups side by side, the inputs of each one after the other.
 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/aliases.h"
#include "intake/check.h"
#include "intake/intake_internal.h"
#include "intake/known.h"
#include "intake/source.h"
#include "intake/watch.h"

/* How often patterns are looked up that nothing is heard of. */
#define PERIOD_MS 1000

static const char *const standard_input[] = {"-"};

bool
intake_is_from_end(const struct intake *intake)
{
	const struct intake_settings *settings = &intake->settings;

	return config_follow_from(&settings->follow,
	           settings->places != NULL) == CONFIG_FROM_END;
}

static void
add_followed(struct intake *intake, const struct intake_group *group)
{
	size_t i;

	for (i = 0; i < group->path_count; i++) {
		if (!intake_is_pattern(&intake->settings, group->paths[i]))
			track_add(intake, group, &group->paths[i], 1, i > 0)
			    ->from_end = intake_is_from_end(intake);
	}
	patterns_add(intake, group);
}

static void
add_group(struct intake *intake, const struct intake_group *group)
{
	if (intake->settings.follow.is_following && group->path_count > 0)
		add_followed(intake, group);
	else if (intake->known != NULL && group->path_count > 0)
		patterns_expand(intake, group);
	else if (group->path_count > 0)
		track_add(
		    intake, group, group->paths, group->path_count, false);
	else
		track_add(intake, group, standard_input, 1, false);
}

static void
on_changed(void *context, const char *name)
{
	struct intake *intake = context;
	size_t i;

	if (intake->is_stopping)
		return;
	if (name == NULL)
		patterns_look(intake, false);
	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->source != NULL)
			source_look(intake->tracks[i]->source, name);
	}
}

static void
on_renamed(void *context)
{
	struct intake *intake = context;

	if (!intake->is_stopping)
		patterns_look(intake, false);
}

int
intake_create(struct intake **result, uv_loop_t *loop,
    const struct intake_settings *settings, const struct intake_events *events,
    struct err *e)
{
	struct intake *intake;
	size_t i;

	*result = NULL;
	if (check_inputs(settings, e) != 0)
		return e->code;
	intake = memory_zeroed(1, sizeof(*intake));
	intake->loop = loop;
	intake->settings = *settings;
	intake->events = *events;
	intake->files_max = CONFIG_INPUTS_MAX;
	if (settings->follow.is_following || settings->places != NULL) {
		intake->known = known_create(settings->places);
		aliases_warn(settings);
	}
	for (i = 0; i < settings->group_count; i++)
		add_group(intake, &settings->groups[i]);
	*result = intake;
	return 0;
}

void
intake_check_end(struct intake *intake)
{
	size_t i;

	if (!intake->has_started || intake->has_ended ||
	    (intake->pattern_count > 0 && !intake->is_stopping))
		return;
	for (i = 0; i < intake->track_count; i++) {
		if (!intake->tracks[i]->has_ended)
			return;
	}
	intake->has_ended = true;
	intake->events.ended(intake->events.context);
}

bool
intake_has_patterns(const struct intake *intake)
{
	return intake->pattern_count > 0;
}

void
intake_limit(struct intake *intake, size_t count)
{
	if (count < intake->files_max)
		intake->files_max = count;
}

void
intake_start(struct intake *intake)
{
	const struct watch_events events = {on_changed, on_renamed, intake};
	size_t count = intake->track_count, i;

	if (intake->settings.follow.is_following)
		intake->watch = watch_create(intake->loop, PERIOD_MS, &events);
	for (i = 0; i < count; i++)
		track_start_next(intake->tracks[i]);
	patterns_look(intake, intake_is_from_end(intake));
	intake->has_started = true;
	intake_check_end(intake);
}

void
intake_resume(struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->source != NULL)
			source_resume(intake->tracks[i]->source);
	}
}

void
intake_stop(struct intake *intake)
{
	size_t i;

	intake->is_stopping = true;
	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->source != NULL)
			source_stop(intake->tracks[i]->source);
	}
	intake_check_end(intake);
}

uint64_t
intake_total(const struct intake *intake)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->source != NULL)
			total += source_total(intake->tracks[i]->source);
	}
	return total;
}

bool
intake_is_at_end(const struct intake *intake)
{
	size_t i;

	if (intake->pattern_count > 0 && !intake->is_stopping)
		return false;
	for (i = 0; i < intake->track_count; i++) {
		if (!track_is_at_end(intake->tracks[i]))
			return false;
	}
	return true;
}

void
intake_abandon(struct intake *intake)
{
	size_t i;

	intake->is_stopping = true;
	for (i = 0; i < intake->track_count; i++) {
		if (!intake->tracks[i]->has_ended)
			track_abandon(intake->tracks[i]);
	}
	intake_check_end(intake);
}

bool
intake_is_paused(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->source != NULL &&
		    source_is_paused(intake->tracks[i]->source))
			return true;
	}
	return false;
}

bool
intake_wants_turn(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (intake->tracks[i]->source != NULL &&
		    source_wants_turn(intake->tracks[i]->source))
			return true;
	}
	return false;
}

bool
intake_is_idle(const struct intake *intake)
{
	size_t i;

	for (i = 0; i < intake->track_count; i++) {
		if (!intake->tracks[i]->has_ended &&
		    (intake->tracks[i]->source == NULL ||
		        !source_is_idle(intake->tracks[i]->source)))
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
		track_destroy(intake->tracks[i]);
	watch_destroy(intake->watch);
	known_destroy(intake->known);
	free(intake->tracks);
	free(intake->patterns);
	free(intake->refused);
	free(intake);
}
