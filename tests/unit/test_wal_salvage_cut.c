/*
 * Salvage where whole pieces are gone: segments cut off, missing, swapped; and
 * where it is itself cut off.
 */
#include "fault_disk.h"
#include "tap.h"
#include "test_damage.h"
#include "test_salvage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/segment.h"

#define RANDOM_DAMAGES 6000

/* A copy of the disk with a segment cut off. */
static struct crash_disk *
cut(uint64_t segment, size_t size, struct disk *disk)
{
	struct crash_disk *left = crash_disk_kill(whole.crash, disk);
	char name[SEGMENT_NAME_SIZE];

	segment_name(segment, name);
	damage_resize(disk, name, size);
	return left;
}

/* What of it is behind whole frames, up to the length it had, is a hole. */
static bool
is_cut_right(uint64_t segment, size_t size)
{
	size_t length = size_of(segment), from = 0;

	if (size >= SEGMENT_HEADER_SIZE)
		from = got.holes[0].from;
	return got.hole_count == 1 && got.holes[0].segment == segment &&
	    from <= size && got.holes[0].from == from &&
	    got.holes[0].to == length &&
	    (place_of(segment, from) == NULL ||
	        place_of(segment, from)->from == from);
}

static void
test_lengths(void)
{
	struct crash_disk *left;
	struct disk disk;
	size_t size;

	TEST("of the newest segment every length is read, if its checkpoint "
	     "is there")
	{
		salvage_enter(1, 5);
		for (size = 0; size < size_of(1); size++) {
			left = cut(1, size, &disk);
			if (salvage(&disk) == 0)
				ok(has_all_but(1,
				    size < SEGMENT_HEADER_SIZE ? 0 : size,
				    SALVAGE_FILE_MAX));
			else
				ok(size < whole.places[0].from);
			salvage_leave_copy(left);
		}
		salvage_leave();
	}
	TEST("of an older one, what it was longer is lost, and said to be")
	{
		salvage_enter(3, 5);
		for (size = 0; size < size_of(2); size++) {
			left = cut(2, size, &disk);
			eq_int(salvage(&disk), 0);
			ok(has_all_but(3, 0, 0) && is_cut_right(2, size));
			ok(goes_on(left));
			salvage_leave_copy(left);
		}
		salvage_leave();
	}
}

/* A copy of the disk without a segment, or with two of them swapped. */
static struct crash_disk *
change(uint64_t segment, uint64_t other, struct disk *disk)
{
	struct crash_disk *left = crash_disk_kill(whole.crash, disk);
	char name[SEGMENT_NAME_SIZE], other_name[SEGMENT_NAME_SIZE];
	const struct disk_ops *ops = disk->ops;
	int folder = disk->folder;

	segment_name(segment, name);
	segment_name(other, other_name);
	if (other == 0) {
		ops->remove(disk->context, folder, name);
		return left;
	}
	ops->rename(disk->context, folder, name, folder, "x");
	ops->rename(disk->context, folder, other_name, folder, name);
	ops->rename(disk->context, folder, "x", folder, other_name);
	return left;
}

static void
test_missing(void)
{
	struct crash_disk *left;
	struct disk disk;

	salvage_enter(4, 3);
	TEST("a segment that is missing is a hole, as long as it was")
	{
		left = change(2, 0, &disk);
		eq_int(salvage(&disk), 0);
		eq_int(got.hole_count, 1);
		eq_int(got.holes[0].segment, 2);
		eq_int(got.holes[0].from, 0);
		eq_int(got.holes[0].to, size_of(2));
		eq_int(got.report.segments, 2);
		ok(has_all_but(2, 0, 0) && goes_on(left));
		salvage_leave_copy(left);
	}
	TEST("two that are swapped are two holes")
	{
		left = change(1, 3, &disk);
		eq_int(salvage(&disk), 0);
		eq_int(got.hole_count, 2);
		eq_int(got.holes[0].segment, 1);
		eq_int(got.holes[1].segment, 3);
		ok(has_all_but(1, 0, 0) && goes_on(left));
		salvage_leave_copy(left);
	}
	salvage_leave();
}

