/*
 * The disk that models crashes: what was synced always stays, and everything
 * that it is meant to do to the rest does happen.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

#define SEEDS 400
#define SECTORS 8

static struct crash_disk *crash;
static struct disk disk;

static int
make(const char *name)
{
	return disk.ops->open(disk.context, disk.folder, name, DISK_CREATE);
}

static void
fill(int file, uint8_t byte, size_t sectors, uint64_t first)
{
	uint8_t data[SECTORS * CRASH_SECTOR];

	memset(data, byte, sizeof(data));
	eq_int(disk_write_all(&disk, file, data, sectors * CRASH_SECTOR,
	           first * CRASH_SECTOR),
	    0);
}

static void
enter(void)
{
	crash = crash_disk_create(&disk);
}

static void
leave(void)
{
	crash_disk_destroy(crash);
}

/* A file "a" of zeros as it was synced under its name; open. */
static int
make_synced(uint8_t byte)
{
	int file = make("a");

	fill(file, byte, SECTORS, 0);
	disk.ops->sync(disk.context, file);
	disk.ops->sync_folder(disk.context, disk.folder);
	return file;
}

static void
test_sync(void)
{
	struct crash_disk *left;
	struct disk after;
	const uint8_t *data;
	uint64_t seed;
	size_t size, kept = 0;

	TEST("what was synced stays, whatever the seed")
	{
		enter();
		make_synced('s');
		fill(make("b"), 'b', 1, 0);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			data = crash_disk_peek(left, "a", &size);
			ok(data != NULL && size == SECTORS * CRASH_SECTOR &&
			    data[0] == 's' && data[size - 1] == 's');
			kept += crash_disk_peek(left, "b", &size) != NULL;
			crash_disk_destroy(left);
		}
		ok(kept > 0 && kept < SEEDS);
		leave();
	}
	TEST("a durable name may stand for an empty file, or for less")
	{
		size_t empty = 0, zeros = 0, whole = 0;

		enter();
		fill(make("a"), 'a', SECTORS, 0);
		disk.ops->sync_folder(disk.context, disk.folder);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			data = crash_disk_peek(left, "a", &size);
			ok(data != NULL || size == 0);
			empty += size == 0;
			whole += size > 0 && data[0] == 'a';
			zeros += size > 0 && data[0] == 0;
			crash_disk_destroy(left);
		}
		ok(empty > 0 && whole > 0 && zeros > 0);
		leave();
	}
	TEST("the end of the process loses nothing, but does not sync either")
	{
		struct crash_disk *killed;
		struct disk before;

		enter();
		fill(make("a"), 'a', 1, 0);
		killed = crash_disk_kill(crash, &before);
		data = crash_disk_peek(killed, "a", &size);
		ok(data != NULL && size == CRASH_SECTOR && data[0] == 'a');
		kept = 0;
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(killed, seed, &after);
			kept += crash_disk_peek(left, "a", &size) != NULL;
			crash_disk_destroy(left);
		}
		ok(kept > 0 && kept < SEEDS);
		crash_disk_destroy(killed);
		leave();
	}
}

/* Which sectors of "a" hold the byte, as bits. */
static unsigned int
sectors_with(const struct crash_disk *left, uint8_t byte)
{
	unsigned int i, bits = 0;
	const uint8_t *data;
	size_t size;

	data = crash_disk_peek(left, "a", &size);
	for (i = 0; data != NULL && i < size / CRASH_SECTOR; i++) {
		eq_int(
		    data[i * CRASH_SECTOR], data[(i + 1) * CRASH_SECTOR - 1]);
		bits |= (data[i * CRASH_SECTOR] == byte) << i;
	}
	return bits;
}

