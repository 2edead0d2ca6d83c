/*
 * Payloads: what is written is read; what is short, long or out of range is
 * refused; what is accepted has one form only.
 */
#include "../fuzz/payload_again.h"
#include "tap.h"

#include <string.h>

#define SAMPLE_MAX 70000

struct sample {
	uint8_t type;
	size_t size;
	uint8_t data[SAMPLE_MAX];
};

static struct sample sample;

static struct pack *
begin(uint8_t type)
{
	static struct pack pack;

	sample.type = type;
	pack = (struct pack){.data = sample.data, .size = SAMPLE_MAX};
	return &pack;
}

static void
end(const struct pack *pack)
{
	ok(!pack->is_over);
	sample.size = pack->used;
}

static bool
is_same_again(const uint8_t *data, size_t size)
{
	static uint8_t again[SAMPLE_MAX];
	struct pack pack = {.data = again, .size = sizeof(again)};

	return payload_again(sample.type, data, size, &pack) && !pack.is_over &&
	    pack.used == size && memcmp(again, data, size) == 0;
}

static bool
is_refused(const uint8_t *data, size_t size)
{
	static uint8_t again[SAMPLE_MAX];
	struct pack pack = {.data = again, .size = sizeof(again)};

	return !payload_again(sample.type, data, size, &pack);
}

/* What holds for every payload. */
static void
check_sample(void)
{
	size_t i;
	int bit;

	ok(is_same_again(sample.data, sample.size));
	for (i = 0; i < sample.size; i++)
		ok(is_refused(sample.data, i));
	sample.data[sample.size] = 0;
	ok(is_refused(sample.data, sample.size + 1));
	for (i = 0; i < sample.size && i < 2000; i++) {
		for (bit = 0; bit < 8; bit++) {
			sample.data[i] ^= (uint8_t)(1 << bit);
			ok(is_refused(sample.data, sample.size) ||
			    is_same_again(sample.data, sample.size));
			sample.data[i] ^= (uint8_t)(1 << bit);
		}
	}
}

static void
test_lanes_and_sources(void)
{
	static const uint8_t text[PAYLOAD_NAME_MAX + 1] = "default/x";
	struct payload_lane lane = {
	    .next_seq = 17,
	    .buffer_size = 7,
	    .channel_size = 3,
	    .buffer = text,
	    .channel = text + 2,
	};
	struct pack *pack;

	TEST("LANE")
	{
		pack = begin(PAYLOAD_LANE);
		payload_lane_encode(&lane, pack);
		end(pack);
		eq_mem(sample.data, "\21\0\0\0\0\0\0\0\7\0\3\0defaultfau",
		    sample.size);
		check_sample();
		/* A slash: it would be a path. */
		sample.data[13] = '/';
		ok(is_refused(sample.data, sample.size));
		lane.channel_size = 0;
		pack = begin(PAYLOAD_LANE);
		payload_lane_encode(&lane, pack);
		ok(is_refused(sample.data, pack->used));
	}
}

static void
test_ends(void)
{
	const struct payload_attempt attempt = {
	    1, 2, 3, PAYLOAD_END_LOST, 5, 6, true};
	const struct payload_ack ack = {1, 0, PAYLOAD_DEAD, 65, 2};
	const struct payload_seal seal = {10, 5000, 7};
	const struct payload_clean clean = {1, 2};
	struct payload_attempt got;
	struct pack *pack;

	TEST("ATTEMPT")
	{
		pack = begin(PAYLOAD_ATTEMPT);
		payload_attempt_encode(&attempt, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_ATTEMPT_SIZE);
		check_sample();
		ok(payload_attempt_decode(&got, sample.data, sample.size));
		ok(got.seq == 1 && got.child == 2 && got.attempt == 3 &&
		    got.end == PAYLOAD_END_LOST && got.status == 5);
	}
	TEST("ACK")
	{
		pack = begin(PAYLOAD_ACK);
		payload_ack_encode(&ack, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_ACK_SIZE);
		eq_mem(sample.data, "\1\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\101", 17);
		check_sample();
	}
	TEST("SEAL")
	{
		pack = begin(PAYLOAD_SEAL);
		payload_seal_encode(&seal, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_SEAL_SIZE);
		check_sample();
	}
	TEST("CLEAN")
	{
		pack = begin(PAYLOAD_CLEAN);
		payload_clean_encode(&clean, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_CLEAN_SIZE);
		check_sample();
	}
}

