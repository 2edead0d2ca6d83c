/*
 * From options to a configuration: load, select the lane, replace the
 * command; the other settings are settings.c's.
 */
#include "apply.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "config/config.h"
#include "options.h"
#include "settings.h"

static void
replace_command(struct config_batch_do *batch_do, char **words)
{
	size_t count = 0, i;

	for (i = 0; batch_do->command != NULL && batch_do->command[i] != NULL;
	     i++)
		free(batch_do->command[i]);
	free(batch_do->command);
	while (words[count] != NULL)
		count++;
	batch_do->command = memory_zeroed(count + 1, sizeof(char *));
	for (i = 0; i < count; i++)
		batch_do->command[i] = memory_string(words[i]);
	/* The file's "shell" spoke of the file's command. */
	batch_do->shell = false;
}

/* "buffer nam: not in the configuration: did you mean name?" */
static int
refuse_name(const char *kind, const char *name, const char *const *names,
    size_t count, struct err *e)
{
	const char *near = nearest_find(name, names, count);

	return err_set(e, ERR_CONFIG, "%s %s: not in the configuration%s%s%s",
	    kind, name, near != NULL ? ": did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
}

static int
select_buffer(struct config *config, const char *name,
    struct selection *selection, struct err *e)
{
	const char **names;
	size_t i;

	selection->buffer = config_find_buffer(config, name);
	if (selection->buffer != NULL)
		return 0;
	names = memory_zeroed(config->buffer_count, sizeof(*names));
	for (i = 0; i < config->buffer_count; i++)
		names[i] = config->buffers[i].name;
	refuse_name("buffer", name, names, config->buffer_count, e);
	free(names);
	return e->code;
}

static int
select_channel(const char *name, struct selection *selection, struct err *e)
{
	struct config_buffer *buffer = selection->buffer;
	const char **names;
	size_t i;

	if (name == NULL) {
		selection->channel = &buffer->channels[0];
		return 0;
	}
	selection->channel = config_find_channel(buffer, name);
	if (selection->channel != NULL)
		return 0;
	names = memory_zeroed(buffer->channel_count, sizeof(*names));
	for (i = 0; i < buffer->channel_count; i++)
		names[i] = buffer->channels[i].name;
	refuse_name("channel", name, names, buffer->channel_count, e);
	free(names);
	return e->code;
}

static int
check_name(const char *option, const char *name, struct err *e)
{
	if (config_name_is_valid(name))
		return 0;
	return err_set(e, ERR_USAGE,
	    "%s: \"%.80s\": a name is 1 to %d of A-Z a-z 0-9 . _ -", option,
	    name, CONFIG_NAME_MAX);
}

/* The lane, from the file or made for this run. */
static int
select_lane(const struct options *options, struct config *config,
    struct selection *selection, struct err *e)
{
	const char *buffer = options->values[OPTION_BUFFER];
	const char *channel = options->values[OPTION_CHANNEL];

	if (buffer == NULL)
		buffer = "default";
	if (check_name("--buffer", buffer, e) != 0 ||
	    (channel != NULL && check_name("--channel", channel, e) != 0))
		return e->code;
	if (options->values[OPTION_CONFIG] == NULL)
		config_add_buffer(
		    config, buffer, channel != NULL ? channel : "default");
	if (select_buffer(config, buffer, selection, e) != 0)
		return e->code;
	return select_channel(channel, selection, e);
}

int
apply_options(const struct options *options, struct config *config,
    struct selection *selection, struct err *e)
{

	if (options->values[OPTION_CONFIG] != NULL &&
	    config_load(config, options->values[OPTION_CONFIG], e) != 0)
		return err_wrap(e, "config");
	if (select_lane(options, config, selection, e) != 0)
		return e->code;
	if (options->command != NULL && options->command[0][0] == '\0')
		return err_set(e, ERR_USAGE, "the command is empty");
	if (options->command != NULL)
		replace_command(
		    &selection->channel->batch_do, options->command);
	return settings_apply(options, config, selection, e);
}
