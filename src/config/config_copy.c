/*
 * Parts of the structure that own strings: copied, released, cut down to what
 * goes together.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/config.h"
#include "config/config_internal.h"

void
config_words_release(char ***words)
{
	size_t i;

	for (i = 0; *words != NULL && (*words)[i] != NULL; i++)
		free((*words)[i]);
	free(*words);
	*words = NULL;
}

/* A copy of an argv that may be NULL; false if there is no memory. */
static bool
copy_words(char ***to, char *const *from)
{
	size_t count = 0, i;

	*to = NULL;
	if (from == NULL)
		return true;
	while (from[count] != NULL)
		count++;
	/* A command is as long as the file says: running out is an error. */
	*to = calloc(count + 1, sizeof((*to)[0]));
	for (i = 0; *to != NULL && i < count; i++) {
		(*to)[i] = strdup(from[i]);
		if ((*to)[i] == NULL)
			config_words_release(to);
	}
	return *to != NULL;
}

static bool
copy_text(char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return (*to == NULL) == (from == NULL);
}

static void
release_text(char **text)
{
	free(*text);
	*text = NULL;
}

void
config_frame_release(struct config_frame *frame)
{
	release_text(&frame->prefix);
	release_text(&frame->separator);
	release_text(&frame->suffix);
	frame->kind = CONFIG_FRAME_LINES;
}

static bool
copy_frame(struct config_frame *to, const struct config_frame *from)
{
	bool has_memory = copy_text(&to->prefix, from->prefix);

	has_memory = copy_text(&to->separator, from->separator) && has_memory;
	return copy_text(&to->suffix, from->suffix) && has_memory;
}

void
config_batch_do_release(struct config_batch_do *batch_do)
{
	config_words_release(&batch_do->command);
	config_words_release(&batch_do->probe);
	release_text(&batch_do->exit);
	release_text(&batch_do->split_hint);
	config_frame_release(&batch_do->frame);
}

int
config_batch_do_copy(struct config_batch_do *to,
    const struct config_batch_do *from, struct err *e)
{
	bool has_memory;

	config_batch_do_release(to);
	*to = *from;
	/* Every one of them, so that none is left that belongs to *from. */
	has_memory = copy_words(&to->command, from->command);
	has_memory = copy_words(&to->probe, from->probe) && has_memory;
	has_memory = copy_text(&to->exit, from->exit) && has_memory;
	has_memory = copy_text(&to->split_hint, from->split_hint) && has_memory;
	has_memory = copy_frame(&to->frame, &from->frame) && has_memory;
	if (has_memory)
		return 0;
	config_batch_do_release(to);
	return err_set(e, ERR_SYSTEM, "out of memory");
}

void
config_format_release(struct config_format_input *format)
{
	release_text(&format->columns);
	release_text(&format->resp);
	format->kind = CONFIG_FORMAT_RAW;
}

int
config_format_copy(struct config_format_input *to,
    const struct config_format_input *from, struct err *e)
{
	bool has_memory;

	config_format_release(to);
	to->kind = from->kind;
	has_memory = copy_text(&to->columns, from->columns);
	has_memory = copy_text(&to->resp, from->resp) && has_memory;
	if (has_memory)
		return 0;
	config_format_release(to);
	return err_set(e, ERR_SYSTEM, "out of memory");
}

bool
config_format_takes_columns(const struct config_format_input *format)
{
	return format->kind == CONFIG_FORMAT_COPY ||
	    format->kind == CONFIG_FORMAT_CSV ||
	    format->kind == CONFIG_FORMAT_TSV;
}

bool
config_format_takes_resp(const struct config_format_input *format)
{
	return format->kind == CONFIG_FORMAT_RESP;
}

void
config_format_drop_foreign(struct config_format_input *format)
{
	if (!config_format_takes_columns(format))
		release_text(&format->columns);
	if (!config_format_takes_resp(format))
		release_text(&format->resp);
}

void
config_target_release(struct config_target *target)
{
	release_text(&target->buffer);
	release_text(&target->channel);
}

void
config_route_release(struct config *config)
{
	struct config_route *route = &config->route;
	size_t i;

	for (i = 0; i < route->map_count; i++) {
		free(route->map[i].value);
		config_target_release(&route->map[i].target);
	}
	free(route->map);
	free(route->field);
	config_target_release(&route->otherwise);
	memset(route, 0, sizeof(*route));
}

void
config_sources_release(struct config *config)
{
	size_t i;

	for (i = 0; i < config->source_count; i++) {
		config_target_release(&config->sources[i].target);
		free(config->sources[i].path);
	}
	free(config->sources);
	config->sources = NULL;
	config->source_count = 0;
}