static void
test_later(void)
{
	const struct frame later = {.type = PAYLOAD_TYPE_END};
	char name[SEGMENT_NAME_SIZE];

	TEST("what a later version wrote is no damage to be skipped")
	{
		world_init(&whole.world, 3, 1 << 20);
		whole.crash = crash_disk_create(&whole.disk);
		eq_int(world_read(&whole.world, &whole.disk, 0), 0);
		eq_int(world_begin(&whole.world), 0);
		salvage_add_groups(2);
		eq_int(
		    wal_append(whole.world.wal, &later, 0, &whole.world.e), 0);
		salvage_add_groups(2);
		world_end(&whole.world);
		segment_name(1, name);
		salvage_find_places(1);
		crash_disk_poke(whole.crash, name, whole.places[1].from, 0xee);
		eq_int(salvage(&whole.disk), ERR_DATA);
		ok(strstr(got.e.message, "later version") != NULL);
		salvage_leave_copy(whole.crash);
	}
}

/* A hole before, one in the middle, a lost checkpoint and a torn end. */
static struct crash_disk *
damage(struct disk *disk)
{
	struct crash_disk *left = crash_disk_kill(whole.crash, disk);
	char name[SEGMENT_NAME_SIZE];
	int file;

	segment_name(1, name);
	crash_disk_poke(left, name, SEGMENT_HEADER_SIZE + 9, 0xee);
	segment_name(2, name);
	crash_disk_poke(
	    left, name, whole.places[whole.first_of[2] + 4].from, 0xee);
	segment_name(3, name);
	crash_disk_poke(left, name, SEGMENT_HEADER_SIZE + 9, 0xee);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_WRITE);
	disk_write_all(disk, file, (const uint8_t *)"torn!", 5, size_of(3));
	disk->ops->sync(disk->context, file);
	disk->ops->close(disk->context, file);
	return left;
}

/* False once it is over before it dies. */
static bool
dies_and_goes_on(uint64_t step)
{
	struct crash_disk *left, *again;
	struct disk disk, outer, after;
	struct fault_disk faulty;
	static struct wal_hole holes[3];

	left = damage(&disk);
	fault_disk_init(&faulty, &disk, &outer);
	fault_disk_die(&faulty, step / 2, step % 2 != 0);
	salvage(&outer);
	wal_destroy(got.wal);
	again = crash_disk_crash(left, step, &after);
	eq_int(salvage(&after), 0);
	eq_int(got.hole_count, 3);
	if (step == 0)
		memcpy(holes, got.holes, sizeof(holes));
	eq_mem(got.holes, holes, sizeof(holes));
	eq_int(got.report.tail.verdict, TAIL_TORN);
	eq_int(got.report.tail.cut_bytes, 5);
	ok(is_saved(&after, 3, size_of(3), (const uint8_t *)"torn!", 5));
	ok(goes_on(again));
	salvage_leave_copy(again);
	crash_disk_destroy(left);
	return faulty.is_dead;
}

static void
test_interruptions(void)
{
	uint64_t step;

	TEST("a salvage that is cut off anywhere tells the same again")
	{
		salvage_enter(3, 5);
		for (step = 0; dies_and_goes_on(step); step++)
			continue;
		ok(step > 40);
		salvage_leave();
	}
}

/* Frames of an earlier run that lost its power have gone under any number. */
static bool
is_random_right(uint64_t seed, bool is_damaged)
{
	struct crash_disk *crash;
	struct disk disk;
	bool is_right;
	int status;

	crash = damage_make_log(&whole.world, seed / 8, &disk);
	if (is_damaged)
		damage_at_random(crash, &disk, seed);
	status = salvage(&disk);
	is_right = !got.is_wrong &&
	    (status == ERR_DATA ||
	        (status == 0 && (is_damaged || got.hole_count == 0)));
	if (status == 0)
		is_right &= goes_on(crash);
	salvage_leave_copy(crash);
	return is_right;
}

static void
test_random(void)
{
	uint64_t seed, wrong = 0;

	TEST("whatever the damage, nothing is told that was not written, and "
	     "what is left goes on")
	{
		for (seed = 0; seed < RANDOM_DAMAGES; seed++) {
			if (!is_random_right(seed, seed % 8 != 0) &&
			    wrong++ < 5)
				printf("# seed %" PRIu64 ": %s\n", seed,
				    got.e.message);
		}
		eq_int(wrong, 0);
	}
}

SUITE(wal_salvage_cut)
{
	test_lengths();
	test_missing();
	test_later();
	test_interruptions();
	test_random();
}
