/*
 * The log where the system refuses: syncs that fail, disks that are full,
 * damage that must not pass for a torn end.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"
#include "test_wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/segment.h"

#define SEGMENT_BYTES 7000

static struct world world;
static struct crash_disk *crash;
static struct fault_disk faulty;
static struct disk inner, outer;

/* A log that has begun. */
static void
enter(uint64_t segment_bytes)
{
	world_init(&world, 1, segment_bytes);
	crash = crash_disk_create(&inner);
	fault_disk_init(&faulty, &inner, &outer);
	eq_int(world_read(&world, &outer, 0), 0);
	eq_int(world_begin(&world), 0);
}

static void
leave(void)
{
	world_end(&world);
	fault_disk_release(&faulty);
	crash_disk_destroy(crash);
}

/* What a reader finds after the process, or the power, is gone. */
static int
read_again(bool is_killed, uint64_t least)
{
	static struct world other;
	struct crash_disk *left;
	struct disk disk;
	int status;

	other = world;
	left = is_killed ? crash_disk_kill(crash, &disk)
	                 : crash_disk_crash(crash, 1, &disk);
	status = world_read(&other, &disk, least);
	ok(status != 0 || !other.is_wrong);
	world.report = other.report;
	world.found = other.found;
	world.e = other.e;
	world_end(&other);
	crash_disk_destroy(left);
	return status;
}

static void
test_errors(void)
{
	TEST("a failed sync is for ever, and nothing more is written")
	{
		enter(SEGMENT_BYTES);
		eq_int(world_append(&world, 10, true), 0);
		eq_int(world_commit(&world), 0);
		fault_disk_fail(&faulty, FAULT_SYNC, 0, 1, EIO);
		eq_int(world_append(&world, 10, false), 0);
		eq_int(world_commit(&world), ERR_IO);
		eq_int(world.e.sys_errno, EIO);
		eq_int(world_append(&world, 10, false), ERR_IO);
		eq_int(world_keep_promise(&world), ERR_IO);
		eq_int(world_flush(&world), ERR_IO);
		eq_int(world_commit(&world), ERR_IO);
		eq_int(world_rotate(&world), ERR_IO);
		eq_int(read_again(false, world.durable), 0);
		leave();
	}
	TEST("short writes and interruptions go unnoticed")
	{
		int step;

		enter(SEGMENT_BYTES);
		fault_disk_short(&faulty, FAULT_WRITE, 0, FAULT_FOR_EVER);
		for (step = 0; step < 200; step++)
			eq_int(world_step(&world), 0);
		fault_disk_fail(
		    &faulty, FAULT_WRITE | FAULT_RESERVE, 0, 20, EINTR);
		for (step = 0; step < 200; step++)
			eq_int(world_step(&world), 0);
		eq_int(world_flush(&world), 0);
		eq_int(read_again(true, world.appended), 0);
		leave();
	}
}

static void
test_full(void)
{
	uint64_t kept = 0, before;
	int run;

	TEST("a full disk takes no more, but all that was promised")
	{
		enter(1 << 30);
		crash_disk_limit(crash, 600 * 1024);
		while (world_append(&world, 1000, true) == 0)
			kept++;
		eq_int(world.e.code, ERR_BUSY);
		eq_int(world.e.sys_errno, ENOSPC);
		ok(kept > 100);
		eq_int(world_commit(&world), 0);
		while (world.promises > 0)
			eq_int(world_keep_promise(&world), 0);
		eq_int(world_commit(&world), 0);
		eq_int(read_again(false, world.appended), 0);
		leave();
	}
	TEST("a full disk has room for a new segment, whatever was promised")
	{
		enter(SEGMENT_BYTES);
		while (!wal_is_full(world.wal))
			eq_int(world_append(&world, 500, true), 0);
		crash_disk_limit(crash, 0);
		before = wal_next_sequence(world.wal);
		eq_int(world_rotate(&world), 0);
		eq_int(wal_next_sequence(world.wal), before + 1);
		while (world.promises > 0)
			eq_int(world_keep_promise(&world), 0);
		eq_int(world_commit(&world), 0);
		eq_int(read_again(false, world.appended), 0);
		leave();
	}
	TEST("and so has the next run, and the one after that")
	{
		enter(1 << 30);
		crash_disk_limit(crash, 1000 * 1024);
		while (world_append(&world, 1000, true) == 0)
			kept++;
		ok(wal_lacks_room(world.wal));
		eq_int(world_flush(&world), 0);
		for (run = 0; run < 3; run++) {
			crash_disk_limit(crash, 0);
			world_end(&world);
			eq_int(world_read(&world, &outer, world.written), 0);
			eq_int(world_begin(&world), 0);
			eq_int(world_append(&world, 1000, false), 0);
			eq_int(world_flush(&world), 0);
		}
		leave();
	}
	TEST("where others take it, the old segment goes on, and nothing is "
	     "lost")
	{
		enter(SEGMENT_BYTES);
		while (!wal_is_full(world.wal))
			eq_int(world_append(&world, 500, true), 0);
		fault_disk_fail(&faulty, FAULT_RENAME, 0, 1, ENOSPC);
		before = wal_next_sequence(world.wal);
		eq_int(world_rotate(&world), ERR_BUSY);
		eq_int(wal_next_sequence(world.wal), before);
		eq_int(world_append(&world, 10, false), 0);
		eq_int(world_commit(&world), 0);
		eq_int(world_rotate(&world), 0);
		eq_int(wal_next_sequence(world.wal), before + 1);
		eq_int(world_commit(&world), 0);
		eq_int(read_again(false, world.appended), 0);
		leave();
	}
}

