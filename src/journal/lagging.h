#ifndef ABUF_JOURNAL_LAGGING_H
#define ABUF_JOURNAL_LAGGING_H

/*
 * A number that changes with frames of the log, and what it was when the last
 * of those that are durable had been written, as far as that is known: it may
 * lag, by no more than a sync or two while it goes on changing.  A pure core.
 *
 * One older value is kept, not all of them: that waits until it is durable,
 * then the one of that moment does.  So every change and every question move
 * it on.  Tickets are those of wal.h.
 */

#include <stdint.h>

struct lagging {
	uint64_t now, ticket; /* since that frame */
	uint64_t waiting, waiting_ticket;
	uint64_t durable;
};

/* It is value, and all of the past is durable, or of no meaning. */
void lagging_reset(struct lagging *number, uint64_t value);

/* The frame with this ticket makes it value; durable is wal_durable(). */
void lagging_set(
    struct lagging *number, uint64_t value, uint64_t ticket, uint64_t durable);

/* What is durable of it; durable is wal_durable(). */
uint64_t lagging_durable(struct lagging *number, uint64_t durable);

#endif
