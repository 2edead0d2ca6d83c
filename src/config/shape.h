#ifndef ABUF_CONFIG_SHAPE_H
#define ABUF_CONFIG_SHAPE_H

/*
 * What shapes the bytes that a command gets: two configurations of the same
 * shape make the same bytes of the same records.  Any thread.
 */

#include <stdint.h>

struct config_batch_do;
struct config_format_input;
struct config_input;

/* A hash of that, the same in every run of this version. */
uint64_t config_shape(const struct config_input *input,
    const struct config_format_input *format,
    const struct config_batch_do *batch_do);

#endif
