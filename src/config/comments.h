#ifndef ABUF_CONFIG_COMMENTS_H
#define ABUF_CONFIG_COMMENTS_H

#include <stddef.h>

struct err;

/*
 * Comments out of JSON.
 *
 * Overwrites each comment with spaces: from two slashes to the end of the
 * line, and from slash-star to star-slash.  Ends of lines stay, and so does
 * the length, so that every offset still means the same place in the file.
 * What looks like a comment inside of a string is left alone, and nothing
 * that is not a comment changes.  Comments do not nest.
 *
 * The text is size bytes and needs no final NUL.  Returns 0; or ERR_CONFIG
 * for a comment or a string that is not closed (a string ends on its line),
 * with *offset at its first byte and the reason, without a position, in *e.
 * After an error the text is partly overwritten.  Pure; any thread.
 */
int comments_blank(char *text, size_t size, size_t *offset, struct err *e);

#endif
