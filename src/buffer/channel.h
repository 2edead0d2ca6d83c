#ifndef ABUF_BUFFER_CHANNEL_H
#define ABUF_BUFFER_CHANNEL_H

/*
 * A channel of a buffer, also called a lane: its open window, the closed one
 * that may wait at the loop, and its queue of closed windows for workers.
 * Order, ids and totals belong to the lane.
 *
 * A window that is full closes at once.  If the queue has no room for it, it
 * stays at the loop (it is parked): the lane is stuck, and whoever has the
 * next record for it must stop reading.  A window that is merely due and
 * finds no room stays open and gathers.
 *
 * Nothing happens by itself: after every change (records, time, a batch that
 * came back) the loop calls channel_pump().
 *
 * Loop thread only, except the queue, which is also the workers'.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/records.h"
#include "buffer/batch.h"
#include "buffer/queue.h"
#include "buffer/trigger.h"
#include "buffer/window.h"

struct buffer;
struct config_buffer;
struct config_channel;
struct err;

/* Counted since the start of the run. */
struct channel_totals {
	uint64_t records;         /* that entered */
	uint64_t bytes;           /* raw, delimiters included */
	uint64_t batches;         /* that came back from a worker */
	uint64_t failed_batches;  /* of these, not delivered whole */
	uint64_t done_records;    /* delivered */
	uint64_t done_bytes;      /* delivered */
	uint64_t refused_records; /* that did not enter: too long, or left by a
	                             stop */
	uint64_t aside_records;   /* kept as dead letters, refused ones too */
	uint64_t dropped_records; /* by policy, refused ones too */
	uint64_t lost_records;    /* neither delivered nor kept */
	uint64_t attempts;        /* commands run */
};

/* Batches that are done, whose output waits; unless descriptors are scarce. */
#define CHANNEL_UNWRITTEN_MAX 64

struct channel {
	/* Set once. */
	const struct buffer *buffer;
	const struct config_channel *config;
	const char *name;
	unsigned int lane; /* its number, from 1, in the order of the file */
	char run[BATCH_RUN_SIZE];
	struct trigger_policy policy;
	enum window_kind window_kind;
	struct records records; /* how those in its windows end */
	uint64_t unwritten_max; /* with so many, it gets no other batch */

	/* Owned by the loop. */
	struct window window;
	struct batch *parked; /* closed, no room for it yet */
	bool waits_for_room;  /* the window is due, no room for it yet */
	uint64_t next_seq;
	uint64_t in_flight;  /* batches pushed and not yet back */
	uint64_t unwritten;  /* batches back, output not yet written */
	bool is_setup_wrong; /* records were given up for that */
	uint64_t refusals;   /* numbers the entries of refused records */
	struct channel_totals totals;

	/* Shared with the workers; has its own lock. */
	struct queue queue;
};

/*
 * Prepare a zeroed channel of buffer.  The configuration outlives it.
 */
void channel_init(struct channel *channel, const struct buffer *buffer,
    const struct config_channel *config, unsigned int lane, const char *run);

/* Frees what is left, the queue excepted, which must be empty. */
void channel_release(struct channel *channel);

/* A closed window waits at the loop: no record may enter. */
bool channel_is_stuck(const struct channel *channel);

/* Nothing in the window, at the loop, in the queue, at a worker. */
bool channel_is_empty(const struct channel *channel);

/*
 * Append exactly `records` whole records.  The lane must not be stuck, and
 * they must fit: not more than trigger_records_left(), and not more than
 * trigger_bytes_left() unless the window is empty and this is one record.
 * ERR_IO: no space now; nothing has changed, try again later.
 */
int channel_append(struct channel *channel, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e);

/*
 * The next record would pass the byte limit: the window is full although
 * some bytes are left.  It must not be empty.
 */
void channel_close_bytes(struct channel *channel);

/* Make the open window due for reason.  False if it is empty. */
bool channel_ask(struct channel *channel, enum reason reason);

/*
 * Move what can move: the parked batch into the queue, the open window into
 * a batch if it is full, or due and there is room.
 */
void channel_pump(struct channel *channel, uint64_t now_ns);

/* A batch of this lane has come back: account for its result. */
void channel_account(struct channel *channel, const struct batch *batch);

/* When channel_pump() should be called at the latest; CLOCK_NEVER if never. */
uint64_t channel_deadline_ns(const struct channel *channel);

#endif
