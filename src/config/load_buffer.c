/*
 * Buffers and channels.  What a buffer says for all of its channels is loaded
 * before them, and each starts from a copy of it.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/config_internal.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"

#define IN_CHANNEL(member) offsetof(struct config_channel, member)
#define IN_BUFFER(member) offsetof(struct config_buffer, member)

static const struct field channel_fields[] = {
    NUMBER("ch_len", FIELD_COUNT, IN_CHANNEL(ch_len), 0, CONFIG_CH_LEN_MAX),
    NUMBER("sub_worker_num", FIELD_COUNT, IN_CHANNEL(sub_worker_num),
        CONFIG_WORKERS, CONFIG_WORKERS_MAX),
    OTHER("batch_do", load_batch_do, IN_CHANNEL(batch_do)),
    OTHER("format_input", load_format_input, IN_CHANNEL(format_input)),
};

/* Count a new channel, and let it start from what its buffer says. */
static int
start_channel(struct loader *loader, const struct place *place,
    struct config_channel *channel)
{
	if (loader->channel_count == CONFIG_CHANNELS_MAX)
		return load_fail(loader, place,
		    "too many channels, allowed are %d in all buffers together",
		    CONFIG_CHANNELS_MAX);
	loader->channel_count++;
	if (config_batch_do_copy(
	        &channel->batch_do, &loader->inherited, loader->e) != 0)
		return loader->e->code;
	channel->has_batch_do = channel->batch_do.command != NULL;
	return config_format_copy(
	    &channel->format_input, &loader->inherited_format, loader->e);
}

static int
load_channel(struct loader *loader, const struct place *place,
    struct config_channel *channel)
{
	int rc;

	rc = start_channel(loader, place, channel);
	if (rc == 0)
		rc = load_object(loader, place, channel_fields,
		    COUNT_OF(channel_fields), channel);
	channel->has_batch_do = channel->batch_do.command != NULL;
	return rc;
}

/* object is the buffer, which already has one channel. */
static int
load_chs(struct loader *loader, const struct place *place, void *object)
{
	struct config_buffer *buffer = object;
	const struct json *node;
	size_t index = 0;
	int rc;

	rc = load_names(loader, place, CONFIG_CHANNELS_MAX, "channels");
	if (rc != 0)
		return rc;
	for (node = json_first(place->node); rc == 0 && node != NULL;
	     node = json_next(node), index++) {
		struct place child = load_child(place, node, index);
		struct config_channel *channel = &buffer->channels[0];

		if (index > 0) {
			channel = config_add_channel(buffer, json_key(node));
		} else {
			free(channel->name);
			channel->name = memory_string(json_key(node));
		}
		rc = load_channel(loader, &child, channel);
	}
	return rc;
}

static int
load_inherited(struct loader *loader, const struct place *place, void *object)
{
	(void)object;
	return load_batch_do(loader, place, &loader->inherited);
}

static int
load_inherited_format(
    struct loader *loader, const struct place *place, void *object)
{
	(void)object;
	return load_format_input(loader, place, &loader->inherited_format);
}

static int
load_on_failure(struct loader *loader, const struct place *place, void *object)
{
	unsigned choice = CONFIG_SET_ASIDE;
	int rc = load_choice(loader, place, names_on_failure, &choice);

	*(enum config_on_failure *)object = (enum config_on_failure)choice;
	return rc;
}

static const struct field buffer_fields[] = {
    NUMBER("buffer_win_size", FIELD_COUNT, IN_BUFFER(buffer_win_size),
        CONFIG_WIN_SIZE, CONFIG_WIN_SIZE_MAX),
    {
        .key = "buffer_win_bytes",
        .kind = FIELD_SIZE,
        .flags = FIELD_ZERO_MEANS_NONE,
        .offset = IN_BUFFER(buffer_win_bytes),
        .fallback = CONFIG_WIN_BYTES,
        .max = CONFIG_WIN_BYTES_MAX,
    },
    NUMBER("delay_do_ms", FIELD_COUNT, IN_BUFFER(delay_do_ms), CONFIG_DELAY_MS,
        CONFIG_TIME_MAX_MS),
    SIMPLE("flush_when_idle", FIELD_BOOL, IN_BUFFER(flush_when_idle)),
    NUMBER("idle_ms", FIELD_COUNT, IN_BUFFER(idle_ms), 0, CONFIG_TIME_MAX_MS),
    OTHER("on_failure", load_on_failure, IN_BUFFER(on_failure)),
    SIMPLE("dead_letter", FIELD_PATH, IN_BUFFER(dead_letter)),
    NUMBER("dead_letter_max", FIELD_SIZE, IN_BUFFER(dead_letter_max),
        CONFIG_DEAD_LETTER_MAX, CONFIG_DEAD_LETTER_MAX_MAX),
    OTHER("input", load_input, IN_BUFFER(input)),
    OTHER("dispatch", load_dispatch, 0),
    OTHER("dispatch_full", load_dispatch_full, 0),
    OTHER("batch_do", load_inherited, 0),
    OTHER("format_input", load_inherited_format, 0),
    OTHER("chs", load_chs, 0),
};

static int
load_buffer(struct loader *loader, const struct place *place)
{
	const struct json *chs;
	struct config_buffer *buffer;
	int rc;

	buffer = config_add_buffer(
	    loader->config, json_key(place->node), CONFIG_CHANNEL_NAME);
	config_batch_do_release(&loader->inherited);
	config_batch_do_init(&loader->inherited);
	config_format_release(&loader->inherited_format);
	rc = load_object(
	    loader, place, buffer_fields, COUNT_OF(buffer_fields), buffer);
	if (rc != 0)
		return rc;
	/* Without a name in "chs" the channel of the defaults stands. */
	chs = json_member(place->node, "chs");
	if (chs == NULL || json_first(chs) == NULL)
		rc = start_channel(loader, place, &buffer->channels[0]);
	return rc;
}

int
load_buffers(struct loader *loader, const struct place *place, void *object)
{
	const struct json *node;
	size_t index = 0;
	int rc;

	(void)object;
	rc = load_names(loader, place, CONFIG_BUFFERS_MAX, "buffers");
	if (rc == 0 && json_first(place->node) == NULL)
		return load_fail(
		    loader, place, "empty, expected at least one buffer");
	for (node = json_first(place->node); rc == 0 && node != NULL;
	     node = json_next(node), index++) {
		struct place child = load_child(place, node, index);

		rc = load_buffer(loader, &child);
	}
	return rc;
}
