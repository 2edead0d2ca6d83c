/*
 * Waiting before the next try.
 *
 * A worker that waits wakes four times a second: that is how it learns that the
 * input has ended in the meantime.
 */
#include "deliver/hold.h"

#include <sys/random.h>

#include <poll.h>

#include "base/clock.h"
#include "buffer/queue.h"
#include "config/config.h"
#include "deliver/retry.h"

#define SLICE_MS 250
/* A command that says "at once" each time must not be run without a pause. */
#define ASKED_MIN_MS 100
#define REPORT_NS (60 * NS_PER_S)

void
hold_init(struct hold *hold, const struct config_retry *retry,
    struct queue *queue, int stop_fd)
{
	hold->retry = retry;
	hold->queue = queue;
	hold->stop_fd = stop_fd;
	if (getrandom(&hold->random, sizeof(hold->random), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(hold->random))
		hold->random = clock_now_ns();
	hold_begin(hold);
}

void
hold_begin(struct hold *hold)
{
	hold->failures = 0;
	hold->is_held = false;
	hold->since_ns = 0;
	hold->reported_ns = 0;
}

/* splitmix64 (Steele, Lea, Flood: "Fast splittable generators", 2014). */
static uint64_t
next_random(struct hold *hold)
{
	uint64_t z = hold->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Whether the run's end leaves no time for another try. */
static bool
is_stopped(const struct hold *hold, enum hold_kind kind)
{
	/* What was to end the run must still be kept, if that can be done. */
	return queue_get_stop(hold->queue) >=
	    (kind == HOLD_ASIDE ? QUEUE_TERMINATE : QUEUE_FINISH);
}

/*
 * When the last try is due, for a wait that begins at start_ns: CLOCK_NEVER
 * while input may come, 0 if there is to be no other.
 */
static uint64_t
last_try_ns(const struct hold *hold, enum hold_kind kind, uint64_t start_ns)
{
	const struct health health = health_look(hold->queue);
	uint64_t from_ns = health.input_ended_ns;

	if (!health.has_input_ended)
		return CLOCK_NEVER;
	if (kind == HOLD_SETUP && !health.has_succeeded)
		return 0;
	if (kind == HOLD_RETRY)
		from_ns = start_ns;
	else if (kind == HOLD_ASIDE && health.aside_since_ns > from_ns)
		from_ns = health.aside_since_ns;
	else if (kind != HOLD_ASIDE && health.held_since_ns > from_ns)
		from_ns = health.held_since_ns;
	return from_ns + hold->retry->deadline_ms * NS_PER_MS;
}

/* From now on it counts as held. */
static void
note_held(struct hold *hold, enum hold_kind kind, uint64_t now_ns)
{
	if (hold->is_held || kind == HOLD_RETRY)
		return;
	hold->is_held = true;
	hold->since_ns = now_ns;
	health_begin_hold(hold->queue, kind == HOLD_ASIDE, now_ns);
}

bool
hold_next(struct hold *hold, enum hold_kind kind, const uint64_t *asked_ms,
    uint64_t *delay_ms)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t last_ns, left_ms;

	hold->failures++;
	note_held(hold, kind, now_ns);
	last_ns = last_try_ns(hold, kind, now_ns);
	if (is_stopped(hold, kind) || now_ns >= last_ns)
		return false;
	if (asked_ms == NULL)
		*delay_ms = retry_delay_ms(
		    hold->retry, hold->failures, next_random(hold));
	else
		*delay_ms = *asked_ms > ASKED_MIN_MS ? *asked_ms : ASKED_MIN_MS;
	if (last_ns != CLOCK_NEVER) {
		left_ms = (last_ns - now_ns) / NS_PER_MS + 1;
		if (*delay_ms > left_ms)
			*delay_ms = left_ms;
	}
	return true;
}

bool
hold_sleep(struct hold *hold, enum hold_kind kind, uint64_t delay_ms)
{
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	uint64_t until_ns = start_ns + delay_ms * NS_PER_MS;
	uint64_t left_ms, last_ns;

	while (now_ns < until_ns) {
		struct pollfd fd = {hold->stop_fd, POLLIN, 0};

		left_ms = (until_ns - now_ns) / NS_PER_MS + 1;
		poll(&fd, 1, left_ms > SLICE_MS ? SLICE_MS : (int)left_ms);
		now_ns = clock_now_ns();
		last_ns = last_try_ns(hold, kind, start_ns);
		if (is_stopped(hold, kind) || last_ns == 0)
			return false;
		if (now_ns >= last_ns)
			return true;
	}
	return true;
}

bool
hold_is_news(struct hold *hold, enum hold_kind kind)
{
	uint64_t now_ns = clock_now_ns();

	if (hold->reported_ns != 0 && hold->reported == kind &&
	    now_ns - hold->reported_ns < REPORT_NS)
		return false;
	hold->reported_ns = now_ns;
	hold->reported = kind;
	return true;
}

uint64_t
hold_elapsed_ms(const struct hold *hold)
{
	return hold->is_held ? (clock_now_ns() - hold->since_ns) / NS_PER_MS
	                     : 0;
}

void
hold_end(struct hold *hold)
{
	if (hold->is_held)
		health_end_hold(hold->queue);
	hold->is_held = false;
}
