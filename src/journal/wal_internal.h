#ifndef ABUF_JOURNAL_WAL_INTERNAL_H
#define ABUF_JOURNAL_WAL_INTERNAL_H

/*
 * What wal.c (appending), wal_commit.c (jobs), wal_read.c, wal_load.c
 * and wal_cut.c (recovery) share.
 */

#include "base/disk.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/wal.h"

/* The folder for what is cut off. */
#define WAL_QUARANTINE "quarantine"

/* The name of a segment that is being made. */
#define WAL_TEMPORARY "log.tmp"

/* Room is reserved in pieces of this size, and buffers are written out. */
#define WAL_CHUNK (256 * 1024)

#define WAL_SEAL_SIZE (FRAME_HEADER_SIZE + PAYLOAD_SEAL_SIZE)

/* A segment that is appended to. */
struct wal_segment {
	int file; /* -1 if there is none */
	uint64_t sequence;
	uint32_t salt;
	uint64_t end;           /* of what is written */
	uint64_t durable_end;   /* of what is durable for certain */
	uint64_t allocated_end; /* of the room that is reserved */
	uint64_t full_end;      /* where it has reached its size */
	uint64_t frames;
	uint32_t crc; /* of all behind the header */
};

/*
 * Invariant, except while a job makes a new segment: what is written, what is
 * buffered, what is promised and a SEAL fit below allocated_end.
 */
struct wal {
	struct disk disk;
	uint64_t segment_bytes;
	uint8_t uuid[SEGMENT_UUID_SIZE];
	struct wal_segment segment;
	bool can_reserve; /* the file system does not refuse to */

	/* The segment before: for the header of the one that is begun. */
	uint64_t previous_sequence;
	uint64_t previous_length;
	uint32_t previous_crc;

	/* Frames that are laid out, but have no place yet. */
	uint8_t *buffer;
	size_t buffer_size, buffer_room;
	uint64_t buffer_frames;

	uint64_t promised; /* bytes */
	uint64_t spare;    /* what may still be appended while a job rotates */
	uint64_t appended, written, durable; /* frames, since wal_begin() */
	struct wal_job *job;                 /* under way, or NULL */
	int poison;                          /* errno, for ever; or 0 */
};

/*
 * From begin to complete it belongs to whoever runs it, and it shares nothing
 * with the wal but the disk and the handle of the old segment.
 */
struct wal_job {
	struct disk disk;
	bool is_rotation;
	bool can_reserve;
	int file;             /* what is synced, or sealed; or -1 */
	uint64_t written_end; /* of what is written there when it begins */
	uint64_t written;     /* frames, when it begins */

	/* Of a rotation. */
	uint8_t seal[WAL_SEAL_SIZE]; /* for the old segment, if any */
	uint8_t *head;               /* header and checkpoint */
	size_t head_size;
	struct wal_segment next; /* as it will be */

	/* The outcome: negative errno, and what failed. */
	int status;
	bool is_harmless; /* nothing has changed, though it failed */
	const char *failed;
};

/* The system has no room now: try again later. */
bool wal_is_no_room(int status);

/* Poisons, and describes: status is a negative errno. */
int wal_fail(struct wal *wal, int status, const char *what, struct err *e);

/* ERR_IO if poisoned. */
int wal_check(const struct wal *wal, struct err *e);

/*
 * Have room reserved up to offset `needed` of the segment, and some more where
 * there is more.
 */
int wal_reserve(struct wal *wal, uint64_t needed, struct err *e);

/* A segment in memory, all of it. */
struct wal_loaded {
	char name[SEGMENT_NAME_SIZE];
	uint64_t sequence; /* by its name */
	int file;          /* -1 if it is not open */
	uint8_t *data;
	size_t size;
	struct segment header;
};

/*
 * Read a segment, from the disk itself: after a write that failed, memory has
 * bytes that the disk never got.  ERR_IO, which poisons.  wal_unload() closes
 * and frees; a second one is a no-op.
 */
int wal_load(struct wal *wal, uint64_t sequence, struct wal_loaded *segment,
    struct err *e);
void wal_unload(struct wal *wal, struct wal_loaded *segment);

/* Made, but never written to: nothing was promised in it. */
bool wal_is_unfinished(const struct wal_loaded *segment);

/* Decode the header; ERR_DATA if it is not what its name says. */
int wal_check_header(struct wal_loaded *segment, struct err *e);

/*
 * Save the bytes of a segment from tail->end on in the quarantine, then cut
 * them off, both durably.
 */
int wal_cut(struct wal *wal, int file, const char *name, const uint8_t *data,
    const struct tail *tail, struct err *e);

#endif
