#ifndef ABUF_BUFFER_TRIGGER_H
#define ABUF_BUFFER_TRIGGER_H

/*
 * When a window closes, and why.  A pure core: no file, no thread, no clock;
 * time comes in as an argument, in nanoseconds of the monotonic clock.
 *
 * A window is *full* when not one more record may enter; it has to close
 * before its lane takes another.  It is *due* when it should close as soon as
 * a worker can have it, but may still gather until then.
 */

#include <stdbool.h>
#include <stdint.h>

/* name in the code, name for the user (joblog, ABUF_BATCH_REASON) */
#define REASON_LIST(X)                                                         \
	X(REASON_SIZE, "size")     /* it has N records */                      \
	X(REASON_BYTES, "bytes")   /* the next record would pass the limit */  \
	X(REASON_DELAY, "delay")   /* T since its first record */              \
	X(REASON_IDLE, "idle")     /* no record for T, or none ready (-t 0) */ \
	X(REASON_FLUSH, "flush")   /* somebody asked */                        \
	X(REASON_HEADER, "header") /* the next record has another header */    \
	X(REASON_SOURCE, "source") /* the next record can, or cannot, be read  \
	                              again, unlike those in it; or it has     \
	                              records of too many files */             \
	X(REASON_EOF, "eof")       /* all sources have ended */                \
	X(REASON_STOP, "stop")     /* a signal ended the input */

enum reason {
	REASON_NONE,
#define REASON_ENUM(name, text) name,
	REASON_LIST(REASON_ENUM)
#undef REASON_ENUM
};

const char *reason_name(enum reason reason);

struct trigger_policy {
	uint64_t records_max; /* at least 1 */
	uint64_t bytes_max;   /* UINT64_MAX: no limit */
	uint64_t delay_ns;    /* CLOCK_NEVER: no delay */
	uint64_t idle_ns;     /* CLOCK_NEVER: off */
};

/* What a window holds.  All zero: nothing. */
struct trigger {
	uint64_t records;
	uint64_t bytes;    /* raw, delimiters included */
	uint64_t first_ns; /* when the first record came */
	uint64_t last_ns;  /* when the last one came */
	enum reason asked; /* the first reason that made it due */
};

/* Account for records that entered at now_ns. */
void trigger_add(
    struct trigger *trigger, uint64_t records, uint64_t bytes, uint64_t now_ns);

/* Make it due for reason, unless it is empty or due for an earlier reason. */
void trigger_ask(struct trigger *trigger, enum reason reason);

/* REASON_SIZE or REASON_BYTES if it is full, else REASON_NONE. */
enum reason trigger_full(
    const struct trigger *trigger, const struct trigger_policy *policy);

/*
 * Why it is due at now_ns, or REASON_NONE.  Once due by time it stays due for
 * that reason, even if another record comes.
 */
enum reason trigger_due(struct trigger *trigger,
    const struct trigger_policy *policy, uint64_t now_ns);

/* When it will become due by time; CLOCK_NEVER if empty. */
uint64_t trigger_deadline_ns(
    const struct trigger *trigger, const struct trigger_policy *policy);

/* How many more records and bytes it takes; bytes count from an empty one. */
uint64_t trigger_records_left(
    const struct trigger *trigger, const struct trigger_policy *policy);
uint64_t trigger_bytes_left(
    const struct trigger *trigger, const struct trigger_policy *policy);

#endif
