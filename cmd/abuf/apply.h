#ifndef ABUF_CMD_APPLY_H
#define ABUF_CMD_APPLY_H

/*
 * From what the user typed to a configuration: an option wins over the file,
 * the file over the default.
 */

struct config;
struct err;
struct options;
struct selection;

/*
 * Fill an initialised config from the options: load the file or make the one
 * buffer, select (select.h), lay the options over what they speak of.
 * ERR_USAGE for an option's argument, ERR_CONFIG for the file or a buffer or
 * channel that it lacks.
 */
int apply_options(const struct options *options, struct config *config,
    struct selection *selection, struct err *e);

#endif
