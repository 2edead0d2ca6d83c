/*
 * From records to windows, and from windows to the one channel that they go to;
 * test_stream_many.c has several.
 */
#include "tap.h"
#include "test_lanes.h"

#include <sys/resource.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define BUFFER(members) "'async_buffer': {'b': {" members "}}"

static struct stream *stream;

/* One channel with a free worker. */
static void
begin(const char *text)
{
	lanes_begin(text);
	lane_add_workers(1, 1);
	stream = &lane_at(1)->stream;
}

static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_closing(void)
{
	TEST("the record that makes it full closes a window: size, bytes")
	{
		begin(BUFFER("'buffer_win_size': 2, 'buffer_win_bytes': 6"));
		lanes_append(stream, "a\nb\n", 2, 1);
		ok(stream_is_stuck(stream));
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size a\nb\n");
		lanes_append(stream, "12345\n", 1, 1);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.2 bytes 12345\n");
		ok(!stream_is_stuck(stream));
		lanes_end();
	}
	TEST("a record larger than the limit of bytes goes alone")
	{
		begin(BUFFER("'buffer_win_bytes': 3"));
		eq_int(lanes_append(stream, "12345\n", 1, 1), 0);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 bytes 12345\n");
		lanes_end();
	}
	TEST("one that is told that the next record does not fit, is full")
	{
		begin(BUFFER("'buffer_win_bytes': 3"));
		lanes_gather(stream, "a\n", 1);
		lanes_pump(stream, 1);
		ok(!stream_is_stuck(stream));
		stream_close_bytes(stream);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 bytes a\n");
		lanes_end();
	}
	TEST("asked to flush, it hands on what it has, and nothing if empty")
	{
		begin(BUFFER("'buffer_win_size': 9"));
		ok(!stream_ask(stream, REASON_FLUSH));
		lanes_append(stream, "a\n", 1, 1);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "");
		ok(stream_ask(stream, REASON_FLUSH));
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 flush a\n");
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "");
		lanes_end();
	}
}

static void
test_room(void)
{
	TEST("a full window without room is stuck until there is some")
	{
		begin(BUFFER("'buffer_win_size': 1"));
		lanes_append(stream, "a\n", 1, 1);
		lanes_pump(stream, 1);
		lanes_append(stream, "b\n", 1, 1);
		eq_int(lanes_pump(stream, 1), 0);
		ok(stream_is_stuck(stream));
		eq_int(stream_in_flight(stream), 1);
		eq_str(lane_next(1), "1.1 size a\n");
		eq_int(lanes_pump(stream, 1), 0);
		ok(!stream_is_stuck(stream));
		eq_str(lane_next(1), "1.2 size b\n");
		lanes_end();
	}
	TEST("one that is merely due goes on gathering until then")
	{
		struct batch *busy;

		begin(BUFFER("'buffer_win_size': 9"));
		lanes_append(stream, "a\n", 1, 1);
		stream_ask(stream, REASON_FLUSH);
		lanes_pump(stream, 1);
		busy = lane_take(1);
		lanes_append(stream, "b\n", 1, 1);
		stream_ask(stream, REASON_IDLE);
		lanes_pump(stream, 1);
		ok(!stream_is_stuck(stream));
		lanes_append(stream, "c\n", 1, 1);
		lane_finish(busy);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.2 idle b\nc\n");
		lanes_end();
	}
	TEST("ch_len lets windows wait, the last may overshoot")
	{
		begin(BUFFER("'buffer_win_size': 2, "
		             "'chs': {'x': {'ch_len': 3}}"));
		while (!stream_is_stuck(stream)) {
			lanes_append(stream, "a\nb\n", 2, 1);
			lanes_pump(stream, 1);
		}
		/* One for the worker, two that wait; one is stuck. */
		eq_int(stream_in_flight(stream), 3);
		eq_int(stream->records, 8);
		eq_str(lane_next(1), "1.1 size a\nb\n");
		lanes_end();
	}
}

