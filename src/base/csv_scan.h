#ifndef ABUF_BASE_CSV_SCAN_H
#define ABUF_BASE_CSV_SCAN_H

/*
 * Records of CSV (RFC 4180): a record ends with a newline outside quotes, so
 * that quoted newlines never cut one.  A pure core; any thread.
 *
 * Only quotes and newlines are looked at: a quote toggles, a doubled quote
 * toggles twice, which is right for cutting.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scan.h"

/* Where a scan is between two pieces; zeroed at the start of a record. */
struct csv_state {
	bool is_quoted;
};

/*
 * As scan_upto(): find the first `limit` record ends among size bytes of data
 * and look no further.  state is that before data; afterwards it is that
 * behind scan.end if the limit was reached, else that behind all of data.
 */
struct scan csv_scan_upto(
    struct csv_state *state, const uint8_t *data, size_t size, uint64_t limit);

/*
 * The number-th field (from 1) of one record without its newline, fields
 * separated by `separator` (',' or '\t'): where it stands, quotes included.
 * NULL if there are fewer.  A carriage return at the end of the record, outside
 * quotes, belongs to its newline and not to the last field.
 */
const uint8_t *csv_field(const uint8_t *record, size_t size, uint8_t separator,
    uint64_t number, size_t *field_size);

/*
 * Take the quotes of a field away: into out, which has room for size bytes.
 * Wherever they stand, they only quote; doubled ones within quotes are one.
 * Returns the size.
 */
size_t csv_unquote(const uint8_t *field, size_t size, uint8_t *out);

#endif
