/*
 * Windows for several channels: each of them gets every one, or they are dealt
 * in turn.
 */
#include "tap.h"
#include "test_lanes.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define CHANNELS "'chs': {'x': {}, 'y': {}, 'z': {}}"
#define TO_ALL(members)                                                        \
	"'async_buffer': {'b': {'dispatch': 'all', " members ", " CHANNELS "}" \
	"}"
#define TO_ANY(members)                                              \
	"'async_buffer': {'b': {'dispatch': 'round_robin', " members \
	", " CHANNELS "}}"
#define SET_ASIDE TO_ALL("'dispatch_full': 'set_aside', 'buffer_win_size': 1")

static struct stream *stream;

/* Three channels with a free worker each. */
static void
begin(const char *text)
{
	unsigned int i;

	lanes_begin(text);
	for (i = 1; i <= 3; i++)
		lane_add_workers(i, 1);
	stream = &lanes.set.buffers[0].shared;
}

/* A window of one record. */
static void
put_at(const char *record, uint64_t now_ns)
{
	eq_int(lanes_append(stream, record, 1, now_ns), 0);
	eq_int(lanes_pump(stream, now_ns), 0);
}

static void
put(const char *record)
{
	put_at(record, 1);
}

static void
test_all(void)
{
	struct batch *one, *two;

	TEST("every channel gets every window, with an id of its own")
	{
		begin(TO_ALL("'buffer_win_size': 1"));
		put("a\n");
		eq_str(lane_next(1), "1.1 size a\n");
		eq_str(lane_next(2), "2.1 size a\n");
		eq_str(lane_next(3), "3.1 size a\n");
		put("b\n");
		eq_str(lane_next(3), "3.2 size b\n");
		eq_str(lane_next(1), "1.2 size b\n");
		lanes_end();
	}
	TEST("they share the bytes, each through a descriptor of its own")
	{
		begin(TO_ALL("'buffer_win_size': 1"));
		put("a\n");
		one = lane_take(1);
		two = lane_take(2);
		ok(one->fd != two->fd);
		lane_finish(one);
		eq_str(lane_text(two), "a\n");
		eq_str(lane_next(3), "3.1 size a\n");
		eq_str(lane_text(two), "a\n");
		lane_finish(two);
		lanes_end();
	}
	TEST("with a header, each batch knows it")
	{
		begin(TO_ALL("'buffer_win_size': 1"));
		lanes_set_header(stream, "h\n");
		put("a\n");
		one = lane_take(3);
		eq_str(lane_text(one), "h\na\n");
		eq_int(one->header_size, 2);
		lane_finish(one);
		lanes_end();
	}
	TEST("a channel's number in its own lane counts what came by name, too")
	{
		begin(TO_ALL("'buffer_win_size': 1"));
		lanes_append(&lane_at(2)->stream, "a\n", 1, 1);
		lanes_pump(&lane_at(2)->stream, 1);
		eq_str(lane_next(2), "2.1 size a\n");
		put("b\n");
		eq_str(lane_next(2), "2.2 size b\n");
		eq_str(lane_next(1), "1.1 size b\n");
		lanes_end();
	}
	TEST("descriptors go with the batches")
	{
		size_t before = lanes_descriptors();

		begin(TO_ALL("'buffer_win_size': 1"));
		put("a\n");
		eq_int(lanes_descriptors(), before + 3);
		lane_next(1);
		lane_next(2);
		lane_next(3);
		eq_int(lanes_descriptors(), before);
		lanes_end();
	}
}

