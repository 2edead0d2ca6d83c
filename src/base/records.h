#ifndef ABUF_BASE_RECORDS_H
#define ABUF_BASE_RECORDS_H

/*
 * How records follow each other, in a window and wherever one is read: each
 * ends with a delimiter; in CSV with a newline outside quotes.  Pure; any
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/csv_scan.h"
#include "base/scan.h"

struct records {
	uint8_t delimiter; /* a newline if it is CSV */
	bool is_csv;
};

/*
 * As csv_scan_upto(): find the first `limit` record ends among size bytes of
 * data and look no further.  state, zeroed at the start of a record, is of use
 * for CSV only.
 */
static inline struct scan
records_scan(const struct records *records, struct csv_state *state,
    const uint8_t *data, size_t size, uint64_t limit)
{
	if (records->is_csv)
		return csv_scan_upto(state, data, size, limit);
	return scan_upto(data, size, records->delimiter, limit);
}

#endif