static void
test_without_reserve(void)
{
	uint64_t seed;
	int step;

	TEST("where room cannot be reserved, a write that found none is taken "
	     "back")
	{
		for (seed = 1; seed < 30; seed++) {
			enter(1 << 30);
			world.random = seed;
			fault_disk_fail(&faulty, FAULT_RESERVE, 0,
			    FAULT_FOR_EVER, EOPNOTSUPP);
			for (step = 0; step < 20; step++)
				eq_int(world_append(&world, 1000, true), 0);
			/* Room was there for the first 256 KiB: use it up. */
			while (world.appended < 260)
				eq_int(world_append(&world, 1000, false), 0);
			eq_int(world_flush(&world), 0);
			crash_disk_limit(crash, 512 * (seed % 4));
			for (step = 0; step < 5; step++)
				eq_int(world_append(&world, 900, false), 0);
			eq_int(world_flush(&world), ERR_BUSY);
			eq_int(world_flush(&world), ERR_BUSY);
			eq_int(read_again(false, world.durable), 0);
			crash_disk_limit(crash, 100 * 1024);
			eq_int(world_commit(&world), 0);
			eq_int(read_again(false, world.durable), 0);
			leave();
		}
	}
}

static void
test_damage(void)
{
	char name[SEGMENT_NAME_SIZE];
	size_t size, at, refused = 0, cut = 0, commits;
	const uint8_t *data;
	uint8_t byte;
	int status;

	TEST("a changed byte is refused, or cut off with the last group")
	{
		enter(1 << 20);
		for (commits = 0; commits < 10; commits++) {
			eq_int(world_append(&world, 100, false), 0);
			eq_int(world_append(&world, 60, false), 0);
			eq_int(world_commit(&world), 0);
		}
		eq_int(world_flush(&world), 0);
		segment_name(1, name);
		data = crash_disk_peek(crash, name, &size);
		for (at = 0; at < size; at++) {
			byte = data[at];
			crash_disk_poke(
			    crash, name, at, byte ^ (uint8_t)(1 << at % 8));
			status = read_again(true, 0);
			ok(status == 0 || status == ERR_DATA);
			refused += status != 0;
			cut += status == 0;
			ok(status != 0 || world.report.tail.cut_bytes > 0);
			crash_disk_poke(crash, name, at, byte);
			data = crash_disk_peek(crash, name, &size);
		}
		eq_int(refused + cut, size);
		ok(cut > 0 && cut < 800);
		eq_int(read_again(true, world.appended), 0);
		leave();
	}
}

static void
test_refusals(void)
{
	uint8_t wrong[SEGMENT_HEADER_SIZE] = "ABUFLOG\n";
	char name[SEGMENT_NAME_SIZE];
	struct wal_report *report = &world.report;
	int file, i;

	TEST("a segment that matters and is missing, or another's, is noticed")
	{
		enter(SEGMENT_BYTES);
		world.needs_all = true;
		for (i = 0; i < 2; i++) {
			eq_int(world_append(&world, 100, false), 0);
			eq_int(world_rotate(&world), 0);
		}
		eq_int(world_commit(&world), 0);
		eq_int(read_again(false, world.appended), 0);
		ok(report->segments > 1);
		segment_name(world.oldest, name);
		crash_disk_poke(crash, name, SEGMENT_HEADER_SIZE + 50, 0xee);
		eq_int(read_again(false, 0), ERR_DATA);
		inner.ops->remove(inner.context, inner.folder, name);
		eq_int(read_again(true, 0), ERR_DATA);
		ok(strstr(world.e.message, "missing") != NULL);
		leave();
	}
	TEST("a newest segment that is not whole does not count if the one "
	     "before goes on, and is damaged if that has its SEAL")
	{
		enter(SEGMENT_BYTES);
		eq_int(world_append(&world, 100, false), 0);
		eq_int(world_commit(&world), 0);
		segment_name(2, name);
		file = inner.ops->open(
		    inner.context, inner.folder, name, DISK_CREATE);
		eq_int(read_again(true, world.appended), 0);
		eq_int(report->removed, 1);
		eq_int(disk_write_all(&inner, file, wrong, 8, 8000), 0);
		eq_int(read_again(true, world.appended), 0);
		eq_int(report->unfinished, 2);
		inner.ops->remove(inner.context, inner.folder, name);
		world.needs_all = true;
		eq_int(world_rotate(&world), 0);
		eq_int(world_commit(&world), 0);
		crash_disk_poke(crash, name, SEGMENT_HEADER_SIZE + 4, 0xee);
		eq_int(read_again(true, 0), ERR_DATA);
		inner.ops->remove(inner.context, inner.folder, name);
		eq_int(read_again(true, 0), ERR_DATA);
		ok(strstr(world.e.message, "after it is missing") != NULL);
		leave();
	}
}

