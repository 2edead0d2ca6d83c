/*
 * Where records can go.
 */
#include "intake/destination.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fnv.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "intake/field_reader.h"

/* All of a buffer, as its dispatch says. */
static int
add_buffer(
    struct destination *destination, struct buffer *buffer, struct err *e)
{
	const struct config_buffer *config = buffer->config;

	destination->buffer = buffer->name;
	destination->channels = buffer->channels;
	destination->channel_count = buffer->channel_count;
	switch (config->dispatch) {
	case CONFIG_DISPATCH_ALL:
	case CONFIG_DISPATCH_ROUND_ROBIN:
		destination->stream = &buffer->shared;
		break;
	case CONFIG_DISPATCH_HASH:
		if (field_reader_of_json(
		        &destination->key, config->hash_field, e) != 0)
			return err_wrap(e, "buffer %s: dispatch", buffer->name);
		break;
	case CONFIG_DISPATCH_FIRST:
		destination->channel_count = 1;
		destination->stream = &buffer->channels[0].stream;
		break;
	}
	return 0;
}

static void
add_channel(struct destination *destination, struct channel *channel)
{
	destination->buffer = channel->buffer->name;
	destination->channel = channel->name;
	destination->channels = channel;
	destination->channel_count = 1;
	destination->stream = &channel->stream;
}

int
destination_set_create(struct destination_set *destinations,
    const struct buffer_set *set, struct err *e)
{
	struct channel *channel = NULL;
	size_t count = set->buffer_count, i;

	while ((channel = buffer_set_next(set, channel)) != NULL)
		count++;
	destinations->count = count;
	destinations->items =
	    memory_zeroed(count, sizeof(*destinations->items));
	for (i = 0; i < set->buffer_count; i++) {
		if (add_buffer(&destinations->items[i], &set->buffers[i], e) !=
		    0)
			return e->code;
	}
	while ((channel = buffer_set_next(set, channel)) != NULL)
		add_channel(&destinations->items[i++], channel);
	return 0;
}

void
destination_set_release(struct destination_set *destinations)
{
	size_t i;

	for (i = 0; i < destinations->count; i++)
		field_reader_destroy(destinations->items[i].key);
	free(destinations->items);
	memset(destinations, 0, sizeof(*destinations));
}

const struct destination *
destination_find(const struct destination_set *destinations, const char *buffer,
    const char *channel)
{
	const struct destination *item = destinations->items;
	size_t i;

	for (i = 0; i < destinations->count; i++, item++) {
		if (strcmp(item->buffer, buffer) == 0 &&
		    (channel == NULL ? item->channel == NULL
		                     : item->channel != NULL &&
		                strcmp(item->channel, channel) == 0))
			return item;
	}
	return NULL;
}

static int
reach(struct channel *channel, const struct config_input *input, struct err *e)
{
	const struct records records = {
	    .delimiter = input->delimiter,
	    .is_csv = input->format == CONFIG_INPUT_CSV,
	};

	if (channel->is_reached &&
	    (channel->records.delimiter != records.delimiter ||
	        channel->records.is_csv != records.is_csv))
		return err_set(e, ERR_CONFIG,
		    "channel %s of buffer %s: records come that end in "
		    "different ways: give its inputs one delimiter and format",
		    channel->name, channel->buffer->name);
	channel->records = records;
	channel->is_reached = true;
	channel->has_header |= input->has_header;
	channel->lacks_header |= !input->has_header;
	return 0;
}

int
destination_reach(const struct destination *destination,
    const struct config_input *input, struct err *e)
{
	size_t i;

	for (i = 0; i < destination->channel_count; i++) {
		if (reach(&destination->channels[i], input, e) != 0)
			return e->code;
	}
	return 0;
}

struct stream *
destination_stream(const struct destination *destination, const uint8_t *record,
    size_t size, const char **why)
{
	const uint8_t *key;
	size_t key_size;
	uint64_t hash;

	if (destination->stream != NULL)
		return destination->stream;
	key = field_reader_read(destination->key, record, size, &key_size, why);
	if (key == NULL)
		return NULL;
	hash = fnv_hash(key, key_size);
	return &destination->channels[hash % destination->channel_count].stream;
}
