/*
 * The tables of keys, from the top of the file down to a channel.  A row is
 * the whole knowledge about a key: its type, where it goes, what 0 and less
 * give, and how large it may be.  The order of rows is the order of loading:
 * a buffer's batch_do comes before the channels that start from it.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "config/config_internal.h"
#include "config/json.h"
#include "config/load_internal.h"

#define IN_CHANNEL(member) offsetof(struct config_channel, member)
#define IN_INPUT(member) offsetof(struct config_input, member)
#define IN_BUFFER(member) offsetof(struct config_buffer, member)
#define IN_CONFIG(member) offsetof(struct config, member)

static const struct field channel_fields[] = {
    NUMBER("ch_len", FIELD_COUNT, IN_CHANNEL(ch_len), 0, CONFIG_CH_LEN_MAX),
    NUMBER("sub_worker_num", FIELD_COUNT, IN_CHANNEL(sub_worker_num),
        CONFIG_WORKERS, CONFIG_WORKERS_MAX),
    OTHER("batch_do", load_batch_do, IN_CHANNEL(batch_do)),
};

/* Count a new channel, and let it start from the batch_do of its buffer. */
static int
start_channel(struct loader *loader, const struct place *place,
    struct config_channel *channel)
{
	if (loader->channel_count == CONFIG_CHANNELS_MAX)
		return load_fail(loader, place,
		    "too many channels, allowed are %d in all buffers together",
		    CONFIG_CHANNELS_MAX);
	loader->channel_count++;
	return config_batch_do_copy(
	    &channel->batch_do, &loader->inherited, loader->e);
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
		rc = start_channel(loader, &child, channel);
		if (rc == 0)
			rc = load_object(loader, &child, channel_fields,
			    COUNT_OF(channel_fields), channel);
	}
	return rc;
}

static int
load_delimiter(struct loader *loader, const struct place *place, void *object)
{
	struct err inner;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(loader, place,
		    "a string of one byte, such as \"\\n\" or \"\\\\0\"");
	if (units_parse_byte(json_string(place->node), object, &inner) != 0)
		return load_fail(loader, place, "%s", inner.message);
	return 0;
}

static const struct field input_fields[] = {
    OTHER("delimiter", load_delimiter, IN_INPUT(delimiter)),
    SIMPLE("skip_empty", FIELD_BOOL, IN_INPUT(skip_empty)),
    NUMBER("max_record", FIELD_SIZE, IN_INPUT(max_record_bytes),
        CONFIG_MAX_RECORD, CONFIG_MAX_RECORD_MAX),
};

static int
load_input(struct loader *loader, const struct place *place, void *object)
{
	return load_object(
	    loader, place, input_fields, COUNT_OF(input_fields), object);
}

static int
load_inherited(struct loader *loader, const struct place *place, void *object)
{
	(void)object;
	return load_batch_do(loader, place, &loader->inherited);
}

static int
load_on_failure(struct loader *loader, const struct place *place, void *object)
{
	static const char *const names[] = {
	    [CONFIG_SET_ASIDE] = "dead_letter",
	    [CONFIG_DROP] = "drop",
	    [CONFIG_STOP] = "stop",
	    NULL,
	};
	unsigned choice = CONFIG_SET_ASIDE;
	int rc = load_choice(loader, place, names, &choice);

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
    OTHER("batch_do", load_inherited, 0),
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

static int
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

/* Comes after "verbose" in the table. */
static int
load_quiet(struct loader *loader, const struct place *place, void *object)
{
	struct config *config = object;

	if (json_type(place->node) != JSON_BOOL)
		return load_fail_type(loader, place, "true or false");
	config->quiet = json_bool(place->node);
	if (config->quiet && config->verbose)
		return load_fail(loader, place,
		    "true is not allowed together with \"verbose\": true");
	return 0;
}

static int
load_log_format(struct loader *loader, const struct place *place, void *object)
{
	static const char *const names[] = {"text", "json", NULL};
	struct config *config = object;
	unsigned choice = CONFIG_LOG_TEXT;
	int rc = load_choice(loader, place, names, &choice);

	config->log_format = (enum config_log_format)choice;
	return rc;
}

static int
load_progress(struct loader *loader, const struct place *place, void *object)
{
	static const char *const names[] = {"auto", "always", "never", NULL};
	struct config *config = object;
	unsigned choice = CONFIG_PROGRESS_AUTO;
	int rc = load_choice(loader, place, names, &choice);

	config->progress = (enum config_progress)choice;
	return rc;
}

static const struct field top_fields[] = {
    SIMPLE("$schema", FIELD_STRING, 0),
    OTHER("async_buffer", load_buffers, 0),
    NUMBER("drain_ms", FIELD_COUNT, IN_CONFIG(drain_ms), CONFIG_DRAIN_MS,
        CONFIG_TIME_MAX_MS),
    SIMPLE("control", FIELD_PATH, IN_CONFIG(control)),
    SIMPLE("joblog", FIELD_PATH, IN_CONFIG(joblog)),
    SIMPLE("verbose", FIELD_BOOL, IN_CONFIG(verbose)),
    OTHER("quiet", load_quiet, 0),
    OTHER("log_format", load_log_format, 0),
    OTHER("progress", load_progress, 0),
};

int
load_tree(struct loader *loader, const struct place *root)
{
	int rc;

	rc = load_object(
	    loader, root, top_fields, COUNT_OF(top_fields), loader->config);
	if (rc == 0 && loader->config->buffer_count == 0)
		return load_fail(loader, root,
		    "async_buffer: missing, expected an object of buffers");
	return rc;
}
