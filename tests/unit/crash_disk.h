#ifndef ABUF_TESTS_CRASH_DISK_H
#define ABUF_TESTS_CRASH_DISK_H

/*
 * A disk in memory that models what a crash may leave behind.
 *
 * A process that is killed leaves everything that it has written.  Power loss
 * leaves what was synced, and of everything else any part:
 *	- A file's sectors of 512 bytes are whole, and each of them is as it was
 *	  at the last sync or after any write since, whatever its neighbours
 *	  are.  A write is torn between sectors, and later ones may stay while
 *	  earlier ones are gone.
 *	- A file's size is one that it had since its last sync.  What lies below
 *	  it and was never written to the disk is zero.
 *	- Of the names that were made, changed or removed in a folder since its
 *	  last sync, any may be lost and any may be kept.  A rename is all or
 *	  nothing; one between two folders is durable once both are synced.
 *	- A file may have several names, each durable or not by itself.
 *	- A file whose name is durable may be empty: names and contents are
 *	  synced apart.
 *
 * Space can be limited: a write takes what there is, then -ENOSPC; what was
 * reserved is there to be written to.  truncate() gives back what lies behind
 * the new end, also what was reserved there, as ext4 does.
 *
 * A crash makes a new disk and leaves the old one alone, so that many states
 * come from one point.  One thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/disk.h"

#define CRASH_SECTOR 512
#define CRASH_SPACE_WITHOUT_END UINT64_MAX

struct crash_disk;

/* Empty; *disk is how to use it.  The caller destroys it. */
struct crash_disk *crash_disk_create(struct disk *disk);

/* destroy(NULL) is a no-op. */
void crash_disk_destroy(struct crash_disk *crash);

/*
 * What power loss may leave of crash: one legal state for each seed, all of
 * it durable.  Seeds differ in kind as well: nothing that was not synced,
 * all of it, the first part of it, any of it.
 */
struct crash_disk *crash_disk_crash(
    const struct crash_disk *crash, uint64_t seed, struct disk *disk);

/*
 * What the end of the process leaves: all of it; what was not synced can still
 * be lost later.
 */
struct crash_disk *crash_disk_kill(
    const struct crash_disk *crash, struct disk *disk);

/* From now on so many bytes can be taken, in whole sectors. */
void crash_disk_limit(struct crash_disk *crash, uint64_t space_bytes);

/*
 * The content of a file of the top folder as it is now, or NULL; it stays the
 * disk's, until something changes.
 */
const uint8_t *crash_disk_peek(
    const struct crash_disk *crash, const char *name, size_t *size);

/* Change one byte of such a file, durably, as a worn disk does. */
void crash_disk_poke(
    struct crash_disk *crash, const char *name, size_t offset, uint8_t byte);

/* The next number of a seeded sequence; any seed will do. */
uint64_t crash_random(uint64_t *state);

#endif
