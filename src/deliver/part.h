#ifndef ABUF_DELIVER_PART_H
#define ABUF_DELIVER_PART_H

/*
 * A part of a batch: some of its records, in their order, under an id of its
 * own.  The whole batch is a part, too.
 *
 * A part is a list of spans of the batch's file, so that records which were
 * set aside may be missing from its middle, and each record still knows its
 * number in the batch.  What the command gets for it is made of these records
 * anew, whatever part they were in before; see payload.c.
 *
 * One worker's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/batch.h"
#include "deliver/ibuffer.h"

struct batch_range;
struct err;

struct span {
	uint64_t first; /* number of its first record in the batch, from 1 */
	uint64_t records;
	uint64_t offset; /* in the batch's file, behind its header */
	uint64_t bytes;
};

struct part {
	struct part *next; /* the caller's */
	char id[BATCH_ID_SIZE];
	uint64_t number; /* .K of its id; 0: the whole, or one record by its
	                    own number */
	bool is_whole;
	uint64_t attempts; /* at it in earlier runs */
	bool may_have_run; /* then */
	uint64_t records;  /* 0 when all have left it */
	uint64_t bytes;    /* as they were read, without a header */
	struct span *spans;
	size_t span_count;

	/* payload.c's. */
	bool is_settled;     /* none of its records is refused by format */
	bool is_raw;         /* if so: they are for the command as they are */
	int fd;              /* its own file for the command, or -1 */
	uint64_t file_bytes; /* if so */
};

/* All of a batch, under its id. */
struct part *part_whole(const struct batch *batch);

/*
 * `records` records of part, beginning with its index-th (from 0), settled if
 * it is; batch is the one that part is made of.  NULL and ERR_IO if that
 * cannot be read.  The id is left empty.
 */
struct part *part_cut(const struct part *part, const struct batch *batch,
    uint64_t index, uint64_t records, struct err *e);

/*
 * These records of batch, in ranges that rise and do not overlap.  NULL and
 * ERR_IO if they cannot be read.  The id is left empty.
 */
struct part *part_of_ranges(const struct batch *batch,
    const struct batch_range *ranges, size_t count, struct err *e);

/*
 * Divide part: *good has the records that rejects does not name (numbers in
 * part, from 1) and may be empty; *bad has the others, a span for each.  Both
 * without an id, and settled if part is.
 */
int part_divide(const struct part *part, const struct batch *batch,
    const struct rejects *rejects, struct part **good, struct part **bad,
    struct err *e);

/* Part has the records of other from now on, which is freed. */
void part_replace(struct part *part, struct part *other);

/* The spans of part from the index-th to before the end-th, as a part. */
struct part *part_of_spans(const struct part *part, size_t index, size_t end);

/* Put the records of tail, which follow those of part, behind it. */
void part_join(struct part *part, const struct part *tail);

/* Has all of its batch's records, so that the batch's file is its own, too. */
bool part_is_complete(const struct part *part, const struct batch *batch);

/* Has the bytes of its records taken, in pieces, until one fails. */
int part_copy(const struct part *part, const struct batch *batch,
    payload_taker *take, void *context, struct err *e);

/* The same, behind the batch's header: what a command gets that gets raw. */
int part_copy_payload(const struct part *part, const struct batch *batch,
    payload_taker *take, void *context, struct err *e);

/* destroy(NULL) is a no-op. */
void part_destroy(struct part *part);

#endif