static void
test_all_room(void)
{
	struct batch *slow;

	TEST("all of them at once, or none: one without room holds up the rest")
	{
		begin(TO_ALL("'buffer_win_size': 1"));
		put("a\n");
		lane_next(1);
		lane_next(3);
		slow = lane_take(2);
		put("b\n");
		ok(stream_is_stuck(stream));
		eq_str(lane_next(1), "");
		ok(stream_deadline_ns(stream) == CLOCK_NEVER);
		lane_finish(slow);
		eq_int(lanes_pump(stream, 1), 0);
		ok(!stream_is_stuck(stream));
		eq_str(lane_next(1), "1.2 size b\n");
		eq_str(lane_next(2), "2.2 size b\n");
		lanes_end();
	}
	TEST("until then, one that is due gathers")
	{
		begin(TO_ALL("'buffer_win_size': 9"));
		put("a\n");
		stream_ask(stream, REASON_FLUSH);
		lanes_pump(stream, 1);
		slow = lane_take(2);
		lane_next(1);
		lane_next(3);
		put("b\n");
		stream_ask(stream, REASON_FLUSH);
		lanes_pump(stream, 1);
		put("c\n");
		eq_str(lane_next(1), "");
		lane_finish(slow);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.2 flush b\nc\n");
		eq_str(lane_next(3), "3.2 flush b\nc\n");
		lanes_end();
	}
}

static void
test_set_aside(void)
{
	const uint64_t patience_ns = NS_PER_S, later_ns = 10 * NS_PER_S;
	int i;

	TEST("set_aside: it is waited for a moment, until the next room")
	{
		begin(SET_ASIDE);
		put_at("a\n", 1);
		lane_next(2);
		lane_next(3);
		put_at("b\n", 5);
		ok(stream_is_stuck(stream));
		eq_int(stream_deadline_ns(stream), 5 + patience_ns);
		lanes_pump(stream, 4 + patience_ns);
		ok(stream_is_stuck(stream));
		lane_next(1);
		lanes_pump(stream, 5 + patience_ns);
		eq_str(lane_next(1), "1.2 size b\n");
		eq_int(lane_at(1)->overflow.batch_count, 0);
		lanes_end();
	}
	TEST("... then its share goes to those who set it aside, at once")
	{
		begin(SET_ASIDE);
		put_at("a\n", 1);
		lane_next(2);
		lane_next(3);
		put_at("b\n", 5);
		lanes_pump(stream, 5 + patience_ns);
		ok(!stream_is_stuck(stream));
		eq_str(lane_next(2), "2.2 size b\n");
		eq_str(lane_next(3), "3.2 size b\n");
		put_at("c\n", later_ns);
		eq_str(lane_next(2), "2.3 size c\n");
		eq_int(lane_at(1)->queue.batch_count, 1);
		eq_int(lane_at(1)->overflow.batch_count, 2);
		eq_str(lane_at(1)->overflow.head->id + BATCH_RUN_SIZE, "1.2");
		eq_int(lane_at(1)->in_flight, 3);
		lanes_end();
	}
	TEST("... and one whose output waits gets no batch to do")
	{
		begin(SET_ASIDE);
		lane_at(1)->unwritten = lane_at(1)->unwritten_max;
		put_at("a\n", 1);
		ok(stream_is_stuck(stream));
		lanes_pump(stream, later_ns);
		ok(!stream_is_stuck(stream));
		eq_int(lane_at(1)->queue.batch_count, 0);
		eq_int(lane_at(1)->overflow.batch_count, 1);
		lanes_end();
	}
	TEST("nothing is set aside while nobody has room")
	{
		begin(SET_ASIDE);
		put_at("a\n", 1);
		put_at("b\n", 5);
		lanes_pump(stream, later_ns);
		ok(stream_is_stuck(stream));
		ok(stream_deadline_ns(stream) == CLOCK_NEVER);
		lane_next(2);
		lanes_pump(stream, later_ns);
		eq_str(lane_next(2), "2.2 size b\n");
		eq_int(lane_at(1)->overflow.batch_count, 1);
		eq_int(lane_at(3)->overflow.batch_count, 1);
		lanes_end();
	}
	TEST("what was sent by name waits")
	{
		begin(SET_ASIDE);
		put_at("a\n", 1);
		lanes_append(&lane_at(1)->stream, "b\n", 1, 1);
		lanes_pump(&lane_at(1)->stream, later_ns);
		ok(stream_is_stuck(&lane_at(1)->stream));
		lane_next(1);
		lanes_pump(&lane_at(1)->stream, later_ns);
		eq_str(lane_next(1), "1.2 size b\n");
		lanes_end();
	}
	TEST("a few batches are on their way aside, then it is waited for them")
	{
		begin(SET_ASIDE);
		put_at("a\n", 1);
		for (i = 0; !stream_is_stuck(stream); i++) {
			lane_next(2);
			lane_next(3);
			put_at("b\n", 2);
			lanes_pump(stream, later_ns);
		}
		eq_int(i, 16 + 1);
		lane_next(1);
		lanes_pump(stream, later_ns);
		ok(!stream_is_stuck(stream));
		lanes_end();
	}
}

