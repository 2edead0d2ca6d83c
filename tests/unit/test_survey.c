/*
 * A survey says what recovery would, of whole logs and of damaged ones, and
 * changes nothing.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"
#include "test_damage.h"
#include "test_salvage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal/payload.h"
#include "journal/payload_checkpoint.h"
#include "journal/survey.h"

#define MUTATIONS 6000
#define SEGMENTS_MAX 32

/* What was told. */
static struct {
	struct survey survey;
	struct err e;
	struct survey_segment segments[SEGMENTS_MAX];
	size_t count;
	uint64_t end;  /* of what was told of the last segment */
	uint64_t good; /* frames of it */
	bool is_wrong; /* gaps, or frames that are not there */
} told;

/* All of the last segment was told. */
static void
finish(void)
{
	const struct survey_segment *last;

	if (told.count == 0 || told.end == 0)
		return;
	last = &told.segments[told.count - 1];
	told.is_wrong |= told.end != last->size || told.good != last->frames;
}

static int
take_segment(void *context, const struct survey_segment *segment, struct err *e)
{
	(void)context;
	(void)e;
	finish();
	told.is_wrong |= told.count > 0 &&
	    told.segments[told.count - 1].sequence >= segment->sequence;
	told.segments[told.count++] = *segment;
	told.end = told.good = 0;
	return 0;
}

static int
take_frame(void *context, const struct survey_segment *segment,
    const struct survey_frame *frame, struct err *e)
{
	(void)context;
	(void)e;
	if (told.end == 0)
		told.end = SEGMENT_HEADER_SIZE;
	told.is_wrong |= frame->offset != told.end || frame->size == 0;
	told.end += frame->size;
	told.good += frame->state == FRAME_GOOD;
	/* The first that is not good is where the tail begins. */
	if (frame->offset < segment->tail.end)
		told.is_wrong |= frame->state != FRAME_GOOD;
	if (frame->offset == segment->tail.end)
		told.is_wrong |= frame->state == FRAME_GOOD;
	return 0;
}

static int
look(const struct disk *disk)
{
	const struct survey_calls calls = {
	    .segment = take_segment, .frame = take_frame};
	int status;

	memset(&told, 0, sizeof(told));
	status = survey_read(disk, &calls, &told.survey, &told.e);
	finish();
	return status;
}

/* A look that may not so much as sync, and leaves everything as it was. */
static bool
is_harmless(const struct crash_disk *crash, const struct disk *disk)
{
	uint32_t before = damage_fingerprint(crash, disk);
	struct fault_disk faulty;
	struct disk outer;
	int status;

	fault_disk_init(&faulty, disk, &outer);
	fault_disk_fail(&faulty,
	    FAULT_WRITE | FAULT_SYNC | FAULT_SYNC_FOLDER | FAULT_FORGET |
	        FAULT_TRUNCATE | FAULT_RESERVE | FAULT_RENAME | FAULT_REMOVE |
	        FAULT_FOLDER,
	    0, FAULT_FOR_EVER, EROFS);
	status = look(&outer);
	fault_disk_release(&faulty);
	return status == 0 && !told.is_wrong &&
	    damage_fingerprint(crash, disk) == before;
}

static int
ignore(void *context, const struct frame *frame, struct err *e)
{
	(void)context;
	(void)frame;
	(void)e;
	return 0;
}

static bool
is_same(const struct wal_report *one, const struct wal_report *other)
{
	return one->segments == other->segments &&
	    one->sequence == other->sequence && one->frames == other->frames &&
	    one->is_sealed == other->is_sealed &&
	    one->removed == other->removed &&
	    one->tail.verdict == other->tail.verdict &&
	    one->tail.frames == other->tail.frames &&
	    one->tail.end == other->tail.end &&
	    one->tail.cut_bytes == other->tail.cut_bytes &&
	    one->tail.cut_frames == other->tail.cut_frames &&
	    one->tail.durable_lsn == other->tail.durable_lsn;
}

/* What the survey said is what happens. */
static bool
agrees(const struct disk *disk)
{
	const struct wal_reader reader = {.each = ignore};
	struct wal *wal = wal_create(disk, 7000);
	struct wal_report report;
	struct err e;
	int status;

	status = wal_read(wal, &reader, &report, &e);
	wal_destroy(wal);
	if (status != told.survey.status)
		return false;
	if (status != 0)
		return strcmp(e.message, told.survey.why.message) == 0 &&
		    report.error_segment == told.survey.report.error_segment &&
		    report.error_offset == told.survey.report.error_offset;
	return is_same(&report, &told.survey.report);
}

