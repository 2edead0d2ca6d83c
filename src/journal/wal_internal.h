#ifndef ABUF_JOURNAL_WAL_INTERNAL_H
#define ABUF_JOURNAL_WAL_INTERNAL_H

/*
 * What wal.c (appending), wal_room.c (where that finds room), wal_rotate.c
 * (segments), wal_commit.c (jobs), and recovery (wal_read.c, wal_judge.c,
 * wal_segment.c, wal_load.c, wal_cut.c, wal_salvage.c, wal_holes.c) share;
 * survey.c uses how recovery judges.
 */

#include "base/disk.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/wal.h"

/* The name of what the next segment will be. */
#define WAL_SPARE "log.spare"

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
 * Invariant: what is written, what is buffered, what is promised and a SEAL fit
 * below allocated_end of the segment; and below that of the spare or, until it
 * is gone, of the old segment, whose room is the next spare's.
 */
struct wal {
	struct disk disk;
	uint64_t segment_bytes;
	uint8_t uuid[SEGMENT_UUID_SIZE];
	struct wal_segment segment;
	bool can_reserve; /* the file system does not refuse to */
	bool lacks_room;  /* the last one who needed some found none */

	/* After a rotation that is not yet durable; else file is -1. */
	struct wal_segment old;
	uint8_t seal[WAL_SEAL_SIZE]; /* what it will end with */

	int spare;          /* -1 if there is none */
	uint64_t spare_end; /* of the room that is reserved in it */

	/* The segment before: for the header of the one that is begun. */
	uint64_t previous_sequence;
	uint64_t previous_length;
	uint32_t previous_crc;

	/* Frames that are laid out, but have no place yet. */
	uint8_t *buffer;
	size_t buffer_size, buffer_room;
	uint64_t buffer_frames;

	uint64_t promised;                   /* bytes */
	uint64_t appended, written, durable; /* frames, since wal_begin() */
	struct wal_job *job;                 /* under way, or NULL */
	int poison;                          /* errno, for ever; or 0 */
};

/*
 * From begin to complete it belongs to whoever runs it, and it shares nothing
 * with the wal but the disk and handles of segments.
 */
struct wal_job {
	struct disk disk;
	int file;             /* what is synced */
	uint64_t written_end; /* of what is written there when it begins */
	uint64_t written;     /* frames, when it begins */

	/* The first after a rotation: the segment before, or -1. */
	int old;
	uint64_t old_end;
	uint8_t seal[WAL_SEAL_SIZE];

	/* The outcome: negative errno, and what failed. */
	int status;
	const char *failed;
};

/* The system has no room now: try again later. */
bool wal_is_no_room(int status);

/* Poisons, and describes: status is a negative errno. */
int wal_fail(struct wal *wal, int status, const char *what, struct err *e);

/* ERR_IO if poisoned. */
int wal_check(const struct wal *wal, struct err *e);

/* It failed for want of room: ERR_BUSY. */
int wal_no_room(int why, struct err *e);

/*
 * Have room reserved up to offset `needed` of the segment, and in the spare,
 * and some more where there is more.
 */
int wal_reserve(struct wal *wal, uint64_t needed, struct err *e);

/* The same of the spare alone, which is made if there is none. */
int wal_reserve_spare(struct wal *wal, uint64_t needed, struct err *e);

/* Nothing is written in it any more. */
int wal_empty_spare(struct wal *wal, struct err *e);

/* Where a segment is full whose header and checkpoint have so many bytes. */
uint64_t wal_full_end(const struct wal *wal, uint64_t head_size);

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
 * Read a segment: from the disk itself, because after a write that failed,
 * memory has bytes that the disk never got; or, if it is frozen, as it is seen
 * without a sync, and without leave to write.  0 or a negative errno.
 * wal_unload() closes and frees; a second one is a no-op.
 */
int wal_load(const struct disk *disk, uint64_t sequence, bool is_frozen,
    struct wal_loaded *segment);
void wal_unload(const struct disk *disk, struct wal_loaded *segment);

/* Made, but never written to: nothing was promised in it. */
bool wal_is_unfinished(const struct wal_loaded *segment);

/* Decode the header; ERR_DATA if it is not what its name says. */
int wal_check_header(struct wal_loaded *segment, struct err *e);

#define WAL_TOO_NEW "written by a later version of abuf"

