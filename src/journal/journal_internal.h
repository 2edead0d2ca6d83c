#ifndef ABUF_JOURNAL_JOURNAL_INTERNAL_H
#define ABUF_JOURNAL_JOURNAL_INTERNAL_H

/*
 * What the files of a journal share; see journal.h.
 *
 *	journal.c       opening, binding, ending
 *	journal_read.c  what the log says, and what is lost of it
 *	journal_windows.c  windows that are opened
 *	journal_keep.c  windows that are closed
 *	journal_open_windows.c  what is synced of windows that are open
 *	journal_done.c  batches that go out and come back
 *	journal_parts.c attempts at them, and their parts
 *	journal_sources.c  files that can be read again
 *	journal_settle.c, journal_strays.c  what an earlier run left in w/
 *	journal_redo.c  what it left to be done
 *	journal_reason.c  why windows were closed
 */

#include "buffer/keeper.h"
#include "buffer/trigger.h"
#include "journal/folder.h"
#include "journal/frame.h"
#include "journal/journal.h"
#include "journal/pipeline.h"
#include "journal/reading.h"
#include "journal/refetch.h"
#include "journal/reopen.h"
#include "journal/state.h"
#include "journal/wal.h"

struct stream;

/* Room for the end of a batch, which is promised with it. */
#define JOURNAL_PROMISE                                            \
	((uint64_t)(2 * FRAME_HEADER_SIZE + PAYLOAD_ATTEMPT_SIZE + \
	    PAYLOAD_ACK_SIZE))

/* So many bytes of unacknowledged batches may be inside frames. */
#define JOURNAL_INSIDE_BYTES_MAX (UINT64_C(1) << 20)

/*
 * And such a share of all that a journal may take: a segment has four times
 * what its checkpoint has, and so has the spare.
 */
#define JOURNAL_INSIDE_SHARE 64

/* What a file takes is counted in blocks, of this size on most file systems. */
#define JOURNAL_BLOCK_SIZE 4096

/* And for that of a part of one. */
#define JOURNAL_PART_PROMISE ((uint64_t)(FRAME_HEADER_SIZE + PAYLOAD_ACK_SIZE))

struct journal {
	/* Set once. */
	struct journal_settings settings;
	char *path;
	struct folder folder;
	struct wal *wal;
	struct wal_report found;
	struct buffer_set *set;
	struct keeper keeper;
	uint64_t windows_found, cut_bytes;
	uint64_t aside_files;  /* of a salvage */
	bool has_no_log;       /* which found none */
	uint64_t lost_windows; /* open ones, that were damaged */
	bool is_end_lost;      /* of the log, perhaps: numbers are skipped */

	struct reading reading;
	struct state state;
	struct pipeline pipeline;
	bool has_begun;
	bool is_same_boot;
	uint64_t window_bytes; /* of closed windows' files, in whole blocks */
	uint64_t inside_bytes; /* of closed windows, inside frames */
	uint8_t *scratch;      /* FRAME_PAYLOAD_MAX bytes, for a frame */
	struct kept *kept;     /* all there are */
	size_t snapshots;      /* of these, on their way */
	size_t unwritten;      /* closed windows in memory, and nowhere else */
	uint64_t turn_batches; /* unacknowledged at the last checkpoint */
};

/*
 * A window on its way, and then its batches: freed with the last of these, or
 * when the journal is closed.
 * Of an earlier run, one batch, and how to fetch its bytes.
 */
struct kept {
	struct pipeline_item item; /* first */
	struct kept *next, **link; /* of all there are */
	struct batch **batches;    /* while it is on its way */
	size_t count;
	size_t left; /* batches that have not come back */
	struct payload_batch about;
	struct payload_number *numbers;
	struct payload_span *spans;
	struct refetch refetch; /* of an earlier run's */

	/* Or no closed window, but what is to be synced of an open one. */
	bool is_snapshot;
	const struct stream *snapshot_stream;
	struct payload_open snapshot;
};

/* journal_read.c: apply the log; ERR_DATA, ERR_IO. */
int journal_read(struct journal *journal, struct err *e);

/* journal_keep.c */
void journal_init_keeper(struct journal *journal);
extern const struct pipeline_ops journal_pipeline_ops;
struct kept *journal_new_kept(struct journal *journal);
void journal_free_kept(struct kept *kept);