static void
test_agreement(void)
{
	static struct world world;
	struct crash_disk *crash;
	struct disk disk;
	uint64_t seed, refused = 0, taken = 0, wrong = 0;

	TEST("a survey says what recovery will, whatever the damage, and "
	     "changes nothing")
	{
		for (seed = 0; seed < MUTATIONS; seed++) {
			crash = damage_make_log(&world, seed / 20, &disk);
			if (seed % 20 != 0)
				damage_at_random(crash, &disk, seed);
			if (!is_harmless(crash, &disk) || !agrees(&disk))
				if (wrong++ < 5)
					printf("# seed %" PRIu64 ": %d: %s\n",
					    seed, told.survey.status,
					    told.survey.why.message);
			refused += told.survey.status != 0;
			taken += told.survey.status == 0;
			crash_disk_destroy(crash);
		}
		eq_int(wrong, 0);
		ok(refused > MUTATIONS / 4);
		ok(taken > MUTATIONS / 4);
	}
}

static void
test_good(void)
{
	const struct survey_segment *segment = told.segments;

	salvage_enter(3, 5);
	TEST("a good log's segments are told, with their chain and seals")
	{
		ok(is_harmless(whole.crash, &whole.disk));
		eq_int(told.survey.status, 0);
		eq_int(told.survey.report.segments, 3);
		eq_int(told.survey.oldest, 1);
		eq_int(told.count, 3);
		eq_str(segment[2].name, "log-0000000000000003");
		eq_int(segment[0].chain, SURVEY_FIRST);
		eq_int(segment[1].chain, SURVEY_LINKED);
		eq_int(segment[2].chain, SURVEY_LINKED);
		eq_int(segment[1].state, SURVEY_GOOD);
		ok(segment[1].is_sealed && !segment[2].is_sealed);
		eq_int(segment[2].tail.verdict, TAIL_CLEAN);
	}
	salvage_leave();
}

static void
test_damaged(void)
{
	const struct survey_segment *segment = told.segments;
	struct crash_disk *left;
	const uint8_t *data;
	struct disk disk;
	size_t size, at;

	salvage_enter(3, 5);
	TEST("damage is told where it is, and why it is refused")
	{
		at = whole.places[whole.first_of[3] + 2].from;
		left = flip(3, at, &disk, &data, &size);
		ok(is_harmless(left, &disk));
		eq_int(told.survey.status, ERR_DATA);
		ok(strstr(told.survey.why.message, "synced data") != NULL);
		eq_int(segment[2].state, SURVEY_DAMAGED);
		eq_int(segment[2].tail.verdict, TAIL_CORRUPT);
		eq_int(segment[2].tail.end, at);
		eq_int(segment[1].state, SURVEY_GOOD);
		crash_disk_destroy(left);
	}
	TEST("a broken chain is the damage of the one before")
	{
		left = flip(1, size_of(1) - 9, &disk, &data, &size);
		ok(is_harmless(left, &disk));
		eq_int(told.survey.status, ERR_DATA);
		eq_int(segment[0].state, SURVEY_DAMAGED);
		eq_int(segment[1].state, SURVEY_GOOD);
		eq_int(segment[1].chain, SURVEY_BROKEN);
		crash_disk_destroy(left);
	}
	TEST("so is one that ends too early, with a whole frame")
	{
		left = crash_disk_kill(whole.crash, &disk);
		damage_resize(&disk, segment[1].name,
		    whole.places[whole.first_of[3] - 4].from);
		ok(is_harmless(left, &disk));
		eq_int(segment[1].tail.verdict, TAIL_CLEAN);
		eq_int(segment[1].state, SURVEY_DAMAGED);
		crash_disk_destroy(left);
	}
	TEST("a bad header leaves its segment without frames")
	{
		left = flip(2, 40, &disk, &data, &size);
		ok(is_harmless(left, &disk));
		eq_int(segment[1].state, SURVEY_DAMAGED);
		eq_int(segment[1].header_state, SEGMENT_DAMAGED);
		eq_int(segment[1].chain, SURVEY_UNKNOWN);
		eq_int(segment[1].frames, 0);
		eq_int(segment[2].chain, SURVEY_BROKEN);
		crash_disk_destroy(left);
	}
	salvage_leave();
}