static void
test_tears(void)
{
	struct crash_disk *left;
	struct disk after;
	uint64_t seed;
	unsigned int bits, old = 0, first = 0, last = 0, only_last = 0;
	size_t none = 0, all = 0, prefix = 0, others = 0;
	int file;

	TEST("writes tear between sectors, in any order, and not within one")
	{
		enter();
		file = make_synced('s');
		fill(file, 'n', SECTORS, 0);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			bits = sectors_with(left, 'n');
			eq_int(bits | sectors_with(left, 's'), 0xff);
			none += bits == 0;
			all += bits == 0xff;
			prefix += bits != 0 && bits != 0xff &&
			    (bits & (bits + 1)) == 0;
			others += (bits & (bits + 1)) != 0;
			crash_disk_destroy(left);
		}
		ok(none > 0 && all > 0 && prefix > 0 && others > 0);
		leave();
	}
	TEST("a sector written twice is as before, as between or as after")
	{
		enter();
		file = make_synced('s');
		fill(file, '1', 1, 0);
		fill(file, '2', 2, 0);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			old += sectors_with(left, 's') & 1;
			first += sectors_with(left, '1') & 1;
			last += sectors_with(left, '2') & 1;
			/* The later sector without the earlier. */
			only_last += (sectors_with(left, '2') & 3) == 2;
			crash_disk_destroy(left);
		}
		ok(old > 0 && first > 0 && last > 0 && only_last > 0);
		eq_int(old + first + last, SEEDS);
		leave();
	}
}

static void
test_cut(void)
{
	struct crash_disk *left;
	size_t size, before = 0, cut = 0, longer = 0, back = 0;
	struct disk after;
	const uint8_t *data;
	uint64_t seed;
	int file;

	TEST("a cut that was not synced may not have been, and old bytes come "
	     "back behind what was written since")
	{
		enter();
		file = make_synced('s');
		eq_int(disk.ops->truncate(disk.context, file, 100), 0);
		fill(file, 'n', 2, 0);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			data = crash_disk_peek(left, "a", &size);
			cut += size == 100;
			longer += size == 2 * CRASH_SECTOR;
			before += size == SECTORS * CRASH_SECTOR;
			back += size > 2 * CRASH_SECTOR && data[0] == 'n' &&
			    data[2 * CRASH_SECTOR] == 's';
			crash_disk_destroy(left);
		}
		ok(before > 0 && cut > 0 && longer > 0 && back > 0);
		eq_int(before + cut + longer, SEEDS);
		leave();
	}
	TEST("what a cut has taken away reads as zeros when the file grows")
	{
		enter();
		file = make_synced('s');
		eq_int(disk.ops->truncate(disk.context, file, 100), 0);
		fill(file, 'n', 1, 4);
		data = crash_disk_peek(crash, "a", &size);
		eq_int(size, 5 * CRASH_SECTOR);
		ok(data[99] == 's' && data[100] == 0 && data[2047] == 0 &&
		    data[2048] == 'n');
		leave();
	}
}

static void
test_names(void)
{
	struct crash_disk *left;
	size_t size, old = 0, new = 0, none = 0, both = 0;
	struct disk after;
	bool has_old, has_new;
	uint64_t seed;
	int folder;

	TEST("a rename is all or nothing, and a removal may be undone")
	{
		enter();
		make_synced('s');
		eq_int(disk.ops->rename(
		           disk.context, disk.folder, "a", disk.folder, "b"),
		    0);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			has_old = crash_disk_peek(left, "a", &size) != NULL;
			has_new = crash_disk_peek(left, "b", &size) != NULL;
			ok(has_old != has_new);
			old += has_old;
			new += has_new;
			crash_disk_destroy(left);
		}
		ok(old > 0 && new > 0);
		disk.ops->sync_folder(disk.context, disk.folder);
		eq_int(disk.ops->remove(disk.context, disk.folder, "b"), 0);
		old = new = 0;
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			ok(crash_disk_peek(left, "a", &size) == NULL);
			new += crash_disk_peek(left, "b", &size) != NULL;
			crash_disk_destroy(left);
		}
		ok(new > 0 && new < SEEDS);
		leave();
	}
	TEST("names are kept independently of each other")
	{
		enter();
		make("a");
		make("b");
		old = new = none = both = 0;
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			size = 1;
			crash_disk_peek(left, "a", &size);
			has_old = size == 0;
			size = 1;
			crash_disk_peek(left, "b", &size);
			has_new = size == 0;
			both += has_old && has_new;
			none += !has_old && !has_new;
			old += has_old && !has_new;
			new += has_new && !has_old;
			crash_disk_destroy(left);
		}
		ok(both > 0 && none > 0 && old > 0 && new > 0);
		leave();
	}
	TEST("a move to another folder is durable once both are synced")
	{
		enter();
		make_synced('s');
		disk.ops->make_folder(disk.context, disk.folder, "w");
		disk.ops->sync_folder(disk.context, disk.folder);
		folder =
		    disk.ops->open(disk.context, disk.folder, "w", DISK_FOLDER);
		disk.ops->rename(disk.context, disk.folder, "a", folder, "a");
		disk.ops->sync_folder(disk.context, folder);
		old = 0;
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			old += crash_disk_peek(left, "a", &size) != NULL;
			crash_disk_destroy(left);
		}
		ok(old > 0 && old < SEEDS);
		disk.ops->sync_folder(disk.context, disk.folder);
		for (seed = 0; seed < SEEDS; seed++) {
			left = crash_disk_crash(crash, seed, &after);
			ok(crash_disk_peek(left, "a", &size) == NULL);
			crash_disk_destroy(left);
		}
		leave();
	}
}

