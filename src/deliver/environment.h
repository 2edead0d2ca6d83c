#ifndef ABUF_DELIVER_ENVIRONMENT_H
#define ABUF_DELIVER_ENVIRONMENT_H

/*
 * A command's environment: the user's own, plus what describes the batch.
 * Variables of these names that we inherited are replaced.
 *
 * Built once per worker; before each attempt only the texts that differ are
 * written anew, in place.  The user's part is read when it is built and must
 * not change afterwards (nobody calls setenv()).
 */

#include <stdbool.h>
#include <stdint.h>

struct attempt;
struct batch;
struct payload;

/* name, what it tells */
#define ENVIRONMENT_LIST(X)                                                  \
	X(BUFFER, "ABUF_BUFFER")         /* the buffer's name */             \
	X(CHANNEL, "ABUF_CHANNEL")       /* the channel's name */            \
	X(BATCH_ID, "ABUF_BATCH_ID")     /* RUN.LANE.SEQ[.K] */              \
	X(BATCH_SEQ, "ABUF_BATCH_SEQ")   /* counts per lane, from 1 */       \
	X(RECORDS, "ABUF_BATCH_RECORDS") /* records on standard input */     \
	X(BYTES, "ABUF_BATCH_BYTES")     /* bytes on standard input */       \
	X(REASON, "ABUF_BATCH_REASON")   /* why the window closed */         \
	X(ATTEMPT, "ABUF_ATTEMPT")       /* 1, 2, ... */                     \
	X(REDELIVERY, "ABUF_REDELIVERY") /* 1: not the first attempt */      \
	X(REJECT_FD, "ABUF_REJECT_FD")   /* where bad records are named */   \
	/* With a journal only, so the last: lower numbers are done with. */ \
	X(ACKED_BELOW, "ABUF_ACKED_BELOW")

enum environment_slot {
#define ENVIRONMENT_ENUM(slot, name) ENVIRONMENT_##slot,
	ENVIRONMENT_LIST(ENVIRONMENT_ENUM)
#undef ENVIRONMENT_ENUM
	    ENVIRONMENT_SLOTS
};

#define ENVIRONMENT_TEXT_SIZE 128

struct environment {
	char **variables; /* for execve(2): ours first, then the user's */
	char texts[ENVIRONMENT_SLOTS][ENVIRONMENT_TEXT_SIZE];
};

/* has_journal: commands are told what only a journal knows. */
void environment_init(struct environment *environment, bool has_journal);

/*
 * Describe an attempt at a batch: its number, and whether it is not the first.
 * A variable that has nothing to tell, as without a list for bad records, is
 * empty.  The worker that owns environment.
 */
void environment_describe(struct environment *environment,
    const struct batch *batch, const struct payload *payload,
    const struct attempt *attempt, bool has_rejects);

/* A no-op on a zeroed environment. */
void environment_release(struct environment *environment);

#endif
