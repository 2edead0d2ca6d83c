#ifndef ABUF_TESTS_GOLDEN_H
#define ABUF_TESTS_GOLDEN_H

/*
 * Golden journals: folders in tests/golden that a version of abuf has left, and
 * that every later one must read.  A scribe makes them, without a clock and
 * without chance, so that they are the same bytes whenever they are made.
 *
 * When the format gets a new version, those of the old one stay as they are,
 * lose their maker, and are still read; new ones are made beside them.
 *
 * Whatever fails while one is made ends the suite.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/payload_split.h"
#include "journal/state.h"

struct pack;
struct wal;

#define GOLDEN_BOOT 0xb0
#define GOLDEN_WALL_NS UINT64_C(1764230400000000000)
#define GOLDEN_SECOND_NS UINT64_C(1000000000)

/* What an attempt and an acknowledgement take. */
#define GOLDEN_PROMISE (2 * frame_size(PAYLOAD_ATTEMPT_SIZE))

struct scribe {
	struct disk disk, windows; /* the folder, and w/ in it */
	struct wal *wal;
	struct state state; /* what the frames so far lead to */
	uint64_t runs;      /* so far */
};

/* For an empty folder; w/ is there afterwards if it has files. */
void scribe_open(struct scribe *scribe, const char *folder);
void scribe_close(struct scribe *scribe);

/* A lane that the next run has, or has had. */
void scribe_lane(
    struct scribe *scribe, const char *buffer, const char *channel);

/* A run begins behind what is there; and ends, however it does. */
void scribe_begin(struct scribe *scribe);
void scribe_end(struct scribe *scribe);

void scribe_append(struct scribe *scribe, uint8_t type, uint16_t lane,
    const struct pack *pack, uint64_t promise);

/* Frames, written at once, and durable after scribe_sync(). */
void scribe_open_window(
    struct scribe *scribe, uint16_t lane, const struct payload_open *about);
void scribe_batch(struct scribe *scribe, const struct payload_batch *about,
    const struct payload_number *numbers, const struct payload_span *spans);
void scribe_attempt(struct scribe *scribe, uint16_t lane,
    const struct payload_attempt *attempt);
void scribe_ack(
    struct scribe *scribe, uint16_t lane, const struct payload_ack *ack);
/* Of its parts each has one range. */
void scribe_split(struct scribe *scribe, uint16_t lane,
    const struct payload_split *split, uint32_t first_number,
    const struct payload_range *ranges);
/* A file that nothing was taken of yet. */
void scribe_source(struct scribe *scribe, uint32_t id, const char *path);
void scribe_clean(struct scribe *scribe);
void scribe_sync(struct scribe *scribe);

/* The segment is sealed, and another one made. */
void scribe_rotate(struct scribe *scribe);

/* A window's file, and a batch whose bytes are text. */
void scribe_file(struct scribe *scribe, uint64_t window, const char *text);
void scribe_remove(struct scribe *scribe, uint64_t window);
struct payload_batch golden_batch(
    const char *text, uint64_t records, uint64_t window, uint8_t place);

/* Cut the segment to fewer bytes, and write odd ones behind. */
void scribe_tear(
    struct scribe *scribe, uint64_t sequence, size_t fewer, const char *behind);

/* What they are; make() fills an empty folder. */
struct golden {
	const char *name;
	void (*make)(struct scribe *scribe);
};

extern const struct golden golden_journals[];
extern const size_t golden_count;

/* Ends the suite unless it holds. */
void golden_must(bool holds, const char *what);

/* Where the one of that name is kept. */
void golden_find(const char *name, char *folder, size_t size);

/* Run a program; its exit status, or -1. */
int golden_run(const char *program, const char *option, const char *one,
    const char *other);

/* Those that are kept are replaced; or compared. */
void golden_make_anew(void);
void golden_test_bytes(void);

#endif
