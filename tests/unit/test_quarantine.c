/*
 * The quarantine: nothing in it is ever replaced, and an interruption leaves
 * neither half of anything under its name, nor the same thing twice.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "journal/quarantine.h"

static struct crash_disk *crash;
static struct disk disk, faulty_disk;
static struct fault_disk faulty;

static void
enter(void)
{
	crash = crash_disk_create(&disk);
	fault_disk_init(&faulty, &disk, &faulty_disk);
}

static void
leave(void)
{
	fault_disk_release(&faulty);
	crash_disk_destroy(crash);
}

/* A durable file of the top folder. */
static void
put(const char *name, const char *text)
{
	int file = disk.ops->open(disk.context, disk.folder, name, DISK_CREATE);

	ok(file >= 0);
	eq_int(
	    disk_write_all(&disk, file, (const uint8_t *)text, strlen(text), 0),
	    0);
	eq_int(disk.ops->sync(disk.context, file), 0);
	disk.ops->close(disk.context, file);
	eq_int(disk.ops->sync_folder(disk.context, disk.folder), 0);
}

/* What a file of a folder holds; false if there is none. */
static bool
holds(const struct disk *on, int folder, const char *name, const char *text)
{
	uint8_t got[32] = "";
	int file = on->ops->open(on->context, folder, name, DISK_READ);

	if (file < 0)
		return false;
	disk_read_all(on, file, got, sizeof(got) - 1, 0);
	on->ops->close(on->context, file);
	return strcmp((const char *)got, text) == 0;
}

static bool
quarantine_holds(const struct disk *on, const char *name, const char *text)
{
	int folder = on->ops->open(
	    on->context, on->folder, QUARANTINE_NAME, DISK_FOLDER);
	bool has = folder >= 0 && holds(on, folder, name, text);

	if (folder >= 0)
		on->ops->close(on->context, folder);
	return has;
}

static int
count(void *argument, const char *name)
{
	(void)name;
	++*(size_t *)argument;
	return 0;
}

static size_t
quarantine_size(void)
{
	int folder = quarantine_open(&disk);
	size_t size = 0;

	disk.ops->list(disk.context, folder, count, &size);
	disk.ops->close(disk.context, folder);
	return size;
}

enum how { COPY, KEEP, MOVE };

/* "a" with the text, which is in the top folder but for COPY, goes there. */
static int
bring(enum how how, const char *text, char as[QUARANTINE_NAME_SIZE])
{
	const struct disk *to = &faulty_disk;

	snprintf(as, QUARANTINE_NAME_SIZE, "was-a");
	switch (how) {
	case COPY:
		return quarantine_copy(
		    to, (const uint8_t *)text, strlen(text), as);
	case KEEP:
		return quarantine_keep(to, to->folder, "a", as);
	default:
		return quarantine_move(to, to->folder, "a", as);
	}
}

static void
test_names(void)
{
	static const char *const names[] = {"was-a", "was-a.1", "was-a.2"};
	static const char *const texts[] = {"one", "two", "three"};
	char as[QUARANTINE_NAME_SIZE];
	size_t i;

	TEST("what has a name keeps it: others get numbers")
	{
		enter();
		for (i = 0; i < 3; i++) {
			put("a", texts[i]);
			eq_int(bring(MOVE, NULL, as), 0);
			eq_str(as, names[i]);
			ok(!holds(&disk, disk.folder, "a", texts[i]));
		}
		eq_int(bring(COPY, "two", as), 0);
		eq_str(as, "was-a.1");
		for (i = 0; i < 3; i++)
			ok(quarantine_holds(&disk, names[i], texts[i]));
		eq_int(quarantine_size(), 3);
		leave();
	}
	TEST("the beginning of something, or more than it, is not the same")
	{
		enter();
		eq_int(bring(COPY, "four", as), 0);
		eq_int(bring(COPY, "fo", as), 0);
		eq_str(as, "was-a.1");
		eq_int(bring(COPY, "", as), 0);
		eq_str(as, "was-a.2");
		eq_int(bring(COPY, "", as), 0);
		eq_str(as, "was-a.2");
		leave();
	}
}

static void
test_links(void)
{
	char as[QUARANTINE_NAME_SIZE];

	TEST("where a file can have one name only, it is copied, or renamed")
	{
		enter();
		put("a", "text");
		fault_disk_fail(
		    &faulty, FAULT_LINK, 0, FAULT_FOR_EVER, EOPNOTSUPP);
		eq_int(bring(KEEP, NULL, as), 0);
		ok(holds(&disk, disk.folder, "a", "text"));
		ok(quarantine_holds(&disk, "was-a", "text"));
		disk.ops->remove(disk.context, disk.folder, "a");
		put("a", "other");
		eq_int(bring(MOVE, NULL, as), 0);
		ok(quarantine_holds(&disk, "was-a.1", "other"));
		ok(!holds(&disk, disk.folder, "a", "other"));
		eq_int(quarantine_size(), 2);
		leave();
	}
	TEST("a copy that finds no room leaves nothing")
	{
		enter();
		crash_disk_limit(crash, 0);
		eq_int(bring(COPY, "text", as), -ENOSPC);
		eq_int(quarantine_size(), 0);
		leave();
	}
}

/* Dies at an operation; then power may be lost, and it is begun again. */
static bool
die_at(enum how how, uint64_t at, uint64_t seed, bool has_links)
{
	char as[QUARANTINE_NAME_SIZE];
	struct crash_disk *before;
	bool is_over;

	enter();
	put("a", "text");
	quarantine_size();
	fault_disk_die(&faulty, at, seed % 2 == 0);
	is_over = bring(how, "text", as) == 0;
	before = crash;
	crash = seed < 2 ? crash_disk_kill(before, &disk)
	                 : crash_disk_crash(before, seed, &disk);
	crash_disk_destroy(before);
	fault_disk_init(&faulty, &disk, &faulty_disk);
	if (!has_links)
		fault_disk_fail(&faulty, FAULT_LINK, 0, FAULT_FOR_EVER, EPERM);
	ok(holds(&disk, disk.folder, "a", "text") ||
	    quarantine_holds(&disk, "was-a", "text"));
	if (holds(&disk, disk.folder, "a", "text"))
		eq_int(bring(how, "text", as), 0);
	ok(quarantine_holds(&disk, "was-a", "text"));
	ok(quarantine_size() == 1);
	leave();
	return is_over;
}

static void
test_deaths(void)
{
	uint64_t at, seed;
	enum how how;
	bool is_over;

	TEST("whenever it dies, it is there once, and the same when begun anew")
	{
		for (how = COPY; how <= MOVE; how++) {
			for (seed = 0; seed < 40; seed++) {
				for (at = 0, is_over = false; !is_over; at++)
					is_over =
					    die_at(how, at, seed, seed % 3 > 0);
				ok(at > 5);
			}
		}
	}
}

SUITE(quarantine)
{
	test_names();
	test_links();
	test_deaths();
}
