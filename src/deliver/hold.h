#ifndef ABUF_DELIVER_HOLD_H
#define ABUF_DELIVER_HOLD_H

/*
 * Waiting before the next try: one rule for everything that cannot be done
 * now.  The delays are those of retry.h; how long it may go on is this:
 *
 *	while input may come    without end, back-pressure does the rest
 *	once it has ended       at most retry.deadline_ms more, counted from
 *	                        that end or from when the lane began to hold
 *	                        without a success since, whichever is later;
 *	                        for the destination and for the directory of
 *	                        dead letters apart
 *	wrong set-up, ended,
 *	nothing delivered yet   not at all: nobody is there to mend it
 *	when the run stops      until the queue's stop is raised
 *
 * One worker's.
 */

#include <stdbool.h>
#include <stdint.h>

struct config_retry;
struct queue;

enum hold_kind {
	HOLD_RETRY,     /* a limited number of tries: time does not end it */
	HOLD_TRANSIENT, /* the destination cannot now */
	HOLD_SETUP,     /* the set-up is wrong */
	HOLD_ASIDE      /* the batch cannot be set aside now */
};

struct hold {
	/* Set once, by hold_init(). */
	const struct config_retry *retry;
	struct queue *queue; /* of the lane */
	int stop_fd;         /* readable when its stop is TERMINATE or more */
	uint64_t random;     /* state of the generator */

	/* Since hold_begin(). */
	uint64_t failures;       /* tries that failed */
	bool is_held;            /* it has waited, and not only for a retry */
	uint64_t since_ns;       /* if held: when that began */
	uint64_t reported_ns;    /* when it was last spoken of; 0: never */
	enum hold_kind reported; /* and why it was held then */
};

void hold_init(struct hold *hold, const struct config_retry *retry,
    struct queue *queue, int stop_fd);

/* A new thing to try. */
void hold_begin(struct hold *hold);

/*
 * It failed.  True: try again after *delay_ms; asked_ms is the delay the
 * command asked for, or NULL.  False: give up.
 */
bool hold_next(struct hold *hold, enum hold_kind kind, const uint64_t *asked_ms,
    uint64_t *delay_ms);

/*
 * Sleep until the next try.  False: give up, for the rule above says so by
 * now.
 */
bool hold_sleep(struct hold *hold, enum hold_kind kind, uint64_t delay_ms);

/*
 * Whether it is time to speak of it: at once, when the kind changes, and then
 * every minute.  Notes that it was done.
 */
bool hold_is_news(struct hold *hold, enum hold_kind kind);

/* How long it has been held, in ms; 0 if it was not. */
uint64_t hold_elapsed_ms(const struct hold *hold);

/* It has an end, whatever that is. */
void hold_end(struct hold *hold);

#endif
