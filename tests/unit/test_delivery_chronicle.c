/*
 * What a journal learns of a batch, and what is left in it.
 */
#include "tap.h"
#include "test_delivery.h"
#include "test_ledger.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "deliver/dead_letter.h"
#include "deliver/delivery.h"
#include "deliver/environment.h"

static void
test_told(void)
{
	TEST("one attempt that goes well is nothing to tell")
	{
		ledger_begin();
		lane_run_alone(2);
		eq_str(ledger.log, "0#1:1,2 ");
	}
	TEST("each further attempt is told, and how the one before it ended")
	{
		ledger_begin();
		world.holds = 2;
		lane_run_alone(2);
		eq_str(ledger.log,
		    "0#1:1,2 try0#2=exit75 0#2!:1,2 try0#3=exit75 0#3!:1,2 ");
	}
	TEST("no part runs before its split, and each has a verdict")
	{
		ledger_begin();
		lane.batch_do->split = true;
		world.bad[3] = true;
		lane_run_alone(4);
		eq_str(ledger.log,
		    "0#1:1,2,3,4 split0=1[1-2]2[3-4] "
		    "try1#1=none 1#1:1,2 ok1#1 try2#1=none 2#1:3,4 "
		    "split2=3[3-3]4[4-4] try3#1=none 3#1:3 dead3#1/65 "
		    "try4#1=none 4#1:4 ok4#1 ");
		ok(lane_accounts_for(4));
	}
	TEST("what is named is set aside, and the rest is one part")
	{
		ledger_begin();
		world.names_bad = world.bad[2] = true;
		lane_run_alone(5);
		eq_str(ledger.log,
		    "0#1:1,2,3,4,5 split0=1[1-1,3-5] "
		    "try1#1=none 1#1:1,3,4,5 ok1#1 ");
		ok(lane_accounts_for(5));
	}
	TEST("where all is named, there is no part")
	{
		ledger_begin();
		world.names_bad = world.bad[1] = world.bad[2] = true;
		lane_run_alone(2);
		eq_str(ledger.log, "0#1:1,2 ");
		eq_int(lane.result.aside_records, 2);
	}
	TEST("what is over --split-max is set aside part by part")
	{
		ledger_begin();
		lane.batch_do->split = true;
		lane.batch_do->split_max = 2;
		world.bad[1] = world.bad[3] = true;
		lane_run_alone(4);
		eq_str(ledger.log,
		    "0#1:1,2,3,4 split0=1[1-2]2[3-4] try1#1=none 1#1:1,2 "
		    "split1=3[1-1]4[2-2] dead3#0/0 dead4#0/0 dead2#0/0 ");
		eq_int(lane.entries, 3);
	}
	TEST("the policy drop is told as such")
	{
		ledger_begin();
		lane.batch_do->split = true;
		lane.buffer->on_failure = CONFIG_DROP;
		world.bad[2] = true;
		lane_run_alone(2);
		eq_str(ledger.log,
		    "0#1:1,2 split0=1[1-1]2[2-2] try1#1=none 1#1:1 ok1#1 "
		    "try2#1=none 2#1:2 dropped2#1/65 ");
	}
}

/* Nothing is set aside; so many records wait for another run. */
static void
is_left(unsigned int records)
{
	eq_int(lane.result.left_records, records);
	eq_int(lane.entries, 0);
	eq_int(lane.result.lost_records, 0);
}

/* Nothing can be set aside any more. */
static void
fill_directory(void)
{
	struct err e;

	dead_letter_close(lane.letters);
	eq_int(dead_letter_open(&lane.letters, lane.folder, 1, &e), 0);
}

