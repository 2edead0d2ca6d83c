#ifndef ABUF_DELIVER_ROW_H
#define ABUF_DELIVER_ROW_H

/*
 * FormatInput for one record: from the record's bytes to what the command
 * gets for it.  A pure core: compiled once, then any thread.
 *
 *	raw     the record
 *	json    the record, if it is one JSON value
 *	copy    one text column of PostgreSQL's COPY text format, escaped; with
 *	        columns, a row of it from a JSON object, \N for NULL
 *	csv     a row of CSV (RFC 4180): NULL is empty, an empty string ""
 *	tsv     a row of columns between tabs: \t \n \r \\ escaped, NULL empty
 *	resp    a command of Redis' protocol (RESP 2), from a template
 *
 * Only rows of raw and csv may have a newline in them, those of csv between
 * quotes.  json passes a record on byte for byte, but for a newline between
 * its tokens, which becomes a blank.
 *
 * Columns.  A column is a dotted path (json_scan.h); a comma in a key is
 * written \, and blanks around a path do not belong to it.  A field that is
 * missing is NULL.  Strings are decoded; numbers, true and false pass as they
 * are written; an object or an array is its JSON text.
 *
 * What is refused, because it cannot be written: text with a NUL in copy, csv
 * and tsv, which databases and loaders cut or refuse (\u0000 inside the JSON
 * text of an object is no NUL yet, and passes); and a row of more than 1 GiB.
 * psql, reading CSV, stops with an error at a line of only \. between quotes;
 * copy has no such lines.
 *
 * A template of resp is a command as one would type it: words between blanks.
 * Quotes of both kinds may stand anywhere and keep blanks; between double ones
 * \n \t \r \0 \\ \" \xNN are understood.  {path} stands for a field of the
 * record, {} for the record itself, {{ and }} for braces.  A field that is
 * missing or null is empty.  A word never falls apart, whatever is in it; and
 * its first one, the name of the command, is never taken from a record.
 * Records need to be JSON objects only if the template has a {path}.
 */

#include <stddef.h>
#include <stdint.h>

struct err;
struct row_format;

enum row_kind { ROW_RAW, ROW_JSON, ROW_COPY, ROW_CSV, ROW_TSV, ROW_RESP };

struct row_settings {
	enum row_kind kind;
	const char *columns; /* "id,user.name,ts", or NULL */
	const char *resp;    /* "XADD events * id {id}", or NULL */
};

/*
 * ERR_USAGE: columns where there may be none, none where there must be some
 * (csv, tsv), two of the same path, more than 256; a bad template, or one
 * where there may be none.  settings is not needed afterwards.
 */
int row_format_create(struct row_format **format,
    const struct row_settings *settings, struct err *e);
void row_format_destroy(struct row_format *format); /* NULL: a no-op */

/* Bytes that grow; the owner frees data.  Zeroed: empty. */
struct row_buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/*
 * Append the row for a record (given without its delimiter) to out, without a
 * delimiter of its own; frame.h adds those.  A row of resp needs none.
 * Returns 0; or -1 and *why, a few words without record data that say why
 * this record is refused; then out is what it was.  Want of memory is such a
 * reason, too.  out is for the caller to empty: it grows as rows are appended.
 */
int row_format_record(const struct row_format *format, const uint8_t *record,
    size_t size, struct row_buffer *out, const char **why);

#endif
