#ifndef ABUF_CONFIG_LOCATE_H
#define ABUF_CONFIG_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where in the file something stands, for messages.
 *
 * The parser keeps no positions, and a correct file needs none.  On the way
 * to an error message the text is walked once more, by the path to the value
 * that is wrong: at each level, the number of the member in its object or of
 * the element in its array, counted from 0.  Numbers instead of names need no
 * decoding of escapes, and tell the second of two equal keys from the first.
 *
 * Pure functions; any thread.
 */

/*
 * Find the key of the member (or the element of the array) that the depth
 * numbers in path lead to; depth 0 is the outermost value.  text has size
 * bytes of valid JSON, comments blanked.  False if there is no such thing;
 * then *offset is as far as the walk came.
 */
bool locate_path(const char *text, size_t size, const size_t *path,
    size_t depth, size_t *offset);

/*
 * Line and column of an offset, both from 1.  A column is one character of
 * UTF-8, not one byte, as editors count; a tab is one.
 */
void locate_position(
    const char *text, size_t size, size_t offset, size_t *line, size_t *column);

#endif