static void
test_time(void)
{
	TEST("its deadline is the delay from the first record on")
	{
		begin(BUFFER("'delay_do_ms': 5"));
		ok(stream_deadline_ns(stream) == CLOCK_NEVER);
		lanes_append(stream, "a\n", 1, 100);
		lanes_append(stream, "b\n", 1, 200);
		eq_int(stream_deadline_ns(stream), 5000100);
		lanes_pump(stream, 5000099);
		eq_str(lane_next(1), "");
		lanes_pump(stream, 5000100);
		eq_str(lane_next(1), "1.1 delay a\nb\n");
		ok(stream_deadline_ns(stream) == CLOCK_NEVER);
		lanes_end();
	}
	TEST("... or a while from the last one on, if that is sooner")
	{
		begin(BUFFER("'delay_do_ms': 5, 'idle_ms': 2"));
		lanes_append(stream, "a\n", 1, 100);
		lanes_append(stream, "b\n", 1, 1000100);
		eq_int(stream_deadline_ns(stream), 3000100);
		lanes_pump(stream, 3000100);
		eq_str(lane_next(1), "1.1 idle a\nb\n");
		lanes_end();
	}
	TEST("... or none, if it is flushed when nothing is ready")
	{
		begin(BUFFER("'flush_when_idle': true"));
		lanes_append(stream, "a\n", 1, 100);
		ok(stream_deadline_ns(stream) == CLOCK_NEVER);
		lanes_end();
	}
	TEST("there is none while it waits for room: who makes it will tell")
	{
		begin(BUFFER("'buffer_win_size': 2, 'delay_do_ms': 1"));
		lanes_append(stream, "a\nb\n", 2, 0);
		lanes_pump(stream, 0);
		lanes_append(stream, "c\n", 1, 0);
		eq_int(stream_deadline_ns(stream), 1000000);
		lanes_pump(stream, 1000000);
		ok(stream_deadline_ns(stream) == CLOCK_NEVER);
		lane_next(1);
		lanes_pump(stream, 1000000);
		eq_str(lane_next(1), "1.2 delay c\n");
		lanes_append(stream, "d\n", 1, 0);
		eq_int(stream_deadline_ns(stream), 1000000);
		lanes_end();
	}
}

static void
test_header(void)
{
	struct batch *batch;

	TEST("windows begin with the header, which counts as nothing")
	{
		begin(BUFFER("'buffer_win_size': 2, 'buffer_win_bytes': 4"));
		lanes_set_header(stream, "a long header\n");
		lanes_append(stream, "a\nb\n", 2, 1);
		lanes_pump(stream, 1);
		batch = lane_take(1);
		eq_str(lane_text(batch), "a long header\na\nb\n");
		eq_int(batch->header_size, 14);
		eq_int(batch->records, 2);
		eq_int(batch->bytes, 4);
		eq_int(lane_at(1)->totals.bytes, 4);
		lane_finish(batch);
		lanes_end();
	}
	TEST("each of them does, until there is another")
	{
		begin(BUFFER("'buffer_win_size': 1"));
		lanes_set_header(stream, "h\n");
		lanes_append(stream, "a\n", 1, 1);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size h\na\n");
		lanes_gather(stream, "b\n", 1);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.2 size h\nb\n");
		lanes_set_header(stream, "i\n");
		lanes_append(stream, "c\n", 1, 1);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.3 size i\nc\n");
		lanes_end();
	}
	TEST("another header closes the window, the same one does not")
	{
		begin(BUFFER("'buffer_win_size': 9"));
		lanes_set_header(stream, "h\n");
		lanes_gather(stream, "a\n", 1);
		lanes_set_header(stream, "h\n");
		ok(!stream_is_stuck(stream));
		lanes_set_header(stream, "H\n");
		ok(stream_is_stuck(stream));
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 header h\na\n");
		lanes_set_header(stream, "H\n");
		lanes_gather(stream, "b\n", 1);
		lanes_set_header(stream, "");
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.2 header H\nb\n");
		lanes_set_header(stream, "");
		lanes_gather(stream, "c\n", 1);
		stream_ask(stream, REASON_EOF);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.3 eof c\n");
		lanes_end();
	}
	TEST("a full window keeps its reason when another header comes")
	{
		begin(BUFFER("'buffer_win_size': 1"));
		lanes_append(stream, "a\n", 1, 1);
		lanes_set_header(stream, "h\n");
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size a\n");
		lanes_end();
	}
	TEST("a window that was opened in vain takes up another header")
	{
		begin(BUFFER("'buffer_win_size': 1"));
		lanes_set_header(stream, "h\n");
		limit_file_size(3);
		eq_int(lanes_append(stream, "a\n", 1, 1), ERR_IO);
		limit_file_size(RLIM_INFINITY);
		ok(stream_is_empty(stream));
		lanes_set_header(stream, "header\n");
		lanes_append(stream, "b\n", 1, 1);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size header\nb\n");
		lanes_end();
	}
}