static void
test_left(void)
{
	TEST("after the end of the input a hold ends, and the batch is left")
	{
		ledger_begin();
		world.status = 75;
		health_end_input(world.queue, 1);
		lane_run_alone(10);
		is_left(10);
		ok(!lane.result.is_setup_wrong);
	}
	TEST("a wrong set-up is told as such, and the batch is left")
	{
		ledger_begin();
		world.status = 127;
		health_end_input(world.queue, 1);
		lane_run_alone(10);
		is_left(10);
		ok(lane.result.is_setup_wrong);
	}
	TEST("a stop leaves what is under way")
	{
		ledger_begin();
		world.status = 75;
		world.stop_after = 3;
		lane_run_alone(10);
		is_left(10);
	}
	TEST("a stop in the middle of a split leaves the parts not done")
	{
		ledger_begin();
		lane.batch_do->split = true;
		world.bad[1] = true;
		world.stop_after = 5;
		lane_run_alone(4);
		eq_str(ledger.log,
		    "0#1:1,2,3,4 split0=1[1-2]2[3-4] try1#1=none 1#1:1,2 "
		    "split1=3[1-1]4[2-2] try3#1=none 3#1:1 dead3#1/65 "
		    "try4#1=none 4#1:2 ok4#1 try2#1=none 2#1:3,4 ");
		eq_int(lane.result.left_records, 2);
	}
	TEST("what is named while the run stops is not set aside as one")
	{
		ledger_begin();
		world.names_bad = world.bad[2] = world.bad[3] = true;
		world.outlives = 1;
		lane_run_alone(4);
		is_left(4);
		eq_str(ledger.log, "0#1:1,2,3,4 ");
	}
	TEST("a split that cannot be made durable leaves the batch")
	{
		ledger_begin();
		lane.batch_do->split = true;
		ledger.has_failed = world.bad[1] = true;
		lane_run_alone(10);
		is_left(10);
		eq_int(world.attempts, 1);
	}
	TEST("the same, where the bad record is named and has been set aside")
	{
		ledger_begin();
		world.names_bad = true;
		ledger.has_failed = world.bad[1] = true;
		lane_run_alone(10);
		eq_int(lane.result.aside_records, 1);
		eq_int(lane.result.left_records, 9);
		eq_int(world.attempts, 1);
	}
	TEST("nothing is lost for want of a place to set it aside")
	{
		ledger_begin();
		world.status = 65;
		health_end_input(world.queue, 1);
		fill_directory();
		lane_run_alone(10);
		is_left(10);
	}
	TEST("nor is the rest run, if a record that was named has no place")
	{
		ledger_begin();
		world.names_bad = world.bad[2] = true;
		health_end_input(world.queue, 1);
		fill_directory();
		lane_run_alone(10);
		is_left(10);
		eq_str(ledger.log, "0#1:1,2,3,4,5,6,7,8,9,10 ");
	}
	TEST("nor is it, if one has none that format refuses")
	{
		ledger_begin();
		lane_use_json(CONFIG_FRAME_NULL);
		world.refused[2] = true;
		health_end_input(world.queue, 1);
		fill_directory();
		lane_run_alone(10);
		is_left(10);
		eq_int(world.attempts, 0);
	}
}

/* The value of a variable; NULL: it is not set. */
static const char *
look_up(const struct environment *environment, const char *name)
{
	size_t i, size = strlen(name);

	for (i = 0; environment->variables[i] != NULL; i++) {
		if (strncmp(environment->variables[i], name, size) == 0)
			return environment->variables[i] + size;
	}
	return NULL;
}

static void
describe(struct environment *environment, uint64_t acked_below)
{
	struct batch batch = {
	    .channel = &lane.set.buffers[0].channels[0],
	    .acked_below = acked_below,
	};
	const struct attempt attempt = {.number = 1};
	const struct payload payload = {.id = "id"};

	environment_describe(environment, &batch, &payload, &attempt, false);
}

static void
test_environment(void)
{
	struct environment environment;

	lane_begin();
	TEST("only with a journal does a command learn what it has behind it")
	{
		environment_init(&environment, false);
		describe(&environment, 7);
		ok(look_up(&environment, "ABUF_ACKED_BELOW=") == NULL);
		environment_release(&environment);
		environment_init(&environment, true);
		describe(&environment, 7);
		eq_str(look_up(&environment, "ABUF_ACKED_BELOW="), "7");
		describe(&environment, 0);
		eq_str(look_up(&environment, "ABUF_ACKED_BELOW="), "");
		environment_release(&environment);
	}
	lane_end(lane_make(false));
}

void
test_chronicle(void)
{
	test_told();
	test_left();
	test_environment();
	ledger_end();
}
