#ifndef ABUF_JOURNAL_STATE_H
#define ABUF_JOURNAL_STATE_H

/*
 * What the log leads to: which batches are not acknowledged, which windows are
 * open, how far sources are taken.  A pure core.
 *
 * state_apply() is told every frame: by recovery, those that are read; by a
 * run, those that were appended.  So a run's state is never another one than
 * a restart would find, and a checkpoint is this state as frames.
 *
 * A batch of several lanes is one struct state_batch and a share for each of
 * the lanes; it is gone with the acknowledgement of the last.
 *
 * Tickets are those of wal.h: a frame's is how many had been appended when it
 * was; recovered ones have 0, for they are durable.
 *
 * Loop thread only.  What is pointed to is the state's, until the next frame.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"
#include "journal/lagging.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/payload_split.h"

struct err;
struct frame;

#define STATE_LANES_MAX 4096
/* Twice as many as a journal has: some of a log were forgotten since. */
#define STATE_SOURCES_MAX (2 * 65536)

struct state_batch {
	struct payload_batch about; /* its pointers are the following: */
	struct payload_number *numbers;
	struct payload_span *spans;
	uint8_t *inside; /* or NULL */
	size_t left;     /* lanes that have not acknowledged it */
	size_t first;    /* of these: an index into numbers */
};

/* A part that is still to be done. */
struct state_part {
	uint32_t number;
	uint32_t attempts;
	uint32_t range_count;
	struct payload_range *ranges;
};

/* A batch in one of its lanes. */
struct state_share {
	struct state_batch *batch;
	uint64_t seq;
	uint64_t shape;    /* of this lane, as in struct payload_number */
	uint32_t attempts; /* begun, of the whole */
	uint32_t end;      /* of the last but one: enum payload_end */
	uint32_t status;
	uint32_t crashes; /* runs that ended, unforeseen, during one */
	bool is_running;  /* the last one has no known end */
	bool is_split;    /* into these, of which some may be gone: */
	uint32_t highest; /* number of a part so far */
	struct state_part *parts;
	size_t part_count;
};

struct state_lane {
	uint16_t number; /* from 1 */
	char buffer[PAYLOAD_NAME_MAX + 1];
	char channel[PAYLOAD_NAME_MAX + 1];
	uint64_t next_seq;

	/* Unacknowledged, by seq; NULL: acknowledged. */
	struct state_share **shares;
	size_t first, end, room; /* those from first to before end count */

	struct lagging acked_below; /* all lower ones are acknowledged */
};

/* A stream has all records of a source that end at or before `end`. */
struct state_mark {
	uint16_t lane;
	bool is_shared;
	uint64_t end;
};

struct state_source {
	uint32_t id;              /* from 1 */
	struct identity identity; /* with the position to go on at: */
	struct lagging position;
	char *path;
	struct state_mark *marks;
	size_t mark_count;
};

struct state_window {
	uint16_t lane;
	struct payload_open about; /* its pointer is the following: */
	uint16_t *lanes;           /* or NULL */
};

/* Batches of a lane whose frames are in a hole: they had these numbers. */
struct state_loss {
	uint16_t lane;
	uint64_t first, last;
	uint64_t source; /* where their records are; 0: it is not known: */
	uint64_t from, to;
};

/* Of more, only how many there are is known. */
#define STATE_LOSSES_MAX 64

struct state {
	struct payload_run run; /* the last one; sync 0: there was none */
	bool is_clean;          /* it ended, and knew it */
	uint64_t next_window;
	struct state_lane *lanes; /* by number - 1 */
	size_t lane_count;
	struct state_source *sources; /* ids rise; some were forgotten */
	size_t source_count;
	struct state_window *windows; /* open ones, by number */
	size_t window_count;
	uint64_t batches, records, bytes; /* unacknowledged, a lane each */
	uint64_t ticket;                  /* of the frame at hand */
	uint64_t durable; /* the highest that is, as far as we were told */

