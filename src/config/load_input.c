/*
 * "input" of a buffer, how bytes become records; and "inputs", where they come
 * from, each with the same keys over those of the buffer that it goes to.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "config/config_internal.h"
#include "config/inputs.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"

#define IN_SOURCE(member) offsetof(struct config_source, member)

/* Rows for the members of a struct config_input that stands at an offset. */
#define INPUT_ROWS(at)                                                  \
	OTHER("format", load_input_format,                              \
	    (at) + offsetof(struct config_input, format)),              \
	    OTHER("delimiter", load_delimiter,                          \
	        (at) + offsetof(struct config_input, delimiter)),       \
	    OTHER("header", load_header,                                \
	        (at) + offsetof(struct config_input, has_header)),      \
	    SIMPLE("skip_empty", FIELD_BOOL,                            \
	        (at) + offsetof(struct config_input, skip_empty)),      \
	    NUMBER("max_record", FIELD_SIZE,                            \
	        (at) + offsetof(struct config_input, max_record_bytes), \
	        CONFIG_MAX_RECORD, CONFIG_MAX_RECORD_MAX)

static int
load_input_format(
    struct loader *loader, const struct place *place, void *object)
{
	unsigned choice = CONFIG_INPUT_LINES;
	int rc = load_choice(loader, place, names_input_format, &choice);

	*(enum config_input_format *)object = (enum config_input_format)choice;
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

static int
load_header(struct loader *loader, const struct place *place, void *object)
{
	uint64_t lines = 0;
	int rc = load_whole(loader, place, 0, 1, &lines);

	*(bool *)object = lines == 1;
	return rc;
}

/*
 * Either of the two keys may come from the buffer.  The one that is here is
 * to blame; of an object there is always one, or nothing has changed.
 */
static int
check_format(struct loader *loader, const struct place *place,
    const struct config_input *input)
{
	const char *misfit = inputs_misfit(input);
	struct place child = *place;

	if (misfit == NULL)
		return 0;
	if (!load_member(place, misfit, &child))
		load_member(place, "format", &child);
	if (strcmp(misfit, "header") == 0)
		return load_fail(loader, &child,
		    "a header is not allowed with the format \"json-seq\"");
	return load_fail(loader, &child,
	    "records end with a newline with the formats \"csv\" and "
	    "\"json-seq\", no other delimiter is allowed");
}

static const struct field input_fields[] = {INPUT_ROWS(0)};

int
load_input(struct loader *loader, const struct place *place, void *object)
{
	int rc = load_object(
	    loader, place, input_fields, COUNT_OF(input_fields), object);

	return rc == 0 ? check_format(loader, place, object) : rc;
}

static const struct field source_fields[] = {
    SIMPLE("path", FIELD_PATH, IN_SOURCE(path)),
    OTHER("buffer", load_target_buffer, IN_SOURCE(target)),
    OTHER("channel", load_target_channel, IN_SOURCE(target)),
    INPUT_ROWS(IN_SOURCE(input)),
};

/* Which keys of its input a source has itself. */
static unsigned
own_keys(const struct place *place)
{
	static const struct {
		const char *key;
		enum config_input_keys bit;
	} rows[] = {
	    {"format", CONFIG_INPUT_HAS_FORMAT},
	    {"delimiter", CONFIG_INPUT_HAS_DELIMITER},
	    {"header", CONFIG_INPUT_HAS_HEADER},
	    {"skip_empty", CONFIG_INPUT_HAS_SKIP_EMPTY},
	    {"max_record", CONFIG_INPUT_HAS_MAX_RECORD},
	};
	unsigned own = 0;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		if (json_member(place->node, rows[i].key) != NULL)
			own |= rows[i].bit;
	}
	return own;
}

static int
load_source(struct loader *loader, const struct place *place,
    struct config_source *source)
{
	const struct config_buffer *selected =
	    inputs_default_buffer(loader->config);
	int rc;

	rc = load_object(
	    loader, place, source_fields, COUNT_OF(source_fields), source);
	if (rc != 0)
		return rc;
	if (source->path == NULL)
		return load_fail(loader, place,
		    "path: missing, expected that of a file, or - for "
		    "standard input");
	source->has_target = source->target.buffer != NULL;
	source->own_keys = own_keys(place);
	if (selected == NULL)
		selected = &loader->config->buffers[0];
	inputs_inherit(loader->config, selected, source);
	return check_format(loader, place, &source->input);
}

/* Standard input has one reader. */
static int
check_stdin(struct loader *loader, const struct place *place, size_t *readers,
    const struct config_source *source)
{
	if (strcmp(source->path, "-") == 0 && ++*readers > 1)
		return load_fail(loader, place,
		    "path: standard input is here twice, allowed is once");
	return 0;
}

static int
load_sources(
    struct loader *loader, const struct place *place, struct config *config)
{
	const struct json *node = json_first(place->node);
	size_t readers = 0;
	int rc = 0;

	for (; rc == 0 && node != NULL; node = json_next(node)) {
		struct place child =
		    load_child(place, node, config->source_count);
		struct config_source *source =
		    &config->sources[config->source_count++];

		rc = load_source(loader, &child, source);
		if (rc == 0)
			rc = check_stdin(loader, &child, &readers, source);
	}
	return rc;
}

int
load_inputs(struct loader *loader, const struct place *place, void *object)
{
	struct config *config = object;
	const struct json *node;
	size_t count = 0;

	/* load_tree() will say that there are none; inputs have keys of one. */
	if (config->buffer_count == 0)
		return 0;
	if (json_type(place->node) != JSON_ARRAY)
		return load_fail_type(loader, place, "an array of objects");
	for (node = json_first(place->node); node != NULL;
	     node = json_next(node))
		count++;
	if (count == 0 || count > CONFIG_INPUTS_MAX)
		return load_fail(loader, place,
		    "%zu inputs, allowed are 1 to %d", count,
		    CONFIG_INPUTS_MAX);
	config->sources = calloc(count, sizeof(config->sources[0]));
	if (config->sources == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	return load_sources(loader, place, config);
}
