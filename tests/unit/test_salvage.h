#ifndef ABUF_TESTS_SALVAGE_H
#define ABUF_TESTS_SALVAGE_H

/*
 * A log of test_wal.h's, where each of its frames lies, and what a salvage of a
 * damaged copy of it tells.
 *
 * The caller: salvage_enter(); for each copy: change it, salvage(), look at
 * `got`, salvage_leave_copy(); salvage_leave().
 */

#include "crash_disk.h"
#include "test_wal.h"

#define SALVAGE_FILE_MAX (64 * 1024)
#define SALVAGE_SEGMENTS_MAX 4
#define SALVAGE_HOLES_MAX 64

/* Where a frame is. */
struct place {
	uint64_t segment;
	size_t from, to;
};

/* The log as it was written. */
extern struct salvage_log {
	struct world world;
	struct crash_disk *crash;
	struct disk disk;
	struct place places[WORLD_FRAMES_MAX]; /* by number */

	/* Of each segment: the first frame, and the end as frames tell it. */
	uint64_t first_of[SALVAGE_SEGMENTS_MAX + 1];
	size_t durable_end[SALVAGE_SEGMENTS_MAX + 1];
} whole;

/* What a salvage tells. */
extern struct salvage_got {
	struct wal *wal;
	struct wal_report report;
	struct err e;
	bool is_told[WORLD_FRAMES_MAX];
	uint64_t after_checkpoint; /* the first frame behind it */
	uint64_t next;             /* behind the last */
	struct wal_hole holes[SALVAGE_HOLES_MAX];
	size_t hole_count;
	bool is_wrong; /* a frame or hole that should not be */
} got;

/*
 * Some segments, all of which every checkpoint needs; in the newest so many
 * groups of frames.  Its checkpoint has three pieces.
 */
void salvage_enter(uint64_t segments, size_t groups);
void salvage_leave(void);

/* Frames in groups, each of which is synced. */
void salvage_add_groups(size_t count);

/* Look for the frames of a segment. */
void salvage_find_places(uint64_t segment);

/* Read a copy.  Returns what wal_read() does. */
int salvage(const struct disk *disk);
void salvage_leave_copy(struct crash_disk *left);

/* All frames behind the checkpoint are told that are not in [from, to). */
bool has_all_but(uint64_t segment, size_t from, size_t to);

/* Only one hole, with these bytes of the segment in the quarantine. */
bool has_hole(const struct disk *disk, uint64_t segment, size_t from, size_t to,
    const uint8_t *damaged);

/* The quarantine has these bytes of a segment, and no more of that place. */
bool is_saved(const struct disk *disk, uint64_t segment, size_t from,
    const uint8_t *data, size_t size);

/* A run begins behind what was salvaged, and is read without any salvage. */
bool goes_on(struct crash_disk *left);

/* The frame that a byte is in, or NULL: header, checkpoint, seal. */
const struct place *place_of(uint64_t segment, size_t offset);

/* The length of a segment. */
size_t size_of(uint64_t segment);

/* A copy of the disk with one bit of one byte flipped. */
struct crash_disk *flip(uint64_t segment, size_t offset, struct disk *disk,
    const uint8_t **data, size_t *size);

#endif
