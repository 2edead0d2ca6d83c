/*
 * The options about records: how they are read, what is made of them for the
 * command, and what becomes of what it writes.
 */
#include "settings_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "config/config.h"
#include "config/frame_text.h"
#include "config/inputs.h"
#include "config/names.h"
#include "select.h"

static bool
is_given(const struct target *target, enum option_id id)
{
	return target->options->values[id] != NULL;
}

/* An option beats the inputs' own keys, too, where it speaks of them. */
static void
override(struct target *target, unsigned keys)
{
	struct config *config = target->config;
	size_t i;

	for (i = 0; i < config->source_count; i++) {
		struct config_source *source = &config->sources[i];

		if (!source->has_target ||
		    strcmp(source->target.buffer, target->buffer->name) == 0)
			source->own_keys &= ~keys;
	}
}

static int
set_null(struct target *target, const char *value, struct err *e)
{
	(void)value;
	if (is_given(target, OPTION_DELIMITER))
		return err_set(e, ERR_USAGE, "not together with --delimiter");
	target->buffer->input.delimiter = '\0';
	override(target, CONFIG_INPUT_HAS_DELIMITER);
	return 0;
}

static int
set_delimiter(struct target *target, const char *value, struct err *e)
{
	override(target, CONFIG_INPUT_HAS_DELIMITER);
	return units_parse_byte(value, &target->buffer->input.delimiter, e);
}

static int
set_skip_empty(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->buffer->input.skip_empty = true;
	override(target, CONFIG_INPUT_HAS_SKIP_EMPTY);
	return 0;
}

static int
set_max_record(struct target *target, const char *value, struct err *e)
{
	override(target, CONFIG_INPUT_HAS_MAX_RECORD);
	return units_parse_size(value, 1, CONFIG_MAX_RECORD_MAX,
	    &target->buffer->input.max_record_bytes, e);
}

static int
set_input_format(struct target *target, const char *value, struct err *e)
{
	struct config_input *input = &target->buffer->input;
	unsigned choice, keys = CONFIG_INPUT_HAS_FORMAT;

	if (settings_choice(value, names_input_format, &choice, e) != 0)
		return e->code;
	input->format = (enum config_input_format)choice;
	/* What the file says was for its own format. */
	if (input->format != CONFIG_INPUT_LINES &&
	    !is_given(target, OPTION_NULL) &&
	    !is_given(target, OPTION_DELIMITER)) {
		input->delimiter = '\n';
		keys |= CONFIG_INPUT_HAS_DELIMITER;
	}
	if (input->format == CONFIG_INPUT_JSON_SEQ &&
	    !is_given(target, OPTION_HEADER)) {
		input->has_header = false;
		keys |= CONFIG_INPUT_HAS_HEADER;
	}
	override(target, keys);
	return 0;
}

static int
set_header(struct target *target, const char *value, struct err *e)
{
	uint64_t lines;

	if (units_parse_count(value, 0, 1, &lines, e) != 0)
		return e->code;
	target->buffer->input.has_header = lines == 1;
	override(target, CONFIG_INPUT_HAS_HEADER);
	return 0;
}

/* path is that of the input, or NULL for those that options name. */
static int
check_input(const struct target *target, const struct config_input *input,
    const char *path, struct err *e)
{
	const char *misfit = inputs_misfit(input);
	enum option_id id = OPTION_HEADER;

	if (misfit == NULL)
		return 0;
	if (strcmp(misfit, "delimiter") == 0)
		id = is_given(target, OPTION_NULL) ? OPTION_NULL
		                                   : OPTION_DELIMITER;
	if (is_given(target, id))
		return err_set(e, ERR_USAGE,
		    "--%s: not together with records of %s",
		    option_rows[id].name, names_input_format[input->format]);
	return err_set(e, ERR_CONFIG,
	    "input %s: its format does not go with the %s of buffer %s",
	    path != NULL ? path : "-", misfit, target->buffer->name);
}

int
settings_records_finish(struct target *target, struct err *e)
{
	struct config *config = target->config;
	size_t i;
	int rc;

	rc = check_input(target, &target->buffer->input, NULL, e);
	for (i = 0; rc == 0 && i < config->source_count; i++) {
		struct config_source *source = &config->sources[i];

		inputs_inherit(config, target->buffer, source);
		rc = check_input(target, &source->input, source->path, e);
	}
	return rc;
}

static int
set_format(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_format, &choice, e) != 0)
		return e->code;
	target->channel->format_input.kind = (enum config_format)choice;
	config_format_drop_foreign(&target->channel->format_input);
	return 0;
}

