#ifndef ABUF_ENGINE_OUTPUT_INTERNAL_H
#define ABUF_ENGINE_OUTPUT_INTERNAL_H

/*
 * What the files of output.h share.
 *
 *	output.c        pieces from batches and chunks, and the life cycle
 *	output_write.c  from pieces to stdout
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "engine/order.h"
#include "engine/output.h"
#include "engine/sink.h"

#define OUTPUT_WRITE_SIZE ((size_t)64 << 10) /* one write */

struct output {
	/* Set once. */
	struct output_events events;
	struct sink sink;
	uv_poll_t poll;      /* if the sink has to be waited for */
	uv_idle_t idle;      /* otherwise */
	struct turns *turns; /* by the index of a channel */
	size_t lanes;
	uint8_t *data; /* OUTPUT_WRITE_SIZE bytes of a piece's file */

	struct order order;
	struct piece *current; /* being written; NULL: none */
	bool is_active;        /* the handle is */
	bool is_blocked;       /* the sink had no room */
	bool is_late;          /* what finds no room is thrown away */
	bool is_discarding;    /* everything is */
	bool is_lost;          /* something was */
};

/*
 * Write what can be written now, unless the loop is to call when there is
 * room.  True if that made room in a lane.
 */
bool output_write(struct output *output);

/* It is written, or thrown away: whoever it came from may go on.  Frees it. */
void output_finish(struct output *output, struct piece *piece, bool is_written);

/* Say why, and throw away what there is; what still comes is not taken. */
void output_discard(struct output *output, const char *why);

#endif
