/*
 * How a batch goes on that an earlier run has begun.
 */
#include "tap.h"
#include "test_delivery.h"
#include "test_ledger.h"

#include "base/memory.h"
#include "deliver/delivery.h"

/* One batch of the records 1 ... last, with what the ledger knows of it. */
static void
resume(unsigned int last)
{
	lane.past = ledger_past();
	lane_run_alone(last);
}

static void
test_whole(void)
{
	TEST("the number of an attempt goes on, and it is a redelivery")
	{
		ledger_begin();
		ledger.parts[0].attempts = 3;
		world.holds = 1;
		resume(2);
		eq_str(ledger.log, "0#4!:1,2 try0#5=exit75 0#5!:1,2 ");
	}
	TEST("--attempts counts those of this run only")
	{
		ledger_begin();
		ledger.parts[0].attempts = 30;
		world.status = 3;
		resume(2);
		eq_int(world.attempts, CONFIG_ATTEMPTS);
		eq_int(world.last_number, 30 + CONFIG_ATTEMPTS);
	}
	TEST("what abuf ended 20 times with is set aside, and not run")
	{
		ledger_begin();
		ledger.crashes = PAST_CRASHES_MAX - 1;
		resume(2);
		eq_int(world.attempts, 1);
		ledger_begin();
		ledger.crashes = PAST_CRASHES_MAX;
		resume(2);
		eq_int(world.attempts, 0);
		eq_int(lane.result.aside_records, 2);
	}
}

static const struct batch_range middle[] = {{2, 1}, {4, 2}};
static const struct batch_range end[] = {{8, 3}};

static void
test_parts(void)
{
	TEST("just the parts that are left run, in record order")
	{
		ledger_begin();
		ledger_add(3, 2, end, 1);
		ledger_add(7, 0, middle, 2);
		resume(10);
		eq_str(ledger.log,
		    "try7#1=none 7#1:2,4,5 ok7#1 "
		    "try3#3=lost 3#3!:8,9,10 ok3#3 ");
		eq_int(lane.result.delivered_records, 6);
	}
	TEST("new parts have higher numbers than any before")
	{
		ledger_begin();
		lane.batch_do->split = true;
		world.bad[10] = true;
		ledger_add(3, 2, end, 1);
		ledger.number_max = 9;
		resume(10);
		eq_str(ledger.log,
		    "try3#3=lost 3#3!:8,9,10 split3=10[8-9]11[10-10] "
		    "try10#1=none 10#1:8,9 ok10#1 "
		    "try11#1=none 11#1:10 dead11#1/65 ");
	}
	TEST("a part has its end when all of it is named, or refused")
	{
		ledger_begin();
		world.names_bad = true;
		world.bad[8] = world.bad[9] = world.bad[10] = true;
		ledger_add(3, 0, end, 1);
		resume(10);
		eq_str(ledger.log, "try3#1=none 3#1:8,9,10 dead3#1/65 ");
		ledger_begin();
		lane_use_json(CONFIG_FRAME_LINES);
		world.refused[8] = world.refused[9] = world.refused[10] = true;
		ledger_add(3, 0, end, 1);
		resume(10);
		eq_str(ledger.log, "dead3#0/0 ");
		eq_int(lane.result.aside_records, 3);
	}
	TEST("each part is set aside under its id after too many crashes")
	{
		ledger_begin();
		ledger_add(3, 2, end, 1);
		ledger_add(7, 0, middle, 2);
		ledger.crashes = PAST_CRASHES_MAX;
		resume(10);
		eq_str(ledger.log, "dead7#0/0 dead3#2/0 ");
		eq_int(lane.entries, 2);
		eq_int(lane.result.aside_records, 6);
	}
	TEST("a part that cannot be read is left with the others")
	{
		const struct batch_range beyond[] = {{11, 1}};

		ledger_begin();
		ledger_add(3, 2, end, 1);
		ledger_add(7, 0, beyond, 1);
		resume(10);
		eq_int(world.attempts, 0);
		eq_int(lane.result.left_records, 4);
	}
}

static void
draw_world(unsigned int seed)
{
	unsigned int i;

	world_seed(seed);
	ledger_begin();
	lane.batch_do->split = world_chance(3) > 0;
	lane.batch_do->retry.attempts = 1 + world_chance(3);
	lane.batch_do->retry.deadline_ms = 2;
	if (world_chance(2) == 0)
		lane.batch_do->split_hint = memory_string("line ([0-9]+)");
	world.hints_bad = world_chance(2) == 0;
	world.names_bad = world_chance(3) == 0;
	world.is_torn = world_chance(4) == 0;
	world.weather = world_chance(2) == 0 ? 2 + world_chance(6) : 0;
	ledger.fail_chance = world_chance(2) == 0 ? 3 : 0;
	if (world_chance(2) == 0)
		lane_use_json(CONFIG_FRAME_LINES);
	for (i = 1; i <= RECORDS_MAX; i++) {
		world.bad[i] = world_chance(1 + seed % 20) == 0;
		world.refused[i] = lane.buffer->channels[0].format_input.kind ==
		        CONFIG_FORMAT_JSON &&
		    world_chance(1 + seed % 15) == 0;
	}
}

/*
 * Run after run until nothing is left.  What was set aside before a stop may be
 * set aside again, under the same id or with the others of its part.
 */
static bool
try_world(unsigned int seed)
{
	struct channel *channel;
	struct delivery *delivery;
	unsigned int i, runs = 0;
	bool holds = true;

	draw_world(seed);
	channel = &lane.set.buffers[0].channels[0];
	health_end_input(world.queue, 1);
	delivery = lane_make(false);
	do {
		world.queue->stop = QUEUE_RUN;
		world.queue->health.has_left = false;
		world.stop_after =
		    ++runs > 30 ? 0 : world.attempts + 1 + world_chance(6);
		if (runs > 30)
			ledger.fail_chance = world.weather = 0;
		channel->next_seq = 1;
		lane.past = ledger_past();
		if (lane.past != NULL && lane.past->part_count == 0)
			ledger.parts[0].attempts++;
		lane_run(delivery, 1, RECORDS_MAX);
	} while (lane.result.left_records > 0 && runs < 100);
	lane_end(delivery);
	for (i = 1; i <= RECORDS_MAX; i++)
		holds = holds && world.delivered[i] <= 1 &&
		    (world.delivered[i] > 0) != (lane.aside[i] > 0);
	return holds && !world.has_bad_delivered && !world.is_out_of_order &&
	    !ledger.has_changed;
}

static void
test_runs(void)
{
	TEST("in 200 worlds with stops no record is lost, or delivered twice")
	{
		ok(world_holds(200, try_world));
	}
}

void
test_resumption(void)
{
	test_whole();
	test_parts();
	test_runs();
	ledger_end();
}
