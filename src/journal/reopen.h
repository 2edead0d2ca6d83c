#ifndef ABUF_JOURNAL_REOPEN_H
#define ABUF_JOURNAL_REOPEN_H

/*
 * A window that an earlier run had open goes on: its file holds records that
 * are in no batch yet.
 *
 * If only the process ended, all that it wrote is there: whole records count,
 * and half a one behind them, from a write that was cut off, does not.  If the
 * machine did, only that counts which is known to have been synced, and its CRC
 * says whether it is there.
 *
 * Loop thread, before anything runs: it blocks, syncs the file and reads it
 * from the disk.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/records.h"

struct err;
struct window;

/* What is known to have been synced. */
struct reopen_synced {
	uint64_t length; /* of the file */
	uint64_t records;
	uint32_t crc; /* CRC-32C of that length */
};

struct reopen {
	struct disk windows;                /* their folder */
	uint64_t number;                    /* of the window */
	uint64_t header_size;               /* bytes before its records */
	struct records records;             /* how these end */
	const struct reopen_synced *synced; /* NULL: the process ended only */
	uint64_t now_ns;                    /* when its records came */
};

/*
 * *window is open afterwards, and goes on behind the last record that counts;
 * *cut_bytes behind it are gone.  If none counts, *window is not open, and the
 * file is left as it is.  ERR_DATA: what was synced is not there as it was;
 * ERR_CONFIG: it is, and its records ended otherwise; ERR_IO.
 */
int reopen(const struct reopen *what, struct window *window,
    uint64_t *cut_bytes, struct err *e);

/* Is what was synced there?  The same errors; nothing is changed. */
int reopen_check(const struct reopen *what, struct err *e);

#endif
