#ifndef ABUF_CONFIG_INPUTS_H
#define ABUF_CONFIG_INPUTS_H

/*
 * The inputs of a configuration: where their keys come from, where their
 * records may go, and what cannot stand together.  selected is the buffer for
 * records that go nowhere else, which options may have chosen.  Pure; for
 * whoever builds the configuration, while nobody else has it.
 */

#include <stdbool.h>

struct config;
struct config_buffer;
struct config_input;
struct config_source;

/*
 * The buffer that is selected as far as the file says: that of a fixed route,
 * else the one called "default", else NULL.
 */
struct config_buffer *inputs_default_buffer(const struct config *config);

/*
 * May records go to other buffers than the selected one: by their content, or
 * because they come from an input that has a target?
 */
bool inputs_are_routed(const struct config *config);

/*
 * Fill the keys of a source that are not its own, from the buffer it goes to;
 * from selected if it goes where the route says.
 */
void inputs_inherit(const struct config *config,
    const struct config_buffer *selected, struct config_source *source);

/*
 * The key that cannot stand beside the input's format: "delimiter" if that is
 * no newline although records of CSV and of JSON end in one, "header" if those
 * of JSON are to have one; else NULL.
 */
const char *inputs_misfit(const struct config_input *input);

#endif
