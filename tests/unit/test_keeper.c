/*
 * Windows and batches that somebody keeps: they wait until they are durable,
 * and know where their records came from.
 */
#include "tap.h"
#include "test_lanes.h"

#include <sys/mman.h>

#include <stdio.h>
#include <string.h>

#include "base/crc.h"

#define BUFFER(members) "'async_buffer': {'b': {" members "}}"
#define ONE_RECORD BUFFER("'buffer_win_size': 1")

/* A keeper that writes down what it is told. */
static struct {
	uint64_t windows; /* opened so far: the number of the last one */
	bool has_names;   /* its windows have numbers */
	bool has_no_space;
	size_t batches;
	char origins[256]; /* of the last window taken */
} kept;

static struct stream *stream;

static int
open_window(void *context, struct stream *of, struct err *e)
{
	(void)context;
	if (kept.has_no_space)
		return err_set(e, ERR_IO, "full");
	kept.windows++;
	if (!kept.has_names)
		return window_open(&of->window, of->window_kind, e);
	window_adopt(
	    &of->window, memfd_create("kept", MFD_CLOEXEC), kept.windows);
	return 0;
}

static void
take(void *context, const struct stream *of, struct batch *const *batches,
    size_t count)
{
	size_t used = 0, i;

	(void)context;
	(void)batches;
	kept.batches += count;
	kept.origins[0] = '\0';
	for (i = 0; i < of->origin_count && used < sizeof(kept.origins); i++)
		used += (size_t)snprintf(kept.origins + used,
		    sizeof(kept.origins) - used, "%u:%u-%u ",
		    (unsigned)of->origins[i].source,
		    (unsigned)of->origins[i].start,
		    (unsigned)of->origins[i].end);
}

static const struct keeper keeper = {
    .open = open_window, .take = take, .give = lanes_give};

/* One channel with a free worker, and windows with names. */
static void
begin(const char *text)
{
	memset(&kept, 0, sizeof(kept));
	kept.has_names = true;
	lanes_begin(text);
	lane_add_workers(1, 1);
	stream = &lane_at(1)->stream;
	stream_set_keeper(stream, &keeper);
}

/* What waits in a lane is durable, from the index-th on, so many. */
static void
make_durable(unsigned int lane, size_t index, size_t count)
{
	struct batch *batch = lane_at(lane)->kept;

	for (; batch != NULL && index > 0; index--)
		batch = batch->next;
	for (; batch != NULL && count > 0; count--) {
		batch->is_durable = true;
		batch->can_reopen = batch->window > 0;
		batch = batch->next;
	}
}

static void
put(const char *record)
{
	lanes_append(stream, record, 1, 1);
	lanes_pump(stream, 1);
}

/* A record of a file, of this kind. */
static void
put_from(enum origin_kind kind, uint64_t source, uint64_t start, uint64_t end)
{
	const struct origin origin = {source, start, end};

	stream_set_origin_kind(stream, kind);
	if (stream_is_stuck(stream)) {
		lanes_pump(stream, 1);
		stream_set_origin_kind(stream, kind);
	}
	lanes_append(stream, "x\n", 1, 1);
	if (kind != ORIGIN_NONE)
		stream_note_origin(stream, &origin);
}

static void
flush(void)
{
	stream_ask(stream, REASON_FLUSH);
	lanes_pump(stream, 1);
}

