#ifndef ABUF_BUFFER_BATCH_H
#define ABUF_BUFFER_BATCH_H

/*
 * A batch: a closed window with an id.  Its bytes never change again.
 *
 * One owner at a time: the loop makes it, the channel's queue keeps it, one
 * worker does it, and gives it back to the loop through the mailbox together
 * with its result; the loop destroys it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "buffer/trigger.h"

struct batch_past;
struct channel;

/* RUN.LANE.SEQ: 16 hex digits, two decimal numbers; a part adds its own. */
#define BATCH_RUN_SIZE 17
#define BATCH_ID_SIZE 97

/* What became of its records: the first five add up to all that were to do. */
struct batch_result {
	uint64_t delivered_records;
	uint64_t aside_records;   /* kept as dead letters */
	uint64_t dropped_records; /* by policy */
	uint64_t lost_records;    /* could be neither delivered nor kept */
	uint64_t left_records;    /* in the journal, for another run */
	uint64_t delivered_bytes; /* raw */
	uint64_t attempts;        /* commands run */
	bool is_setup_wrong;      /* given up for a wrong set-up */
	bool must_stop;           /* the policy wants the run to end */
	int stdout_errno; /* why it, or a command, could not write there; 0 */
	bool is_output_lost; /* what its command wrote could not be kept */
	bool is_damaged;     /* what a journal kept of it cannot be had */
};

struct batch {
	/* For the queue, then for the mailbox. */
	struct mailbox_message message;
	struct batch *next;

	/* Set once, at closing. */
	struct channel *channel;
	char id[BATCH_ID_SIZE];
	uint64_t seq; /* counts per lane, from 1 */
	enum reason reason;
	uint64_t records;
	uint64_t bytes;       /* of these */
	uint64_t header_size; /* bytes in the file before them: a header line */
	uint64_t first_ns;    /* when its first record came */
	int fd; /* the sealed file, ours; -1: the keeper has yet to fetch it */
	uint32_t crc;    /* CRC-32C of all of it, if has_crc */
	bool has_crc;    /* with a keeper */
	uint64_t window; /* the keeper's number of its file; 0: none */

	/* Loop. */
	uint64_t turn; /* counts those pushed to the lane in this run, from 1 */
	/* In its channel, for a keeper. */
	bool is_durable;  /* it may go to the workers */
	bool is_begun;    /* that it does is appended */
	bool can_reopen;  /* its file may be closed meanwhile */
	bool is_overflow; /* to those who set it aside */
	void *kept;       /* the keeper's */

	struct batch_past *past; /* in earlier runs, ours; NULL: none */

	/* Set by the loop when it hands the batch over: every batch of the
	 * lane with a lower number has its end in the journal; 0: unknown. */
	uint64_t acked_below;

	/* Written by the worker before it gives the batch back. */
	struct batch_result result;
	int output; /* a file of what its commands wrote, ours; or -1 */
	uint64_t output_size; /* bytes in it */
};

/* Its id, from its channel and seq. */
void batch_name(struct batch *batch);

/*
 * The next batch of a channel: what a closed window held (held, behind a header
 * of header_size bytes), in the file fd, which is the batch's from now on.
 */
struct batch *batch_create(struct channel *channel, const struct trigger *held,
    uint64_t header_size, int fd, enum reason reason);

/* Closes the file and frees all that is its own.  destroy(NULL) is a no-op. */
void batch_destroy(struct batch *batch);

/* Records of it that are to be done: all, or what earlier runs have left. */
uint64_t batch_records_to_do(const struct batch *batch);

/* The batch that carries this message. */
struct batch *batch_of_message(struct mailbox_message *message);

#endif
