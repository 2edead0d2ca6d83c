/*
 * From options to the route, the buffer and the channel: what the file says,
 * with what was typed in its place.
 */
#include "select.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/units.h"
#include "config/config.h"
#include "config/field_path.h"
#include "config/inputs.h"
#include "options.h"

/* "not in the configuration: did you mean name?" */
static void
refuse_name(
    const char *name, const char *const *names, size_t count, struct err *e)
{
	const char *near = nearest_find(name, names, count);

	err_set(e, ERR_CONFIG, "not in the configuration%s%s%s",
	    near != NULL ? ": did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

/* name NULL: nobody has named one. */
static int
refuse_buffer(const struct config *config, const char *name, struct err *e)
{
	const char **names;
	size_t i;

	if (name == NULL)
		return err_set(e, ERR_CONFIG,
		    "buffer %s: not in the configuration: name another with "
		    "-b, or add a route",
		    CONFIG_BUFFER_NAME);
	names = memory_zeroed(config->buffer_count, sizeof(*names));
	for (i = 0; i < config->buffer_count; i++)
		names[i] = config->buffers[i].name;
	refuse_name(name, names, config->buffer_count, e);
	free(names);
	return err_wrap(e, "buffer %s", name);
}

/* Can all records do without a buffer for those that go nowhere else? */
static bool
all_are_routed(const struct config *config)
{
	size_t i;

	if (config->route.kind != CONFIG_ROUTE_FIXED)
		return true;
	for (i = 0; i < config->source_count; i++) {
		if (!config->sources[i].has_target)
			return false;
	}
	return config->source_count > 0;
}

static int
find_buffer(struct config *config, const char *name,
    struct selection *selection, struct err *e)
{
	if (name != NULL)
		selection->buffer = config_find_buffer(config, name);
	else
		selection->buffer = inputs_default_buffer(config);
	if (selection->buffer == NULL && name == NULL && all_are_routed(config))
		selection->buffer = &config->buffers[0];
	if (selection->buffer != NULL)
		return 0;
	return refuse_buffer(config, name, e);
}

static int
find_channel(const char *name, struct selection *selection, struct err *e)
{
	struct config_buffer *buffer = selection->buffer;
	const char **names;
	size_t i;

	selection->channel = config_find_channel(buffer, name);
	if (selection->channel != NULL)
		return 0;
	names = memory_zeroed(buffer->channel_count, sizeof(*names));
	for (i = 0; i < buffer->channel_count; i++)
		names[i] = buffer->channels[i].name;
	refuse_name(name, names, buffer->channel_count, e);
	free(names);
	return err_wrap(e, "channel %s of buffer %s", name, buffer->name);
}

static int
check_name(const char *option, const char *name, struct err *e)
{
	if (name == NULL || config_name_is_valid(name))
		return 0;
	return err_set(e, ERR_USAGE,
	    "%s: \"%.80s\": a name is 1 to %d of A-Z a-z 0-9 . _ -", option,
	    name, CONFIG_NAME_MAX);
}

/* The file's fixed route also says what --print-config is to say. */
static void
fix_route(struct config *config, const struct selection *selection)
{
	struct config_target *target = &config->route.otherwise;
	bool has_channel = selection->channel != NULL;

	config_route_release(config);
	config->route.has_otherwise = true;
	target->buffer = memory_string(selection->buffer->name);
	target->channel =
	    has_channel ? memory_string(selection->channel->name) : NULL;
}

static int
replace_route(struct config *config, const char *text, struct err *e)
{
	struct config_route *route = &config->route;

	config_route_release(config);
	if (strcmp(text, "tagged") == 0) {
		route->kind = CONFIG_ROUTE_TAGGED;
		return 0;
	}
	if (strncmp(text, "field=", 6) == 0) {
		route->kind = CONFIG_ROUTE_FIELD;
		route->field = memory_string(text + 6);
		return field_path_check(route->field, e);
	}
	if (strncmp(text, "column=", 7) == 0) {
		route->kind = CONFIG_ROUTE_COLUMN;
		return units_parse_count(
		    text + 7, 1, CONFIG_COLUMN_MAX, &route->column, e);
	}
	return err_set(e, ERR_USAGE,
	    "\"%.80s\" is not tagged, field=PATH or column=N", text);
}

/* What options put in the place of what a file says of where and whence. */
static int
replace(const struct options *options, struct config *config, struct err *e)
{
	const char *route = options->values[OPTION_ROUTE];

	if (options->path_count > 0)
		config_sources_release(config);
	if (route != NULL && replace_route(config, route, e) != 0)
		return err_wrap(e, "--route");
	return 0;
}

int
select_lane(const struct options *options, struct config *config,
    struct selection *selection, struct err *e)
{
	const char *buffer = options->values[OPTION_BUFFER];
	const char *channel = options->values[OPTION_CHANNEL];
	const struct config_route *route = &config->route;

	memset(selection, 0, sizeof(*selection));
	if (check_name("--buffer", buffer, e) != 0 ||
	    check_name("--channel", channel, e) != 0)
		return e->code;
	if (options->values[OPTION_CONFIG] == NULL)
		config_add_buffer(config,
		    buffer != NULL ? buffer : CONFIG_BUFFER_NAME,
		    channel != NULL ? channel : CONFIG_CHANNEL_NAME);
	if (replace(options, config, e) != 0 ||
	    find_buffer(config, buffer, selection, e) != 0)
		return e->code;
	if (channel == NULL && buffer == NULL &&
	    route->kind == CONFIG_ROUTE_FIXED)
		channel = route->otherwise.channel;
	if (channel != NULL && find_channel(channel, selection, e) != 0)
		return e->code;
	selection->is_named = options->values[OPTION_BUFFER] != NULL ||
	    options->values[OPTION_CHANNEL] != NULL;
	selection->is_routed = inputs_are_routed(config);
	if (selection->is_named && route->kind == CONFIG_ROUTE_FIXED)
		fix_route(config, selection);
	return 0;
}

bool
select_means(const struct selection *selection,
    const struct config_buffer *buffer, const struct config_channel *channel)
{
	if (selection->is_routed && !channel->has_batch_do)
		return true;
	if (selection->is_routed && !selection->is_named)
		return false;
	if (buffer != selection->buffer)
		return false;
	if (selection->channel != NULL)
		return channel == selection->channel;
	return buffer->dispatch != CONFIG_DISPATCH_FIRST ||
	    channel == &buffer->channels[0];
}

int
select_refuse_none(const char *what, struct err *e)
{
	return err_set(e, ERR_USAGE,
	    "%s: with this route, it is for channels without a command of "
	    "their own, and there are none: name one with --buffer and "
	    "--channel",
	    what);
}
