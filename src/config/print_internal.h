#ifndef ABUF_CONFIG_PRINT_INTERNAL_H
#define ABUF_CONFIG_PRINT_INTERNAL_H

/*
 * Printing the configuration, in parts:
 *
 *	print.c			the tree
 *	print_records.c		formats, inputs and the route
 *	print_value.c		members and brackets
 *	print_check.c		is all of it UTF-8?
 *
 * Any thread, one printer each.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct config;
struct config_batch_do;
struct config_buffer;
struct config_format_input;
struct config_input;
struct config_route;
struct err;

struct printer {
	FILE *out;
	int depth;
	bool has_member; /* the innermost bracket holds something already */
};

/* A new line for the next member, and its key; its value is to follow. */
void print_key(struct printer *printer, const char *key);

/* An object; a key of NULL is that of none, as in an array. */
void print_open(struct printer *printer, const char *key);
void print_close(struct printer *printer);
void print_open_array(struct printer *printer, const char *key);
void print_close_array(struct printer *printer);

/* Members.  A text of NULL is left out. */
void print_number(struct printer *printer, const char *key, uint64_t value);
void print_bool(struct printer *printer, const char *key, bool value);
void print_text(struct printer *printer, const char *key, const char *value);
void print_words(struct printer *printer, const char *key, char *const *words);

/* A number of which 0, which would be read as the default, means none. */
void print_number_or_null(
    struct printer *printer, const char *key, uint64_t value);

/* In the notation of units_parse_byte(), so that every byte is ASCII. */
void print_byte(struct printer *printer, const char *key, uint8_t byte);

/* Members of a buffer, a channel, a batch_do, the top. */
void print_input(struct printer *printer, const struct config_input *input);
void print_dispatch(
    struct printer *printer, const struct config_buffer *buffer);
void print_format_input(
    struct printer *printer, const struct config_format_input *format);
void print_payload(
    struct printer *printer, const struct config_batch_do *batch_do);
void print_route(struct printer *printer, const struct config_route *route);
void print_sources(struct printer *printer, const struct config *config);

/* ERR_CONFIG for a string that has no place in JSON. */
int print_check(const struct config *config, struct err *e);

#endif