static void
test_later(void)
{
	const struct frame later = {.type = PAYLOAD_TYPE_END};
	struct world *world = &whole.world;
	struct crash_disk *crash;
	struct disk disk;

	TEST("what a later version wrote is told apart from damage")
	{
		world_init(world, 3, 1 << 20);
		crash = crash_disk_create(&disk);
		eq_int(world_read(world, &disk, 0), 0);
		eq_int(world_begin(world), 0);
		eq_int(wal_append(world->wal, &later, 0, &world->e), 0);
		eq_int(world_flush(world), 0);
		world_end(world);
		ok(is_harmless(crash, &disk));
		eq_int(told.survey.status, ERR_DATA);
		eq_int(told.segments[0].state, SURVEY_TOO_NEW);
		crash_disk_destroy(crash);
	}
}

static void
write_file(const struct disk *disk, const char *name, size_t size)
{
	static const uint8_t zeros[64 * 1024];
	int file =
	    disk->ops->open(disk->context, disk->folder, name, DISK_CREATE);

	disk_write_all(disk, file, zeros, size, 0);
	disk->ops->close(disk->context, file);
}

static void
test_leftovers(void)
{
	const struct survey_segment *segment = told.segments;
	struct crash_disk *left;
	struct disk disk;
	const size_t piece =
	    frame_size(PAYLOAD_PIECE_HEADER_SIZE + payload_entry_size(8));

	salvage_enter(2, 5);
	left = crash_disk_kill(whole.crash, &disk);
	TEST("unfinished and dead segments are said to go")
	{
		eq_int(salvage(&disk), 0);
		/* So that the next one needs no older one. */
		got.report.segments = 0;
		ok(goes_on(left));
		write_file(&disk, "log-0000000000000004", 5000);
		write_file(&disk, "log-0000000000000001", 5000);
		ok(is_harmless(left, &disk));
		eq_int(told.survey.status, 0);
		eq_int(told.survey.segments, 3);
		eq_int(segment[2].state, SURVEY_UNFINISHED);
		eq_int(segment[1].state, SURVEY_GOOD);
		eq_int(segment[0].state, SURVEY_DEAD);
		eq_int(told.survey.oldest, 3);
		eq_int(told.survey.report.removed, 2);
	}
	TEST("without a whole checkpoint nobody knows what is dead")
	{
		disk.ops->remove(disk.context, disk.folder, segment[2].name);
		crash_disk_poke(left, segment[1].name,
		    SEGMENT_HEADER_SIZE + 2 * piece + 9, 0xee);
		ok(is_harmless(left, &disk));
		ok(strstr(told.survey.why.message, "checkpoint") != NULL);
		eq_int(told.survey.oldest, 0);
		eq_int(segment[1].state, SURVEY_DAMAGED);
	}
	salvage_leave_copy(left);
	TEST("a new journal is one without a log")
	{
		left = crash_disk_create(&disk);
		ok(is_harmless(left, &disk));
		eq_int(told.survey.status, 0);
		eq_int(told.survey.segments, 0);
		eq_int(told.survey.report.segments, 0);
		crash_disk_destroy(left);
	}
	salvage_leave();
}

static int
refuse(void *context, const struct survey_segment *segment, struct err *e)
{
	(void)context;
	return err_set(e, ERR_BUSY, "%s", segment->name);
}

static void
test_ends(void)
{
	const struct survey_calls calls = {.segment = refuse};
	struct fault_disk faulty;
	struct survey survey;
	struct disk outer;
	struct err e;

	salvage_enter(2, 3);
	TEST("who is told may end it")
	{
		eq_int(survey_read(&whole.disk, &calls, &survey, &e), ERR_BUSY);
		eq_str(e.message, "log-0000000000000001");
	}
	TEST("what cannot be read is an error of the disk's")
	{
		fault_disk_init(&faulty, &whole.disk, &outer);
		fault_disk_fail(&faulty, FAULT_READ, 0, FAULT_FOR_EVER, EIO);
		eq_int(look(&outer), ERR_IO);
		eq_int(told.e.sys_errno, EIO);
		fault_disk_release(&faulty);
	}
	TEST("a segment that goes while it is looked at is looked for again")
	{
		fault_disk_init(&faulty, &whole.disk, &outer);
		fault_disk_fail(&faulty, FAULT_OPEN, 0, 3, ENOENT);
		eq_int(look(&outer), 0);
		eq_int(told.survey.status, 0);
		fault_disk_fail(&faulty, FAULT_OPEN, 0, FAULT_FOR_EVER, ENOENT);
		eq_int(look(&outer), ERR_BUSY);
		fault_disk_release(&faulty);
	}
	salvage_leave();
}

SUITE(survey)
{
	test_good();
	test_damaged();
	test_later();
	test_leftovers();
	test_ends();
	test_agreement();
}
