#ifndef ABUF_BUFFER_CHANNEL_H
#define ABUF_BUFFER_CHANNEL_H

/*
 * A channel of a buffer, also called a lane: its stream, and its queue of
 * closed windows for workers.  Order, ids and totals belong to the lane.
 *
 * Where the buffer gathers for several channels at once (its shared stream),
 * a channel's own stream has only the records that were sent to it by name.
 *
 * A channel whose share is set aside when it holds up others has a second
 * queue, the overflow, with a worker that does nothing but that.
 *
 * Loop thread only, except the queues, which are also the workers'.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/records.h"
#include "buffer/batch.h"
#include "buffer/queue.h"
#include "buffer/stream.h"

struct buffer;
struct config_buffer;
struct config_channel;
struct keeper;

/* Batches on their way to be set aside, unless descriptors are scarce. */
#define CHANNEL_OVERFLOW_MAX 16

/* Counted since the start of the run. */
struct channel_totals {
	uint64_t records;         /* that entered */
	uint64_t bytes;           /* raw, delimiters included */
	uint64_t batches;         /* that came back from a worker */
	uint64_t failed_batches;  /* of these, not delivered whole */
	uint64_t done_records;    /* delivered */
	uint64_t done_bytes;      /* delivered */
	uint64_t refused_records; /* that did not enter: too long, nowhere to
	                             go, or left by a stop */
	uint64_t aside_records;   /* kept as dead letters, refused ones too */
	uint64_t dropped_records; /* by policy, refused ones too */
	uint64_t lost_records;    /* neither delivered nor kept */
	uint64_t left_records;    /* in the journal, for another run */
	uint64_t attempts;        /* commands run */
};

/* Batches that are done, whose output waits; unless descriptors are scarce. */
#define CHANNEL_UNWRITTEN_MAX 64

/*
 * With a keeper, so many closed windows wait in a channel until they are
 * durable and a worker is free, unless there are many channels (kept_max); so
 * many of these have their files open, as the keeper can open the others anew;
 * and so many bytes are in memory, of which the last one may be more.
 */
#define CHANNEL_KEPT_MAX 4096
#define CHANNEL_KEPT_OPEN_MAX 256
#define CHANNEL_KEPT_MEMORY_MAX (UINT64_C(4) << 20)

struct channel {
	/* Set once. */
	const struct buffer *buffer;
	const struct config_channel *config;
	const char *name;
	size_t index;      /* from 0, in the order of the file */
	unsigned int lane; /* its number, from 1: in that order, too, unless a
	                      journal has given it another */
	char run[BATCH_RUN_SIZE];
	struct records records; /* how those in its windows end */
	bool has_overflow;
	bool is_reached;             /* records may come here, */
	bool has_header;             /* perhaps behind a header, */
	bool lacks_header;           /* perhaps behind none */
	const struct keeper *keeper; /* batches wait until they are durable; */
	size_t kept_max;             /* of which there are so many at most, */
	size_t kept_open_max;        /* and so many have open files; */
	uint64_t shape;              /* a hash of all that shapes them */
	uint64_t unwritten_max;      /* with so many, it gets no other batch */

	/* Owned by the loop. */
	struct stream stream;
	uint64_t next_seq;
	uint64_t pushed;    /* batches ever, in this run */
	uint64_t in_flight; /* batches pushed and not yet back */
	uint64_t full_ns;   /* since when it was seen without room; 0: it has */
	uint64_t unwritten; /* batches back, output not yet written */
	bool is_setup_wrong; /* records were given up for that */
	uint64_t refusals;   /* numbers the entries of refused records */
	/* Of a keeper: batches that were pushed, in their order. */
	struct batch *kept;
	struct batch **kept_tail;
	size_t kept_count;
	size_t kept_open;      /* of these, have their files open */
	bool keeps_all;        /* there is room for whatever an old run had */
	uint64_t kept_memory;  /* bytes of those without a kept file */
	uint64_t acked_below;  /* lower numbers have their end, durably */
	uint64_t left_batches; /* with something left for another run; */
	uint64_t left_seq;     /* the first of these */
	struct channel_totals totals;

	/* Shared with the workers; each has its own lock. */
	struct queue queue;
	struct queue overflow;
};

/*
 * Prepare a zeroed channel of buffer.  The configuration outlives it.
 */
void channel_init(struct channel *channel, const struct buffer *buffer,
    const struct config_channel *config, unsigned int lane, const char *run);

/* Frees what is left, the queues excepted, which must be empty. */
void channel_release(struct channel *channel);

/*
 * A keeper looks after its batches, and outlives it: before the first one.
 * What may wait waits here then, and not in the queue: a batch in the queue is
 * as good as begun.
 */
void channel_set_keeper(struct channel *channel, const struct keeper *keeper);

/* A batch would be taken now, by its workers. */
bool channel_has_room(struct channel *channel);

/* With a keeper: one more batch may wait, whether it is in memory or not. */
bool channel_can_keep(const struct channel *channel, bool is_in_memory);

/*
 * Its share may be set aside: it has been without room for a while, whatever
 * it was offered, and is not just as busy as everybody.  *when_ns, if less,
 * becomes the time at which that will be so, if that can be told.
 */
bool channel_may_overflow(
    struct channel *channel, uint64_t now_ns, uint64_t *when_ns);

/*
 * Give it a batch.  There must be room, or it may overflow; with a keeper, it
 * waits in the channel, where there must be room for it, or it may overflow.
 */
void channel_push(struct channel *channel, struct batch *batch);

/*
 * Give the workers what waits, is durable, and finds room: in its order, but
 * for what overflows.  What was given.  Of what has to wait on, files that the
 * keeper can open anew may be closed.
 */
size_t channel_release_kept(struct channel *channel);

/*
 * The next batch that waits is not durable yet, and its workers will soon ask
 * for it.
 */
bool channel_is_hungry(const struct channel *channel);

/* Take the first batch that waits, whatever it is, or NULL: at the end. */
struct batch *channel_take_kept(struct channel *channel);

/* A batch of this lane has come back: account for its result. */
void channel_account(struct channel *channel, const struct batch *batch);

/*
 * What was delivered of it, and accounted for, is left for another run after
 * all: its result says so, too.
 */
void channel_take_back(struct channel *channel, struct batch *batch);

#endif