static void
encode_batch(struct payload_batch batch)
{
	static const uint8_t bytes[PAYLOAD_INSIDE_MAX] = "header\nrecords\n";
	const struct payload_number numbers[] = {
	    {1, 100, 0}, {7, 3, UINT64_C(0xfedcba987654)}};
	const struct payload_span spans[] = {
	    {1, 0, 5, 11, 0, 5}, {1, 8, 10, 12, 0, 10}, {2, 0, 1, 13, 0, 1}};
	struct pack *pack = begin(PAYLOAD_BATCH);

	batch.records = 3;
	batch.inside = bytes;
	payload_batch_encode(&batch, numbers, spans, pack);
	end(pack);
}

static void
test_batches(void)
{
	const struct payload_batch inside = {
	    .bytes = 8,
	    .header_size = 7,
	    .place = PAYLOAD_INSIDE,
	    .reason = PAYLOAD_EOF,
	    .lane_count = 2,
	    .inside_size = 15,
	};
	const struct payload_batch spans = {
	    .bytes = 8,
	    .header_size = 7,
	    .place = PAYLOAD_SPANS,
	    .reason = PAYLOAD_SIZE,
	    .lane_count = 1,
	    .span_count = 3,
	};
	struct payload_batch got, other;

	TEST("BATCH whose bytes are inside")
	{
		encode_batch(inside);
		check_sample();
		ok(payload_batch_decode(&got, sample.data, sample.size));
		eq_int(got.lane_count, 2);
		eq_int(payload_batch_number(&got, 1).lane, 7);
		eq_int(payload_batch_number(&got, 1).seq, 3);
		ok(payload_batch_number(&got, 1).shape ==
		    UINT64_C(0xfedcba987654));
		eq_mem(got.inside, "header\nrecords\n", 15);
		other = inside;
		other.bytes = PAYLOAD_INSIDE_MAX - 7;
		other.inside_size = PAYLOAD_INSIDE_MAX;
		encode_batch(other);
		ok(is_same_again(sample.data, sample.size));
	}
	TEST("BATCH whose bytes are in sources, or in a file")
	{
		encode_batch(spans);
		check_sample();
		ok(payload_batch_decode(&got, sample.data, sample.size));
		eq_int(payload_batch_span(&got, 1).start, 8);
		eq_int(payload_batch_span(&got, 2).marker_hash, 13);
		other = spans;
		other.place = PAYLOAD_FILE;
		encode_batch(other);
		ok(is_refused(sample.data, sample.size));
		other.window = 1;
		encode_batch(other);
		check_sample();
	}
	TEST("a BATCH that contradicts itself is refused")
	{
		other = spans;
		other.bytes = 9;
		encode_batch(other);
		ok(is_refused(sample.data, sample.size));
		other = inside;
		other.header_size = 6;
		encode_batch(other);
		ok(is_refused(sample.data, sample.size));
		other = inside;
		other.place = PAYLOAD_FILE;
		encode_batch(other);
		ok(is_refused(sample.data, sample.size));
	}
}

static void
test_open(void)
{
	static const uint16_t lanes[] = {2, 300};
	struct payload_open window = {.window = 4,
	    .length = 100,
	    .records = 5,
	    .crc = 6,
	    .is_shared = true,
	    .lanes = lanes};
	struct payload_open got;
	struct pack *pack;

	TEST("OPEN")
	{
		pack = begin(PAYLOAD_OPEN);
		payload_open_encode(&window, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_OPEN_SIZE);
		check_sample();
		ok(payload_open_decode(&got, sample.data, sample.size));
		ok(got.window == 4 && got.is_shared && got.crc == 6);
		window.lane_count = 2;
		pack = begin(PAYLOAD_OPEN);
		payload_open_encode(&window, pack);
		end(pack);
		check_sample();
		ok(payload_open_decode(&got, sample.data, sample.size));
		ok(got.lane_count == 2 && payload_open_lane(&got, 1) == 300);
		/* All of them get it, but it is of one. */
		window.is_shared = false;
		pack = begin(PAYLOAD_OPEN);
		payload_open_encode(&window, pack);
		ok(is_refused(sample.data, pack->used));
		/* No bytes, but records. */
		window.is_shared = true;
		window.length = 0;
		pack = begin(PAYLOAD_OPEN);
		payload_open_encode(&window, pack);
		ok(is_refused(sample.data, pack->used));
	}
}

