/*
 * Inputs: which buffer each has its keys from, and what goes together.
 */
#include "config/inputs.h"

#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

struct config_buffer *
inputs_default_buffer(const struct config *config)
{
	const struct config_route *route = &config->route;

	if (route->kind == CONFIG_ROUTE_FIXED && route->has_otherwise)
		return config_find_buffer(config, route->otherwise.buffer);
	return config_find_buffer(config, CONFIG_BUFFER_NAME);
}

bool
inputs_are_routed(const struct config *config)
{
	size_t i;

	if (config->route.kind != CONFIG_ROUTE_FIXED)
		return true;
	for (i = 0; i < config->source_count; i++) {
		if (config->sources[i].has_target)
			return true;
	}
	return false;
}

void
inputs_inherit(const struct config *config,
    const struct config_buffer *selected, struct config_source *source)
{
	const struct config_input *from = &selected->input;
	struct config_input *to = &source->input;
	unsigned own = source->own_keys;

	if (source->has_target)
		from =
		    &config_find_buffer(config, source->target.buffer)->input;
	if (!(own & CONFIG_INPUT_HAS_FORMAT))
		to->format = from->format;
	if (!(own & CONFIG_INPUT_HAS_DELIMITER))
		to->delimiter = from->delimiter;
	if (!(own & CONFIG_INPUT_HAS_HEADER))
		to->has_header = from->has_header;
	if (!(own & CONFIG_INPUT_HAS_SKIP_EMPTY))
		to->skip_empty = from->skip_empty;
	if (!(own & CONFIG_INPUT_HAS_MAX_RECORD))
		to->max_record_bytes = from->max_record_bytes;
}

const char *
inputs_misfit(const struct config_input *input)
{
	if (input->format != CONFIG_INPUT_LINES && input->delimiter != '\n')
		return "delimiter";
	if (input->format == CONFIG_INPUT_JSON_SEQ && input->has_header)
		return "header";
	return NULL;
}

static int
check_raw(const struct config_buffer *buffer,
    const struct config_channel *channel, struct err *e)
{
	if (channel->format_input.kind == CONFIG_FORMAT_RAW)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "channel %s of buffer %s: it gets records of an input with a "
	    "header, which goes with the format raw only",
	    channel->name, buffer->name);
}

/* All channels, or that one, or as the dispatch says. */
static int
check_buffer(const struct config_buffer *buffer,
    const struct config_channel *channel, bool is_any, struct err *e)
{
	size_t i, count = buffer->channel_count;
	int rc = 0;

	if (channel != NULL && !is_any)
		return check_raw(buffer, channel, e);
	if (buffer->dispatch == CONFIG_DISPATCH_FIRST && !is_any)
		count = 1;
	for (i = 0; rc == 0 && i < count; i++)
		rc = check_raw(buffer, &buffer->channels[i], e);
	return rc;
}

/* Records without a target of their own. */
static int
check_routed(const struct config *config, const struct config_buffer *selected,
    const struct config_channel *channel, struct err *e)
{
	size_t i;
	int rc = 0;

	if (config->route.kind == CONFIG_ROUTE_FIXED)
		return check_buffer(selected, channel, false, e);
	for (i = 0; rc == 0 && i < config->buffer_count; i++)
		rc = check_buffer(&config->buffers[i], NULL, true, e);
	return rc;
}

static int
check_target(const struct config *config, const struct config_target *target,
    struct err *e)
{
	const struct config_buffer *buffer =
	    config_find_buffer(config, target->buffer);
	const struct config_channel *channel = NULL;

	if (target->channel != NULL)
		channel = config_find_channel(buffer, target->channel);
	return check_buffer(buffer, channel, false, e);
}

int
inputs_check_headers(const struct config *config,
    const struct config_buffer *selected, const struct config_channel *channel,
    struct err *e)
{
	size_t i;
	int rc = 0;

	if (config->source_count == 0 && selected->input.has_header)
		return check_routed(config, selected, channel, e);
	for (i = 0; rc == 0 && i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		if (!source->input.has_header)
			continue;
		if (source->has_target)
			rc = check_target(config, &source->target, e);
		else
			rc = check_routed(config, selected, channel, e);
	}
	return rc;
}
