/*
 * What becomes of records that FormatInput refuses, and of the others.
 */
#include "tap.h"
#include "test_delivery.h"

#include <string.h>

#include "deliver/delivery.h"

void
test_refused(void)
{
	static const enum config_frame_kind frames[] = {
	    CONFIG_FRAME_LINES, CONFIG_FRAME_NULL, CONFIG_FRAME_JSON_ARRAY};
	struct delivery *delivery;
	size_t i;

	TEST("what format refuses is set aside alone, and the rest delivered")
	{
		for (i = 0; i < 3; i++) {
			lane_begin();
			lane_use_json(frames[i]);
			world.refused[1] = world.refused[2] = true;
			world.refused[7] = world.refused[10] = true;
			delivery = lane_make(false);
			lane_run(delivery, 1, 10);
			eq_int(lane.result.delivered_records, 6);
			eq_int(lane.result.delivered_bytes, 12);
			eq_int(lane.result.aside_records, 4);
			eq_int(world.attempts, 1);
			eq_int(
			    strcmp(world.first_id + strlen(world.first_id) - 4,
			        ".1.1"),
			    0);
			lane_end(delivery);
			eq_int(lane.entries, 4);
			ok(lane_accounts_for(10));
		}
	}
	TEST("a batch of which nothing is left needs no command")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_NULL);
		world.refused[1] = world.refused[2] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 2);
		lane_run(delivery, 1, 1);
		lane_end(delivery);
		eq_int(world.attempts, 0);
		eq_int(lane.result.aside_records, 1);
		eq_int(lane.entries, 3);
	}
	TEST("a retry needs no other FormatInput")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_NULL);
		world.refused[3] = true;
		world.holds = 5;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, 6);
		eq_int(world.formats, 1);
	}
	TEST("what the command names is counted without what format refused")
	{
		for (i = 0; i < 3; i++) {
			lane_begin();
			lane_use_json(frames[i]);
			world.refused[1] = world.refused[5] = true;
			world.names_bad = world.bad[6] = true;
			delivery = lane_make(false);
			lane_run(delivery, 1, 10);
			eq_int(lane.result.aside_records, 3);
			lane_end(delivery);
			eq_int(world.attempts, 2);
			ok(lane_accounts_for(10));
		}
	}
	TEST("a batch with bad records is split after others were refused")
	{
		for (i = 0; i < 3; i++) {
			lane_begin();
			lane_use_json(frames[i]);
			lane.batch_do->split = true;
			world.refused[1] = world.refused[40] = true;
			world.bad[2] = world.bad[41] = world.bad[64] = true;
			delivery = lane_make(false);
			lane_run(delivery, 1, 64);
			eq_int(lane.result.aside_records, 5);
			lane_end(delivery);
			eq_int(lane.entries, 5);
			ok(lane_accounts_for(64));
		}
	}
	TEST("a batch that is stopped before it began has its refused alone")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_JSON_ARRAY);
		world.refused[2] = world.refused[3] = true;
		queue_set_stop(world.queue, QUEUE_FINISH);
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(world.attempts, 0);
		eq_int(lane.entries, 3);
		ok(lane_accounts_for(10));
	}
	TEST("the policy drop drops what is refused, and delivers the rest")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_NULL);
		lane.buffer->on_failure = CONFIG_DROP;
		world.refused[2] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		lane_end(delivery);
		eq_int(lane.result.dropped_records, 1);
		eq_int(lane.result.delivered_records, 9);
		eq_int(lane.entries, 0);
	}
	TEST("the policy stop keeps what is refused, and the rest with it")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_NULL);
		lane.buffer->on_failure = CONFIG_STOP;
		world.refused[2] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		ok(lane.result.must_stop);
		lane_end(delivery);
		eq_int(world.attempts, 0);
		eq_int(lane.entries, 2);
		ok(lane_accounts_for(10));
	}
	TEST("what cannot be made any more is kept as it was read")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_JSON_ARRAY);
		world.refused[2] = true;
		world.has_no_memory = true;
		queue_set_stop(world.queue, QUEUE_TERMINATE);
		delivery = lane_make(false);
		lane_run(delivery, 1, 10);
		eq_int(lane.result.aside_records, 10);
		eq_int(lane.result.lost_records, 0);
		lane_end(delivery);
		eq_int(world.attempts, 0);
		eq_int(lane.entries, 1);
		ok(lane_accounts_for(10));
	}
	TEST("many refused records leave a batch in several goes")
	{
		lane_begin();
		lane_use_json(CONFIG_FRAME_LINES);
		world.refused_max = 3;
		for (i = 2; i <= 20; i += 2)
			world.refused[i] = true;
		delivery = lane_make(false);
		lane_run(delivery, 1, 20);
		lane_end(delivery);
		eq_int(world.attempts, 1);
		eq_int(lane.entries, 10);
		ok(lane_accounts_for(20));
	}
}
