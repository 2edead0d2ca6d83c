/*
 * Names of buffers and channels in places that refer to them.  They must be in
 * the file, so that a slip is found at the start and not at the first record.
 */
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "config/config_internal.h"
#include "config/json.h"
#include "config/load_internal.h"

#define WANTED "a string such as \"BUFFER\" or \"BUFFER/CHANNEL\""

/* `unknown buffer "user", did you mean "users"?` */
static int
refuse_name(struct loader *loader, const struct place *place, const char *what,
    const char *name, const char *const *names, size_t count)
{
	const char *nearest = nearest_find(name, names, count);

	if (nearest != NULL)
		return load_fail(loader, place,
		    "unknown %s \"%.*s\", did you mean \"%s\"?", what,
		    CONFIG_NAME_MAX, name, nearest);
	return load_fail(loader, place,
	    "unknown %s \"%.*s\", expected one of this file", what,
	    CONFIG_NAME_MAX, name);
}

static int
find_buffer(struct loader *loader, const struct place *place, const char *name)
{
	const struct config *config = loader->config;
	const char *names[CONFIG_BUFFERS_MAX];
	size_t i;

	if (config_find_buffer(config, name) != NULL)
		return 0;
	for (i = 0; i < config->buffer_count; i++)
		names[i] = config->buffers[i].name;
	return refuse_name(
	    loader, place, "buffer", name, names, config->buffer_count);
}

static int
find_channel(struct loader *loader, const struct place *place,
    const char *buffer_name, const char *name)
{
	const struct config_buffer *buffer =
	    config_find_buffer(loader->config, buffer_name);
	const char *names[CONFIG_CHANNELS_MAX];
	char what[CONFIG_NAME_MAX + 24];
	size_t i;

	if (config_find_channel(buffer, name) != NULL)
		return 0;
	for (i = 0; i < buffer->channel_count; i++)
		names[i] = buffer->channels[i].name;
	snprintf(what, sizeof(what), "channel of buffer %s", buffer_name);
	return refuse_name(
	    loader, place, what, name, names, buffer->channel_count);
}

int
load_target(struct loader *loader, const struct place *place, void *object)
{
	struct config_target *target = object;
	const char *text, *slash;
	int rc;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(loader, place, WANTED);
	text = json_string(place->node);
	slash = strchr(text, '/');
	config_target_release(target);
	rc = load_text(loader, text, &target->buffer);
	if (rc == 0 && slash != NULL) {
		target->buffer[slash - text] = '\0';
		rc = load_text(loader, slash + 1, &target->channel);
	}
	if (rc == 0)
		rc = find_buffer(loader, place, target->buffer);
	if (rc == 0 && slash != NULL)
		rc = find_channel(
		    loader, place, target->buffer, target->channel);
	return rc;
}

int
load_target_buffer(
    struct loader *loader, const struct place *place, void *object)
{
	struct config_target *target = object;
	int rc;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(
		    loader, place, "a string, the name of a buffer");
	rc = find_buffer(loader, place, json_string(place->node));
	if (rc != 0)
		return rc;
	return load_text(loader, json_string(place->node), &target->buffer);
}

int
load_target_channel(
    struct loader *loader, const struct place *place, void *object)
{
	struct config_target *target = object;
	int rc;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(
		    loader, place, "a string, the name of a channel");
	if (json_member(place->parent->node, "buffer") == NULL)
		return load_fail(
		    loader, place, "allowed only with a \"buffer\" beside it");
	rc = find_channel(
	    loader, place, target->buffer, json_string(place->node));
	if (rc != 0)
		return rc;
	return load_text(loader, json_string(place->node), &target->channel);
}
