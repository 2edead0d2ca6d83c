/*
 * Closed windows on their way to be durable, on a disk that crashes anywhere:
 * whatever it leaves, a frame that is found has its bytes, what was called done
 * is found, and frames are found in the order of closing.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_checkpoint.h"
#include "journal/pipeline.h"

#define WINDOWS_MAX 512
#define STATE_SIZE 16
#define ACK_PROMISE ((uint64_t)FRAME_HEADER_SIZE + STATE_SIZE)

/* What became of a window; a frame BATCH or ACK has its number. */
struct window_life {
	struct pipeline_item item; /* first */
	uint64_t number;
	bool has_file, is_done, is_acknowledged;
	bool is_found, is_gone; /* by who reads again */
};

static struct {
	uint64_t random;
	uint64_t segment_bytes;
	struct crash_disk *crash;
	struct disk disk, windows;
	struct wal *wal;
	struct pipeline pipeline;
	struct pipeline_job *job;
	struct window_life lives[WINDOWS_MAX];
	uint64_t count; /* of windows closed, from 1 */
	uint64_t last;  /* found */
	bool is_wrong;
	struct err e;
} world;

static uint64_t
draw(uint64_t below)
{
	return crash_random(&world.random) % below;
}

static size_t
size_of(uint64_t number)
{
	return 1 + (size_t)(number * 7919 % 3000);
}

static void
encode(uint64_t number, uint8_t state[STATE_SIZE])
{
	memset(state, 0, STATE_SIZE);
	pack_store_64(state, number);
	state[8] = (uint8_t)world.lives[number].has_file;
}

static struct frame
make_frame(uint8_t type, uint64_t number, uint8_t state[STATE_SIZE])
{
	encode(number, state);
	return (struct frame){
	    .type = type, .size = STATE_SIZE, .payload = state};
}

static int
append(void *context, struct pipeline_item *item, struct err *e)
{
	struct window_life *life = (struct window_life *)(void *)item;
	uint8_t state[STATE_SIZE];
	struct frame frame = make_frame(PAYLOAD_BATCH, life->number, state);

	(void)context;
	return wal_append(world.wal, &frame, ACK_PROMISE, e);
}

static void
done(void *context, struct pipeline_item *item)
{
	struct window_life *life = (struct window_life *)(void *)item;

	(void)context;
	life->is_done = true;
	if (item->file >= 0)
		world.windows.ops->close(world.windows.context, item->file);
}

/* Of the state, what has no acknowledgement. */
static int
make_checkpoint(void *context, struct wal_stamp *stamp,
    struct pipeline_checkpoint *checkpoint, struct err *e)
{
	uint8_t *bytes = memory_zeroed(1, 32768);
	struct pack pack = {.data = bytes, .size = 32768};
	struct payload_piece piece = {.oldest = wal_next_sequence(world.wal)};
	uint8_t state[STATE_SIZE];
	uint64_t i;

	(void)context;
	(void)e;
	for (i = 1; i <= world.count; i++)
		piece.entry_count += world.lives[i].item.ticket > 0 &&
		    !world.lives[i].is_acknowledged;
	payload_piece_encode(&piece, &pack);
	for (i = 1; i <= world.count; i++) {
		const struct payload_entry entry = {
		    .type = PAYLOAD_BATCH, .size = STATE_SIZE, .data = state};

		encode(i, state);
		if (world.lives[i].item.ticket > 0 &&
		    !world.lives[i].is_acknowledged)
			payload_entry_encode(&entry, &pack);
	}
	stamp->salt = (uint32_t)crash_random(&world.random);
	stamp->wall_ns = 1;
	checkpoint->frames = memory_zeroed(1, sizeof(struct frame));
	checkpoint->frames->size = (uint32_t)pack.used;
	checkpoint->frames->payload = bytes;
	checkpoint->count = 1;
	checkpoint->oldest = piece.oldest;
	return 0;
}

static void
forget(void *context, struct pipeline_checkpoint *checkpoint)
{
	(void)context;
	free((void *)(uintptr_t)checkpoint->frames->payload);
	free(checkpoint->frames);
}

