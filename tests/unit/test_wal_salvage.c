/*
 * Reading what damage has left of a log: all frames that it did not touch, and
 * no others; the rest is named exactly, and kept in the quarantine.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"
#include "test_wal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_checkpoint.h"
#include "journal/segment.h"

#define HOLES_MAX 64
#define FILE_MAX (64 * 1024)
#define SEGMENTS_MAX 4

/* Where frame `number` is, as the log was written. */
struct place {
	uint64_t segment;
	size_t from, to;
};

static struct world world;
static struct place places[WORLD_FRAMES_MAX];
static size_t durable_end[SEGMENTS_MAX + 1]; /* as far as frames tell */
static uint64_t first_of[SEGMENTS_MAX + 1];  /* frame */
static struct crash_disk *crash;
static struct disk inner;

/* What a salvage tells. */
static struct {
	const struct world *world;
	struct wal *wal;
	struct wal_report report;
	struct err e;
	bool is_told[WORLD_FRAMES_MAX];
	uint64_t after_checkpoint; /* the first frame behind it */
	uint64_t next;
	struct wal_hole holes[HOLES_MAX];
	size_t hole_count;
	bool is_wrong;
} got;

static int
take(void *context, const struct frame *frame, struct err *e)
{
	struct payload_piece piece;
	struct payload_entry entry;

	(void)context;
	(void)e;
	if (frame->type == PAYLOAD_CHECKPOINT) {
		payload_piece_decode(&piece, frame->payload, frame->size);
		entry = payload_piece_next(&piece);
		got.after_checkpoint = got.next = pack_load_64(entry.data);
		return 0;
	}
	got.is_wrong |= frame->lane < got.next ||
	    !world_is_frame(got.world, frame->lane, frame);
	got.next = frame->lane + UINT64_C(1);
	got.is_told[frame->lane] = true;
	return 0;
}

static int
lose(void *context, const struct wal_hole *hole, struct err *e)
{
	const struct wal_hole *last = got.holes + got.hole_count - 1;

	(void)context;
	(void)e;
	got.is_wrong |= hole->from > hole->to || got.hole_count == HOLES_MAX;
	/* Rising, and apart. */
	if (got.hole_count > 0)
		got.is_wrong |= hole->segment < last->segment ||
		    (hole->segment == last->segment && hole->from <= last->to);
	if (got.hole_count < HOLES_MAX)
		got.holes[got.hole_count++] = *hole;
	return 0;
}

static int
salvage(const struct disk *disk)
{
	const struct wal_reader reader = {
	    .recover = WAL_SALVAGE, .each = take, .lost = lose};

	memset(&got, 0, sizeof(got));
	got.world = &world;
	got.wal = wal_create(disk, world.segment_bytes);
	return wal_read(got.wal, &reader, &got.report, &got.e);
}

static void
leave_salvage(struct crash_disk *left)
{
	wal_destroy(got.wal);
	crash_disk_destroy(left);
}

/* Every place of a frame in a segment. */
static void
find_places(uint64_t segment)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment header;
	struct frame frame;
	size_t size, at = SEGMENT_HEADER_SIZE;
	const uint8_t *data;

	segment_name(segment, name);
	data = crash_disk_peek(crash, name, &size);
	if (data == NULL)
		return;
	segment_decode(data, size, &header);
	for (; at < size; at += frame_size(frame.size)) {
		if (frame_decode(data, size, at, segment, header.salt,
		        &frame) != FRAME_GOOD)
			return;
		durable_end[segment] = (size_t)(uint32_t)frame.durable_lsn;
		if (frame.type != PAYLOAD_BATCH)
			continue;
		places[frame.lane] =
		    (struct place){segment, at, at + frame_size(frame.size)};
		if (first_of[segment] == 0)
			first_of[segment] = frame.lane;
	}
}

/* A segment's worth of frames in groups of three, each one synced. */
static void
add_groups(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		eq_int(world_append(&world, 40, false), 0);
		eq_int(world_append(&world, 25, false), 0);
		eq_int(world_append(&world, 0, false), 0);
		eq_int(world_commit(&world), 0);
	}
}

/*
 * Some segments, all of which every checkpoint needs; in the newest so many
 * groups.
 */
static void
enter(uint64_t segments, size_t groups)
{
	uint64_t i;

	world_init(&world, 3, 1 << 20);
	world.needs_all = true;
	memset(places, 0, sizeof(places));
	memset(first_of, 0, sizeof(first_of));
	crash = crash_disk_create(&inner);
	eq_int(world_read(&world, &inner, 0), 0);
	eq_int(world_begin(&world), 0);
	for (i = 1; i < segments; i++) {
		add_groups(5);
		world.more_pieces = i + 1 < segments ? 0 : 2;
		eq_int(world_rotate(&world), 0);
	}
	/* Without any, what was appended meanwhile is never written. */
	add_groups(groups);
	if (groups > 0)
		eq_int(world_flush(&world), 0);
	world_end(&world);
	world.appended = world.written;
	for (i = 1; i <= segments; i++)
		find_places(i);
}