static void
test_no_space(void)
{
	TEST("without space nothing changes, and the same works later")
	{
		begin(BUFFER("'buffer_win_size': 2"));
		lanes_append(stream, "a\n", 1, 1);
		limit_file_size(3);
		eq_int(lanes_append(stream, "bbb\n", 1, 1), ERR_IO);
		eq_int(lanes_gather(stream, "bbb\n", 1), ERR_IO);
		limit_file_size(RLIM_INFINITY);
		eq_int(stream->records, 1);
		eq_int(lane_at(1)->totals.bytes, 2);
		eq_int(lanes_gather(stream, "bbb\n", 1), 0);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size a\nbbb\n");
		lanes_end();
	}
	TEST("... not for a header, either")
	{
		begin(BUFFER("'buffer_win_size': 1"));
		lanes_set_header(stream, "header\n");
		limit_file_size(3);
		eq_int(lanes_append(stream, "a\n", 1, 1), ERR_IO);
		ok(!stream->window.is_open);
		limit_file_size(RLIM_INFINITY);
		eq_int(lanes_append(stream, "a\n", 1, 1), 0);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size header\na\n");
		lanes_end();
	}
	TEST("a window that cannot be written to its end stays, and goes later")
	{
		begin(BUFFER("'buffer_win_size': 2"));
		lanes_gather(stream, "a\n", 1);
		lanes_gather(stream, "b\n", 1);
		limit_file_size(1);
		eq_int(lanes_pump(stream, 1), ERR_IO);
		eq_str(lanes.e.message, "window: memory: File too large");
		limit_file_size(RLIM_INFINITY);
		ok(stream_is_stuck(stream));
		eq_int(stream_in_flight(stream), 0);
		eq_int(lanes_pump(stream, 1), 0);
		eq_str(lane_next(1), "1.1 size a\nb\n");
		lanes_end();
	}
	TEST("without a descriptor there is no window, and then there is")
	{
		begin(BUFFER("'buffer_win_size': 1"));
		lanes_limit_descriptors(0);
		eq_int(lanes_append(stream, "a\n", 1, 1), ERR_IO);
		eq_int(lanes_gather(stream, "a\n", 1), ERR_IO);
		lanes_unlimit_descriptors();
		ok(!stream->window.is_open);
		eq_int(stream->records, 0);
		eq_int(lanes_gather(stream, "a\n", 1), 0);
		lanes_pump(stream, 1);
		eq_str(lane_next(1), "1.1 size a\n");
		lanes_end();
	}
}

/* Ten windows of random records, some appended, some gathered. */
static void
put_random(size_t size_max, char *wanted)
{
	static char record[100001];
	size_t size;

	for (wanted[0] = '\0'; !stream_is_stuck(stream);) {
		size = (size_t)random() % size_max;
		memset(record, 'a' + (int)(random() % 26), size);
		snprintf(record + size, 2, "\n");
		strncat(wanted, record, size + 1);
		if (random() % 4 == 0)
			eq_int(lanes_append(stream, record, 1, 1), 0);
		else
			eq_int(lanes_gather(stream, record, 1), 0);
	}
}

static void
test_gather(void)
{
	static const size_t sizes[] = {1, 10, 1000, 40000, 100000};
	static char wanted[2000000];
	struct batch *batch;
	uint8_t *got = malloc(sizeof(wanted));
	int i, round;

	srandom(1);
	TEST("gathered or appended, the bytes are the same, in their order")
	{
		for (i = 0; i < 5; i++) {
			begin(BUFFER("'buffer_win_size': 15"));
			stream->policy.bytes_max = UINT64_MAX;
			for (round = 0; round < 20; round++) {
				put_random(sizes[i], wanted);
				lanes_pump(stream, 1);
				batch = lane_take(1);
				eq_int(batch->bytes, strlen(wanted));
				eq_int(pread(batch->fd, got, sizeof(wanted), 0),
				    batch->bytes);
				eq_mem(got, wanted, batch->bytes);
				lane_finish(batch);
			}
			lanes_end();
		}
	}
	free(got);
}

SUITE(stream)
{
	signal(SIGXFSZ, SIG_IGN);
	test_closing();
	test_room();
	test_time();
	test_header();
	test_no_space();
	test_gather();
}
