#ifndef ABUF_INTAKE_FRAMER_H
#define ABUF_INTAKE_FRAMER_H

/*
 * Records from bytes.  A pure core: no file, no thread, no clock.
 *
 * A record is what stands between delimiters; empty ones count, unless they
 * are to be skipped.  The framer never copies: it says how many of the bytes
 * at hand go into a window as whole records, delimiters included, and how
 * many behind them are to be thrown away.  A record that is not yet complete
 * stays with the caller.
 *
 * A record longer than max_record_bytes is refused alone.  Its bytes are
 * thrown away as they come, so that memory stays bounded; its end is reported
 * together with its length.
 *
 * The caller, whenever it has bytes and the window has room:
 *	1. framer_cut();
 *	2. puts the first `size` bytes into the window;
 *	3. drops `size + skip` bytes from its own;
 *	4. goes by `end`.
 * At the end of the input it adds the missing delimiter to what is left, or
 * to nothing if a refused record is not finished, and cuts again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct framer {
	/* Set once. */
	uint8_t delimiter;
	bool skip_empty;
	uint64_t max_record_bytes; /* without the delimiter */

	/* State. */
	bool is_skipping;       /* inside a record that is refused */
	uint64_t skipped_bytes; /* of it, so far */
};

enum cut_end {
	CUT_NEED_DATA, /* what is left is not a whole record */
	CUT_AGAIN,     /* something was skipped: call again */
	CUT_RECORDS,   /* records_left are reached */
	CUT_BYTES      /* the next record would pass bytes_left */
};

struct cut {
	size_t size;      /* bytes of whole records, from the start */
	uint64_t records; /* in these */
	size_t skip;      /* bytes behind them to throw away */
	uint64_t skipped; /* records that ended in these: empty or refused */
	bool is_refused;  /* a refused record ended in what is skipped */
	uint64_t refused_bytes; /* its length without the delimiter */
	enum cut_end end;
};

/*
 * Cut size bytes at data for a window that takes records_left (at least 1)
 * more records and bytes_left more bytes.  One record larger than bytes_left
 * is still taken, alone, if the window is empty.
 */
struct cut framer_cut(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty);

#endif
