#ifndef ABUF_DELIVER_CHRONICLE_H
#define ABUF_DELIVER_CHRONICLE_H

/*
 * What a delivery tells a journal, as the one who keeps the journal implements
 * it.  With one, nothing is given up: what cannot be delivered or set aside now
 * is left, for another run to go on with (batch_result.left_records).
 *
 * A batch and the parts that it is taken apart into have numbers: 0 is the
 * whole, K the part with the id ID.K.
 *
 * For each batch, in this order: attempt() before each attempt, but not before
 * the first one that this run makes at a whole batch, which whoever hands the
 * batch over notes; split() before parts of it run; verdict() when a part has
 * its end.  What a part that was split had, and none of the parts has, is
 * in dead letters, or dropped, before split() is called; so the part has no
 * verdict of its own.  What became of the whole is in batch->result.
 *
 * Called by worker threads, by several at once if they share a context.  What
 * is pointed to is the caller's, and valid during the call only.
 */

#include <stddef.h>
#include <stdint.h>

#include "journal/payload.h"

struct batch;
struct batch_range;
struct err;

/* An attempt that is about to be made. */
struct chronicle_attempt {
	uint64_t part;   /* 0: at the whole */
	uint64_t number; /* from 1; the attempts of earlier runs count, too */
	/* How the one before it ended: PAYLOAD_END_LOST if that was in an
	 * earlier run, of which no more is known here. */
	enum payload_end end;
	uint32_t status; /* the exit status, or the signal */
};

/* So many ranges the parts of one split have at most, all together. */
#define CHRONICLE_RANGES_MAX 32768

/* Some records of a batch, which are to be run under an id of their own. */
struct chronicle_part {
	uint64_t number;
	const struct batch_range *ranges; /* they rise and do not overlap */
	size_t range_count;               /* at least 1 */
};

/* What became of a part. */
struct chronicle_verdict {
	uint64_t part;
	enum payload_verdict verdict; /* ok, dead or dropped */
	uint32_t status;   /* of its last attempt, as a shell would tell it */
	uint64_t attempts; /* those of earlier runs, too */
};

struct chronicle {
	/* Fire and forget. */
	void (*attempt)(void *context, const struct batch *batch,
	    const struct chronicle_attempt *attempt);

	/*
	 * From now on parent is these parts.  Returns 0 once that is durable,
	 * and blocks until then.  Anything else: the journal has failed, or the
	 * run stops, as *e says; nothing more is run for the batch.
	 */
	int (*split)(void *context, const struct batch *batch, uint64_t parent,
	    const struct chronicle_part *parts, size_t count, struct err *e);

	/*
	 * The file of a batch that an earlier run left, before anything is done
	 * with it: journal_fetch().
	 */
	int (*fetch)(
	    void *context, const struct batch *batch, int *fd, struct err *e);

	/* Fire and forget. */
	void (*verdict)(void *context, const struct batch *batch,
	    const struct chronicle_verdict *verdict);

	void *context;
};

#endif
