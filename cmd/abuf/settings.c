/*
 * Laying options over a configuration, by tables: the one here, and those of
 * settings_records.c, settings_outcome.c and settings_journal.c.
 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "config/config.h"
#include "config/names.h"
#include "options.h"
#include "select.h"
#include "settings_internal.h"

static int
set_size(struct target *target, const char *value, struct err *e)
{
	return units_parse_count(
	    value, 1, CONFIG_WIN_SIZE_MAX, &target->buffer->buffer_win_size, e);
}

static int
set_bytes(struct target *target, const char *value, struct err *e)
{
	return units_parse_size(value, 0, CONFIG_WIN_BYTES_MAX,
	    &target->buffer->buffer_win_bytes, e);
}

static int
set_delay(struct target *target, const char *value, struct err *e)
{
	uint64_t ms;

	if (units_parse_time(value, 0, CONFIG_TIME_MAX_MS, &ms, e) != 0)
		return e->code;
	target->buffer->flush_when_idle = ms == 0;
	if (ms > 0)
		target->buffer->delay_do_ms = ms;
	return 0;
}

static int
set_idle(struct target *target, const char *value, struct err *e)
{
	return units_parse_time(
	    value, 0, CONFIG_TIME_MAX_MS, &target->buffer->idle_ms, e);
}

static int
set_workers(struct target *target, const char *value, struct err *e)
{
	return units_parse_count(
	    value, 1, CONFIG_WORKERS_MAX, &target->channel->sub_worker_num, e);
}

static int
set_ch_len(struct target *target, const char *value, struct err *e)
{
	return units_parse_count(
	    value, 0, CONFIG_CH_LEN_MAX, &target->channel->ch_len, e);
}

static int
set_shell(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->channel->batch_do.shell = true;
	return 0;
}

static int
set_timeout(struct target *target, const char *value, struct err *e)
{
	return units_parse_time(value, 0, CONFIG_TIME_MAX_MS,
	    &target->channel->batch_do.timeout_ms, e);
}

static int
set_kill_after(struct target *target, const char *value, struct err *e)
{
	return units_parse_time(value, 1, CONFIG_TIME_MAX_MS,
	    &target->channel->batch_do.kill_after_ms, e);
}

static int
set_drain(struct target *target, const char *value, struct err *e)
{
	uint64_t *ms = &target->config->drain_ms;

	/* 0 would mean the default in a file: at once is as good as 1 ms. */
	if (units_parse_time(value, 0, CONFIG_TIME_MAX_MS, ms, e) == 0 &&
	    *ms == 0)
		*ms = 1;
	return e->code;
}

int
settings_text(char **text, const char *value, struct err *e)
{
	if (value[0] == '\0')
		return err_set(e, ERR_USAGE, "is empty");
	free(*text);
	*text = memory_string(value);
	return 0;
}

int
settings_choice(const char *value, const char *const *names, unsigned *choice,
    struct err *e)
{
	char list[80];
	size_t used = 0;
	unsigned i;

	*choice = 0;
	for (i = 0; names[i] != NULL; i++) {
		const char *before = ", ";

		if (strcmp(value, names[i]) == 0) {
			*choice = i;
			return 0;
		}
		if (i == 0)
			before = "";
		else if (names[i + 1] == NULL)
			before = " or ";
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used,
			    sizeof(list) - used, "%s%s", before, names[i]);
	}
	return err_set(e, ERR_USAGE, "\"%.80s\" is not %s", value, list);
}

static int
set_control(struct target *target, const char *value, struct err *e)
{
	return settings_text(&target->config->control, value, e);
}

static int
set_joblog(struct target *target, const char *value, struct err *e)
{
	return settings_text(&target->config->joblog, value, e);
}

static int
set_log_format(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_log_format, &choice, e) != 0)
		return e->code;
	target->config->log_format = (enum config_log_format)choice;
	return 0;
}

static int
set_progress(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_progress, &choice, e) != 0)
		return e->code;
	target->config->progress = (enum config_progress)choice;
	return 0;
}

static int
set_verbose(struct target *target, const char *value, struct err *e)
{
	(void)value;
	if (target->options->values[OPTION_QUIET] != NULL)
		return err_set(e, ERR_USAGE, "not together with --quiet");
	target->config->verbose = true;
	target->config->quiet = false;
	return 0;
}

static int
set_quiet(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->config->quiet = true;
	target->config->verbose = false;
	return 0;
}

static const struct settings_row settings_other[OPTION_COUNT] = {
    [OPTION_SIZE] = {.once = set_size},
    [OPTION_BYTES] = {.once = set_bytes},
    [OPTION_DELAY] = {.once = set_delay},
    [OPTION_IDLE] = {.once = set_idle},
    [OPTION_WORKERS] = {.each = set_workers},
    [OPTION_CH_LEN] = {.each = set_ch_len},
    [OPTION_SHELL] = {.each = set_shell},
    [OPTION_TIMEOUT] = {.each = set_timeout},
    [OPTION_KILL_AFTER] = {.each = set_kill_after},
    [OPTION_DRAIN] = {.once = set_drain},
    [OPTION_CONTROL] = {.once = set_control},
    [OPTION_JOBLOG] = {.once = set_joblog},
    [OPTION_LOG_FORMAT] = {.once = set_log_format},
    [OPTION_PROGRESS] = {.once = set_progress},
    [OPTION_VERBOSE] = {.once = set_verbose},
    [OPTION_QUIET] = {.once = set_quiet},
};

/* For each channel that options speak of. */
static int
set_each(struct target *target, const struct selection *selection,
    settings_setter *set, const char *value, struct err *e)
{
	struct config *config = target->config;
	size_t i, j, done = 0;

	for (i = 0; i < config->buffer_count; i++) {
		struct config_buffer *buffer = &config->buffers[i];

		for (j = 0; j < buffer->channel_count; j++) {
			target->channel = &buffer->channels[j];
			target->channel_buffer = buffer;
			if (!select_means(selection, buffer, target->channel))
				continue;
			if (set(target, value, e) != 0)
				return e->code;
			done++;
		}
	}
	return done > 0 ? 0 : select_refuse_none("not used", e);
}

static int
set_option(struct target *target, const struct selection *selection,
    enum option_id id, struct err *e)
{
	static const struct settings_row *const tables[] = {settings_other,
	    settings_records, settings_outcome, settings_journal};
	const char *value = target->options->values[id];
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct settings_row *row = &tables[i][id];
		int rc = 0;

		if (row->once != NULL)
			rc = row->once(target, value, e);
		else if (row->each != NULL)
			rc = set_each(target, selection, row->each, value, e);
		if (rc != 0)
			return err_wrap(e, "--%s", option_rows[id].name);
	}
	return 0;
}

int
settings_apply(const struct options *options, struct config *config,
    const struct selection *selection, struct err *e)
{
	struct target target = {
	    .options = options,
	    .config = config,
	    .buffer = selection->buffer,
	};
	size_t i;

	for (i = 0; i < OPTION_COUNT; i++) {
		if (options->values[i] != NULL &&
		    set_option(&target, selection, (enum option_id)i, e) != 0)
			return e->code;
	}
	if (settings_journal_finish(&target, e) != 0)
		return e->code;
	return settings_records_finish(&target, e);
}
