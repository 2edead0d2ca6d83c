/*
 * A whole segment, as a restart reads it: any bytes are read or refused with a
 * reason; what is refused is as it was, and what is read is read again by the
 * next run, the same frames and nothing to cut.  What is refused may be
 * salvaged, twice with the same outcome.
 *
 * The first byte chooses: the file as it is; or a right header and checkpoint,
 * and behind them the rest as bytes, or as frames, each of 4 bytes (type, lane,
 * length of the payload, how far the one before was durable) and its payload.
 * The second byte changes one byte of all that, or cuts it, or does neither.
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/crash_disk.h"
#include "base/err.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload_checkpoint.h"
#include "journal/segment.h"
#include "journal/state.h"
#include "journal/wal.h"

#define SALT 0x5a17
#define ROOM (64 * 1024)
#define NAME "log-0000000000000001"
#define FRAME_INPUT 4

static uint8_t image[ROOM];
static size_t image_size;

static void
add_frame(uint8_t type, uint8_t flags, uint16_t lane, const uint8_t *payload,
    size_t size, uint64_t durable)
{
	const struct frame frame = {
	    .type = type,
	    .flags = flags,
	    .lane = lane,
	    .size = (uint32_t)size,
	    .payload = payload,
	};

	if (frame_size(size) > ROOM - image_size)
		return;
	frame_lay_out(&frame, image + image_size);
	frame_stamp(image + image_size, frame_lsn(1, image_size),
	    frame_lsn(1, durable), SALT);
	image_size += frame_size(size);
}

/* With three lanes. */
static void
add_head(void)
{
	const struct segment header = {.sequence = 1, .salt = SALT};
	const struct payload_run run = {
	    .next_window = 1, .sync = PAYLOAD_SYNC_BATCH};
	struct payload_lane lane = {.next_seq = 1,
	    .buffer_size = 1,
	    .channel_size = 1,
	    .buffer = (const uint8_t *)"b"};
	static const char *const names[] = {"c", "d", "e"};
	struct state state = {.next_window = 1, .run = run};
	struct frame *frames, frame = {.type = PAYLOAD_LANE};
	uint8_t data[64];
	struct err e;
	size_t count;

	for (frame.lane = 1; frame.lane <= 3; frame.lane++) {
		struct pack pack = {.data = data, .size = sizeof(data)};

		lane.channel = (const uint8_t *)names[frame.lane - 1];
		payload_lane_encode(&lane, &pack);
		frame.payload = data;
		frame.size = (uint32_t)pack.used;
		HOLDS(state_apply(&state, &frame, 0, &e) == 0);
	}
	state_checkpoint(&state, 1, &frames, &count);
	segment_encode(&header, image);
	image_size = SEGMENT_HEADER_SIZE;
	add_frame(PAYLOAD_CHECKPOINT, FRAME_LAST, 0, frames[0].payload,
	    frames[0].size, SEGMENT_HEADER_SIZE);
	state_free_checkpoint(frames, count);
	state_release(&state);
}

static void
add_frames(const uint8_t *data, size_t size)
{
	size_t payload, durable = SEGMENT_HEADER_SIZE, before = image_size;

	while (size >= FRAME_INPUT) {
		payload = data[2];
		if (payload > size - FRAME_INPUT)
			payload = size - FRAME_INPUT;
		if (data[3] % 2 == 1)
			durable = before;
		before = image_size;
		add_frame(
		    data[0], 0, data[1], data + FRAME_INPUT, payload, durable);
		data += FRAME_INPUT + payload;
		size -= FRAME_INPUT + payload;
	}
}

static void
add_bytes(const uint8_t *data, size_t size)
{
	if (size > ROOM - image_size)
		size = ROOM - image_size;
	memcpy(image + image_size, data, size);
	image_size += size;
}

/* How a disk may change it: by the place that `how` and the size give. */
static void
change(uint8_t how)
{
	size_t at = image_size * (how / 4) / 64;

	if (at >= image_size)
		return;
	if (how % 4 == 1)
		image[at] ^= 1;
	else if (how % 4 == 2)
		image_size = at;
}

static void
write_file(const struct disk *disk)
{
	int file =
	    disk->ops->open(disk->context, disk->folder, NAME, DISK_CREATE);

	HOLDS(file >= 0);
	HOLDS(disk_write_all(disk, file, image, image_size, 0) == 0);
	HOLDS(disk->ops->sync(disk->context, file) == 0);
	disk->ops->close(disk->context, file);
}

static int
take(void *context, const struct frame *frame, struct err *e)
{
	return state_apply(context, frame, 0, e);
}

/* Behind a hole, what does not fit is left out. */
static int
salvage(void *context, const struct frame *frame, struct err *e)
{
	struct state *state = context;
	bool has_gaps = state->has_gaps;
	int code = state_apply(state, frame, 0, e);

	return has_gaps ? 0 : code;
}

static int
lose(void *context, const struct wal_hole *hole, struct err *e)
{
	(void)e;
	HOLDS(hole->from <= hole->to);
	state_expect_gaps(context);
	return 0;
}

/* What a restart does; the state is released. */
static int
read_log(const struct disk *disk, enum wal_recover recover,
    struct wal_report *report)
{
	struct wal *wal = wal_create(disk, 1 << 20);
	struct state state = {0};
	const struct wal_reader reader = {
	    .recover = recover,
	    .each = recover == WAL_SALVAGE ? salvage : take,
	    .lost = lose,
	    .context = &state,
	};
	struct err e = {0};
	int code = wal_read(wal, &reader, report, &e);

	HOLDS(code == 0 || (code == ERR_DATA && e.message[0] != '\0'));
	if (code == 0)
		state_close_gaps(&state);
	wal_destroy(wal);
	state_release(&state);
	return code;
}

static void
is_untouched(const struct crash_disk *crash)
{
	size_t size = SIZE_MAX;
	const uint8_t *left = crash_disk_peek(crash, NAME, &size);

	/* An empty file has no bytes to point to. */
	HOLDS(size == image_size);
	HOLDS(size == 0 || memcmp(left, image, size) == 0);
}

static void
check_refused(const struct crash_disk *crash, const struct disk *disk)
{
	struct wal_report report, again;

	is_untouched(crash);
	if (read_log(disk, WAL_SALVAGE, &report) != 0)
		return;
	is_untouched(crash);
	HOLDS(read_log(disk, WAL_SALVAGE, &again) == 0);
	HOLDS(again.holes == report.holes);
	HOLDS(again.lost_bytes == report.lost_bytes);
}

static void
check(const struct crash_disk *crash, const struct disk *disk)
{
	struct wal_report report, again;

	if (read_log(disk, WAL_REFUSE, &report) != 0) {
		check_refused(crash, disk);
		return;
	}
	HOLDS(report.segments <= 1);
	HOLDS(read_log(disk, WAL_REFUSE, &again) == 0);
	HOLDS(again.segments == report.segments);
	HOLDS(again.frames == report.frames);
	HOLDS(again.tail.cut_bytes == 0 && again.removed == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crash_disk *crash;
	struct disk disk;

	if (size < 2)
		return 0;
	image_size = 0;
	if (data[0] % 4 > 0)
		add_head();
	if (data[0] % 4 > 1)
		add_frames(data + 2, size - 2);
	else
		add_bytes(data + 2, size - 2);
	change(data[1]);
	crash = crash_disk_create(&disk);
	write_file(&disk);
	check(crash, &disk);
	crash_disk_destroy(crash);
	return 0;
}
