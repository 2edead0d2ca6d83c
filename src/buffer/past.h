#ifndef ABUF_BUFFER_PAST_H
#define ABUF_BUFFER_PAST_H

/*
 * What earlier runs have done with a batch that a journal gives back: how often
 * it was tried, and, if it was taken apart, which parts are still to be done.
 * What is not in one of these parts has its end.
 *
 * Made by who brings the batch back, whole before the batch is handed over, and
 * never changed afterwards; the batch owns it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many runs in a row that ended during its attempts are taken for its fault,
 * and it is set aside. */
#define PAST_CRASHES_MAX 20

/* Some records of a batch, by their numbers in it. */
struct batch_range {
	uint64_t first;   /* from 1 */
	uint64_t records; /* at least 1 */
};

/* Some of its records, under an id of their own. */
struct past_part {
	uint64_t number;            /* .K of its id, from 1 */
	uint64_t attempts;          /* so far */
	struct batch_range *ranges; /* they rise and do not overlap */
	size_t range_count;         /* at least 1 */
};

struct batch_past {
	uint64_t attempts; /* at the whole, so far */
	uint64_t crashes;  /* runs that ended in the middle of them, in a row */
	/* What is to be done may have run before, whatever attempts says: what
	 * was noted of them need not have outlived a loss of power. */
	bool is_redelivery;
	uint64_t part_number_max; /* the highest that a part ever had, or 0 */
	struct past_part *parts;  /* to be done instead of the whole */
	size_t part_count;        /* 0: the whole is to be done */
};

/* Frees it with its parts and their ranges.  destroy(NULL) is a no-op. */
void past_destroy(struct batch_past *past);

#endif