static void
test_durable(void)
{
	TEST("a batch goes to the workers only when it is durable")
	{
		begin(ONE_RECORD);
		put("a\n");
		eq_int(channel_release_kept(lane_at(1)), 0);
		eq_str(lane_next(1), "");
		make_durable(1, 0, 1);
		eq_int(channel_release_kept(lane_at(1)), 1);
		eq_str(lane_next(1), "1.1 size a\n");
		lanes_end();
	}
	TEST("durable or not, batches of a lane go in their order")
	{
		begin(ONE_RECORD);
		put("a\n");
		put("b\n");
		make_durable(1, 1, 1);
		eq_int(channel_release_kept(lane_at(1)), 0);
		make_durable(1, 0, 1);
		eq_int(channel_release_kept(lane_at(1)), 1);
		eq_str(lane_next(1), "1.1 size a\n");
		eq_int(channel_release_kept(lane_at(1)), 1);
		eq_str(lane_next(1), "1.2 size b\n");
		lanes_end();
	}
	TEST("a lane is hungry while the next batch that waits is not durable")
	{
		begin(ONE_RECORD);
		ok(!channel_is_hungry(lane_at(1)));
		put("a\n");
		put("b\n");
		ok(channel_is_hungry(lane_at(1)));
		make_durable(1, 0, 1);
		ok(!channel_is_hungry(lane_at(1)));
		lane_at(1)->has_overflow = true;
		ok(channel_is_hungry(lane_at(1)));
		lane_at(1)->has_overflow = false;
		eq_int(channel_release_kept(lane_at(1)), 1);
		ok(channel_is_hungry(lane_at(1)));
		lanes_end();
	}
	TEST("those that wait count as under way")
	{
		begin(ONE_RECORD);
		put("a\n");
		put("b\n");
		eq_int(stream_in_flight(stream), 2);
		lanes_end();
	}
}

static void
test_room(void)
{
	TEST("full windows close without a free worker, up to a limit")
	{
		begin(ONE_RECORD);
		while (!stream_is_stuck(stream))
			put("a\n");
		eq_int(lane_at(1)->kept_count, CHANNEL_KEPT_OPEN_MAX);
		make_durable(1, 0, 1);
		channel_release_kept(lane_at(1));
		lanes_pump(stream, 1);
		ok(!stream_is_stuck(stream));
		lanes_end();
	}
	TEST("durable ones that wait need no descriptor, up to another limit")
	{
		size_t round;

		begin(ONE_RECORD);
		for (round = 0; round < 40; round++) {
			while (!stream_is_stuck(stream) &&
			    lane_at(1)->kept_count < CHANNEL_KEPT_MAX)
				put("a\n");
			make_durable(1, 0, lane_at(1)->kept_count);
			channel_release_kept(lane_at(1));
			lanes_pump(stream, 1);
		}
		eq_int(lane_at(1)->kept_count, CHANNEL_KEPT_MAX);
		ok(lane_at(1)->kept_open <= CHANNEL_KEPT_OPEN_MAX);
		ok(!channel_can_keep(lane_at(1), false));
		lane_at(1)->keeps_all = true;
		ok(channel_can_keep(lane_at(1), false));
		lanes_end();
	}
	TEST("those in memory are fewer: their bytes are limited")
	{
		static char record[1 << 20];

		begin(ONE_RECORD);
		kept.has_names = false;
		memset(record, 'x', sizeof(record) - 2);
		record[sizeof(record) - 2] = '\n';
		while (!stream_is_stuck(stream))
			put(record);
		eq_int(lane_at(1)->kept_count, 5);
		ok(lane_at(1)->kept_memory >= CHANNEL_KEPT_MEMORY_MAX);
		lanes_end();
	}
	TEST("a window that is merely due waits for a worker")
	{
		begin(BUFFER("'buffer_win_size': 9"));
		put("a\n");
		flush();
		eq_int(kept.batches, 1);
		put("b\n");
		flush();
		eq_int(kept.batches, 1);
		ok(!stream_is_stuck(stream));
		make_durable(1, 0, 1);
		channel_release_kept(lane_at(1));
		eq_str(lane_next(1), "1.1 flush a\n");
		lanes_pump(stream, 1);
		eq_int(kept.batches, 2);
		lanes_end();
	}
	TEST("no space for a window's file: nothing has changed")
	{
		begin(ONE_RECORD);
		kept.has_no_space = true;
		eq_int(lanes_append(stream, "a\n", 1, 1), ERR_IO);
		ok(stream_is_empty(stream));
		kept.has_no_space = false;
		put("a\n");
		eq_int(kept.batches, 1);
		lanes_end();
	}
}

