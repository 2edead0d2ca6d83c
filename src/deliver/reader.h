#ifndef ABUF_DELIVER_READER_H
#define ABUF_DELIVER_READER_H

/*
 * Reading the records of a part one by one, as they came.
 *
 * Reads the batch's file in large pieces; keeps one piece, or the record at
 * hand if that is longer.  One worker's, which has one for all its parts; a
 * zeroed one is ready.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/records.h"

struct batch;
struct err;
struct part;
struct span;

#define READER_PIECE_SIZE ((size_t)256 << 10)

struct reader {
	/* What is read. */
	int fd;
	const char *id; /* for messages */
	struct records ends;
	const struct span *span; /* the one at hand */
	const struct span *last; /* behind all */
	uint64_t done;           /* records of span that were given */

	/* The piece of the file that is here. */
	uint8_t *data;
	size_t capacity;
	size_t size;
	size_t at;       /* where the next record begins */
	uint64_t offset; /* of data[0] in the file */
};

/* A record without its delimiter; data NULL: there is none any more. */
struct record {
	const uint8_t *data;
	size_t size;
};

/* Both outlive the reading. */
void reader_begin(
    struct reader *reader, const struct batch *batch, const struct part *part);

/*
 * The next record, which stays where it is until the next call.  ERR_IO: it
 * cannot be read, or there is no memory for it.
 */
int reader_next(struct reader *reader, struct record *record, struct err *e);

/* Give back what a long record took. */
void reader_end(struct reader *reader);

/* A no-op on a zeroed reader. */
void reader_release(struct reader *reader);

#endif
