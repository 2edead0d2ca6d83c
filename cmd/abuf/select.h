#ifndef ABUF_CMD_SELECT_H
#define ABUF_CMD_SELECT_H

/*
 * Which buffer and channel options speak of.
 */

#include <stdbool.h>

struct config;
struct config_buffer;
struct config_channel;
struct err;
struct options;

/* Parts of the configuration. */
struct selection {
	struct config_buffer *buffer;   /* for records that go nowhere else */
	struct config_channel *channel; /* NULL: as its dispatch says */
	bool is_named;                  /* by options */
	bool is_routed;                 /* records may go elsewhere, too */
};

/*
 * Make the one buffer if there is no file, replace the route and the inputs of
 * the file by what options say, and find what is selected: by options, else by
 * a fixed route, else the buffer called "default".  If that is not there, but
 * records find their way without it, it is the first buffer.  ERR_USAGE for an
 * option's argument, ERR_CONFIG for a buffer or channel that is not there.
 */
int select_lane(const struct options *options, struct config *config,
    struct selection *selection, struct err *e);

/*
 * Does the command, or an option that is for channels, speak of this channel
 * of that buffer?  It speaks of what is selected: one channel, or all of a
 * buffer that uses them all; and if records are routed, only of what options
 * name, and of every channel that has no command of its own.
 */
bool select_means(const struct selection *selection,
    const struct config_buffer *buffer, const struct config_channel *channel);

/* ERR_USAGE: there is no such channel. */
int select_refuse_none(const char *what, struct err *e);

#endif
