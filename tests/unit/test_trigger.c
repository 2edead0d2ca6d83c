/*
 * When a window is full, when it is due, and why.
 */
#include "tap.h"

#include <string.h>

#include "base/clock.h"
#include "buffer/trigger.h"

static const struct trigger_policy ten = {
    .records_max = 10,
    .bytes_max = 100,
    .delay_ns = 1000,
    .idle_ns = CLOCK_NEVER,
};

static struct trigger
holding(uint64_t records, uint64_t bytes)
{
	struct trigger trigger = {0};

	trigger_add(&trigger, records, bytes, 5000);
	return trigger;
}

static enum reason
full(uint64_t records, uint64_t bytes)
{
	struct trigger trigger = holding(records, bytes);

	return trigger_full(&trigger, &ten);
}

static struct trigger_policy
times(uint64_t delay_ns, uint64_t idle_ns)
{
	struct trigger_policy policy = ten;

	policy.delay_ns = delay_ns;
	policy.idle_ns = idle_ns;
	return policy;
}

/* Why a window is due whose records came at first_ns and last_ns. */
static enum reason
due(struct trigger_policy policy, uint64_t first_ns, uint64_t last_ns,
    uint64_t now_ns)
{
	struct trigger trigger = {0};

	trigger_add(&trigger, 1, 2, first_ns);
	trigger_add(&trigger, 1, 2, last_ns);
	return trigger_due(&trigger, &policy, now_ns);
}

static uint64_t
deadline(struct trigger_policy policy, uint64_t first_ns, uint64_t last_ns)
{
	struct trigger trigger = {0};

	trigger_add(&trigger, 1, 2, first_ns);
	trigger_add(&trigger, 1, 2, last_ns);
	return trigger_deadline_ns(&trigger, &policy);
}

static void
test_full(void)
{
	TEST("N records make it full, N - 1 do not")
	{
		eq_int(full(9, 20), REASON_NONE);
		eq_int(full(10, 20), REASON_SIZE);
		eq_int(full(11, 20), REASON_SIZE);
	}
	TEST("the byte limit to the byte makes it full, a byte less does not")
	{
		eq_int(full(2, 99), REASON_NONE);
		eq_int(full(2, 100), REASON_BYTES);
		eq_int(full(1, 101), REASON_BYTES);
	}
	TEST("size wins when one record reaches both limits")
	{
		eq_int(full(10, 100), REASON_SIZE);
		eq_int(full(10, 1000), REASON_SIZE);
	}
	TEST("an empty window is not full")
	{
		eq_int(full(0, 0), REASON_NONE);
	}
	TEST("without limits it is never full")
	{
		struct trigger_policy none = {
		    .records_max = UINT64_MAX, .bytes_max = UINT64_MAX};
		struct trigger trigger =
		    holding(UINT64_MAX - 1, UINT64_MAX - 1);

		eq_int(trigger_full(&trigger, &none), REASON_NONE);
		eq_int(trigger_records_left(&trigger, &none), 1);
		eq_int(trigger_bytes_left(&trigger, &none), 1);
	}
}

static void
test_left(void)
{
	TEST("what is left is the limit less what is held")
	{
		struct trigger trigger = holding(3, 30);

		eq_int(trigger_records_left(&trigger, &ten), 7);
		eq_int(trigger_bytes_left(&trigger, &ten), 70);
	}
	TEST("an empty one takes all")
	{
		struct trigger trigger = {0};

		eq_int(trigger_records_left(&trigger, &ten), 10);
		eq_int(trigger_bytes_left(&trigger, &ten), 100);
	}
	TEST("at the limit and beyond nothing is left, never less")
	{
		struct trigger at = holding(10, 100), over = holding(11, 101);

		eq_int(trigger_records_left(&at, &ten), 0);
		eq_int(trigger_bytes_left(&at, &ten), 0);
		eq_int(trigger_records_left(&over, &ten), 0);
		eq_int(trigger_bytes_left(&over, &ten), 0);
	}
	TEST("records add up, the first one's time stays, the last one's moves")
	{
		struct trigger trigger = holding(1, 2);

		trigger_add(&trigger, 2, 5, 7000);
		eq_int(trigger.records, 3);
		eq_int(trigger.bytes, 7);
		eq_int(trigger.first_ns, 5000);
		eq_int(trigger.last_ns, 7000);
	}
}

static void
test_delay(void)
{
	struct trigger_policy delay = times(1000, CLOCK_NEVER);

	TEST("due by delay exactly T after the first record, not a ns before")
	{
		eq_int(due(delay, 5000, 5500, 5999), REASON_NONE);
		eq_int(due(delay, 5000, 5500, 6000), REASON_DELAY);
		eq_int(due(delay, 5000, 5500, 9999), REASON_DELAY);
	}
	TEST("later records do not move the delay")
	{
		eq_int(due(delay, 5000, 5999, 6000), REASON_DELAY);
		eq_int(deadline(delay, 5000, 5999), 6000);
	}
	TEST("a delay of nothing is due at once")
	{
		eq_int(
		    due(times(0, CLOCK_NEVER), 5000, 5000, 5000), REASON_DELAY);
	}
	TEST("without delay and idle it is never due by time")
	{
		struct trigger_policy never = times(CLOCK_NEVER, CLOCK_NEVER);

		eq_int(due(never, 0, 0, UINT64_MAX - 1), REASON_NONE);
		ok(deadline(never, 5000, 5500) == CLOCK_NEVER);
	}
}

