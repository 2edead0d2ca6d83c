#ifndef ABUF_ENGINE_EXPLAIN_INTERNAL_H
#define ABUF_ENGINE_EXPLAIN_INTERNAL_H

/*
 * What the files of --explain share: a run that was looked up, told in words.
 *
 *	explain.c           inputs, and where their records go
 *	explain_window.c    when windows close, and how long that may take
 *	explain_lane.c      what commands get, and what their end means
 */

#include <stdio.h>

struct buffer;
struct engine;
struct lane;

/* "a newline", "a NUL", "a tab", "\";\"", "the byte 0x07" */
#define EXPLAIN_BYTE_SIZE 24
void explain_byte(unsigned char byte, char text[EXPLAIN_BYTE_SIZE]);

/* When its windows close; the longest a record waits for that. */
void explain_windows(const struct buffer *buffer, FILE *out);

/* What becomes of what cannot be delivered. */
void explain_failure(
    const struct engine *engine, const struct buffer *buffer, FILE *out);

void explain_lane(const struct lane *lane, FILE *out);

#endif
