/*
 * The keys at the top of the file.  A row of a table is the whole knowledge
 * about a key: its type, where it goes, what 0 and less give, and how large it
 * may be.  The order of rows is the order of loading: buffers come before what
 * names them.
 */
#include "base/err.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"

#define IN_CONFIG(member) offsetof(struct config, member)

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
	struct config *config = object;
	unsigned choice = CONFIG_LOG_TEXT;
	int rc = load_choice(loader, place, names_log_format, &choice);

	config->log_format = (enum config_log_format)choice;
	return rc;
}

static int
load_progress(struct loader *loader, const struct place *place, void *object)
{
	struct config *config = object;
	unsigned choice = CONFIG_PROGRESS_AUTO;
	int rc = load_choice(loader, place, names_progress, &choice);

	config->progress = (enum config_progress)choice;
	return rc;
}

static const struct field top_fields[] = {
    SIMPLE("$schema", FIELD_STRING, 0),
    OTHER("async_buffer", load_buffers, 0),
    OTHER("route", load_route, 0),
    OTHER("inputs", load_inputs, 0),
    OTHER("wal", load_wal, IN_CONFIG(wal)),
    SIMPLE("follow", FIELD_BOOL, IN_CONFIG(follow.is_following)),
    OTHER("from", load_from, IN_CONFIG(follow)),
    NUMBER("rotate_wait_ms", FIELD_COUNT, IN_CONFIG(follow.rotate_wait_ms),
        CONFIG_ROTATE_WAIT_MS, CONFIG_TIME_MAX_MS),
    SIMPLE("final", FIELD_BOOL, IN_CONFIG(follow.is_final)),
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