static void
test_all_totals(void)
{
	struct channel_totals totals;
	uint64_t records, bytes;

	TEST("a record counts in each channel, and has entered once")
	{
		begin(TO_ALL("'buffer_win_size': 2"));
		put("a\n");
		put("bcd\n");
		put("e\n");
		lane_next(1);
		eq_int(lane_at(1)->totals.records, 3);
		eq_int(lane_at(2)->totals.bytes, 8);
		eq_int(lane_at(1)->totals.done_records, 2);
		eq_int(lane_at(3)->totals.done_records, 0);
		buffer_set_totals(&lanes.set, &totals);
		eq_int(totals.records, 9);
		eq_int(totals.bytes, 24);
		buffer_set_entered(&lanes.set, &records, &bytes);
		eq_int(records, 3);
		eq_int(bytes, 8);
		lanes_end();
	}
}

static void
test_no_descriptors(void)
{
	size_t before;

	TEST("without a descriptor for each, none gets it, and all do later")
	{
		begin(TO_ALL("'buffer_win_size': 1"));
		lanes_append(stream, "a\n", 1, 1);
		before = lanes_descriptors();
		lanes_limit_descriptors(1);
		eq_int(lanes_pump(stream, 1), ERR_IO);
		lanes_unlimit_descriptors();
		eq_str(lanes.e.message,
		    "window: file descriptor: Too many open files");
		eq_int(lanes_descriptors(), before);
		eq_int(stream_in_flight(stream), 0);
		ok(stream_is_stuck(stream));
		eq_int(lanes_pump(stream, 1), 0);
		eq_str(lane_next(1), "1.1 size a\n");
		eq_str(lane_next(2), "2.1 size a\n");
		eq_str(lane_next(3), "3.1 size a\n");
		lanes_end();
	}
	TEST("... nor a part of one that gathers")
	{
		begin(TO_ALL("'buffer_win_size': 2"));
		lanes_gather(stream, "a\n", 1);
		stream_ask(stream, REASON_FLUSH);
		lanes_limit_descriptors(1);
		eq_int(lanes_pump(stream, 1), ERR_IO);
		lanes_unlimit_descriptors();
		lanes_gather(stream, "b\n", 1);
		eq_int(lanes_pump(stream, 1), 0);
		eq_str(lane_next(3), "3.1 size a\nb\n");
		lanes_end();
	}
}

