#ifndef ABUF_TESTS_DAMAGE_H
#define ABUF_TESTS_DAMAGE_H

/*
 * Logs of test_wal.h's at random, and random damage to them.
 */

#include <stddef.h>
#include <stdint.h>

#include "crash_disk.h"
#include "test_wal.h"

/*
 * A log after a few runs, each of which ended well, was killed, or lost its
 * power; the same for the same seed.  *world is what was appended.  The caller
 * destroys the disk.
 */
struct crash_disk *damage_make_log(
    struct world *world, uint64_t seed, struct disk *disk);

/*
 * Change it, durably: flipped bits, zeros, a file cut off or longer, removed,
 * copied, swapped with another; one to three of these.
 */
void damage_at_random(
    struct crash_disk *crash, const struct disk *disk, uint64_t seed);

/* Make a file shorter or longer, durably. */
void damage_resize(const struct disk *disk, const char *name, uint64_t size);

/* A CRC of the names and contents of all files of the top folder. */
uint32_t damage_fingerprint(
    const struct crash_disk *crash, const struct disk *disk);

#endif
