#ifndef ABUF_ENGINE_ORDER_H
#define ABUF_ENGINE_ORDER_H

/*
 * What of the commands' output is to be written next.
 *
 * Output comes in pieces, each of which is written whole before the next is
 * begun.  Two rules hold pieces back:
 *
 *	turns	of a lane with ordered output, a batch's piece comes when those
 *		of all batches before it have come;
 *	order	while the line at the end of a worker's piece goes on in its
 *		next one, no other worker's piece comes.
 *
 * Without I/O.  The structs here own no pieces: they link the caller's.
 */

#include <stdbool.h>
#include <stdint.h>

struct batch;
struct channel;
struct chunk;

struct piece {
	struct piece *next;

	/* Where its bytes are, of which the first `written` are out. */
	uint64_t size;
	uint64_t written;
	const uint8_t *data; /* NULL: in the file: */
	int fd;              /* -1: there are none */

	/* Of lines: who it comes from and goes back to; NULL: a batch. */
	struct chunk *chunk;
	bool is_unfinished; /* its last line goes on in the chunk's next one */

	/* Of a batch. */
	struct channel *channel;
	uint64_t seq;
	struct batch *batch; /* that waits for this; NULL: none */
};

/* A lane's. */
struct turns {
	uint64_t next_seq;     /* the batch whose turn it is */
	struct piece *waiting; /* by seq, for their turn */
};

/* The first batch of a lane is number 1. */
void turns_init(struct turns *turns);

/* Its batch has come back; each does once, with output or without. */
void turns_put(struct turns *turns, struct piece *piece);

/* The piece whose turn it is, or NULL: it has not come. */
struct piece *turns_take(struct turns *turns);

/* Any that waits, whosever turn it is; NULL: none. */
struct piece *turns_drop(struct turns *turns);

/* The whole run's. */
struct order {
	struct piece *head;
	struct piece **tail;
	const struct chunk *holder; /* whose line is not finished; or NULL */
};

void order_init(struct order *order);

/* It may be written. */
void order_put(struct order *order, struct piece *piece);

/* The one to be written next, or NULL: none may. */
struct piece *order_take(struct order *order);

/* Any that is there, and forget whose line was not finished; NULL: none. */
struct piece *order_drop(struct order *order);

#endif