static void
leave(void)
{
	crash_disk_destroy(crash);
}

/* All that lie behind the checkpoint and are not in [from, to). */
static bool
has_all_but(uint64_t segment, size_t from, size_t to)
{
	const struct place *place;
	bool is_touched;
	uint64_t i;

	for (i = got.after_checkpoint; i < world.appended; i++) {
		place = &places[i];
		is_touched = place->segment == segment && place->from < to &&
		    place->to > from;
		if (got.is_told[i] == is_touched)
			return false;
	}
	return !got.is_wrong;
}

/* The quarantine has these bytes of a segment, and no more of that place. */
static bool
is_saved(const struct disk *disk, uint64_t segment, size_t from,
    const uint8_t *data, size_t size)
{
	char name[SEGMENT_NAME_SIZE], copy[64];
	static uint8_t saved[FILE_MAX];
	ssize_t saved_size;
	int folder, file;

	segment_name(segment, name);
	snprintf(copy, sizeof(copy), "%s.%zu", name, from);
	folder = disk->ops->open(
	    disk->context, disk->folder, "quarantine", DISK_FOLDER);
	file = disk->ops->open(disk->context, folder, copy, DISK_READ);
	saved_size = disk_read_all(disk, file, saved, sizeof(saved), 0);
	disk->ops->close(disk->context, file);
	disk->ops->close(disk->context, folder);
	return saved_size == (ssize_t)size && memcmp(saved, data, size) == 0;
}

/* Only one hole, with these bytes in the quarantine. */
static bool
has_hole(const struct disk *disk, uint64_t segment, size_t from, size_t to,
    const uint8_t *damaged)
{
	return got.hole_count == 1 && got.holes[0].segment == segment &&
	    got.holes[0].from == from && got.holes[0].to == to &&
	    got.report.holes == 1 && got.report.lost_bytes == to - from &&
	    is_saved(disk, segment, from, damaged + from, to - from);
}

/* A run begins behind what was salvaged, and is read without any salvage. */
static bool
goes_on(struct crash_disk *left)
{
	static struct world other;
	struct crash_disk *later;
	struct disk after;
	bool is_right;

	other = world;
	other.wal = got.wal;
	other.found = got.next;
	other.report = got.report;
	got.wal = NULL;
	is_right = world_begin(&other) == 0 &&
	    world_append(&other, 20, false) == 0 && world_commit(&other) == 0;
	world_end(&other);
	later = crash_disk_crash(left, 1, &after);
	is_right &=
	    world_read(&other, &after, other.durable) == 0 && !other.is_wrong;
	world_end(&other);
	crash_disk_destroy(later);
	return is_right;
}

/* The frame that a byte is in, or NULL: header, checkpoint, seal. */
static const struct place *
place_of(uint64_t segment, size_t offset)
{
	uint64_t i;

	for (i = 0; i < world.appended; i++) {
		if (places[i].segment == segment && places[i].from <= offset &&
		    places[i].to > offset)
			return &places[i];
	}
	return NULL;
}

/* A copy of the disk with one bit of one byte flipped. */
static struct crash_disk *
flip(uint64_t segment, size_t offset, struct disk *disk, const uint8_t **data,
    size_t *size)
{
	struct crash_disk *left = crash_disk_kill(crash, disk);
	char name[SEGMENT_NAME_SIZE];
	uint8_t byte;

	segment_name(segment, name);
	byte = crash_disk_peek(left, name, size)[offset];
	crash_disk_poke(left, name, offset, byte ^ (uint8_t)(1 << offset % 8));
	*data = crash_disk_peek(left, name, size);
	return left;
}

static size_t
size_of(uint64_t segment)
{
	char name[SEGMENT_NAME_SIZE];
	size_t size;

	segment_name(segment, name);
	return crash_disk_peek(crash, name, &size) != NULL ? size : 0;
}

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
	if (place->from >= durable_end[1])
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
	size_t first = places[first_of[3]].from;

	if (status != 0 || (place == NULL) != (got.report.checkpoint == 2))
		return false;
	if (at < SEGMENT_HEADER_SIZE)
		return has_all_but(3, 0, size) && got.report.segments == 0 &&
		    has_hole(disk, 3, 0, size, data) && goes_on(left);
	if (place == NULL)
		return has_all_but(3, 0, 0) && got.report.segments == 3 &&
		    has_hole(disk, 3, SEGMENT_HEADER_SIZE, first, data) &&
		    goes_on(left);
	if (place->from >= durable_end[3])
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
		leave_salvage(left);
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
		enter(2, 0);
		for (at = SEGMENT_HEADER_SIZE; at < size_of(2); at++) {
			left = flip(2, at, &disk, &data, &size);
			eq_int(salvage(&disk), 0);
			eq_int(got.report.checkpoint, 1);
			eq_int(got.hole_count, 1);
			eq_int(got.holes[0].from, SEGMENT_HEADER_SIZE);
			eq_int(got.holes[0].to, size);
			eq_int(got.report.tail.verdict, TAIL_CLEAN);
			ok(has_all_but(2, 0, 0) && goes_on(left));
			leave_salvage(left);
		}
		ok(at > SEGMENT_HEADER_SIZE + 3 * FRAME_HEADER_SIZE);
		leave();
	}
}

