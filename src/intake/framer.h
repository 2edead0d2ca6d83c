#ifndef ABUF_INTAKE_FRAMER_H
#define ABUF_INTAKE_FRAMER_H

/*
 * Records from bytes.  A pure core: no file, no thread, no clock.
 *
 *	lines      what stands between delimiters
 *	csv        the same, with newlines; those in quotes do not count
 *	json-seq   JSON values, however they are laid out (json_scan.h); white
 *	           space between them belongs to none
 *
 * Empty lines count, unless they are to be skipped.  The framer never copies:
 * it says how many of the bytes at hand go into a window as whole records, and
 * how many behind them are to be thrown away.  A record that is not yet
 * complete stays with the caller; what has been looked at of it is not looked
 * at again.  A record of json-seq comes alone, and without a delimiter.
 *
 * A record longer than max_record_bytes is refused alone.  Its bytes are
 * thrown away as they come, so that memory stays bounded; its end is reported
 * together with its length.  In csv it ends at the first newline behind that
 * limit, quoted or not: a quote that never closes takes no more with it.  In
 * json-seq it ends where its brackets do.  A torn value of json-seq (a newline
 * in a string, a record separator inside) is refused, too.
 *
 * Where a record ends does not depend on how the bytes came.
 *
 * The caller, whenever it has bytes and the window has room:
 *	1. framer_cut();
 *	2. puts the first `size` bytes into the window;
 *	3. drops `size + skip` bytes from its own;
 *	4. goes by `end`; the next cut begins with what is left.
 * At the end of the input it adds the missing delimiter to what is left, or
 * to nothing if a refused record is not finished, sets is_at_end, and cuts
 * again: what is no whole record even then is refused, too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/csv_scan.h"
#include "base/json_scan.h"

enum framer_format { FRAMER_LINES, FRAMER_CSV, FRAMER_JSON_SEQ };

struct framer {
	/* Set once. */
	enum framer_format format;
	uint8_t delimiter; /* a newline unless the format is lines */
	bool skip_empty;
	uint64_t max_record_bytes; /* without the delimiter */

	/* State. */
	bool is_at_end;          /* nothing follows the data */
	bool is_skipping;        /* inside a record that is refused */
	uint64_t skipped_bytes;  /* of it, so far */
	size_t looked_at;        /* bytes that hold no end of a record */
	struct csv_state csv;    /* behind these */
	struct json_cutter json; /* the same, or inside what is skipped */
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
	const char *why;        /* it was refused, a few words */
	enum cut_end end;
};

/* Why a record is refused for its length; or a value of JSON that is torn. */
#define FRAMER_TOO_LONG "longer than --max-record"
#define FRAMER_UNFINISHED "a value that does not end"

/*
 * Cut size (at least 1) bytes at data for a window that takes records_left (at
 * least 1) more records and bytes_left more bytes.  One record larger than
 * bytes_left is still taken, alone, if the window is empty.
 */
struct cut framer_cut(struct framer *framer, const uint8_t *data, size_t size,
    uint64_t records_left, uint64_t bytes_left, bool window_is_empty);

/*
 * Nothing is known of what is at the front: for who keeps a copy of a framer
 * and goes back to it, behind the record that it was at.
 */
void framer_forget(struct framer *framer);

#endif