/* journal_redo.c: how to get the bytes of a batch that is not acknowledged. */
void journal_describe_bytes(const struct journal *journal, struct kept *kept,
    const struct state_batch *from);

/* The same: its records must be as many as they were, if channel cuts them. */
void journal_count_records(struct refetch *refetch,
    const struct state_batch *from, const struct channel *channel);

/* journal_bind.c: the channel of a lane, before they are bound; or NULL. */
struct channel *journal_channel_of(
    const struct buffer_set *set, const struct state_lane *lane);

/*
 * journal_records.c: would batches of an earlier run be cut into records as
 * they were?  ERR_CONFIG.
 */
int journal_check_records(
    const struct journal *journal, const struct buffer_set *set, struct err *e);

/*
 * journal_settle.c: before the log is begun, and after lanes are bound.  The
 * errors of reopen().
 */
int journal_settle(struct journal *journal, struct err *e);
struct stream *journal_stream_of_window(
    const struct journal *journal, const struct state_window *window);
/* As reopen(). */
int journal_reopen_window(const struct journal *journal,
    const struct state_window *window, const struct stream *stream,
    struct window *reopened, uint64_t *cut_bytes, struct err *e);

/*
 * journal_strays.c: before the log is begun, move what the lost end of the log
 * had named in w/ to the quarantine, and say so; is_end_lost is set then.
 * ERR_IO.
 */
int journal_find_strays(struct journal *journal, struct err *e);

/* Move its file, if it has one, to the quarantine, and say why. */
int journal_set_aside(struct journal *journal,
    const struct state_window *window, const char *why, struct err *e);

/* The lane, and whether it is the shared one of a buffer. */
uint16_t journal_stream(const struct stream *stream, bool *is_shared);

/*
 * Append a frame, and apply it; ERR_BUSY: there is no room.  is_promised: its
 * room was promised.
 */
int journal_append(struct journal *journal, uint8_t type, uint16_t lane,
    const uint8_t *data, size_t size, uint64_t promise, bool is_promised,
    struct err *e);

/*
 * journal_keep.c: bytes of a batch, counted once for all of its lanes; when it
 * is closed, and when it is done.
 */
void journal_count(
    struct journal *journal, const struct payload_batch *about, bool is_more);

/*
 * journal_windows.c: one more batch may be inside its frame, as far as the
 * bytes of all of these go.
 */
bool journal_may_ride_inside(const struct journal *journal);

/*
 * journal_windows.c: what waits, and the log, take all that they may.  The log
 * has what rides inside its frames.
 */
bool journal_has_too_much(const struct journal *journal);

/* journal_windows.c: of struct keeper. */
int journal_open_window(void *context, struct stream *stream, struct err *e);
int journal_name_window(void *context, struct stream *stream, struct err *e);
int journal_close_window(void *context, struct stream *stream, struct err *e);

/*
 * journal_open_windows.c: that of this window is synced, but for whose it is,
 * which the stream says.
 */
int journal_append_open(struct journal *journal, const struct stream *stream,
    const struct payload_open *about, struct err *e);

/* The lanes that each get all of its windows; none: one gets it. */
size_t journal_lanes_of_all(
    const struct stream *stream, uint16_t lanes[PAYLOAD_LANES_MAX]);

/*
 * journal_parts.c: an attempt at a batch, whose number goes in, and an
 * acknowledgement, whose room was promised.  Appended, and not yet written.
 */
int journal_append_attempt(struct journal *journal, const struct batch *batch,
    const struct payload_attempt *attempt, bool is_promised, struct err *e);
int journal_append_ack(struct journal *journal, uint16_t lane,
    const struct payload_ack *ack, struct err *e);

/* journal_done.c: of struct keeper. */
bool journal_give(void *context, struct batch *batch);

/* journal_done.c: it is done in this lane, with room that was promised. */
int journal_acknowledge(struct journal *journal, uint16_t lane,
    const struct state_share *share, enum payload_verdict verdict,
    uint32_t attempts, struct err *e);

/* journal_reason.c: why a window was closed, in memory and in a frame. */
uint8_t journal_encode_reason(enum reason reason);
enum reason journal_decode_reason(uint8_t reason);

/* journal.c */
struct wal_stamp journal_stamp(void);

#endif