/* A copy of the disk with a segment cut off. */
static struct crash_disk *
cut(uint64_t segment, size_t size, struct disk *disk)
{
	struct crash_disk *left = crash_disk_kill(crash, disk);
	char name[SEGMENT_NAME_SIZE];
	int file;

	segment_name(segment, name);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_WRITE);
	disk->ops->truncate(disk->context, file, size);
	disk->ops->sync(disk->context, file);
	disk->ops->close(disk->context, file);
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
		enter(1, 5);
		for (size = 0; size < size_of(1); size++) {
			left = cut(1, size, &disk);
			if (salvage(&disk) == 0)
				ok(has_all_but(1,
				    size < SEGMENT_HEADER_SIZE ? 0 : size,
				    FILE_MAX));
			else
				ok(size < places[0].from);
			leave_salvage(left);
		}
		leave();
	}
	TEST("of an older one, what it was longer is lost, and said to be")
	{
		enter(3, 5);
		for (size = 0; size < size_of(2); size++) {
			left = cut(2, size, &disk);
			eq_int(salvage(&disk), 0);
			ok(has_all_but(3, 0, 0) && is_cut_right(2, size));
			ok(goes_on(left));
			leave_salvage(left);
		}
		leave();
	}
}

/* A copy of the disk without a segment, or with two of them swapped. */
static struct crash_disk *
change(uint64_t segment, uint64_t other, struct disk *disk)
{
	struct crash_disk *left = crash_disk_kill(crash, disk);
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

	enter(4, 3);
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
		leave_salvage(left);
	}
	TEST("two that are swapped are two holes")
	{
		left = change(1, 3, &disk);
		eq_int(salvage(&disk), 0);
		eq_int(got.hole_count, 2);
		eq_int(got.holes[0].segment, 1);
		eq_int(got.holes[1].segment, 3);
		ok(has_all_but(1, 0, 0) && goes_on(left));
		leave_salvage(left);
	}
	leave();
}

static void
test_later(void)
{
	const struct frame later = {.type = PAYLOAD_TYPE_END};
	char name[SEGMENT_NAME_SIZE];

	TEST("what a later version wrote is no damage to be skipped")
	{
		world_init(&world, 3, 1 << 20);
		crash = crash_disk_create(&inner);
		eq_int(world_read(&world, &inner, 0), 0);
		eq_int(world_begin(&world), 0);
		add_groups(2);
		eq_int(wal_append(world.wal, &later, 0, &world.e), 0);
		add_groups(2);
		world_end(&world);
		segment_name(1, name);
		find_places(1);
		crash_disk_poke(crash, name, places[1].from, 0xee);
		eq_int(salvage(&inner), ERR_DATA);
		ok(strstr(got.e.message, "later version") != NULL);
		leave_salvage(crash);
	}
}

/* A hole before, one in the middle, a lost checkpoint and a torn end. */
static struct crash_disk *
damage(struct disk *disk)
{
	struct crash_disk *left = crash_disk_kill(crash, disk);
	char name[SEGMENT_NAME_SIZE];
	int file;

	segment_name(1, name);
	crash_disk_poke(left, name, SEGMENT_HEADER_SIZE + 9, 0xee);
	segment_name(2, name);
	crash_disk_poke(left, name, places[first_of[2] + 4].from, 0xee);
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
	leave_salvage(again);
	crash_disk_destroy(left);
	return faulty.is_dead;
}

static void
test_interruptions(void)
{
	uint64_t step;

	TEST("a salvage that is cut off anywhere tells the same again")
	{
		enter(3, 5);
		for (step = 0; dies_and_goes_on(step); step++)
			continue;
		ok(step > 40);
		leave();
	}
}

SUITE(wal_salvage)
{
	TEST("a changed byte costs the frame that it is in, and no other")
	{
		enter(1, 5);
		eq_int(count_wrong(1, is_single_right), 0);
		leave();
	}
	enter(3, 5);
	TEST("one in an older segment costs nothing that the newest tells")
	{
		eq_int(count_wrong(2, is_older_right), 0);
	}
	TEST("a lost checkpoint is made up for by the segment before")
	{
		eq_int(count_wrong(3, is_newest_right), 0);
	}
	leave();
	test_bare();
	test_lengths();
	test_missing();
	test_later();
	test_interruptions();
}
