#ifndef ABUF_ENGINE_DURABLE_INTERNAL_H
#define ABUF_ENGINE_DURABLE_INTERNAL_H

/*
 * What the files of a run's journal share; see durable.h.
 */

#include <stdbool.h>
#include <uv.h>

#include "base/mailbox.h"
#include "deliver/chronicle.h"
#include "engine/durable.h"
#include "journal/journal.h"
#include "journal/payload.h"

struct batch;

enum note_kind { NOTE_ATTEMPT, NOTE_VERDICT, NOTE_SPLIT };

/* The worker's until it is posted; of a split, its again when answered. */
struct note {
	struct mailbox_message message; /* first */
	enum note_kind kind;
	const struct batch *batch;
	bool has_output;   /* that its batch is to write */
	struct note *next; /* loop: of those that are held */
	union {
		struct payload_attempt attempt;
		struct payload_ack ack;
		struct {
			const uint8_t *data;
			size_t size, parts;
			int answer_fd;
			/* Loop. */
			struct note *next;
			bool is_appended;
			uint64_t ticket;
			/* The answer. */
			int code;
			struct err *e;
		} split;
	};
};

struct durable {
	/* Set once. */
	struct engine *engine;
	struct journal *journal;
	struct chronicle chronicle;

	uint32_t tag; /* see durable_tag() */
	bool has_begun;
	bool has_failed;
	bool has_lost;            /* batches of earlier runs, to damage */
	uv_work_t work;           /* carries a job */
	struct pipeline_job *job; /* under way, or NULL */
	uv_timer_t sync_timer;    /* of open windows */
	struct note *splits;      /* that are not durable yet */
	struct note *held;        /* of parts whose output is not written yet */
	bool is_cut_short;        /* what is on its way is given up */
	bool has_left_windows;    /* their files are to be read again */
	bool has_left_ends;       /* of batches: they are done again */
};

/* durable_turn.c: it has failed, as *e says. */
void durable_fail(struct durable *durable, const struct err *e);

/* Nothing more is written. */
bool durable_is_over(const struct durable *durable);

/*
 * durable_leave.c: once as much as can be is durable, account for what no
 * worker has begun, and for open windows if nobody waits any longer.  How much
 * that was.
 */
size_t durable_leave(struct durable *durable);

/*
 * durable_splits.c: append what workers want to split, and answer those whose
 * splits are durable by now: to be called before and behind what writes them.
 */
void durable_answer(struct durable *durable);
/* For the chronicle, by a worker, who waits for the answer. */
int durable_tell_split(void *context, const struct batch *batch,
    uint64_t parent, const struct chronicle_part *parts, size_t count,
    struct err *e);

/* durable_notes.c: a note of a worker's, and to post it. */
struct note *durable_make_note(enum note_kind kind, const struct batch *batch);
void durable_post(const struct durable *durable, struct note *note);
/* What was held of this batch is written down, or (not is_written) forgotten.
 */
void durable_settle_notes(
    struct durable *durable, const struct batch *batch, bool is_written);
void durable_init_chronicle(struct durable *durable);

#endif