static void
test_space(void)
{
	uint8_t data[SECTORS * CRASH_SECTOR] = {0};
	int a, b;

	TEST("a full disk takes what fits; what was reserved is there")
	{
		enter();
		a = make("a");
		b = make("b");
		crash_disk_limit(crash, 3 * CRASH_SECTOR);
		eq_int(disk.ops->reserve(disk.context, a, 0, 1024), 0);
		eq_int(disk.ops->reserve(disk.context, a, 0, 4096), -ENOSPC);
		eq_int(disk.ops->write(disk.context, b, data, 1000, 0), 512);
		eq_int(disk.ops->write(disk.context, b, data, 1, 512), -ENOSPC);
		eq_int(disk_write_all(&disk, a, data, 1024, 0), 0);
		eq_int(disk_write_all(&disk, a, data, 1, 1024), -ENOSPC);
		disk.ops->truncate(disk.context, a, 100);
		eq_int(disk_write_all(&disk, b, data, 512, 512), 0);
		leave();
	}
}

static void
test_faults(void)
{
	uint8_t data[SECTORS * CRASH_SECTOR] = {0};
	struct fault_disk faulty;
	struct disk outer;
	size_t size;
	int file;

	TEST("the k-th operation fails, once or for ever")
	{
		enter();
		fault_disk_init(&faulty, &disk, &outer);
		file = outer.ops->open(
		    outer.context, outer.folder, "a", DISK_CREATE);
		fault_disk_fail(&faulty, FAULT_SYNC, 1, 1, EIO);
		eq_int(outer.ops->sync(outer.context, file), 0);
		eq_int(outer.ops->sync(outer.context, file), -EIO);
		eq_int(outer.ops->sync(outer.context, file), 0);
		fault_disk_fail(&faulty, FAULT_SYNC, 0, FAULT_FOR_EVER, EIO);
		eq_int(outer.ops->sync(outer.context, file), -EIO);
		eq_int(outer.ops->sync(outer.context, file), -EIO);
		outer.ops->close(outer.context, file);
		fault_disk_release(&faulty);
		leave();
	}
	TEST("a machine dies in an operation, and nothing works any more")
	{
		enter();
		fault_disk_init(&faulty, &disk, &outer);
		file = outer.ops->open(
		    outer.context, outer.folder, "a", DISK_CREATE);
		fault_disk_die(&faulty, 0, true);
		eq_int(
		    disk_write_all(&outer, file, data, 1000, 0), -FAULT_DEAD);
		ok(crash_disk_peek(crash, "a", &size) != NULL);
		eq_int(size, 500);
		eq_int(outer.ops->sync(outer.context, file), -FAULT_DEAD);
		eq_int(outer.ops->size(outer.context, file, NULL), -FAULT_DEAD);
		fault_disk_release(&faulty);
		leave();
	}
}

SUITE(crash_disk)
{
	test_sync();
	test_tears();
	test_cut();
	test_names();
	test_space();
	test_faults();
}