	/* Of a log with holes: state_expect_gaps(). */
	bool has_gaps;
	uint64_t missing;    /* batches in these, whose end is not known */
	uint16_t lanes_seen; /* the highest number of a lane */
	struct state_loss losses[STATE_LOSSES_MAX];
	size_t loss_count;
};

/*
 * The machine has ended, and nobody knows what of the attempts was written
 * down: batches and parts without one may have had one.  Where nothing was
 * synced, batches that are not here may have been tried, too: their numbers are
 * left out.
 */
void state_suspect(struct state *state);

/*
 * The end of the log may have had more batches and windows: their numbers are
 * passed over, so that no id is used again.
 */
void state_skip_numbers(struct state *state);

/* All zero: empty.  release() of an empty one is a no-op. */
void state_release(struct state *state);

/*
 * A frame of any type but SEAL, which says nothing here.  ERR_DATA: it does not
 * fit what came before it, and the state is of no use any more.
 */
int state_apply(struct state *state, const struct frame *frame, uint64_t ticket,
    struct err *e);

/*
 * Frames are lost that would have come now.  Until the next checkpoint,
 * numbers of batches may be skipped, what is said of a batch that is lost is
 * let pass, and a frame that is refused changes nothing, but for a SPLIT.
 */
void state_expect_gaps(struct state *state);

/*
 * A BATCH that was refused because of what is lost is lost, too: its numbers
 * are missing like those in holes.  Returns in how many lanes it is that nobody
 * knows.
 */
uint64_t state_lose_batch(struct state *state, const struct frame *frame);

/*
 * Batches of a lane are lost: for state->losses, where those that follow each
 * other are one.
 */
void state_note_loss(
    struct state *state, uint16_t lane, uint64_t first, uint64_t last);

/*
 * All frames have been applied.  If any were lost, what they numbered is
 * passed over, so that no id is used again: of batches, windows and lanes.  Of
 * a stream's open windows, which can be but one, the newest stays.
 */
void state_close_gaps(struct state *state);

/*
 * A new run begins: what was being attempted when the last one ended, if that
 * did not end clean, has crashed once more.
 */
void state_begin_run(struct state *state, const struct payload_run *run);

/* NULL if there is none. */
struct state_lane *state_find_lane(
    const struct state *state, const char *buffer, const char *channel);
struct state_lane *state_lane(const struct state *state, uint16_t number);
struct state_source *state_source(const struct state *state, uint64_t id);
struct state_share *state_share(const struct state_lane *lane, uint64_t seq);
struct state_window *state_window(const struct state *state, uint64_t number);

/* These lanes get all of it from now on; none: it is not known. */
void state_set_window_lanes(
    struct state_window *window, const uint16_t *lanes, size_t count);

/* It is open no more; of one that is not nothing is done. */
void state_forget_window(struct state *state, uint64_t number);

/* The id of the next source that comes. */
uint32_t state_next_source(const struct state *state);

/*
 * Forget the sources that are gone, by their index: the next checkpoint does
 * not have them.  Those whose bytes a batch needs stay, and so does the last
 * one, so that no id is used twice.  No frame may name the others any more.
 * Returns how many were forgotten.
 */
size_t state_forget_sources(struct state *state, const bool *are_gone);

/*
 * The numbers of all windows that are open, or have a batch that is not
 * acknowledged: rising, perhaps several times.  The caller frees.
 */
void state_list_windows(
    const struct state *state, uint64_t **numbers, size_t *count);

/* The mark of a stream in a source; 0: none. */
uint64_t state_mark(
    const struct state_source *source, uint16_t lane, bool is_shared);

/*
 * The state as CHECKPOINT frames, each of at most FRAME_PAYLOAD_MAX, saying
 * that segments below oldest are dead.  Freed with state_free_checkpoint().
 */
void state_checkpoint(const struct state *state, uint64_t oldest,
    struct frame **frames, size_t *count);
void state_free_checkpoint(struct frame *frames, size_t count);

#endif
