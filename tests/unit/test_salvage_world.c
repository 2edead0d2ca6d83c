/*
 * A log, and what a salvage tells of it once it is damaged.
 */
#include "tap.h"
#include "test_salvage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_checkpoint.h"
#include "journal/segment.h"

struct salvage_log whole;
struct salvage_got got;

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
	    !world_is_frame(&whole.world, frame->lane, frame);
	got.next = frame->lane + UINT64_C(1);
	got.is_told[frame->lane] = true;
	return 0;
}

static int
lose(void *context, const struct wal_hole *hole, struct err *e)
{
	const struct wal_hole *last;

	(void)context;
	(void)e;
	got.is_wrong |=
	    hole->from > hole->to || got.hole_count == SALVAGE_HOLES_MAX;
	/* Rising, and apart. */
	if (got.hole_count > 0) {
		last = got.holes + got.hole_count - 1;
		got.is_wrong |= hole->segment < last->segment ||
		    (hole->segment == last->segment && hole->from <= last->to);
	}
	if (got.hole_count < SALVAGE_HOLES_MAX)
		got.holes[got.hole_count++] = *hole;
	return 0;
}

int
salvage(const struct disk *disk)
{
	const struct wal_reader reader = {
	    .recover = WAL_SALVAGE, .each = take, .lost = lose};

	memset(&got, 0, sizeof(got));
	got.wal = wal_create(disk, whole.world.segment_bytes);
	return wal_read(got.wal, &reader, &got.report, &got.e);
}

void
salvage_leave_copy(struct crash_disk *left)
{
	wal_destroy(got.wal);
	crash_disk_destroy(left);
}

/* Every place of a frame in a segment. */
void
salvage_find_places(uint64_t segment)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment header;
	struct frame frame;
	size_t size, at = SEGMENT_HEADER_SIZE;
	const uint8_t *data;

	segment_name(segment, name);
	data = crash_disk_peek(whole.crash, name, &size);
	if (data == NULL)
		return;
	segment_decode(data, size, &header);
	for (; at < size; at += frame_size(frame.size)) {
		if (frame_decode(data, size, at, segment, header.salt,
		        &frame) != FRAME_GOOD)
			return;
		whole.durable_end[segment] =
		    (size_t)(uint32_t)frame.durable_lsn;
		if (frame.type != PAYLOAD_BATCH)
			continue;
		whole.places[frame.lane] =
		    (struct place){segment, at, at + frame_size(frame.size)};
		if (whole.first_of[segment] == 0)
			whole.first_of[segment] = frame.lane;
	}
}

/* A segment's worth of frames in groups of three, each one synced. */
void
salvage_add_groups(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		eq_int(world_append(&whole.world, 40, false), 0);
		eq_int(world_append(&whole.world, 25, false), 0);
		eq_int(world_append(&whole.world, 0, false), 0);
		eq_int(world_commit(&whole.world), 0);
	}
}

/*
 * Some segments, all of which every checkpoint needs; in the newest so many
 * groups.
 */
void
salvage_enter(uint64_t segments, size_t groups)
{
	uint64_t i;

	world_init(&whole.world, 3, 1 << 20);
	whole.world.needs_all = true;
	memset(whole.places, 0, sizeof(whole.places));
	memset(whole.first_of, 0, sizeof(whole.first_of));
	whole.crash = crash_disk_create(&whole.disk);
	eq_int(world_read(&whole.world, &whole.disk, 0), 0);
	eq_int(world_begin(&whole.world), 0);
	for (i = 1; i < segments; i++) {
		salvage_add_groups(5);
		whole.world.more_pieces = i + 1 < segments ? 0 : 2;
		eq_int(world_rotate(&whole.world), 0);
	}
	/* Without any, what was appended meanwhile is never written. */
	salvage_add_groups(groups);
	if (groups > 0)
		eq_int(world_flush(&whole.world), 0);
	world_end(&whole.world);
	whole.world.appended = whole.world.written;
	for (i = 1; i <= segments; i++)
		salvage_find_places(i);
}

void
salvage_leave(void)
{
	crash_disk_destroy(whole.crash);
}

/* All that lie behind the checkpoint and are not in [from, to). */
bool
has_all_but(uint64_t segment, size_t from, size_t to)
{
	const struct place *place;
	bool is_touched;
	uint64_t i;

	for (i = got.after_checkpoint; i < whole.world.appended; i++) {
		place = &whole.places[i];
		is_touched = place->segment == segment && place->from < to &&
		    place->to > from;
		if (got.is_told[i] == is_touched)
			return false;
	}
	return !got.is_wrong;
}

/* The quarantine has these bytes of a segment, and no more of that place. */
bool
is_saved(const struct disk *disk, uint64_t segment, size_t from,
    const uint8_t *data, size_t size)
{
	char name[SEGMENT_NAME_SIZE], copy[64];
	static uint8_t saved[SALVAGE_FILE_MAX];
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
bool
has_hole(const struct disk *disk, uint64_t segment, size_t from, size_t to,
    const uint8_t *damaged)
{
	return got.hole_count == 1 && got.holes[0].segment == segment &&
	    got.holes[0].from == from && got.holes[0].to == to &&
	    got.report.holes == 1 && got.report.lost_bytes == to - from &&
	    is_saved(disk, segment, from, damaged + from, to - from);
}

/* A run begins behind what was salvaged, and is read without any salvage. */
bool
goes_on(struct crash_disk *left)
{
	static struct world other;
	struct crash_disk *later;
	struct disk after;
	bool is_right;

	other = whole.world;
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
const struct place *
place_of(uint64_t segment, size_t offset)
{
	uint64_t i;

	for (i = 0; i < whole.world.appended; i++) {
		if (whole.places[i].segment == segment &&
		    whole.places[i].from <= offset &&
		    whole.places[i].to > offset)
			return &whole.places[i];
	}
	return NULL;
}

/* A copy of the disk with one bit of one byte flipped. */
struct crash_disk *
flip(uint64_t segment, size_t offset, struct disk *disk, const uint8_t **data,
    size_t *size)
{
	struct crash_disk *left = crash_disk_kill(whole.crash, disk);
	char name[SEGMENT_NAME_SIZE];
	uint8_t byte;

	segment_name(segment, name);
	byte = crash_disk_peek(left, name, size)[offset];
	crash_disk_poke(left, name, offset, byte ^ (uint8_t)(1 << offset % 8));
	*data = crash_disk_peek(left, name, size);
	return left;
}

size_t
size_of(uint64_t segment)
{
	char name[SEGMENT_NAME_SIZE];
	size_t size;

	segment_name(segment, name);
	return crash_disk_peek(whole.crash, name, &size) != NULL ? size : 0;
}