static const struct pipeline_ops ops = {
    .append = append,
    .done = done,
    .checkpoint = make_checkpoint,
    .forget = forget,
};

static int
ignore(void *context, const struct frame *frame, struct err *e)
{
	(void)context;
	(void)frame;
	(void)e;
	return 0;
}

static void
enter(const struct disk *disk, enum pipeline_sync sync, uint64_t seed)
{
	static const uint8_t uuid[SEGMENT_UUID_SIZE] = "a journal's uuid";
	struct pipeline_checkpoint checkpoint;
	struct wal_report report;
	const struct wal_reader reader = {.each = ignore};
	struct wal_stamp stamp;

	world.random = seed;
	world.count = 0;
	memset(world.lives, 0, sizeof(world.lives));
	world.disk = *disk;
	world.windows = *disk;
	disk->ops->make_folder(disk->context, disk->folder, "w");
	disk->ops->sync_folder(disk->context, disk->folder);
	world.windows.folder =
	    disk->ops->open(disk->context, disk->folder, "w", DISK_FOLDER);
	world.wal = wal_create(disk, world.segment_bytes);
	eq_int(wal_read(world.wal, &reader, &report, &world.e), 0);
	make_checkpoint(NULL, &stamp, &checkpoint, &world.e);
	eq_int(wal_begin(world.wal, &stamp, uuid, checkpoint.frames, 1, 0,
	           checkpoint.oldest, &world.e),
	    0);
	forget(NULL, &checkpoint);
	pipeline_init(&world.pipeline, world.wal, &world.windows, sync, &ops);
}

static void
leave(void)
{
	struct pipeline_item *item;

	if (world.job != NULL) {
		pipeline_job_run(world.job);
		pipeline_job_complete(&world.pipeline, world.job, &world.e);
		world.job = NULL;
	}
	while ((item = pipeline_take(&world.pipeline)) != NULL)
		done(NULL, item);
	pipeline_release(&world.pipeline);
	wal_destroy(world.wal);
	world.disk.ops->close(world.disk.context, world.windows.folder);
}

static void
fill(uint64_t number, uint8_t *bytes)
{
	memset(bytes, (int)(number % 251) + 1, size_of(number));
}

/* A window is closed: its file has its bytes, and is not synced. */
static void
close_one(bool has_file)
{
	struct window_life *life = &world.lives[++world.count];
	const struct disk *disk = &world.windows;
	char name[PIPELINE_NAME_SIZE];
	uint8_t bytes[4096];

	life->number = world.count;
	life->has_file = has_file;
	life->item.file = -1;
	if (has_file) {
		pipeline_name(life->number, name);
		fill(life->number, bytes);
		life->item.file = disk->ops->open(
		    disk->context, disk->folder, name, DISK_CREATE);
		eq_int(disk_write_all(disk, life->item.file, bytes,
		           size_of(life->number), 0),
		    0);
	}
	pipeline_put(&world.pipeline, &life->item);
}

/* One of all kinds. */
static void
close_any(void)
{
	bool has_file = draw(2) == 0;

	close_one(has_file);
	world.lives[world.count].item.can_wait = !has_file && draw(2) == 0;
}

/* Some batch that is done is acknowledged, and its file not needed. */
static void
acknowledge(void)
{
	struct window_life *life = &world.lives[1 + draw(world.count + 1)];
	uint8_t state[STATE_SIZE];
	struct frame frame;

	if (!life->is_done || life->is_acknowledged)
		return;
	frame = make_frame(PAYLOAD_ACK, life->number, state);
	if (wal_append_promised(world.wal, &frame, &world.e) != 0)
		return;
	life->is_acknowledged = true;
	if (life->has_file)
		pipeline_remove(&world.pipeline, life->number);
}

static int
advance(void)
{
	struct pipeline_job *job;
	int code;

	world.pipeline.is_short = wal_lacks_room(world.wal);
	code = pipeline_advance(&world.pipeline, &job, &world.e);

	if (job != NULL)
		world.job = job;
	return code;
}