/*
 * The log as it is found, and the judgement of it.  Set by the user: disk,
 * is_frozen, each and its context, report (zeroed), e, and last.file = -1;
 * everything else zero.  Functions return 0 or e->code: ERR_IO with the errno
 * in failure, ERR_DATA with the place in the report, or what each() returned.
 */
struct wal_view {
	const struct disk *disk;
	bool is_frozen; /* nothing may be changed, not even synced */
	wal_each *each; /* told frames, if any */
	void *context;
	struct wal_report *report;
	struct err *e;
	int failure; /* of the disk: errno, or 0 */

	uint64_t *numbers; /* of segments, rising */
	size_t count;
	uint64_t unfinished;    /* a segment to be removed, or 0 */
	uint64_t oldest;        /* that matters */
	struct wal_loaded last; /* its data is NULL if there is none */
	size_t checkpoint_end;  /* in the last one */
};

void wal_view_release(struct wal_view *view);

/* List the folder, and judge all of it; each() is told the last one's frames.
 */
int wal_judge(struct wal_view *view);

/* Tell each() these frames, once all has been judged. */
int wal_view_take_frames(struct wal_view *view);

/* What is lost, rising; holes that touch are one. */
struct wal_holes {
	struct wal_view *view; /* whose report counts them, once told */
	wal_each_hole *lost;   /* told them */
	struct wal_hole *holes;
	size_t count, told;
};

void wal_holes_release(struct wal_holes *holes);
void wal_holes_add(
    struct wal_holes *holes, uint64_t segment, uint64_t from, uint64_t to);

/* Tell those that were not yet told. */
int wal_holes_tell(struct wal_holes *holes);

/*
 * Have in the quarantine what there is of them, the torn end, and whole all
 * segments that there are: they are going to be removed.
 */
int wal_holes_save(const struct wal_holes *holes);

/*
 * wal_judge() refused the log with ERR_DATA, and view is as that left it: tell
 * its frames and holes nevertheless, as wal_read() says for WAL_SALVAGE.
 * uuid becomes the journal's, and view->last the newest segment, whatever it
 * is like.
 */
int wal_salvage(struct wal_view *view, struct wal_holes *holes,
    uint8_t uuid[SEGMENT_UUID_SIZE]);

/* The steps of judging. */
int wal_view_list(struct wal_view *view);
bool wal_view_has(const struct wal_view *view, uint64_t sequence);
int wal_view_load(
    struct wal_view *view, uint64_t sequence, struct wal_loaded *segment);

/* Errors: of the disk (a negative errno), and of what is there. */
int wal_view_fail(struct wal_view *view, int status, const char *what);
int wal_view_damaged(struct wal_view *view, const struct wal_loaded *segment,
    uint64_t offset, const char *what);

/* A good frame is there. */
bool wal_has_frame(
    const struct wal_loaded *segment, size_t at, struct frame *frame);

/*
 * All pieces at the beginning of a segment are there, *end is where they do;
 * otherwise it is where one is not.
 */
bool wal_find_checkpoint(
    const struct wal_loaded *segment, uint64_t *oldest, size_t *end);

/* `before`, whose header is good, is what the header of `after` says. */
bool wal_is_linked(
    const struct wal_loaded *before, const struct wal_loaded *after);

/* `frame` is a SEAL: is it what ends a segment with so many frames? */
bool wal_is_seal_right(const struct wal_loaded *segment,
    const struct frame *frame, size_t at, uint64_t frames);

/*
 * What is at an offset, a multiple of FRAME_ALIGNMENT below the size: a good
 * frame, or bytes that are none.  Returns where it ends: the next place where
 * the header of a frame is good, whatever its payload, or the segment's end.
 * *frame is what frame_decode() makes of it.
 */
size_t wal_step(const struct wal_loaded *segment, size_t at,
    enum frame_state *state, struct frame *frame);

/* This version knows its type, and all flags that it must know. */
bool wal_is_known(const struct frame *frame);

/*
 * Save bytes of a segment in the quarantine, durably, under its name and the
 * offset where they begin.  0 or a negative errno.
 */
int wal_save(const struct disk *disk, const char *name, const uint8_t *data,
    uint64_t offset, uint64_t size);

/*
 * Save the bytes of a segment from tail->end on, then cut them off, both
 * durably.
 */
int wal_cut(struct wal *wal, int file, const char *name, const uint8_t *data,
    const struct tail *tail, struct err *e);

#endif
