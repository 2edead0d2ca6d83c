#ifndef ABUF_JOURNAL_REPAIR_H
#define ABUF_JOURNAL_REPAIR_H

/*
 * Make a damaged journal one that a run accepts: what a salvage finds becomes
 * the checkpoint of a new segment.  The old segments, and files of windows that
 * nothing names any more, are moved to the quarantine: nothing is thrown away.
 *
 * May be interrupted anywhere, and begun again.
 */

#include <stdint.h>

struct err;

struct repair_report {
	uint64_t segments; /* moved to the quarantine */
	uint64_t files;    /* of windows, likewise */
};

/*
 * ERR_BUSY: a run has it; ERR_CONFIG, as folder_open() says; ERR_DATA: nothing
 * can be made of it; ERR_IO.
 */
int repair(const char *path, struct repair_report *report, struct err *e);

#endif
