/*
 * From options to a configuration: load, select, replace the command; the
 * other settings are settings.c's.
 */
#include "apply.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/config.h"
#include "options.h"
#include "select.h"
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

static int
replace_commands(const struct selection *selection, struct config *config,
    char **words, struct err *e)
{
	size_t i, j, replaced = 0;

	if (words[0][0] == '\0')
		return err_set(e, ERR_USAGE, "the command is empty");
	for (i = 0; i < config->buffer_count; i++) {
		struct config_buffer *buffer = &config->buffers[i];

		for (j = 0; j < buffer->channel_count; j++) {
			struct config_channel *channel = &buffer->channels[j];

			if (!select_means(selection, buffer, channel))
				continue;
			replace_command(&channel->batch_do, words);
			replaced++;
		}
	}
	return replaced > 0 ? 0 : select_refuse_none("the command", e);
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
	if (options->command != NULL &&
	    replace_commands(selection, config, options->command, e) != 0)
		return e->code;
	return settings_apply(options, config, selection, e);
}
