#ifndef ABUF_JOURNAL_PAYLOAD_H
#define ABUF_JOURNAL_PAYLOAD_H

/*
 * What frames say: the types of payloads, and those of a fixed shape.  Batches
 * and open windows are in payload_batch.h, splits in payload_split.h, positions
 * in files in position.h, and checkpoints in payload_checkpoint.h.  The layouts
 * are written above the code. Pure.
 *
 * For each type: payload_X_encode() appends to a struct pack, which tells
 * whether it fitted; what it is given is within its ranges, or it is our bug.
 * payload_X_decode() reads a whole payload; it is false if that is not one, or
 * anything in it is out of range, and the structure is then of no use.
 * Pointers in a decoded structure point into the payload.  What is accepted is
 * encoded to the same bytes again.
 *
 * The lane that a payload is about is in the frame's header.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack;

/* Never renumbered.  A reader refuses a type that it does not know. */
enum payload_type {
	PAYLOAD_LANE = 1,
	PAYLOAD_SOURCE = 2,
	PAYLOAD_OPEN = 3,
	PAYLOAD_BATCH = 4,
	PAYLOAD_ATTEMPT = 5,
	PAYLOAD_ACK = 6,
	PAYLOAD_SPLIT = 7,
	PAYLOAD_CHECKPOINT = 8,
	PAYLOAD_SEAL = 9,
	PAYLOAD_CLEAN = 10,
	PAYLOAD_RUN = 11,
	PAYLOAD_MARK = 12,
	PAYLOAD_TYPE_END
};

#define PAYLOAD_NAME_MAX 64
#define PAYLOAD_BOOT_SIZE 16

/* A lane: its number stands for these names as long as the journal lives. */
struct payload_lane {
	uint64_t next_seq; /* its next batch's number, from 1 */
	uint16_t buffer_size, channel_size; /* 1 to PAYLOAD_NAME_MAX */
	const uint8_t *buffer, *channel;    /* without a NUL */
};

/* How the attempt before this one ended. */
enum payload_end {
	PAYLOAD_END_NONE, /* this is the first */
	PAYLOAD_END_EXIT,
	PAYLOAD_END_SIGNAL,
	PAYLOAD_END_TIMEOUT,
	PAYLOAD_END_LOST, /* abuf itself ended meanwhile */
	PAYLOAD_END_COUNT
};

/* A batch, or a part that it was split into, is about to be handed over. */
struct payload_attempt {
	uint64_t seq;     /* of the batch, from 1 */
	uint32_t child;   /* which part of it, from 1; 0 is all of it */
	uint32_t attempt; /* from 1 */
	uint32_t end;     /* of the one before: enum payload_end */
	uint32_t status;  /* the exit status or signal that goes with it */
	uint32_t crashes; /* runs that ended, unforeseen, during an attempt */
	bool is_running;  /* it has begun, and no end is known */
};

enum payload_verdict {
	PAYLOAD_OK = 1,
	PAYLOAD_DEAD,
	PAYLOAD_DROPPED,
	PAYLOAD_VERDICT_SPLIT, /* its parts have verdicts of their own */
	PAYLOAD_VERDICT_COUNT
};

/* What became of a batch, or of a part of it. */
struct payload_ack {
	uint64_t seq;
	uint32_t child;
	uint32_t verdict;
	uint32_t status;
	uint32_t attempts;
};

/* The last frame of a segment. */
struct payload_seal {
	uint64_t frames; /* before this one */
	uint64_t length; /* of the file before this frame */
	uint32_t crc;    /* of all between the header and this frame */
};

/* The run has ended, and knew it. */
struct payload_clean {
	uint64_t wall_ns;
	uint64_t unacknowledged; /* batches that it leaves */
};

enum payload_sync {
	PAYLOAD_SYNC_BATCH = 1,
	PAYLOAD_SYNC_ALWAYS,
	PAYLOAD_SYNC_NONE,
	PAYLOAD_SYNC_COUNT
};

/* The run that wrote the checkpoint which this is in. */
struct payload_run {
	uint8_t boot[PAYLOAD_BOOT_SIZE]; /* which start of the machine */
	uint64_t wall_ns;                /* when it began */
	uint64_t next_window; /* windows with lower numbers were made before */
	uint32_t process;
	uint32_t sync; /* enum payload_sync */
};

/*
 * In a checkpoint: of a source whose records are spread over streams, the frame
 * header's lane (or the shared stream of its buffer) has in batches all that
 * end at or before this offset.
 */
struct payload_mark {
	uint64_t source;
	uint64_t end;
	bool is_shared;
};

/* What these take; the same as an encoded payload of a fixed size. */
#define PAYLOAD_ATTEMPT_SIZE 32
#define PAYLOAD_ACK_SIZE 24
#define PAYLOAD_SEAL_SIZE 24
#define PAYLOAD_CLEAN_SIZE 16
#define PAYLOAD_RUN_SIZE 40
#define PAYLOAD_MARK_SIZE 24

void payload_lane_encode(const struct payload_lane *lane, struct pack *to);
bool payload_lane_decode(
    struct payload_lane *lane, const uint8_t *data, size_t size);
void payload_attempt_encode(
    const struct payload_attempt *attempt, struct pack *to);
bool payload_attempt_decode(
    struct payload_attempt *attempt, const uint8_t *data, size_t size);
void payload_ack_encode(const struct payload_ack *ack, struct pack *to);
bool payload_ack_decode(
    struct payload_ack *ack, const uint8_t *data, size_t size);
void payload_seal_encode(const struct payload_seal *seal, struct pack *to);
bool payload_seal_decode(
    struct payload_seal *seal, const uint8_t *data, size_t size);
void payload_clean_encode(const struct payload_clean *clean, struct pack *to);
bool payload_clean_decode(
    struct payload_clean *clean, const uint8_t *data, size_t size);
void payload_run_encode(const struct payload_run *run, struct pack *to);
bool payload_run_decode(
    struct payload_run *run, const uint8_t *data, size_t size);
void payload_mark_encode(const struct payload_mark *mark, struct pack *to);
bool payload_mark_decode(
    struct payload_mark *mark, const uint8_t *data, size_t size);

#endif