static void
test_bytes(void)
{
	TEST("a batch has the CRC of its file, header included")
	{
		struct batch *batch;

		begin(BUFFER("'buffer_win_size': 3"));
		lanes_set_header(stream, "h\n");
		lanes_append(stream, "a\n", 1, 1);
		lanes_gather(stream, "b\n", 1);
		put("c\n");
		batch = channel_take_kept(lane_at(1));
		ok(batch->has_crc);
		eq_int(
		    batch->crc, crc32c(0, (const uint8_t *)"h\na\nb\nc\n", 8));
		eq_int(batch->window, kept.windows);
		batch_destroy(batch);
		lanes_end();
	}
}

static void
test_origins(void)
{
	TEST("neighbours in a file are one piece, others are not")
	{
		begin(BUFFER("'buffer_win_size': 9"));
		put_from(ORIGIN_PIECES, 1, 0, 2);
		put_from(ORIGIN_PIECES, 1, 2, 4);
		put_from(ORIGIN_PIECES, 1, 6, 8);
		put_from(ORIGIN_PIECES, 2, 8, 10);
		flush();
		eq_str(kept.origins, "1:0-4 1:6-8 2:8-10 ");
		lanes_end();
	}
	TEST("scattered records of a file go from the first to the last")
	{
		begin(BUFFER("'buffer_win_size': 9"));
		put_from(ORIGIN_SCATTERED, 1, 0, 2);
		put_from(ORIGIN_SCATTERED, 1, 6, 8);
		put_from(ORIGIN_SCATTERED, 2, 3, 5);
		flush();
		eq_str(kept.origins, "1:0-8 2:3-5 ");
		lanes_end();
	}
	TEST("what cannot be read again closes the window of what can be")
	{
		begin(BUFFER("'buffer_win_size': 9"));
		put_from(ORIGIN_PIECES, 1, 0, 2);
		put_from(ORIGIN_NONE, 0, 0, 0);
		eq_int(kept.batches, 1);
		make_durable(1, 0, 1);
		channel_release_kept(lane_at(1));
		eq_str(lane_next(1), "1.1 source x\n");
		eq_str(kept.origins, "1:0-2 ");
		flush();
		eq_str(kept.origins, "");
		lanes_end();
	}
	TEST("a window of too many pieces is full")
	{
		uint64_t i;

		begin(BUFFER("'buffer_win_size': 9999"));
		for (i = 0; !stream_is_stuck(stream); i++)
			put_from(ORIGIN_PIECES, 1, 3 * i, 3 * i + 2);
		eq_int(i, KEEPER_ORIGINS_MAX);
		lanes_end();
	}
}

static void
test_many(void)
{
	TEST("a window for all is kept once for each, and goes to each")
	{
		begin("'async_buffer': {'b': {'buffer_win_size': 1, "
		      "'dispatch': 'all', 'chs': {'x': {}, 'y': {}}}}");
		lane_add_workers(2, 1);
		stream = &lanes.set.buffers[0].shared;
		stream_set_keeper(stream, &keeper);
		put("a\n");
		eq_int(kept.batches, 2);
		make_durable(1, 0, 1);
		make_durable(2, 0, 1);
		channel_release_kept(lane_at(1));
		channel_release_kept(lane_at(2));
		eq_str(lane_next(1), "1.1 size a\n");
		eq_str(lane_next(2), "2.1 size a\n");
		lanes_end();
	}
	TEST("one that is dealt goes rather to a free worker")
	{
		begin("'async_buffer': {'b': {'buffer_win_size': 1, "
		      "'dispatch': 'round_robin', 'chs': {'x': {}, 'y': {}}}}");
		stream = &lanes.set.buffers[0].shared;
		stream_set_keeper(stream, &keeper);
		put("a\n");
		put("b\n");
		put("c\n");
		eq_int(lane_at(1)->kept_count, 2);
		eq_int(lane_at(2)->kept_count, 1);
		lanes_end();
	}
}

SUITE(keeper)
{
	test_durable();
	test_room();
	test_bytes();
	test_origins();
	test_many();
}