static void
test_any(void)
{
	struct batch *busy;
	int i;

	TEST("windows are dealt in turn, each with an id of its lane")
	{
		begin(TO_ANY("'buffer_win_size': 1"));
		put("a\n");
		put("b\n");
		put("c\n");
		eq_str(lane_next(1), "1.1 size a\n");
		eq_str(lane_next(2), "2.1 size b\n");
		eq_str(lane_next(3), "3.1 size c\n");
		put("d\n");
		eq_str(lane_next(1), "1.2 size d\n");
		lanes_end();
	}
	TEST("one without room is passed over, and not owed anything")
	{
		begin(TO_ANY("'buffer_win_size': 1"));
		put("a\n");
		busy = lane_take(1);
		put("b\n");
		put("c\n");
		lane_next(2);
		lane_next(3);
		put("d\n");
		eq_str(lane_next(2), "2.2 size d\n");
		lane_finish(busy);
		put("e\n");
		eq_str(lane_next(3), "3.2 size e\n");
		put("f\n");
		eq_str(lane_next(1), "1.2 size f\n");
		lanes_end();
	}
	TEST("it is stuck only when no channel has room")
	{
		begin(TO_ANY("'buffer_win_size': 1"));
		for (i = 0; i < 3; i++) {
			ok(!stream_is_stuck(stream));
			put("a\n");
		}
		put("b\n");
		ok(stream_is_stuck(stream));
		eq_str(lane_next(3), "3.1 size a\n");
		lanes_pump(stream, 1);
		ok(!stream_is_stuck(stream));
		eq_str(lane_next(3), "3.2 size b\n");
		lanes_end();
	}
	TEST("nobody needs a second descriptor")
	{
		begin(TO_ANY("'buffer_win_size': 1"));
		lanes_append(stream, "a\n", 1, 1);
		lanes_limit_descriptors(0);
		eq_int(lanes_pump(stream, 1), 0);
		lanes_unlimit_descriptors();
		eq_str(lane_next(1), "1.1 size a\n");
		lanes_end();
	}
}

static void
test_any_totals(void)
{
	struct channel_totals totals;
	uint64_t records, bytes;

	TEST("a record counts for the buffer at once, for a channel when dealt")
	{
		begin(TO_ANY("'buffer_win_size': 2"));
		put("a\n");
		eq_int(lane_at(1)->totals.records, 0);
		buffer_set_totals(&lanes.set, &totals);
		eq_int(totals.records, 1);
		eq_int(totals.bytes, 2);
		put("b\n");
		put("c\n");
		eq_int(lane_at(1)->totals.records, 2);
		eq_int(lane_at(2)->totals.records, 0);
		buffer_set_totals(&lanes.set, &totals);
		eq_int(totals.records, 3);
		buffer_set_entered(&lanes.set, &records, &bytes);
		eq_int(records, 3);
		eq_int(bytes, 6);
		lanes_end();
	}
	TEST("... also where the buffer has one channel only")
	{
		lanes_begin("'async_buffer': {'b': {'buffer_win_size': 1, "
		            "'dispatch': 'round_robin'}}");
		lane_add_workers(1, 1);
		stream = &lanes.set.buffers[0].shared;
		put("a\n");
		eq_int(lane_at(1)->totals.records, 1);
		buffer_set_totals(&lanes.set, &totals);
		eq_int(totals.records, 1);
		lanes_end();
	}
}

/* Which streams the walk over all of them meets, as letters. */
static const char *
walk(void)
{
	static char met[32];
	struct stream *at = NULL;
	size_t used = 0;

	while ((at = buffer_set_next_stream(&lanes.set, at)) != NULL) {
		met[used++] =
		    at->channel_count > 1 ? '*' : at->channels->name[0];
	}
	met[used] = '\0';
	return met;
}

static void
test_walk(void)
{
	TEST("a walk over all streams meets each once, shared ones too")
	{
		lanes_begin("'async_buffer': {"
		            "'a': {'chs': {'t': {}, 'u': {}}},"
		            "'b': {'dispatch': 'all', " CHANNELS "},"
		            "'c': {'chs': {'v': {}}},"
		            "'d': {'dispatch': 'round_robin', "
		            "'chs': {'w': {}, 'p': {}}}}");
		eq_str(walk(), "tuxyz*vwp*");
		eq_int(buffer_ask(&lanes.set.buffers[1], REASON_FLUSH), 0);
		lanes_append(&lanes.set.buffers[1].shared, "a\n", 1, 1);
		lanes_append(&lane_at(4)->stream, "a\n", 1, 1);
		eq_int(buffer_ask(&lanes.set.buffers[1], REASON_FLUSH), 2);
		lanes_end();
	}
}

SUITE(stream_many)
{
	test_all();
	test_all_room();
	test_set_aside();
	test_all_totals();
	test_no_descriptors();
	test_any();
	test_any_totals();
	test_walk();
}