static int
finish_job(void)
{
	struct pipeline_job *job = world.job;

	if (job == NULL)
		return 0;
	world.job = NULL;
	pipeline_job_run(job);
	return pipeline_job_complete(&world.pipeline, job, &world.e);
}

static void
step(void)
{
	switch (draw(7)) {
	case 0:
	case 1:
		if (world.count < WINDOWS_MAX - 2)
			close_any();
		break;
	case 6:
		pipeline_hurry(&world.pipeline, draw(2) == 0);
		break;
	case 2:
		acknowledge();
		break;
	case 3:
		eq_int(finish_job(), 0);
		break;
	default:
		eq_int(advance(), 0);
		break;
	}
}

static void
note(uint8_t type, const uint8_t *state)
{
	uint64_t number = pack_load_64(state);
	struct window_life *life = &world.lives[number];

	if (number == 0 || number > world.count) {
		world.is_wrong = true;
		return;
	}
	if (type == PAYLOAD_ACK) {
		world.is_wrong |= !life->is_acknowledged;
		life->is_gone = true;
		return;
	}
	world.is_wrong |= number <= world.last;
	world.last = number;
	life->is_found = true;
}

static int
each(void *context, const struct frame *frame, struct err *e)
{
	struct payload_piece piece;
	struct payload_entry entry;
	uint32_t i;

	(void)context;
	(void)e;
	if (frame->type != PAYLOAD_CHECKPOINT) {
		note(frame->type, frame->payload);
		return 0;
	}
	payload_piece_decode(&piece, frame->payload, frame->size);
	for (i = 0; i < piece.entry_count; i++) {
		entry = payload_piece_next(&piece);
		note(entry.type, entry.data);
	}
	return 0;
}

/* A batch that is to be done again has its bytes. */
static bool
has_bytes(const struct disk *windows, uint64_t number)
{
	char name[PIPELINE_NAME_SIZE];
	uint8_t bytes[4096], right[4096];
	ssize_t n = -1;
	int file;

	pipeline_name(number, name);
	file = windows->ops->open(
	    windows->context, windows->folder, name, DISK_READ);
	if (file < 0)
		return false;
	n = disk_read_all(windows, file, bytes, sizeof(bytes), 0);
	windows->ops->close(windows->context, file);
	fill(number, right);
	return n == (ssize_t)size_of(number) &&
	    memcmp(bytes, right, size_of(number)) == 0;
}

/* Read what a crash has left; false: something is not as promised. */
static bool
is_as_promised(const struct disk *disk)
{
	const struct wal_reader reader = {.each = each};
	struct wal *wal = wal_create(disk, world.segment_bytes);
	struct disk windows = *disk;
	struct wal_report report;
	uint64_t i;

	world.is_wrong = false;
	world.last = 0;
	for (i = 1; i <= world.count; i++)
		world.lives[i].is_found = world.lives[i].is_gone = false;
	world.is_wrong |= wal_read(wal, &reader, &report, &world.e) != 0;
	windows.folder =
	    disk->ops->open(disk->context, disk->folder, "w", DISK_FOLDER);
	for (i = 1; i <= world.count; i++) {
		const struct window_life *life = &world.lives[i];

		world.is_wrong |=
		    life->is_done && !life->is_found && !life->is_acknowledged;
		world.is_wrong |= life->is_found && !life->is_gone &&
		    life->has_file && !has_bytes(&windows, i);
	}
	disk->ops->close(disk->context, windows.folder);
	wal_destroy(wal);
	return !world.is_wrong;
}

static bool
survives(uint64_t seed, bool is_killed)
{
	struct disk disk;
	struct crash_disk *left = is_killed
	    ? crash_disk_kill(world.crash, &disk)
	    : crash_disk_crash(world.crash, seed, &disk);
	bool is_right = is_as_promised(&disk);

	crash_disk_destroy(left);
	return is_right;
}

