/*
 * Logs at random, and random damage to them.
 */
#include "test_damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "journal/segment.h"

#define SEGMENT_BYTES 7000
#define NAMES_MAX 64

struct names {
	char names[NAMES_MAX][SEGMENT_NAME_SIZE];
	size_t count;
};

static int
collect(void *argument, const char *name)
{
	struct names *names = argument;

	if (names->count == NAMES_MAX || strcmp(name, "quarantine") == 0)
		return 0;
	snprintf(names->names[names->count++], SEGMENT_NAME_SIZE, "%s", name);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Sorted, so that seeds mean the same everywhere. */
static void
list(const struct disk *disk, struct names *names)
{
	names->count = 0;
	disk->ops->list(disk->context, disk->folder, collect, names);
	qsort(names->names, names->count, SEGMENT_NAME_SIZE, compare);
}

static void
run(struct world *world, const struct disk *disk)
{
	uint64_t steps = crash_random(&world->random) % 60;

	world->needs_all = crash_random(&world->random) % 2 == 0;
	world->more_pieces = crash_random(&world->random) % 3;
	if (world_read(world, disk, 0) == 0 && world_begin(world) == 0) {
		while (steps-- > 0)
			world_step(world);
	}
	world_end(world);
}

struct crash_disk *
damage_make_log(struct world *world, uint64_t seed, struct disk *disk)
{
	struct crash_disk *crash = crash_disk_create(disk), *left;
	uint64_t runs = 1 + seed % 3, kind;

	world_init(world, seed, SEGMENT_BYTES);
	while (runs-- > 0) {
		run(world, disk);
		kind = crash_random(&world->random);
		left = kind % 2 == 0 ? crash_disk_kill(crash, disk)
		                     : crash_disk_crash(crash, kind, disk);
		crash_disk_destroy(crash);
		crash = left;
	}
	return crash;
}

void
damage_resize(const struct disk *disk, const char *name, uint64_t size)
{
	int file =
	    disk->ops->open(disk->context, disk->folder, name, DISK_WRITE);

	disk->ops->truncate(disk->context, file, size);
	disk->ops->sync(disk->context, file);
	disk->ops->close(disk->context, file);
}

static void
copy(struct crash_disk *crash, const struct disk *disk, const char *from,
    const char *to)
{
	size_t size;
	const uint8_t *data = crash_disk_peek(crash, from, &size);
	int file =
	    disk->ops->open(disk->context, disk->folder, to, DISK_CREATE);

	if (file < 0)
		return;
	disk_write_all(disk, file, data, size, 0);
	disk->ops->sync(disk->context, file);
	disk->ops->close(disk->context, file);
}

static void
swap(const struct disk *disk, const char *one, const char *other)
{
	const struct disk_ops *ops = disk->ops;
	int folder = disk->folder;

	ops->rename(disk->context, folder, one, folder, "x");
	ops->rename(disk->context, folder, other, folder, one);
	ops->rename(disk->context, folder, "x", folder, other);
}

/* Half of the places are where the frames begin. */
static size_t
place(size_t size, uint64_t *random)
{
	uint64_t from = 0;

	if (size > SEGMENT_HEADER_SIZE && crash_random(random) % 4 != 0)
		from = SEGMENT_HEADER_SIZE;
	return size > from ? from + crash_random(random) % (size - from) : 0;
}

static void
damage_bytes(struct crash_disk *crash, const char *name, uint64_t *random)
{
	size_t size, at, end;
	const uint8_t *data = crash_disk_peek(crash, name, &size);

	if (data == NULL || size == 0)
		return;
	at = place(size, random);
	if (crash_random(random) % 2 == 0) {
		crash_disk_poke(crash, name, at,
		    data[at] ^ (uint8_t)(1 << crash_random(random) % 8));
		return;
	}
	end = at + crash_random(random) % CRASH_SECTOR;
	for (; at < size && at < end; at++)
		crash_disk_poke(crash, name, at, 0);
}

static void
damage_once(struct crash_disk *crash, const struct disk *disk, uint64_t *random)
{
	struct names names;
	const char *name, *other;
	uint64_t kind = crash_random(random) % 16;
	char next[SEGMENT_NAME_SIZE];
	size_t size = 0;

	list(disk, &names);
	if (names.count == 0)
		return;
	name = names.names[crash_random(random) % names.count];
	other = names.names[crash_random(random) % names.count];
	segment_name(segment_number(names.names[names.count - 1]) + 1, next);
	crash_disk_peek(crash, name, &size);
	if (kind < 8)
		damage_bytes(crash, name, random);
	else if (kind < 11)
		damage_resize(disk, name, place(size + 1, random));
	else if (kind < 12)
		damage_resize(disk, name, size + crash_random(random) % 100);
	else if (kind < 13)
		disk->ops->remove(disk->context, disk->folder, name);
	else if (kind < 14)
		copy(crash, disk, name, next);
	else if (strcmp(name, other) != 0)
		swap(disk, name, other);
}

void
damage_at_random(
    struct crash_disk *crash, const struct disk *disk, uint64_t seed)
{
	uint64_t times = 1 + crash_random(&seed) % 3;

	while (times-- > 0)
		damage_once(crash, disk, &seed);
	disk->ops->sync_folder(disk->context, disk->folder);
}

uint32_t
damage_fingerprint(const struct crash_disk *crash, const struct disk *disk)
{
	const uint8_t *data;
	struct names names;
	uint32_t crc = 0;
	size_t i, size = 0;

	list(disk, &names);
	for (i = 0; i < names.count; i++) {
		crc = crc32c(crc, (const uint8_t *)names.names[i],
		    strlen(names.names[i]) + 1);
		data = crash_disk_peek(crash, names.names[i], &size);
		if (data != NULL)
			crc = crc32c(crc, data, size);
		crc = crc32c(crc, (const uint8_t *)&size, sizeof(size));
	}
	return crc;
}
