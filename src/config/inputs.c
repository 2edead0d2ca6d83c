/*
 * Inputs: which buffer each has its keys from, and what goes together.
 */
#include "config/inputs.h"

#include <stddef.h>

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
