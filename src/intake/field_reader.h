#ifndef ABUF_INTAKE_FIELD_READER_H
#define ABUF_INTAKE_FIELD_READER_H

/*
 * The text of one field of a record: by a dotted path in a JSON object, or by
 * number in a row of CSV or of tab-separated values.
 *
 * A string is decoded, a field of CSV comes without its quotes; numbers and
 * everything else are the text as it is written.  Tab-separated values know no
 * quotes: one is data there, and hides no tab.  Of equal keys the first one
 * counts, and what stands behind it is not looked at.
 *
 * One thread: the text is the reader's, until the next call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct field_reader;

/* ERR_CONFIG: the path is none. */
int field_reader_of_json(
    struct field_reader **reader, const char *path, struct err *e);

/* The number-th column, from 1; separator is a comma, a tab, ... */
struct field_reader *field_reader_of_columns(
    uint64_t number, uint8_t separator, bool has_quotes);

/* destroy(NULL) is a no-op. */
void field_reader_destroy(struct field_reader *reader);

/*
 * The field of a record without its delimiter, and its *size; or NULL and
 * *why: it is missing, or null, or the record has no fields at all.
 */
const uint8_t *field_reader_read(struct field_reader *reader,
    const uint8_t *record, size_t size, size_t *field_size, const char **why);

#endif
