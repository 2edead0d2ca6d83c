/*
 * The end of a segment: torn or corrupt?  Flipped bits, cuts, stale and
 * embedded frames, frames that were written out of order.
 *
 * With ABUF_EVERY_BIT set, every bit is flipped, instead of one of each byte.
 */
#include "crash_disk.h"
#include "tap.h"
#include "test_journal.h"

#include <stdlib.h>
#include <string.h>

#include "journal/frame.h"
#include "journal/segment.h"
#include "journal/tail.h"

static struct image image;

static void
examine(const struct image *of, size_t size, size_t from, struct tail *tail)
{
	tail_examine(of->data, size, from, of->segment, of->salt, tail);
}

/* What a damaged frame must look like: a later group is the witness. */
static enum tail_verdict
expected(const struct image *of, size_t frame)
{
	if (of->group[of->count - 1] > of->offsets[frame])
		return TAIL_CORRUPT;
	return frame + 1 < of->count ? TAIL_UNORDERED : TAIL_TORN;
}

/* One flipped bit; only frames from its own on need to be looked at again. */
static bool
is_noticed(size_t bit, size_t *corrupt)
{
	size_t frame = image_frame_of(&image, bit / 8);
	struct tail tail;

	image.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	examine(&image, image.size, image.offsets[frame], &tail);
	image.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	*corrupt += tail.verdict == TAIL_CORRUPT;
	return tail.verdict == expected(&image, frame) &&
	    tail.end == image.offsets[frame] &&
	    tail.cut_bytes == image.size - tail.end;
}

static void
test_bits(void)
{
	size_t bit, missed = 0, corrupt = 0, flips = 0, step = 9;

	if (getenv("ABUF_EVERY_BIT") != NULL)
		step = 1;
	TEST("no bit of 64 KiB can flip unnoticed, and only in the last group "
	     "does it look like a tear")
	{
		image_make(&image, 5, 0xabcdef, IMAGE_MAX, 300, 42);
		for (bit = SEGMENT_HEADER_SIZE * 8; bit < image.size * 8;
		     bit += step) {
			missed += !is_noticed(bit, &corrupt);
			flips++;
		}
		eq_int(missed, 0);
		ok(corrupt > flips - flips / 8 && corrupt < flips);
	}
}

static void
test_cuts(void)
{
	struct tail tail;
	size_t size, frame;

	TEST("a segment cut at any length ends with its last whole frame")
	{
		image_make(&image, 5, 0xabcdef, IMAGE_MAX, 300, 43);
		for (size = SEGMENT_HEADER_SIZE; size < image.size; size++) {
			frame = image_frame_of(&image, size);
			examine(&image, size, image.offsets[frame], &tail);
			eq_int(tail.end, image.offsets[frame]);
			eq_int(tail.verdict,
			    size == tail.end ? TAIL_CLEAN : TAIL_TORN);
			eq_int(tail.cut_bytes, size - tail.end);
		}
		examine(&image, image.size, SEGMENT_HEADER_SIZE, &tail);
		eq_int(tail.verdict, TAIL_CLEAN);
		eq_int(tail.frames, image.count);
		eq_int(tail.durable_lsn,
		    frame_lsn(5, image.group[image.count - 1]));
	}
}

static void
test_stale(void)
{
	struct tail tail;
	uint64_t seed;
	int kind;

	TEST("what an older segment left behind is never taken for frames")
	{
		for (seed = 0; seed < 200; seed++) {
			kind = (int)(seed % 2);
			image_make(&image, kind != 0 ? 4 : 5, kind != 0 ? 1 : 2,
			    IMAGE_MAX, 100, seed);
			image_make(&image, 5, 1, 30000, 100, seed);
			examine(&image, IMAGE_MAX, SEGMENT_HEADER_SIZE, &tail);
			eq_int(tail.end, image.size);
			eq_int(tail.verdict, TAIL_TORN);
			eq_int(tail.cut_frames, 0);
		}
	}
}

static void
test_embedded(void)
{
	static struct image outer;
	struct tail tail;
	uint64_t seed;
	size_t end;

	TEST("frames inside a payload are never taken, whole or in pieces")
	{
		for (seed = 0; seed < 200; seed++) {
			/* Same segment and salt: only the place differs. */
			image_make(&image, 5, 1, 20000, 200, seed);
			image_make(&outer, 5, 1, 6000, 200, seed + 1);
			end = outer.size;
			image_add(&outer, 4, image.data + 4096 + seed % 16,
			    image.size - 4096 - 16, end);
			examine(&outer, outer.size, SEGMENT_HEADER_SIZE, &tail);
			eq_int(tail.verdict, TAIL_CLEAN);
			outer.data[end + seed % FRAME_HEADER_SIZE] ^= 1;
			examine(&outer, outer.size, SEGMENT_HEADER_SIZE, &tail);
			eq_int(tail.verdict, TAIL_TORN);
			eq_int(tail.end, end);
		}
	}
}

static void
test_order(void)
{
	struct tail tail;
	size_t i, group, last = 0;
	uint8_t payload[600] = {0};

	TEST("later frames of the group that was not synced are counted and "
	     "cut")
	{
		image_make(&image, 5, 1, 20000, 200, 7);
		group = image.size;
		for (i = 0; i < 5; i++)
			image_add(&image, 4, payload, sizeof(payload), group);
		last = image.count;
		memset(image.data + image.offsets[last - 4] + 40, 7, 8);
		/* The header of this one still tells. */
		memset(image.data + image.offsets[last - 1] + 100, 7, 8);
		examine(&image, image.size, SEGMENT_HEADER_SIZE, &tail);
		eq_int(tail.verdict, TAIL_UNORDERED);
		eq_int(tail.end, image.offsets[last - 4]);
		eq_int(tail.cut_frames, 3);
		eq_int(tail.frames, last - 4);
		eq_int(tail.proof, 0);
	}
	TEST("one frame written after a sync proves that it was lost")
	{
		group = image.size;
		image_add(&image, 4, payload, 8, group);
		examine(&image, image.size, SEGMENT_HEADER_SIZE, &tail);
		eq_int(tail.verdict, TAIL_CORRUPT);
		eq_int(tail.end, image.offsets[last - 4]);
		eq_int(tail.proof, group);
		eq_int(tail.durable_lsn, frame_lsn(5, group));
	}
}

SUITE(journal_tail)
{
	test_bits();
	test_cuts();
	test_stale();
	test_embedded();
	test_order();
}
