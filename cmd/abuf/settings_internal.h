#ifndef ABUF_CMD_SETTINGS_INTERNAL_H
#define ABUF_CMD_SETTINGS_INTERNAL_H

/*
 * What the setters of options share:
 *
 *	settings.c		windows, the command, watching
 *	settings_records.c	what records are, and what is made of them
 *	settings_outcome.c	what becomes of batches that fail
 *	settings_journal.c	the journal, and following files
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
	/* Only for those of each channel: it, and where it is. */
	struct config_channel *channel;
	const struct config_buffer *channel_buffer;
};

/* Set what value says; "" for a flag.  ERR_USAGE with the reason. */
typedef int settings_setter(
    struct target *target, const char *value, struct err *e);

/* How an option is set: once, or for each channel that it speaks of. */
struct settings_row {
	settings_setter *once;
	settings_setter *each;
};

/* By enum option_id; an option that is not among them has neither. */
extern const struct settings_row settings_records[OPTION_COUNT];
extern const struct settings_row settings_outcome[OPTION_COUNT];
extern const struct settings_row settings_journal[OPTION_COUNT];

/* After all setters: what they have made together of the inputs. */
int settings_records_finish(struct target *target, struct err *e);

/* Likewise: ERR_USAGE for an option that only another one gives a meaning. */
int settings_journal_finish(const struct target *target, struct err *e);

/* Replace a text, which is free()d, by a copy of one that is not empty. */
int settings_text(char **text, const char *value, struct err *e);

/* One of the names of a NULL-terminated list, by its number. */
int settings_choice(const char *value, const char *const *names,
    unsigned *choice, struct err *e);

#endif
