#ifndef ABUF_TESTS_TEST_JOURNAL_CRASH_LIFE_H
#define ABUF_TESTS_TEST_JOURNAL_CRASH_LIFE_H

/*
 * What the files of a life share; see test_journal_crash.h.
 */

#include "test_journal_crash.h"

/* As struct journal_settings wants it; context is the life. */
void life_identify(void *context, uint64_t source, uint64_t position,
    struct identity *identity);

/* The truth is told all that the journal says now. */
void life_look(struct life *life);

/* The frame that was appended last. */
struct event life_appended(const struct life *life);

/* What is in open windows is written. */
void life_flush(struct life *life);

/* The job is run, or, if it was, taken back. */
void life_work(struct life *life);

/* What was on its way of open windows, and has come there. */
void life_end_snapshots(struct life *life);

/* Something happens to a batch that a command has, or gets. */
void life_use_hand(struct life *life, uint64_t random);

#endif
