#ifndef ABUF_CMD_SETTINGS_H
#define ABUF_CMD_SETTINGS_H

/*
 * The options that set a value: one setter for each, in a table.
 */

struct config;
struct err;
struct options;
struct selection;

/*
 * Lay every such option that was given over the configuration and the
 * selected lane.  ERR_USAGE with "--option: why".
 */
int settings_apply(const struct options *options, struct config *config,
    const struct selection *selection, struct err *e);

#endif
