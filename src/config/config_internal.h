#ifndef ABUF_CONFIG_CONFIG_INTERNAL_H
#define ABUF_CONFIG_CONFIG_INTERNAL_H

/*
 * What the loader needs of the structure beyond config.h.  Main thread, while
 * nobody else has the config.
 */

struct config_batch_do;
struct config_buffer;
struct config_channel;
struct config_format_input;
struct config_target;
struct err;

/* Defaults, no command. */
void config_batch_do_init(struct config_batch_do *batch_do);

/* Frees what it points to; a no-op on a zeroed one. */
void config_batch_do_release(struct config_batch_do *batch_do);

/* Frees an argv, which may be NULL, and makes it NULL. */
void config_words_release(char ***words);

/*
 * Make *to, which is released first, equal to *from, with strings of its own.
 * ERR_SYSTEM if there is no memory; then *to has none.
 */
int config_batch_do_copy(struct config_batch_do *to,
    const struct config_batch_do *from, struct err *e);

/* The same two for a format; what is left of it is raw. */
void config_format_release(struct config_format_input *format);
int config_format_copy(struct config_format_input *to,
    const struct config_format_input *from, struct err *e);

/* Frees both names; a no-op on a zeroed one. */
void config_target_release(struct config_target *target);

/*
 * Append a channel with defaults; the name is copied and must be valid.
 * Pointers to other channels of the buffer become invalid.
 */
struct config_channel *config_add_channel(
    struct config_buffer *buffer, const char *name);

#endif
