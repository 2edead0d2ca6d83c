/*
 * What becomes of a batch: in all weathers each of its records is delivered
 * exactly once, or set aside, or dropped where the policy says so.
 */
#include "test_delivery.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "deliver/delivery.h"

static void
test_outcomes(void)
{
	struct delivery *delivery;

	TEST("a delivered batch takes one attempt")
	{
		lane_begin();
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, 1);
		eq_int(lane.result.delivered_records, 10);
		ok(lane_accounts_for(10));
	}
	TEST("a hold has no limit of attempts while input may come")
	{
		lane_begin();
		world.holds = 30;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, 31);
		eq_int(world.last_number, 31);
		eq_int(lane.entries, 0);
	}
	TEST("after the end of the input a hold ends, and the batch is kept")
	{
		lane_begin();
		world.status = 75;
		health_end_input(world.queue, 1);
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		ok(world.attempts > 1);
		ok(!lane.result.is_setup_wrong);
		ok(lane_accounts_for(10));
	}
	TEST("a set-up that never worked is not tried again after the end")
	{
		lane_begin();
		world.status = 127;
		health_end_input(world.queue, 1);
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, 1);
		ok(lane.result.is_setup_wrong);
		ok(lane_accounts_for(10));
	}
	TEST("a set-up that worked before is held like anything else")
	{
		lane_begin();
		health_end_input(world.queue, 1);
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		world.status = 127;
		lane_run(delivery, 11, 20);
		lane_end(delivery);
		ok(world.attempts > 2);
		ok(lane_accounts_for(20));
	}
	TEST("an unknown failure has so many attempts, and is kept then")
	{
		lane_begin();
		world.status = 3;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, CONFIG_ATTEMPTS);
		ok(lane_accounts_for(10));
	}
	TEST("a stop keeps what is under way")
	{
		lane_begin();
		world.status = 75;
		world.stop_after = 4;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_run(delivery, 11, 20);
		lane_end(delivery);
		eq_int(world.attempts, 4);
		ok(lane_accounts_for(20));
	}
	TEST("the policy drop keeps nothing")
	{
		lane_begin();
		lane.buffer->on_failure = CONFIG_DROP;
		world.status = 65;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(lane.result.dropped_records, 10);
		eq_int(lane.entries, 0);
	}
	TEST("the policy stop keeps the batch, and starts no other")
	{
		lane_begin();
		lane.buffer->on_failure = CONFIG_STOP;
		world.status = 65;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		ok(lane.result.must_stop);
		lane_run(delivery, 11, 20);
		lane_end(delivery);
		eq_int(world.attempts, 1);
		ok(lane_accounts_for(20));
	}
	TEST("a probe runs instead of a held batch until it goes well")
	{
		lane_begin();
		world.holds = 1;
		world.probes = 7;
		delivery = lane_make(true);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, 2);
		eq_int(world.probed, 8);
	}
	TEST("no probe is asked before a retry")
	{
		lane_begin();
		world.status = 3;
		delivery = lane_make(true);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.probed, 0);
	}
}

static void
test_outage(void)
{
	struct delivery *delivery;
	unsigned int i;

	TEST("the batch after three bad ones is tried three times more")
	{
		lane_begin();
		world.status = 65;
		delivery = lane_make(false);
		for (i = 0; i < 4; i++)
			lane_run(delivery, 10 * i + 1, 10 * i + 10);
		eq_int(world.attempts, 3 + 4);
		/* It was the data after all: counting begins anew. */
		lane_run(delivery, 41, 50);
		lane_end(delivery);
		eq_int(world.attempts, 3 + 4 + 1);
		ok(lane_accounts_for(50));
	}
	TEST("an outage that passes costs the batch nothing")
	{
		lane_begin();
		world.status = 65;
		delivery = lane_make(true);
		for (i = 0; i < 3; i++)
			lane_run(delivery, 10 * i + 1, 10 * i + 10);
		world.probes = 5;
		world.holds = 1;
		world.status = 0;
		lane_run(delivery, 31, 40);
		eq_int(lane.result.delivered_records, 10);
		lane_end(delivery);
		ok(lane_accounts_for(40));
	}
	TEST("a success between begins the count anew")
	{
		lane_begin();
		delivery = lane_make(false);
		for (i = 0; i < 6; i++) {
			world.status = i % 2 == 0 ? 65 : 0;
			lane_run(delivery, 10 * i + 1, 10 * i + 10);
		}
		lane_end(delivery);
		eq_int(world.attempts, 6);
	}
	TEST("--outage-after 0 and --on-failure drop know no outage")
	{
		lane_begin();
		lane.batch_do->outage_after = 0;
		world.status = 65;
		delivery = lane_make(false);
		for (i = 0; i < 6; i++)
			lane_run(delivery, 10 * i + 1, 10 * i + 10);
		lane_end(delivery);
		eq_int(world.attempts, 6);
		lane_begin();
		lane.buffer->on_failure = CONFIG_DROP;
		world.status = 65;
		delivery = lane_make(false);
		for (i = 0; i < 6; i++)
			lane_run(delivery, 10 * i + 1, 10 * i + 10);
		lane_end(delivery);
		eq_int(world.attempts, 6);
	}
}