static void
test_idle(void)
{
	struct trigger_policy idle = times(CLOCK_NEVER, 100);

	TEST("due by idle exactly T after the last record, not a ns before")
	{
		eq_int(due(idle, 5000, 5500, 5599), REASON_NONE);
		eq_int(due(idle, 5000, 5500, 5600), REASON_IDLE);
		eq_int(deadline(idle, 5000, 5500), 5600);
	}
	TEST("the earlier of delay and idle is the deadline")
	{
		eq_int(deadline(times(1000, 100), 5000, 5899), 5999);
		eq_int(deadline(times(1000, 100), 5000, 5900), 6000);
		eq_int(deadline(times(1000, 100), 5000, 5901), 6000);
	}
	TEST("the reason is the one whose time has come")
	{
		eq_int(due(times(1000, 100), 5000, 5899, 5999), REASON_IDLE);
		eq_int(due(times(1000, 100), 5000, 5901, 6000), REASON_DELAY);
	}
	TEST("delay wins when both have come")
	{
		eq_int(due(times(1000, 100), 5000, 5900, 6000), REASON_DELAY);
		eq_int(due(times(1000, 100), 5000, 5500, 9000), REASON_DELAY);
	}
}

static void
test_overflow(void)
{
	TEST("a deadline beyond the end of the clock is none")
	{
		struct trigger_policy delay = times(10, CLOCK_NEVER);

		ok(deadline(delay, UINT64_MAX - 11, UINT64_MAX - 11) ==
		    UINT64_MAX - 1);
		ok(deadline(delay, UINT64_MAX - 5, UINT64_MAX - 5) ==
		    CLOCK_NEVER);
		eq_int(
		    due(delay, UINT64_MAX - 5, UINT64_MAX - 5, UINT64_MAX - 1),
		    REASON_NONE);
	}
	TEST("the longest delay and idle do not wrap round")
	{
		struct trigger_policy longest =
		    times(UINT64_MAX - 1, UINT64_MAX - 1);

		eq_int(due(longest, 2, 3, 4), REASON_NONE);
		ok(deadline(longest, 2, 3) == CLOCK_NEVER);
		ok(deadline(longest, 0, 0) == UINT64_MAX - 1);
	}
}

static void
test_asked(void)
{
	struct trigger_policy delay = times(1000, CLOCK_NEVER);

	TEST("who is asked is due at once, and for that reason")
	{
		struct trigger trigger = holding(1, 2);

		trigger_ask(&trigger, REASON_FLUSH);
		eq_int(trigger_due(&trigger, &delay, 5000), REASON_FLUSH);
	}
	TEST(
	    "the first reason sticks, whatever is asked later or comes by time")
	{
		struct trigger trigger = holding(1, 2);

		trigger_ask(&trigger, REASON_FLUSH);
		trigger_ask(&trigger, REASON_EOF);
		eq_int(trigger_due(&trigger, &delay, 99999), REASON_FLUSH);
	}
	TEST("due by idle it stays due, though another record comes")
	{
		struct trigger_policy idle = times(CLOCK_NEVER, 100);
		struct trigger trigger = holding(1, 2);

		eq_int(trigger_due(&trigger, &idle, 5100), REASON_IDLE);
		trigger_add(&trigger, 1, 2, 5101);
		eq_int(trigger_due(&trigger, &idle, 5101), REASON_IDLE);
	}
	TEST("an empty one is never due, and asking it is forgotten")
	{
		struct trigger trigger = {0};

		trigger_ask(&trigger, REASON_FLUSH);
		eq_int(trigger_due(&trigger, &delay, 99999), REASON_NONE);
		ok(trigger_deadline_ns(&trigger, &delay) == CLOCK_NEVER);
		trigger_add(&trigger, 1, 2, 5000);
		eq_int(trigger_due(&trigger, &delay, 5001), REASON_NONE);
	}
}

static void
test_names(void)
{
	TEST("every reason has the name that users see")
	{
		eq_str(reason_name(REASON_SIZE), "size");
		eq_str(reason_name(REASON_BYTES), "bytes");
		eq_str(reason_name(REASON_DELAY), "delay");
		eq_str(reason_name(REASON_IDLE), "idle");
		eq_str(reason_name(REASON_FLUSH), "flush");
		eq_str(reason_name(REASON_EOF), "eof");
		eq_str(reason_name(REASON_STOP), "stop");
		eq_str(reason_name(REASON_NONE), "none");
	}
}

SUITE(trigger)
{
	test_full();
	test_left();
	test_delay();
	test_idle();
	test_overflow();
	test_asked();
	test_names();
}