static void
test_torn(void)
{
	struct crash_disk *left;
	struct disk disk;
	struct world other;
	char name[SEGMENT_NAME_SIZE];
	uint8_t got[64];
	ssize_t size;
	int folder, file;

	TEST("what is cut off is kept in the quarantine")
	{
		enter(SEGMENT_BYTES);
		eq_int(world_append(&world, 100, false), 0);
		eq_int(world_commit(&world), 0);
		segment_name(1, name);
		file = inner.ops->open(
		    inner.context, inner.folder, name, DISK_WRITE);
		crash_disk_peek(crash, name, (size_t *)&size);
		eq_int(disk_write_all(&inner, file, (const uint8_t *)"torn!", 5,
		           (uint64_t)size),
		    0);
		left = crash_disk_kill(crash, &disk);
		other = world;
		eq_int(world_read(&other, &disk, world.appended), 0);
		eq_int(other.report.tail.verdict, TAIL_TORN);
		eq_int(other.report.tail.cut_bytes, 5);
		world_end(&other);
		folder = disk.ops->open(
		    disk.context, disk.folder, "quarantine", DISK_FOLDER);
		snprintf((char *)got, sizeof(got), "%s.%zd", name, size);
		file = disk.ops->open(
		    disk.context, folder, (char *)got, DISK_READ);
		eq_int(disk_read_all(&disk, file, got, sizeof(got), 0), 5);
		eq_mem(got, "torn!", 5);
		crash_disk_destroy(left);
		leave();
	}
}

/* Found by the random crashes, once in some 100,000. */
static void
test_names(void)
{
	struct crash_disk *killed, *left;
	struct world other;
	struct disk disk, after;
	struct fault_disk dying;
	uint64_t step, seed;

	TEST("nothing is removed on the word of a segment whose name may be "
	     "lost")
	{
		enter(SEGMENT_BYTES);
		eq_int(world_append(&world, 100, false), 0);
		eq_int(world_commit(&world), 0);
		world.oldest = 0;
		fault_disk_fail(&faulty, FAULT_SYNC_FOLDER, 0, 1, EIO);
		eq_int(world_rotate(&world), ERR_IO);
		for (step = 0; step < 40; step++) {
			killed = crash_disk_kill(crash, &disk);
			fault_disk_init(&dying, &disk, &outer);
			fault_disk_die(&dying, step / 2, step % 2 != 0);
			other = world;
			world_read(&other, &outer, world.durable);
			world_end(&other);
			for (seed = 0; seed < 40; seed++) {
				left = crash_disk_crash(killed, seed, &after);
				other = world;
				eq_int(
				    world_read(&other, &after, world.durable),
				    0);
				ok(!other.is_wrong);
				world_end(&other);
				crash_disk_destroy(left);
			}
			crash_disk_destroy(killed);
		}
		leave();
	}
}

static int
remove_name(void *argument, const char *name)
{
	const struct disk *disk = argument;

	return disk->ops->remove(disk->context, disk->folder, name);
}

static void
test_system(void)
{
	char place[] = "/tmp/abuf-wal-XXXXXX";
	struct disk disk;
	int step;

	TEST("it works on the system's disk, with its jobs in a thread")
	{
		ok(mkdtemp(place) != NULL);
		disk_posix_init(
		    &disk, open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		world_init(&world, 1, 64 * 1024);
		world.has_thread = true;
		eq_int(world_read(&world, &disk, 0), 0);
		eq_int(world_begin(&world), 0);
		for (step = 0; step < 1000; step++)
			eq_int(world_step(&world), 0);
		eq_int(world_commit(&world), 0);
		eq_int(world_flush(&world), 0);
		world_end(&world);
		eq_int(world_read(&world, &disk, world.appended), 0);
		ok(!world.is_wrong);
		ok(world.report.sequence > 1);
		world_end(&world);
		eq_int(
		    disk.ops->list(NULL, disk.folder, remove_name, &disk), 0);
		close(disk.folder);
		ok(rmdir(place) == 0);
	}
}

SUITE(wal)
{
	test_errors();
	test_full();
	test_without_reserve();
	test_damage();
	test_refusals();
	test_torn();
	test_names();
	test_system();
}