static void
test_runs(void)
{
	const struct payload_run run = {{1, 2}, 3, 4, 5, PAYLOAD_SYNC_ALWAYS};
	const struct payload_mark mark = {1, 2, true};
	struct payload_mark got_mark;
	struct payload_run got;
	struct pack *pack;

	TEST("RUN")
	{
		pack = begin(PAYLOAD_RUN);
		payload_run_encode(&run, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_RUN_SIZE);
		check_sample();
		ok(payload_run_decode(&got, sample.data, sample.size));
		ok(got.boot[1] == 2 && got.next_window == 4);
	}
	TEST("MARK")
	{
		pack = begin(PAYLOAD_MARK);
		payload_mark_encode(&mark, pack);
		end(pack);
		eq_int(sample.size, PAYLOAD_MARK_SIZE);
		check_sample();
		ok(payload_mark_decode(&got_mark, sample.data, sample.size));
		ok(got_mark.end == 2 && got_mark.is_shared);
	}
}

static void
test_split(void)
{
	const struct payload_range ranges[] = {{1, 4}, {6, 1}, {9, 10}};
	const struct payload_range wrong[] = {{1, 4}, {4, 1}};
	const struct payload_split split = {
	    .seq = 8, .child_count = 2, .highest = 2};
	struct payload_child child;
	struct payload_split got;
	struct pack *pack;

	TEST("SPLIT")
	{
		pack = begin(PAYLOAD_SPLIT);
		payload_split_encode(&split, pack);
		payload_child_encode(1, ranges, 2, pack);
		payload_child_encode(2, ranges + 2, 1, pack);
		end(pack);
		check_sample();
		ok(payload_split_decode(&got, sample.data, sample.size));
		payload_split_next(&got);
		child = payload_split_next(&got);
		eq_int(child.number, 2);
		eq_int(payload_child_range(&child, 0).first, 9);
	}
	TEST("a SPLIT with a record twice in one part is refused")
	{
		pack = begin(PAYLOAD_SPLIT);
		payload_split_encode(&split, pack);
		payload_child_encode(1, ranges, 3, pack);
		payload_child_encode(2, wrong, 2, pack);
		ok(is_refused(sample.data, pack->used));
	}
}

static void
test_checkpoint(void)
{
	const struct payload_piece piece = {
	    .oldest = 1, .number = 3, .entry_count = 2};
	struct payload_entry entry = {
	    .type = PAYLOAD_ACK,
	    .lane = 5,
	    .size = 5,
	    .data = (const uint8_t *)"01234",
	};
	struct payload_piece got;
	struct pack *pack;

	TEST("CHECKPOINT")
	{
		pack = begin(PAYLOAD_CHECKPOINT);
		payload_piece_encode(&piece, pack);
		payload_entry_encode(&entry, pack);
		entry.size = 1;
		payload_entry_encode(&entry, pack);
		end(pack);
		eq_int(sample.size,
		    PAYLOAD_PIECE_HEADER_SIZE + payload_entry_size(5) +
		        payload_entry_size(1));
		check_sample();
		ok(payload_piece_decode(&got, sample.data, sample.size));
		entry = payload_piece_next(&got);
		ok(entry.lane == 5 && entry.size == 5);
		entry = payload_piece_next(&got);
		ok(entry.size == 1 && entry.data[0] == '0');
	}
	TEST("a type that nobody knows is refused")
	{
		sample.type = 11;
		ok(is_refused(sample.data, sample.size));
		sample.type = 0;
		ok(is_refused(sample.data, 0));
	}
}

static void
test_pack(void)
{
	uint8_t data[8];
	struct pack pack = {.data = data, .size = sizeof(data)};
	struct unpack unpack = {.data = data, .size = sizeof(data)};

	TEST("what does not fit is missing, and told at the end")
	{
		pack_32(&pack, 1);
		pack_8(&pack, 2);
		ok(!pack.is_over);
		pack_32(&pack, 3);
		ok(pack.is_over && pack.used == 5);
		pack_8(&pack, 4);
		eq_int(pack.used, 5);
		eq_int(unpack_32(&unpack), 1);
		eq_int(unpack_64(&unpack), 0);
		ok(unpack.is_short && !unpack_is_done(&unpack));
		eq_int(unpack_8(&unpack), 0);
	}
}

SUITE(journal_payload)
{
	test_pack();
	test_lanes_and_sources();
	test_ends();
	test_batches();
	test_open();
	test_runs();
	test_split();
	test_checkpoint();
}