/* A text that is not too long for a configuration, either. */
static int
set_bounded(char **text, size_t size_max, const char *value, struct err *e)
{
	if (strlen(value) > size_max)
		return err_set(e, ERR_USAGE,
		    "is too long, at most %zu bytes are allowed", size_max);
	return settings_text(text, value, e);
}

/* Comes after --format in the table. */
static int
set_columns(struct target *target, const char *value, struct err *e)
{
	struct config_format_input *format = &target->channel->format_input;

	if (!config_format_takes_columns(format))
		return err_set(e, ERR_USAGE,
		    "only with --format copy, csv or tsv, and channel %s of "
		    "buffer %s has none of these",
		    target->channel->name, target->channel_buffer->name);
	return set_bounded(&format->columns, CONFIG_COLUMNS_MAX, value, e);
}

static int
set_resp(struct target *target, const char *value, struct err *e)
{
	struct config_format_input *format = &target->channel->format_input;
	const char *given = target->options->values[OPTION_FORMAT];

	if (given != NULL &&
	    strcmp(given, names_format[CONFIG_FORMAT_RESP]) != 0)
		return err_set(
		    e, ERR_USAGE, "not together with --format %s", given);
	if (is_given(target, OPTION_COLUMNS))
		return err_set(e, ERR_USAGE, "not together with --columns");
	format->kind = CONFIG_FORMAT_RESP;
	config_format_drop_foreign(format);
	return set_bounded(&format->resp, CONFIG_RESP_MAX, value, e);
}

static int
set_frame(struct target *target, const char *value, struct err *e)
{
	static const enum option_id others[] = {
	    OPTION_PREFIX, OPTION_SEPARATOR, OPTION_SUFFIX};
	struct config_frame *frame = &target->channel->batch_do.frame;
	unsigned choice;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (is_given(target, others[i]))
			return err_set(e, ERR_USAGE, "not together with --%s",
			    option_rows[others[i]].name);
	}
	if (settings_choice(value, names_frame, &choice, e) != 0)
		return e->code;
	config_frame_release(frame);
	frame->kind = (enum config_frame_kind)choice;
	return 0;
}

/* Each of the three strings makes a frame of strings, unless it is one. */
static struct config_frame *
string_frame(struct target *target)
{
	struct config_frame *frame = &target->channel->batch_do.frame;

	if (frame->kind != CONFIG_FRAME_STRINGS)
		config_frame_release(frame);
	frame->kind = CONFIG_FRAME_STRINGS;
	return frame;
}

static int
set_string(char **text, const char *value, struct err *e)
{
	if (frame_text_check(value, e) != 0)
		return e->code;
	free(*text);
	*text = memory_string(value);
	return 0;
}

static int
set_prefix(struct target *target, const char *value, struct err *e)
{
	return set_string(&string_frame(target)->prefix, value, e);
}

static int
set_separator(struct target *target, const char *value, struct err *e)
{
	return set_string(&string_frame(target)->separator, value, e);
}

static int
set_suffix(struct target *target, const char *value, struct err *e)
{
	return set_string(&string_frame(target)->suffix, value, e);
}

static int
set_compress(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_compress, &choice, e) != 0)
		return e->code;
	target->channel->batch_do.compress = (enum config_compress)choice;
	return 0;
}

static int
set_output(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_output, &choice, e) != 0)
		return e->code;
	target->channel->batch_do.output = (enum config_output)choice;
	return 0;
}

const struct settings_row settings_records[OPTION_COUNT] = {
    [OPTION_NULL] = {.once = set_null},
    [OPTION_DELIMITER] = {.once = set_delimiter},
    [OPTION_SKIP_EMPTY] = {.once = set_skip_empty},
    [OPTION_MAX_RECORD] = {.once = set_max_record},
    [OPTION_INPUT_FORMAT] = {.once = set_input_format},
    [OPTION_HEADER] = {.once = set_header},
    [OPTION_FORMAT] = {.each = set_format},
    [OPTION_COLUMNS] = {.each = set_columns},
    [OPTION_RESP] = {.each = set_resp},
    [OPTION_FRAME] = {.each = set_frame},
    [OPTION_PREFIX] = {.each = set_prefix},
    [OPTION_SEPARATOR] = {.each = set_separator},
    [OPTION_SUFFIX] = {.each = set_suffix},
    [OPTION_COMPRESS] = {.each = set_compress},
    [OPTION_OUTPUT] = {.each = set_output},
};
