#ifndef ABUF_JOURNAL_PAYLOAD_CHECKPOINT_H
#define ABUF_JOURNAL_PAYLOAD_CHECKPOINT_H

/*
 * CHECKPOINT: the full state, as the entries that lead to it from nothing:
 * payloads of the types LANE to SPLIT, RUN and MARK, each with its lane.  What
 * does not fit into one frame goes on in the next: a checkpoint is a series of
 * pieces, the last of which carries FRAME_LAST.  As payload.h says for all
 * payloads.
 *
 * So do the parts of a batch: a SPLIT of all of it that follows another one
 * adds parts to it.
 *
 * It also says which segments still matter: those below `oldest` are dead from
 * the moment when it is durable, and are deleted only then.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/frame.h"

struct pack;

#define PAYLOAD_PIECE_HEADER_SIZE 16
#define PAYLOAD_ENTRY_HEADER_SIZE 8

/* The largest payload that can be an entry: no frame's may be larger. */
#define PAYLOAD_ENTRY_MAX                                \
	(FRAME_PAYLOAD_MAX - PAYLOAD_PIECE_HEADER_SIZE - \
	    PAYLOAD_ENTRY_HEADER_SIZE)

struct payload_piece {
	uint64_t oldest; /* segment, from 1; the same in all pieces */
	uint32_t number; /* in its checkpoint, from 0 */
	uint32_t entry_count;

	/* Set by decode, for payload_piece_next(). */
	const uint8_t *rest;
};

struct payload_entry {
	uint8_t type; /* enum payload_type */
	uint16_t lane;
	uint32_t size;
	const uint8_t *data; /* to be decoded by its type */
};

/* What an entry takes in a piece. */
size_t payload_entry_size(size_t payload_size);

/* The head; entry_count times payload_entry_encode() must follow. */
void payload_piece_encode(const struct payload_piece *piece, struct pack *to);
void payload_entry_encode(const struct payload_entry *entry, struct pack *to);

/* Checks the frames of the entries, but not what is in them. */
bool payload_piece_decode(
    struct payload_piece *piece, const uint8_t *data, size_t size);

/* The next entry of a decoded piece; to be called entry_count times. */
struct payload_entry payload_piece_next(struct payload_piece *piece);

#endif
