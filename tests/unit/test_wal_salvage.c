/*
 * Reading what damage has left of a log: all frames that it did not touch, and
 * no others; the rest is named exactly, and kept in the quarantine.
 */
#include "tap.h"
#include "test_salvage.h"

#include <inttypes.h>
#include <stdio.h>

#include "journal/frame.h"
#include "journal/segment.h"

/* Without a witness, damage looks like a tear. */
static bool
is_single_right(struct crash_disk *left, const struct disk *disk, size_t at,
    const uint8_t *data, size_t size, int status)
{
	const struct place *place = place_of(1, at);

	if (place == NULL)
		return status == ERR_DATA && got.hole_count == 0;
	if (status != 0)
		return false;
	if (place->from >= whole.durable_end[1])
		return has_all_but(1, place->from, size) &&
		    got.report.tail.end == place->from && goes_on(left);
	return has_all_but(1, place->from, place->to) &&
	    has_hole(disk, 1, place->from, place->to, data) &&
	    got.report.tail.verdict == TAIL_CLEAN && goes_on(left);
}

/* The one before the newest: only the newest's checkpoint is needed. */
static bool
is_older_right(struct crash_disk *left, const struct disk *disk, size_t at,
    const uint8_t *data, size_t size, int status)
{
	const struct place *place = place_of(2, at);
	size_t from = at < SEGMENT_HEADER_SIZE ? 0 : got.holes[0].from;
	size_t to = at < SEGMENT_HEADER_SIZE ? size : got.holes[0].to;

	if (place != NULL) {
		from = place->from;
		to = place->to;
	}
	return status == 0 && from <= at && at < to &&
	    got.report.segments == 1 && got.report.checkpoint == 3 &&
	    has_all_but(2, 0, 0) && has_hole(disk, 2, from, to, data) &&
	    goes_on(left);
}

/* Its checkpoint is lost: that of the one before leads to its frames, too. */
static bool
is_newest_right(struct crash_disk *left, const struct disk *disk, size_t at,
    const uint8_t *data, size_t size, int status)
{
	const struct place *place = place_of(3, at);
	size_t first = whole.places[whole.first_of[3]].from;

	if (status != 0 || (place == NULL) != (got.report.checkpoint == 2))
		return false;
	if (at < SEGMENT_HEADER_SIZE)
		return has_all_but(3, 0, size) && got.report.segments == 0 &&
		    has_hole(disk, 3, 0, size, data) && goes_on(left);
	if (place == NULL)
		return has_all_but(3, 0, 0) && got.report.segments == 3 &&
		    has_hole(disk, 3, SEGMENT_HEADER_SIZE, first, data) &&
		    goes_on(left);
	if (place->from >= whole.durable_end[3])
		return has_all_but(3, place->from, size) && goes_on(left);
	return has_all_but(3, place->from, place->to) &&
	    has_hole(disk, 3, place->from, place->to, data) && goes_on(left);
}

typedef bool is_right(struct crash_disk *left, const struct disk *disk,
    size_t at, const uint8_t *data, size_t size, int status);

static size_t
count_wrong(uint64_t segment, is_right *check)
{
	struct crash_disk *left;
	const uint8_t *data;
	struct disk disk;
	size_t at, size, wrong = 0;
	int status;

	for (at = 0; at < size_of(segment); at++) {
		left = flip(segment, at, &disk, &data, &size);
		status = salvage(&disk);
		if (!check(left, &disk, at, data, size, status) && wrong++ == 0)
			printf("# segment %" PRIu64 ", offset %zu: status %d, "
			       "%zu holes\n",
			    segment, at, status, got.hole_count);
		salvage_leave_copy(left);
	}
	return wrong;
}

/* A segment of nothing but a checkpoint in pieces. */
static void
test_bare(void)
{
	struct crash_disk *left;
	const uint8_t *data;
	struct disk disk;
	size_t at, size;

	TEST("nothing of a checkpoint is told unless all of it is there")
	{
		salvage_enter(2, 0);
		for (at = SEGMENT_HEADER_SIZE; at < size_of(2); at++) {
			left = flip(2, at, &disk, &data, &size);
			eq_int(salvage(&disk), 0);
			eq_int(got.report.checkpoint, 1);
			eq_int(got.hole_count, 1);
			eq_int(got.holes[0].from, SEGMENT_HEADER_SIZE);
			eq_int(got.holes[0].to, size);
			eq_int(got.report.tail.verdict, TAIL_CLEAN);
			ok(has_all_but(2, 0, 0) && goes_on(left));
			salvage_leave_copy(left);
		}
		ok(at > SEGMENT_HEADER_SIZE + 3 * FRAME_HEADER_SIZE);
		salvage_leave();
	}
}

SUITE(wal_salvage)
{
	TEST("a changed byte costs the frame that it is in, and no other")
	{
		salvage_enter(1, 5);
		eq_int(count_wrong(1, is_single_right), 0);
		salvage_leave();
	}
	salvage_enter(3, 5);
	TEST("one in an older segment costs nothing that the newest tells")
	{
		eq_int(count_wrong(2, is_older_right), 0);
	}
	TEST("a lost checkpoint is made up for by the segment before")
	{
		eq_int(count_wrong(3, is_newest_right), 0);
	}
	salvage_leave();
	test_bare();
}
