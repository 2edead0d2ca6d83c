/*
 * Is every string of a configuration UTF-8?  Options may bring one that is
 * not, and it has no place in JSON.
 */
#include "config/print_internal.h"

#include <stddef.h>

#include "base/err.h"
#include "base/utf8.h"
#include "config/config.h"

static int
check_text(const char *what, const char *text, struct err *e)
{
	if (text == NULL || utf8_is_valid(text))
		return 0;
	return err_set(e, ERR_CONFIG,
	    "%s: not UTF-8, so it cannot be written as JSON", what);
}

static int
check_words(const char *what, char *const *words, struct err *e)
{
	size_t i;

	for (i = 0; words != NULL && words[i] != NULL; i++) {
		if (check_text(what, words[i], e) != 0)
			return ERR_CONFIG;
	}
	return 0;
}

static int
check_batch_do(const struct config_batch_do *batch_do, struct err *e)
{
	const struct config_frame *frame = &batch_do->frame;

	if (check_words("command", batch_do->command, e) != 0 ||
	    check_words("probe", batch_do->probe, e) != 0 ||
	    check_text("split_hint", batch_do->split_hint, e) != 0 ||
	    check_text("prefix", frame->prefix, e) != 0 ||
	    check_text("separator", frame->separator, e) != 0 ||
	    check_text("suffix", frame->suffix, e) != 0)
		return ERR_CONFIG;
	return 0;
}

static int
check_channel(const struct config_channel *channel, struct err *e)
{
	const struct config_format_input *format = &channel->format_input;

	if (check_text("columns", format->columns, e) != 0 ||
	    check_text("resp", format->resp, e) != 0)
		return ERR_CONFIG;
	return check_batch_do(&channel->batch_do, e);
}

/*
 * Names are ASCII by config_name_is_valid(), and so is what exit_map_parse()
 * accepts; paths of fields are UTF-8 by field_path_check(); inputs and the
 * values of a route come from a file only.  All other strings are here.
 */
int
print_check(const struct config *config, struct err *e)
{
	size_t i, j;

	if (check_text("wal", config->wal.dir, e) != 0 ||
	    check_text("control", config->control, e) != 0 ||
	    check_text("joblog", config->joblog, e) != 0)
		return ERR_CONFIG;
	for (i = 0; i < config->buffer_count; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if (check_text("dead_letter", buffer->dead_letter, e) != 0)
			return ERR_CONFIG;
		for (j = 0; j < buffer->channel_count; j++)
			if (check_channel(&buffer->channels[j], e) != 0)
				return ERR_CONFIG;
	}
	return 0;
}
