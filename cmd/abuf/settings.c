/*
 * Laying options over a configuration: what is set here, and the table of
 * what settings_outcome.c sets.
 */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "config/config.h"
#include "options.h"
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
set_null(struct target *target, const char *value, struct err *e)
{
	(void)value;
	if (target->options->values[OPTION_DELIMITER] != NULL)
		return err_set(e, ERR_USAGE, "not together with --delimiter");
	target->buffer->input.delimiter = '\0';
	return 0;
}

static int
set_delimiter(struct target *target, const char *value, struct err *e)
{
	return units_parse_byte(value, &target->buffer->input.delimiter, e);
}

static int
set_skip_empty(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->buffer->input.skip_empty = true;
	return 0;
}

static int
set_max_record(struct target *target, const char *value, struct err *e)
{
	return units_parse_size(value, 1, CONFIG_MAX_RECORD_MAX,
	    &target->buffer->input.max_record_bytes, e);
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
	if (strcmp(value, "text") == 0)
		target->config->log_format = CONFIG_LOG_TEXT;
	else if (strcmp(value, "json") == 0)
		target->config->log_format = CONFIG_LOG_JSON;
	else
		return err_set(
		    e, ERR_USAGE, "\"%s\" is not text or json", value);
	return 0;
}

static int
set_progress(struct target *target, const char *value, struct err *e)
{
	if (strcmp(value, "auto") == 0)
		target->config->progress = CONFIG_PROGRESS_AUTO;
	else if (strcmp(value, "always") == 0)
		target->config->progress = CONFIG_PROGRESS_ALWAYS;
	else if (strcmp(value, "never") == 0)
		target->config->progress = CONFIG_PROGRESS_NEVER;
	else
		return err_set(
		    e, ERR_USAGE, "\"%s\" is not auto, always or never", value);
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

/* NULL: settings_outcome.c's, or not laid over the configuration. */
static settings_setter *const setters[OPTION_COUNT] = {
    [OPTION_SIZE] = set_size,
    [OPTION_BYTES] = set_bytes,
    [OPTION_DELAY] = set_delay,
    [OPTION_IDLE] = set_idle,
    [OPTION_WORKERS] = set_workers,
    [OPTION_CH_LEN] = set_ch_len,
    [OPTION_NULL] = set_null,
    [OPTION_DELIMITER] = set_delimiter,
    [OPTION_SKIP_EMPTY] = set_skip_empty,
    [OPTION_MAX_RECORD] = set_max_record,
    [OPTION_SHELL] = set_shell,
    [OPTION_TIMEOUT] = set_timeout,
    [OPTION_KILL_AFTER] = set_kill_after,
    [OPTION_DRAIN] = set_drain,
    [OPTION_CONTROL] = set_control,
    [OPTION_JOBLOG] = set_joblog,
    [OPTION_LOG_FORMAT] = set_log_format,
    [OPTION_PROGRESS] = set_progress,
    [OPTION_VERBOSE] = set_verbose,
    [OPTION_QUIET] = set_quiet,
};

int
settings_apply(const struct options *options, struct config *config,
    const struct selection *selection, struct err *e)
{
	struct target target = {
	    .options = options,
	    .config = config,
	    .buffer = selection->buffer,
	    .channel = selection->channel,
	};
	size_t i;

	for (i = 0; i < OPTION_COUNT; i++) {
		settings_setter *set = setters[i];

		if (set == NULL)
			set = settings_outcome[i];
		if (options->values[i] == NULL || set == NULL)
			continue;
		if (set(&target, options->values[i], e) != 0)
			return err_wrap(e, "--%s", option_rows[i].name);
	}
	return 0;
}
