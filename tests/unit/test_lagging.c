/*
 * How much of a number is durable: never more than the disk has.
 */
#include "tap.h"

#include "journal/lagging.h"

static struct lagging number;

static void
test_durable(void)
{
	TEST("a change counts when its frame is durable, not before")
	{
		lagging_reset(&number, 5);
		lagging_set(&number, 6, 1, 0);
		eq_int(lagging_durable(&number, 0), 5);
		eq_int(lagging_durable(&number, 1), 6);
	}
	TEST("of several changes, none counts too early")
	{
		lagging_reset(&number, 5);
		lagging_set(&number, 6, 1, 0);
		lagging_set(&number, 7, 2, 0);
		lagging_set(&number, 8, 3, 1);
		ok(lagging_durable(&number, 1) <= 6);
		ok(lagging_durable(&number, 2) <= 7);
		eq_int(lagging_durable(&number, 3), 8);
	}
	TEST("changes that never stop do not hold it back")
	{
		uint64_t i;

		lagging_reset(&number, 0);
		for (i = 1; i <= 100; i++)
			lagging_set(&number, i, i, i > 7 ? i - 7 : 0);
		ok(lagging_durable(&number, 93) > 80);
		ok(lagging_durable(&number, 93) <= 93);
	}
	TEST("a reset forgets what was under way")
	{
		lagging_reset(&number, 5);
		lagging_set(&number, 9, 1, 0);
		lagging_reset(&number, 2);
		eq_int(lagging_durable(&number, 0), 2);
		eq_int(lagging_durable(&number, 1), 2);
	}
}

SUITE(lagging)
{
	test_durable();
}
