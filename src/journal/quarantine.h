#ifndef ABUF_JOURNAL_QUARANTINE_H
#define ABUF_JOURNAL_QUARANTINE_H

/*
 * The folder in a journal's folder for what is torn, damaged or of no known
 * use: nothing is thrown away that may be somebody's data.  Nobody reads it but
 * people.
 *
 * Functions return 0, or a handle, or a negative errno.
 */

#include <stdint.h>

#include "journal/pipeline.h"

struct disk;
struct folder;

#define QUARANTINE_NAME "quarantine"

/* Its handle, which the caller closes; made if it has to be. */
int quarantine_open(const struct disk *disk);

/*
 * Move a file there, durably, under another name that says what it is; one
 * that has this name already is replaced.
 */
int quarantine_move(
    const struct disk *disk, int folder, const char *name, const char *as);

/* The same for the file of a window, under this name: w- and its own. */
#define QUARANTINE_WINDOW_SIZE (PIPELINE_NAME_SIZE + 2)
int quarantine_window(const struct folder *folder, uint64_t number,
    char as[QUARANTINE_WINDOW_SIZE]);

#endif