static void
test_parts(void)
{
	struct delivery *delivery;
	unsigned int i;

	TEST("without --split a bad record costs its batch")
	{
		lane_begin();
		world.bad[7] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(lane.result.aside_records, 10);
		eq_int(world.attempts, 1);
		ok(lane_accounts_for(10));
	}
	TEST("--split sets just the bad ones aside, by halves")
	{
		lane_begin();
		lane.batch_do->split = true;
		world.bad[1] = world.bad[7] = world.bad[64] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 64);
		lane_end(delivery);
		eq_int(lane.result.aside_records, 3);
		eq_int(lane.entries, 3);
		ok(lane_accounts_for(64));
	}
	TEST("with a hint one bad record costs three commands more")
	{
		lane_begin();
		lane.batch_do->split = true;
		lane.batch_do->split_hint = memory_string("line ([0-9]+)");
		world.bad[40] = world.hints_bad = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 64);
		lane_end(delivery);
		eq_int(world.attempts, 4);
		eq_int(lane.result.aside_records, 1);
		ok(lane_accounts_for(64));
	}
	TEST("what the command names is set aside; the rest runs as one")
	{
		lane_begin();
		world.names_bad = true;
		world.bad[1] = world.bad[2] = world.bad[64] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 64);
		lane_end(delivery);
		eq_int(world.attempts, 2);
		eq_int(lane.result.aside_records, 3);
		eq_int(lane.entries, 3);
		ok(lane_accounts_for(64));
	}
	TEST("a list that is torn is not believed: the batch is rejected")
	{
		lane_begin();
		world.names_bad = world.is_torn = true;
		world.bad[5] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 64);
		lane_end(delivery);
		eq_int(world.attempts, 1);
		eq_int(lane.result.aside_records, 64);
	}
	TEST("--split-max bounds the commands; the rest is kept whole")
	{
		lane_begin();
		lane.batch_do->split = true;
		lane.batch_do->split_max = 9;
		for (i = 1; i <= 64; i += 2)
			world.bad[i] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 64);
		lane_end(delivery);
		eq_int(world.attempts, 9);
		ok(lane_accounts_for(64));
	}
	TEST("a stop in the middle of a split keeps the parts not done")
	{
		lane_begin();
		lane.batch_do->split = true;
		world.bad[33] = true;
		world.stop_after = 5;
		delivery = lane_make(false);
		lane_run(delivery, 1, 64);
		lane_end(delivery);
		eq_int(world.attempts, 5);
		ok(lane.result.delivered_records > 0);
		ok(lane_accounts_for(64));
	}
}

/* Half of the worlds have a format that refuses some records. */
static void
draw_format(unsigned int seed)
{
	unsigned int i;

	lane.buffer->on_failure =
	    world_chance(4) == 0 ? CONFIG_STOP : CONFIG_SET_ASIDE;
	world.space_fails = world_chance(3) == 0 ? 2 + world_chance(5) : 0;
	if (seed % 2 == 0)
		return;
	lane_use_json((enum config_frame_kind)world_chance(3));
	world.refused_max = world_chance(2) == 0 ? 1 + world_chance(4) : 0;
	for (i = 1; i <= RECORDS_MAX; i++)
		world.refused[i] = world_chance(1 + seed % 15) == 0;
}

/* One world drawn at random; false if a record is in no place, or in two. */
static bool
try_world(unsigned int seed)
{
	struct delivery *delivery;
	unsigned int i, last = 1;

	world_seed(seed);
	lane_begin();
	lane.batch_do->split = world_chance(3) > 0;
	lane.batch_do->split_max = 1 + world_chance(40);
	lane.batch_do->retry.attempts = 1 + world_chance(3);
	lane.batch_do->outage_after = world_chance(4);
	lane.batch_do->retry.deadline_ms = 5;
	if (world_chance(2) == 0)
		lane.batch_do->split_hint = memory_string("line ([0-9]+)");
	world.hints_bad = world_chance(2) == 0;
	world.names_bad = world_chance(3) == 0;
	world.is_torn = world_chance(4) == 0;
	world.weather = world_chance(2) == 0 ? 2 + world_chance(6) : 0;
	world.stop_after = world_chance(5) == 0 ? 1 + world_chance(20) : 0;
	for (i = 1; i <= RECORDS_MAX; i++)
		world.bad[i] = world_chance(1 + seed % 20) == 0 && seed % 3 > 0;
	draw_format(seed);
	health_end_input(world.queue, 1);
	delivery = lane_make(world_chance(2) == 0);
	while (last < RECORDS_MAX) {
		i = last + world_chance(RECORDS_MAX - last);
		lane_run(delivery, last, i);
		last = i + 1;
	}
	lane_end(delivery);
	return lane_accounts_for(last - 1);
}

static void
test_conservation(void)
{
	TEST("in 300 worlds each record is delivered once or set aside once")
	{
		ok(world_holds(300, try_world));
	}
}

SUITE(delivery)
{
	/* Its messages are not what is tested. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return;
	test_outcomes();
	test_outage();
	test_parts();
	test_refused();
	test_chronicle();
	test_resumption();
	test_conservation();
}
