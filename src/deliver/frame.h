#ifndef ABUF_DELIVER_FRAME_H
#define ABUF_DELIVER_FRAME_H

/*
 * From the records of a batch to its payload: a row for each (row.h), and what
 * stands around them.
 *
 *	lines        a newline after each row
 *	null         a NUL after each row
 *	json-array   [a,b,c] and a newline
 *	strings      a prefix, a separator between rows, a suffix
 *	none         nothing; for rows that delimit themselves
 *
 * A payload without rows is empty; there is no prefix, either.
 *
 * No row ever looks like two.  Those of json have no newline in them; those
 * of csv may have one between quotes, where readers of CSV expect it; those
 * of resp have their length before them.  A raw record, or a row of copy or
 * tsv, that has the separator in it is refused.  Strings around json and csv
 * are the user's own affair: a comma says nothing about the commas inside.
 *
 * A pure core: compiled once, then any thread; each batch has a framing of
 * its own.  The caller:
 *
 *	1. if frame_is_plain(), passes the bytes of the window on as they are;
 *	   else
 *	2. calls frame_begin(),
 *	3. frame_record() for each record; it may empty the buffer in between,
 *	4. frame_end(), and if framing.rows is still 0, runs no command.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deliver/row.h"

struct err;
struct frame;

enum frame_kind {
	FRAME_LINES,
	FRAME_NULL,
	FRAME_JSON_ARRAY,
	FRAME_STRINGS,
	FRAME_NONE
};

#define FRAME_STRING_MAX 4096

struct frame_settings {
	enum frame_kind kind;
	enum row_kind rows;

	/* Of FRAME_STRINGS; \n \t \r \0 \\ \xNN are understood; or NULL. */
	const char *prefix;
	const char *separator;
	const char *suffix;
};

/*
 * ERR_USAGE: a bad escape, or too long a string; strings where there may be
 * none; json-array around rows that are not json; none around rows that are
 * not resp, or the other way round.  settings is not needed afterwards.
 */
int frame_create(
    struct frame **frame, const struct frame_settings *settings, struct err *e);
void frame_destroy(struct frame *frame); /* NULL: a no-op */

/*
 * Is the payload what the window holds, byte for byte?  It is if rows are
 * raw, and follow each other with the byte that ends records in the window.
 * No row is refused then, and nothing needs to be done per record.
 */
bool frame_is_plain(const struct frame *frame, uint8_t delimiter);

/* A payload on its way. */
struct framing {
	const struct frame *frame;
	const struct row_format *format;
	uint64_t rows;   /* so far, without the header */
	bool has_header; /* so what comes next is not the first */
};

/* format must be of the kind that the frame was made for. */
struct framing frame_begin(
    const struct frame *frame, const struct row_format *format);

/*
 * Append a header, given without its delimiter, as a first row that is not
 * counted.  Once, before all rows.  It is what it is, whatever stands in it.
 * -1 and *why: there is no memory for it.
 */
int frame_header(struct framing *framing, const uint8_t *header, size_t size,
    struct row_buffer *out, const char **why);

/*
 * Append a record's row to out, and what belongs before it.  Returns 0, or -1
 * and *why if the record is refused, as row_format_record() does.
 */
int frame_record(struct framing *framing, const uint8_t *record, size_t size,
    struct row_buffer *out, const char **why);

/*
 * Append what belongs behind the last row, if there is one.  -1 and *why: there
 * is no memory for it.
 */
int frame_end(
    const struct framing *framing, struct row_buffer *out, const char **why);

#endif
