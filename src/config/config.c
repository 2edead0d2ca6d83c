/*
 * The structure itself: defaults, growth, look-up and release.  Buffers and
 * channels are plain arrays in the order of the file: there are few of them,
 * they are looked up by name at the start only, and their order is the order
 * in which lanes are numbered.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/config_internal.h"

#define NAME_BYTES \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

void
config_init(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->wal.max_bytes = CONFIG_WAL_MAX;
	config->follow.rotate_wait_ms = CONFIG_ROTATE_WAIT_MS;
	config->drain_ms = CONFIG_DRAIN_MS;
	config->log_format = CONFIG_LOG_TEXT;
	config->progress = CONFIG_PROGRESS_AUTO;
}

void
config_batch_do_init(struct config_batch_do *batch_do)
{
	memset(batch_do, 0, sizeof(*batch_do));
	batch_do->timeout_ms = CONFIG_TIMEOUT_MS;
	batch_do->kill_after_ms = CONFIG_KILL_AFTER_MS;
	batch_do->retry.attempts = CONFIG_ATTEMPTS;
	batch_do->retry.delay_ms = CONFIG_RETRY_DELAY_MS;
	batch_do->retry.max_delay_ms = CONFIG_RETRY_MAX_DELAY_MS;
	batch_do->retry.deadline_ms = CONFIG_RETRY_DEADLINE_MS;
	batch_do->preset = CONFIG_PRESET_NONE;
	batch_do->outage_after = CONFIG_OUTAGE_AFTER;
	batch_do->split_max = CONFIG_SPLIT_MAX;
}

static void
release_buffer(struct config_buffer *buffer)
{
	size_t i;

	for (i = 0; i < buffer->channel_count; i++) {
		config_batch_do_release(&buffer->channels[i].batch_do);
		config_format_release(&buffer->channels[i].format_input);
		free(buffer->channels[i].name);
	}
	free(buffer->channels);
	free(buffer->hash_field);
	free(buffer->dead_letter);
	free(buffer->name);
}

void
config_release(struct config *config)
{
	size_t i;

	for (i = 0; i < config->buffer_count; i++)
		release_buffer(&config->buffers[i]);
	free(config->buffers);
	config_route_release(config);
	config_sources_release(config);
	free(config->wal.dir);
	free(config->control);
	free(config->joblog);
	memset(config, 0, sizeof(*config));
}

struct config_channel *
config_add_channel(struct config_buffer *buffer, const char *name)
{
	struct config_channel *channel;

	if (!config_name_is_valid(name))
		BUG("invalid name of a channel");
	buffer->channels = memory_resize(buffer->channels,
	    buffer->channel_count + 1, sizeof(buffer->channels[0]));
	channel = &buffer->channels[buffer->channel_count++];
	memset(channel, 0, sizeof(*channel));
	channel->name = memory_string(name);
	channel->sub_worker_num = CONFIG_WORKERS;
	config_batch_do_init(&channel->batch_do);
	return channel;
}

struct config_buffer *
config_add_buffer(
    struct config *config, const char *buffer_name, const char *channel_name)
{
	struct config_buffer *buffer;

	if (!config_name_is_valid(buffer_name))
		BUG("invalid name of a buffer");
	config->buffers = memory_resize(config->buffers,
	    config->buffer_count + 1, sizeof(config->buffers[0]));
	buffer = &config->buffers[config->buffer_count++];
	memset(buffer, 0, sizeof(*buffer));
	buffer->name = memory_string(buffer_name);
	buffer->buffer_win_size = CONFIG_WIN_SIZE;
	buffer->buffer_win_bytes = CONFIG_WIN_BYTES;
	buffer->delay_do_ms = CONFIG_DELAY_MS;
	buffer->input.delimiter = '\n';
	buffer->input.max_record_bytes = CONFIG_MAX_RECORD;
	buffer->on_failure = CONFIG_SET_ASIDE;
	buffer->dead_letter_max = CONFIG_DEAD_LETTER_MAX;
	config_add_channel(buffer, channel_name);
	return buffer;
}

enum config_from
config_follow_from(const struct config_follow *follow, bool has_journal)
{
	if (follow->from != CONFIG_FROM_DEFAULT)
		return follow->from;
	return follow->is_following && !has_journal ? CONFIG_FROM_END
	                                            : CONFIG_FROM_START;
}

struct config_buffer *
config_find_buffer(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->buffer_count; i++) {
		if (strcmp(config->buffers[i].name, name) == 0)
			return &config->buffers[i];
	}
	return NULL;
}

struct config_channel *
config_find_channel(const struct config_buffer *buffer, const char *name)
{
	size_t i;

	for (i = 0; i < buffer->channel_count; i++) {
		if (strcmp(buffer->channels[i].name, name) == 0)
			return &buffer->channels[i];
	}
	return NULL;
}

bool
config_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return length >= 1 && length <= CONFIG_NAME_MAX &&
	    strspn(name, NAME_BYTES) == length;
}
