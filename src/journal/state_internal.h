#ifndef ABUF_JOURNAL_STATE_INTERNAL_H
#define ABUF_JOURNAL_STATE_INTERNAL_H

/*
 * What the files of the state share; see state.h.
 *
 *	state.c             what is where, and release
 *	state_apply.c       from frames to changes
 *	state_sources.c     how far files are taken
 *	state_batch.c       batches and their shares
 *	state_gaps.c        batches that are lost
 *	state_parts.c       attempts, and parts of shares
 *	state_checkpoint.c  back to frames
 */

#include "journal/state.h"

/* ERR_DATA */
int state_refuse(struct err *e, const char *why);

/* state_batch.c; is_entry: of a checkpoint. */
int state_add_batch(struct state *state, const struct payload_batch *about,
    bool is_entry, struct err *e);
int state_apply_ack(struct state *state, struct state_lane *lane,
    const struct payload_ack *ack, struct err *e);
void state_free_share(struct state_share *share);

/*
 * state_gaps.c: there was a batch of that number, which is not known now.
 * ERR_DATA, because of `why`, if there cannot have been one.
 */
int state_note_missing(struct state *state, struct state_lane *lane,
    uint64_t seq, const char *why, struct err *e);

/*
 * Batches of the lane, from its next_seq to last, are in holes; and one of them
 * is known to be done.
 */
void state_lose(
    struct state *state, const struct state_lane *lane, uint64_t last);
void state_find_lost(
    struct state *state, const struct state_lane *lane, uint64_t seq);

/* If gaps are expected: sources with lower numbers were lost in them. */
void state_skip_sources(struct state *state, uint64_t below);

/* state_parts.c */
struct state_part *state_find_part(struct state_share *share, uint32_t number);
void state_drop_part(struct state_share *share, struct state_part *part);
void state_free_parts(struct state_share *share);
int state_apply_attempt(struct state *state, struct state_lane *lane,
    const struct payload_attempt *attempt, struct err *e);
int state_apply_split(struct state *state, struct state_lane *lane,
    struct payload_split *split, bool is_entry, struct err *e);

/* state.c */
void state_set_mark(
    struct state_source *source, uint16_t lane, bool is_shared, uint64_t end);

#endif
