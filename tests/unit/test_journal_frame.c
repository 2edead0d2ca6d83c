/*
 * Segment headers and frames: what is written is read, what is changed is
 * noticed, and a frame is good in its own place only.
 */
#include "crash_disk.h"
#include "tap.h"
#include "test_journal.h"

#include <string.h>

#include "base/crc.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/segment.h"

static const struct segment usual = {
    .uuid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    .sequence = 7,
    .salt = 0x12345678,
    .created_ns = UINT64_C(1700000000000000000),
    .previous_sequence = 6,
    .previous_length = 5000,
    .previous_crc = 0xdeadbeef,
};

static void
test_segment(void)
{
	uint8_t data[SEGMENT_HEADER_SIZE];
	struct segment got;
	size_t i;

	segment_encode(&usual, data);
	TEST("a segment's header is read as it was written")
	{
		eq_int(segment_decode(data, sizeof(data), &got), SEGMENT_GOOD);
		eq_int(got.version, SEGMENT_VERSION);
		eq_int(got.minimum_reader, SEGMENT_MINIMUM_READER);
		eq_mem(got.uuid, usual.uuid, sizeof(got.uuid));
		eq_int(got.sequence, 7);
		eq_int(got.salt, 0x12345678);
		eq_int(got.created_ns, usual.created_ns);
		eq_int(got.previous_sequence, 6);
		eq_int(got.previous_length, 5000);
		eq_int(got.previous_crc, 0xdeadbeef);
	}
	TEST("its bytes are the same on every machine")
	{
		eq_mem(data, "ABUFLOG\n\1\0\1\0\0\020\0\0\1\2\3\4", 20);
		eq_mem(
		    data + 32, "\7\0\0\0\0\0\0\0\x78\x56\x34\x12\0\0\0\0", 16);
	}
	TEST("no bit of it can flip unnoticed")
	{
		for (i = 0; i < sizeof(data) * 8; i++) {
			data[i / 8] ^= (uint8_t)(1 << i % 8);
			ok(segment_decode(data, sizeof(data), &got) !=
			    SEGMENT_GOOD);
			data[i / 8] ^= (uint8_t)(1 << i % 8);
		}
		eq_int(segment_decode(data, sizeof(data), &got), SEGMENT_GOOD);
	}
}

static void
test_segment_states(void)
{
	uint8_t data[SEGMENT_HEADER_SIZE];
	struct segment wrong = usual, got;
	char name[SEGMENT_NAME_SIZE];

	TEST("short, blank, foreign and damaged headers are told apart")
	{
		segment_encode(&usual, data);
		eq_int(segment_decode(data, 0, &got), SEGMENT_SHORT);
		eq_int(segment_decode(data, 4095, &got), SEGMENT_SHORT);
		data[100] = 1;
		eq_int(
		    segment_decode(data, sizeof(data), &got), SEGMENT_DAMAGED);
		data[0] = 'a';
		eq_int(
		    segment_decode(data, sizeof(data), &got), SEGMENT_FOREIGN);
		memset(data, 0, sizeof(data));
		eq_int(segment_decode(data, sizeof(data), &got), SEGMENT_BLANK);
	}
	TEST("numbers that nobody writes are damage")
	{
		wrong.sequence = 0;
		segment_encode(&wrong, data);
		eq_int(
		    segment_decode(data, sizeof(data), &got), SEGMENT_DAMAGED);
		wrong.sequence = usual.previous_sequence;
		segment_encode(&wrong, data);
		eq_int(
		    segment_decode(data, sizeof(data), &got), SEGMENT_DAMAGED);
	}
	TEST("names and numbers go with each other")
	{
		segment_name(0xbeef, name);
		eq_str(name, "log-000000000000beef");
		eq_int(segment_number(name), 0xbeef);
		eq_int(segment_number("log-0000000000000000"), 0);
		eq_int(segment_number("log-000000000000BEEF"), 0);
		eq_int(segment_number("log-000000000000beef.tmp"), 0);
		eq_int(segment_number("log-0000000100000000"), 0);
		eq_int(segment_number("log-beef"), 0);
		eq_int(segment_number("LOCK"), 0);
	}
}

static void
test_frames(void)
{
	static struct image image;
	uint64_t seed;
	struct frame frame;
	size_t i, at, largest;

	TEST("random frames are read as they were written")
	{
		for (seed = 0; seed < 50; seed++) {
			image_make(&image, seed + 1, (uint32_t)seed * 77,
			    IMAGE_MAX, seed % 2 != 0 ? 100 : 5000, seed);
			largest = 0;
			for (i = 0; i < image.count; i++) {
				at = image.offsets[i];
				eq_int(frame_decode(image.data, image.size, at,
				           image.segment, image.salt, &frame),
				    FRAME_GOOD);
				eq_int(frame.lane, i);
				eq_int(frame.lsn, frame_lsn(seed + 1, at));
				eq_int(frame.durable_lsn,
				    frame_lsn(seed + 1, image.group[i]));
				eq_int(image.offsets[i + 1],
				    at + frame_size(frame.size));
				largest += frame.size;
			}
			ok(largest > 0 && image.count > 5);
			eq_int(frame_decode(image.data, image.size, image.size,
			           image.segment, image.salt, &frame),
			    FRAME_NONE);
		}
	}
	TEST("flags of later versions bind, or do not")
	{
		frame.flags = FRAME_LAST | 0x08;
		ok(frame_is_understood(&frame));
		frame.flags = 0x10;
		ok(!frame_is_understood(&frame));
	}
}

static void
test_places(void)
{
	static struct image image;
	enum frame_state state;
	struct frame frame;
	size_t at;

	TEST("a frame is good in its own place, segment and journal only")
	{
		image_make(&image, 3, 9, 20000, 200, 1);
		at = image.offsets[image.count / 2];
		state = frame_decode(image.data, image.size, at, 4, 9, &frame);
		eq_int(state, FRAME_BAD_HEADER);
		state = frame_decode(image.data, image.size, at, 3, 8, &frame);
		eq_int(state, FRAME_BAD_HEADER);
		memmove(image.data + at + 8, image.data + at, 1000);
		state =
		    frame_decode(image.data, image.size, at + 8, 3, 9, &frame);
		eq_int(state, FRAME_BAD_HEADER);
	}
	TEST("a length too large is damage, though its CRC is right")
	{
		image_make(&image, 3, 9, 20000, 200, 1);
		at = image.offsets[0];
		pack_store_32(image.data + at + 8, 30000);
		frame_stamp(
		    image.data + at, frame_lsn(3, at), frame_lsn(3, at), 9);
		state = frame_decode(image.data, image.size, at, 3, 9, &frame);
		eq_int(state, FRAME_BAD_PAYLOAD);
		ok(frame.payload == NULL);
		pack_store_32(image.data + at + 8, FRAME_PAYLOAD_MAX + 1);
		pack_store_32(image.data + at,
		    crc32c(9, image.data + at + 4, FRAME_HEADER_SIZE - 4));
		state = frame_decode(image.data, image.size, at, 3, 9, &frame);
		eq_int(state, FRAME_BAD_HEADER);
	}
}

SUITE(journal_frame)
{
	test_segment();
	test_segment_states();
	test_frames();
	test_places();
}
