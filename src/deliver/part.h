#ifndef ABUF_DELIVER_PART_H
#define ABUF_DELIVER_PART_H

/*
 * A part of a batch: some of its records, in their order, under an id of its
 * own.  The whole batch is a part, too.
 *
 * A part is a list of spans of the batch's payload, so that records which
 * were set aside may be missing from its middle, and each record still knows
 * its number in the batch.  It gets a file of its own only when a command is
 * to see it.
 *
 * One worker's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/batch.h"
#include "buffer/window.h"
#include "deliver/ibuffer.h"

struct err;
struct rejects;

struct span {
	uint64_t first; /* number of its first record in the batch, from 1 */
	uint64_t records;
	uint64_t offset; /* in the payload */
	uint64_t bytes;
};

struct part {
	struct part *next; /* the caller's */
	char id[BATCH_ID_SIZE];
	bool is_whole;
	uint64_t records; /* at least 1 */
	uint64_t bytes;
	struct span *spans;
	size_t span_count;
	int fd; /* its own file, or -1 */
};

/* All of a batch, under its id. */
struct part *part_whole(const struct payload *whole);

/*
 * `records` records of part, beginning with its index-th (from 0); whole is
 * the batch's payload that part is made of.  NULL and ERR_IO if that cannot
 * be read.  The id is left empty.
 */
struct part *part_cut(const struct part *part, const struct payload *whole,
    uint64_t index, uint64_t records, struct err *e);

/*
 * Divide part: *good has the records that rejects does not name (numbers in
 * part, from 1) and may be empty; *bad has the others, a span for each.  Both
 * without an id.
 */
int part_divide(const struct part *part, const struct payload *whole,
    const struct rejects *rejects, struct part **good, struct part **bad,
    struct err *e);

/* The spans of part from the index-th to before the end-th, as a part. */
struct part *part_of_spans(const struct part *part, size_t index, size_t end);

/* Put the records of tail, which follow those of part, behind it. */
void part_join(struct part *part, const struct part *tail);

/*
 * The id of a part that is one record: the batch's, and the record's number
 * there; or just the batch's if that is all of it.
 */
void part_record_id(
    const struct part *part, const char *batch_id, char id[BATCH_ID_SIZE]);

/*
 * Describe it for a command, with a file of its own unless it is the whole
 * batch.  ERR_IO: no space for that now; try again later.
 */
int part_open(struct part *part, const struct payload *whole,
    enum window_kind kind, struct payload *payload, struct err *e);

/* Calls take for all of its bytes, in pieces, until one fails. */
typedef int part_taker(
    void *context, const uint8_t *data, size_t size, struct err *e);
int part_copy(const struct part *part, const struct payload *whole,
    part_taker *take, void *context, struct err *e);

/* destroy(NULL) is a no-op. */
void part_destroy(struct part *part);

#endif