/* Steps, with a crash after each; how many crashes were not survived. */
static unsigned int
live(uint64_t seed, enum pipeline_sync sync, unsigned int steps)
{
	unsigned int wrong = 0, i;
	struct disk disk;

	world.crash = crash_disk_create(&disk);
	enter(&disk, sync, seed);
	for (i = 0; i < steps; i++) {
		step();
		if (sync == PIPELINE_SYNC)
			wrong += !survives(seed * 1000 + i, false);
		wrong += !survives(0, true);
	}
	leave();
	crash_disk_destroy(world.crash);
	return wrong;
}

static struct fault_disk faulty;

static void
enter_faulty(uint64_t seed)
{
	struct disk inner, outer;

	world.crash = crash_disk_create(&inner);
	fault_disk_init(&faulty, &inner, &outer);
	enter(&outer, PIPELINE_SYNC, seed);
}

static void
leave_faulty(void)
{
	leave();
	fault_disk_release(&faulty);
	crash_disk_destroy(world.crash);
}

/* The same on a disk that has no room now and then. */
static unsigned int
live_short(uint64_t seed, unsigned int steps)
{
	unsigned int wrong = 0, i;

	enter_faulty(seed);
	for (i = 0; i < steps; i++) {
		if (draw(4) == 0) {
			fault_disk_fail(&faulty,
			    FAULT_WRITE | FAULT_RESERVE | FAULT_RENAME, draw(3),
			    1 + draw(3), ENOSPC);
			eq_int(advance(), 0);
			fault_disk_clear(&faulty);
		}
		step();
		wrong += !survives(seed * 1000 + i, false);
		wrong += !survives(0, true);
	}
	leave_faulty();
	return wrong;
}

static void
test_crashes(void)
{
	uint64_t seed;

	TEST("power loss or kill, anywhere: done is found, found has its bytes")
	{
		for (seed = 1; seed <= 20; seed++)
			eq_int(live(seed, PIPELINE_SYNC, 300), 0);
	}
	TEST("... also where there is no room now and then")
	{
		for (seed = 1; seed <= 20; seed++)
			eq_int(live_short(seed, 300), 0);
	}
	TEST("without syncs the same holds for the end of the process")
	{
		eq_int(live(77, PIPELINE_NEVER, 600), 0);
	}
}

/* Until nothing moves any more. */
static int
drain(void)
{
	int code = 0, i;

	for (i = 0; i < 8 && code == 0; i++) {
		code = advance();
		if (code == 0)
			code = finish_job();
	}
	return code;
}

static void
test_faults(void)
{
	TEST("a window that cannot be synced is for ever: nothing is done")
	{
		enter_faulty(1);
		close_one(true);
		fault_disk_fail(&faulty, FAULT_SYNC, 0, 1, EIO);
		eq_int(drain(), ERR_IO);
		eq_int(drain(), ERR_IO);
		ok(!world.lives[1].is_done);
		leave_faulty();
	}
	TEST("a folder that cannot be synced is the same")
	{
		enter_faulty(1);
		close_one(true);
		fault_disk_fail(&faulty, FAULT_SYNC_FOLDER, 0, 1, EIO);
		eq_int(drain(), ERR_IO);
		ok(!world.lives[1].is_done);
		leave_faulty();
	}
	TEST("without room windows wait where they are, and go on later")
	{
		enter_faulty(1);
		close_one(false);
		close_one(true);
		fault_disk_fail(&faulty, FAULT_WRITE | FAULT_RESERVE, 0,
		    FAULT_FOR_EVER, ENOSPC);
		eq_int(drain(), 0);
		ok(!world.lives[1].is_done && !world.lives[2].is_done);
		ok(world.pipeline.is_full);
		fault_disk_clear(&faulty);
		eq_int(drain(), 0);
		ok(world.lives[1].is_done && world.lives[2].is_done);
		ok(!world.pipeline.is_full);
		leave_faulty();
	}
}

