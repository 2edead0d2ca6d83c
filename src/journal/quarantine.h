#ifndef ABUF_JOURNAL_QUARANTINE_H
#define ABUF_JOURNAL_QUARANTINE_H

/*
 * The folder in a journal's folder for what is torn, damaged or of no known
 * use: nothing is thrown away that may be somebody's data.  Nobody reads it but
 * people.
 *
 * What is there stays as it is.  Something that is to get a name which other
 * bytes have already gets it with .1 behind it, or .2, and so on.  The same
 * bytes are not kept twice under one name: an interruption that begins again
 * finds them.
 *
 * Functions return 0, or a handle, or a negative errno.  The journal is locked.
 */

#include <stdint.h>

#include "journal/pipeline.h"

struct disk;
struct folder;

#define QUARANTINE_NAME "quarantine"

/* What is being copied has this name there until it is whole. */
#define QUARANTINE_UNFINISHED "copy.tmp"

/* Of a name there, the number behind it included. */
#define QUARANTINE_NAME_SIZE 64

/* Its handle, which the caller closes; made if it has to be. */
int quarantine_open(const struct disk *disk);

/*
 * Have these bytes there, durably.  `as` is the name that they are to have,
 * which says what they are, and becomes the one that they have.
 */
int quarantine_copy(const struct disk *disk, const uint8_t *data, uint64_t size,
    char as[QUARANTINE_NAME_SIZE]);

/*
 * The same for a file of a folder, which stays where it is: a second name of
 * it, or a copy where the file system has none.  Whoever has to write to the
 * file later may cut off only what is kept apart.
 */
int quarantine_keep(const struct disk *disk, int folder, const char *name,
    char as[QUARANTINE_NAME_SIZE]);

/* The same, and then the file is gone from its folder, durably. */
int quarantine_move(const struct disk *disk, int folder, const char *name,
    char as[QUARANTINE_NAME_SIZE]);

/* The same for the file of a window: `as`, which is set, is w- and its name. */
int quarantine_window(const struct folder *folder, uint64_t number,
    char as[QUARANTINE_NAME_SIZE]);

#endif
