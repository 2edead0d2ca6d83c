#ifndef ABUF_CMD_SETTINGS_INTERNAL_H
#define ABUF_CMD_SETTINGS_INTERNAL_H

/*
 * What the setters of options share:
 *
 *	settings.c		windows, records, the command, watching
 *	settings_outcome.c	what becomes of batches that fail
 */

#include "options.h"

struct config;
struct config_buffer;
struct config_channel;
struct err;

/* What a setter may look at and change. */
struct target {
	const struct options *options;
	struct config *config;
	struct config_buffer *buffer;
	struct config_channel *channel;
};

/* Set what value says; "" for a flag.  ERR_USAGE with the reason. */
typedef int settings_setter(
    struct target *target, const char *value, struct err *e);

/* By enum option_id; NULL for an option that is not among them. */
extern settings_setter *const settings_outcome[OPTION_COUNT];

/* Replace a text, which is free()d, by a copy of one that is not empty. */
int settings_text(char **text, const char *value, struct err *e);

#endif
