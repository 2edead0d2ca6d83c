#ifndef ABUF_TESTS_TEST_LEDGER_H
#define ABUF_TESTS_TEST_LEDGER_H

/*
 * A journal for the suite "delivery" that keeps in memory what it is told, and
 * makes of it what the next run is told of the past.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/past.h"
#include "deliver/chronicle.h"
#include "deliver/ibuffer.h"

#define LEDGER_PARTS 512

struct ledger_part {
	struct batch_range *ranges;
	size_t range_count;
	uint64_t attempts;
	bool is_known, is_over;
	char seen[256]; /* the records that it first ran with */
};

struct ledger {
	/*
	 * All in their order, with a space after each.  Part K (0: the whole)
	 *	tryK#N=exitS	its attempt N comes, the one before ended so
	 *	K#N:1,2,3	the world runs it with these records
	 *	K#N!:1,2,3	the same, as a redelivery
	 *	splitK=A[1-2]B[3-3,5-6]
	 *	okK#N deadK#N/S droppedK#N/S	its end, after N attempts
	 */
	char log[8192];
	size_t used;
	bool has_failed;          /* no split is durable any more */
	unsigned int fail_chance; /* one split of so many fails; 0: none */
	bool has_changed;         /* a part ran with other records */
	uint64_t crashes;
	uint64_t number_max;
	struct ledger_part parts[LEDGER_PARTS];
};

extern struct ledger ledger;
extern const struct chronicle ledger_chronicle;

/* Forget everything; lane_begin(), and the lane has this journal. */
void ledger_begin(void);

void ledger_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The world runs a part with these records. */
void ledger_note_run(
    uint64_t number, const struct attempt *attempt, const char *records);

/* What the next run is told, for a batch to own; NULL: it is over. */
struct batch_past *ledger_past(void);

/* One more part that is still to be done. */
void ledger_add(uint64_t number, uint64_t attempts,
    const struct batch_range *ranges, size_t count);

void ledger_end(void);

#endif