/* How many more windows can be taken, to the last. */
static int
fill_up(void)
{
	int count = 0;

	do {
		close_one(false);
		eq_int(drain(), 0);
		count++;
	} while (world.lives[world.count].is_done && count < 400);
	return count;
}

static void
test_short(void)
{
	TEST("on a full disk what is acknowledged makes room for more")
	{
		struct disk disk;
		uint64_t i;

		world.crash = crash_disk_create(&disk);
		crash_disk_limit(world.crash, 48 * 1024);
		enter(&disk, PIPELINE_SYNC, 1);
		ok(fill_up() > 50);
		for (i = 0; i < 100000 && world.pipeline.is_full; i++) {
			acknowledge();
			pipeline_want(&world.pipeline);
			eq_int(drain(), 0);
		}
		ok(!world.pipeline.is_full);
		ok(survives(1, false) && survives(1, true));
		leave();
		crash_disk_destroy(world.crash);
	}
}

static void
test_groups(void)
{
	TEST("many small batches share one sync; a large one needs two more")
	{
		uint64_t syncs;
		int i;

		enter_faulty(1);
		fault_disk_short(
		    &faulty, FAULT_SYNC | FAULT_SYNC_FOLDER, FAULT_FOR_EVER, 0);
		for (i = 0; i < 50; i++)
			close_one(false);
		eq_int(drain(), 0);
		syncs = faulty.count;
		eq_int(syncs, 1);
		ok(world.lives[50].is_done);
		close_one(true);
		eq_int(drain(), 0);
		eq_int(faulty.count - syncs, 3);
		leave_faulty();
	}
	TEST("all files of a job are on their way before one is waited for")
	{
		enter_faulty(1);
		close_one(true);
		close_one(false);
		close_one(true);
		fault_disk_fail(&faulty, FAULT_SYNC, 0, 1, EIO);
		eq_int(drain(), ERR_IO);
		eq_int(faulty.begun, 2);
		leave_faulty();
	}
	TEST("what can wait is made durable when somebody wants it")
	{
		enter_faulty(1);
		fault_disk_short(&faulty, FAULT_SYNC, FAULT_FOR_EVER, 0);
		close_one(false);
		world.lives[1].item.can_wait = true;
		eq_int(drain(), 0);
		ok(!world.lives[1].is_done && faulty.count == 0);
		ok(!pipeline_is_idle(&world.pipeline));
		pipeline_hurry(&world.pipeline, true);
		eq_int(drain(), 0);
		ok(world.lives[1].is_done && faulty.count == 1);
		eq_int(drain(), 0);
		eq_int(faulty.count, 1);
		leave_faulty();
	}
	TEST("... also if that is before it has come")
	{
		enter_faulty(1);
		pipeline_hurry(&world.pipeline, true);
		close_one(false);
		world.lives[1].item.can_wait = true;
		eq_int(advance(), 0);
		ok(world.job != NULL);
		eq_int(drain(), 0);
		ok(world.lives[1].is_done);
		leave_faulty();
	}
	TEST("... or with the next one that cannot")
	{
		enter_faulty(1);
		close_one(false);
		world.lives[1].item.can_wait = true;
		close_one(false);
		eq_int(drain(), 0);
		ok(world.lives[1].is_done && world.lives[2].is_done);
		leave_faulty();
	}
	TEST("what a durable acknowledgement leaves over is removed")
	{
		enter_faulty(1);
		close_one(true);
		eq_int(drain(), 0);
		while (!world.lives[1].is_acknowledged)
			acknowledge();
		ok(has_bytes(&world.windows, 1));
		eq_int(drain(), 0);
		ok(has_bytes(&world.windows, 1));
		pipeline_want(&world.pipeline);
		eq_int(drain(), 0);
		ok(!has_bytes(&world.windows, 1));
		ok(pipeline_is_idle(&world.pipeline));
		leave_faulty();
	}
}

SUITE(pipeline)
{
	/* New segments, often; then none. */
	world.segment_bytes = 4700;
	test_crashes();
	test_faults();
	world.segment_bytes = 1 << 20;
	test_short();
	test_groups();
}
