/*
 * The options about batches that fail: when they are tried again, what the
 * command's end means, and where they go at last.
 */
#include "settings_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "config/config.h"
#include "config/exit_map.h"
#include "config/names.h"
#include "config/split_hint.h"

static int
set_attempts(struct target *target, const char *value, struct err *e)
{
	return units_parse_count(value, 1, CONFIG_ATTEMPTS_MAX,
	    &target->channel->batch_do.retry.attempts, e);
}

/* MIN..MAX; dots is where the dots are. */
static int
set_both_delays(struct config_retry *retry, const char *value, const char *dots,
    struct err *e)
{
	char *first = memory_printf("%.*s", (int)(dots - value), value);
	uint64_t min_ms = 0, max_ms = 0;
	int rc;

	rc = units_parse_time(first, 1, CONFIG_TIME_MAX_MS, &min_ms, e);
	free(first);
	if (rc == 0)
		rc = units_parse_time(
		    dots + 2, 1, CONFIG_TIME_MAX_MS, &max_ms, e);
	if (rc != 0)
		return rc;
	if (max_ms < min_ms)
		return err_set(e, ERR_USAGE,
		    "\"%.48s\" is not MIN..MAX: the second time is less than "
		    "the first",
		    value);
	retry->delay_ms = min_ms;
	retry->max_delay_ms = max_ms;
	return 0;
}

static int
set_retry_delay(struct target *target, const char *value, struct err *e)
{
	struct config_retry *retry = &target->channel->batch_do.retry;
	const char *dots = strstr(value, "..");

	if (dots != NULL)
		return set_both_delays(retry, value, dots, e);
	if (units_parse_time(
	        value, 1, CONFIG_TIME_MAX_MS, &retry->delay_ms, e) != 0)
		return e->code;
	/* The file's maximum, or the default, was not meant for this one. */
	if (retry->max_delay_ms < retry->delay_ms)
		retry->max_delay_ms = retry->delay_ms;
	return 0;
}

static int
set_retry_deadline(struct target *target, const char *value, struct err *e)
{
	return units_parse_time(value, 1, CONFIG_TIME_MAX_MS,
	    &target->channel->batch_do.retry.deadline_ms, e);
}

static int
set_exit(struct target *target, const char *value, struct err *e)
{
	struct exit_map unused;

	exit_map_default(&unused);
	if (exit_map_parse(&unused, value, e) != 0)
		return e->code;
	return settings_text(&target->channel->batch_do.exit, value, e);
}

static int
set_preset(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(
	        value, names_preset + CONFIG_PRESET_PSQL, &choice, e) != 0)
		return e->code;
	target->channel->batch_do.preset =
	    (enum config_preset)(CONFIG_PRESET_PSQL + choice);
	return 0;
}

static int
set_probe(struct target *target, const char *value, struct err *e)
{
	struct config_batch_do *batch_do = &target->channel->batch_do;
	char *script = NULL;
	size_t i;

	if (settings_text(&script, value, e) != 0)
		return e->code;
	for (i = 0; batch_do->probe != NULL && batch_do->probe[i] != NULL; i++)
		free(batch_do->probe[i]);
	free(batch_do->probe);
	batch_do->probe = memory_zeroed(2, sizeof(batch_do->probe[0]));
	batch_do->probe[0] = script;
	batch_do->probe_shell = true;
	return 0;
}

static int
set_outage_after(struct target *target, const char *value, struct err *e)
{
	return units_parse_count(value, 0, CONFIG_OUTAGE_AFTER_MAX,
	    &target->channel->batch_do.outage_after, e);
}

static int
set_split(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->channel->batch_do.split = true;
	return 0;
}

static int
set_split_hint(struct target *target, const char *value, struct err *e)
{
	struct config_batch_do *batch_do = &target->channel->batch_do;

	if (split_hint_check(value, e) != 0)
		return e->code;
	batch_do->split = true;
	return settings_text(&batch_do->split_hint, value, e);
}

static int
set_split_max(struct target *target, const char *value, struct err *e)
{
	return units_parse_count(value, 1, CONFIG_SPLIT_MAX_MAX,
	    &target->channel->batch_do.split_max, e);
}

static int
set_on_failure(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_on_failure_option, &choice, e) != 0)
		return e->code;
	target->buffer->on_failure = (enum config_on_failure)choice;
	return 0;
}

static int
set_dead_letter(struct target *target, const char *value, struct err *e)
{
	return settings_text(&target->buffer->dead_letter, value, e);
}

static int
set_dead_letter_max(struct target *target, const char *value, struct err *e)
{
	return units_parse_size(value, 1, CONFIG_DEAD_LETTER_MAX_MAX,
	    &target->buffer->dead_letter_max, e);
}

const struct settings_row settings_outcome[OPTION_COUNT] = {
    [OPTION_ATTEMPTS] = {.each = set_attempts},
    [OPTION_RETRY_DELAY] = {.each = set_retry_delay},
    [OPTION_RETRY_DEADLINE] = {.each = set_retry_deadline},
    [OPTION_EXIT] = {.each = set_exit},
    [OPTION_PRESET] = {.each = set_preset},
    [OPTION_PROBE] = {.each = set_probe},
    [OPTION_OUTAGE_AFTER] = {.each = set_outage_after},
    [OPTION_SPLIT] = {.each = set_split},
    [OPTION_SPLIT_HINT] = {.each = set_split_hint},
    [OPTION_SPLIT_MAX] = {.each = set_split_max},
    [OPTION_ON_FAILURE] = {.once = set_on_failure},
    [OPTION_DEAD_LETTER] = {.once = set_dead_letter},
    [OPTION_DEAD_LETTER_MAX] = {.once = set_dead_letter_max},
};
