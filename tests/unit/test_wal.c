/*
 * A world around a log.
 */
#include "test_wal.h"
#include "crash_disk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_checkpoint.h"

#define SIZE_MAX_ 2000

void
world_init(struct world *world, uint64_t seed, uint64_t segment_bytes)
{
	memset(world, 0, sizeof(*world));
	world->random = seed;
	world->segment_bytes = segment_bytes;
}

/* The bytes of frame `number`, as the run that appended it made them. */
static void
fill(const struct world *world, uint64_t number, uint8_t *payload)
{
	uint64_t state = world->run_of[number] << 32 | number;
	uint32_t i;

	for (i = 0; i < world->size_of[number]; i++)
		payload[i] = (uint8_t)crash_random(&state);
}

bool
world_is_frame(
    const struct world *world, uint64_t number, const struct frame *frame)
{
	uint8_t payload[SIZE_MAX_];

	if (number >= world->appended || frame->type != PAYLOAD_BATCH ||
	    frame->lane != (uint16_t)number ||
	    frame->size != world->size_of[number])
		return false;
	fill(world, number, payload);
	return memcmp(payload, frame->payload, frame->size) == 0;
}

static int
take(void *context, const struct frame *frame, struct err *e)
{
	struct world *world = context;
	struct payload_piece piece;
	struct payload_entry entry;

	(void)e;
	if (frame->type == PAYLOAD_CHECKPOINT) {
		payload_piece_decode(&piece, frame->payload, frame->size);
		entry = payload_piece_next(&piece);
		world->found = pack_load_64(entry.data);
		world->is_wrong |= world->found > world->appended;
		return 0;
	}
	world->is_wrong |= !world_is_frame(world, world->found, frame);
	world->found++;
	return 0;
}

int
world_read(struct world *world, const struct disk *disk, uint64_t least)
{
	const struct wal_reader reader = {.each = take, .context = world};
	int status;

	world->found = 0;
	world->is_wrong = false;
	world->wal = wal_create(disk, world->segment_bytes);
	status = wal_read(world->wal, &reader, &world->report, &world->e);
	if (status == 0 && world->found < least)
		world->is_wrong = true;
	return status;
}

struct checkpoint {
	uint8_t payloads[WORLD_MORE_PIECES_MAX + 1][64];
	struct frame frames[WORLD_MORE_PIECES_MAX + 1];
	size_t count;
};

static void
make_piece(const struct world *world, uint32_t number, struct checkpoint *to)
{
	uint8_t state[8];
	const struct payload_piece piece = {
	    .oldest = world->oldest, .number = number, .entry_count = 1};
	const struct payload_entry entry = {
	    .type = PAYLOAD_ACK, .size = sizeof(state), .data = state};
	struct pack pack = {
	    .data = to->payloads[number], .size = sizeof(*to->payloads)};

	pack_store_64(state, world->appended);
	payload_piece_encode(&piece, &pack);
	payload_entry_encode(&entry, &pack);
	to->frames[number] = (struct frame){
	    .size = (uint32_t)pack.used,
	    .payload = to->payloads[number],
	};
}

/*
 * The whole state, so that older segments are dead; or, as another version
 * might write it, all of them are still needed, and must be whole then.
 */
static void
make_checkpoint(struct world *world, struct checkpoint *to)
{
	if (world->oldest == 0 || !world->needs_all)
		world->oldest = wal_next_sequence(world->wal);
	for (to->count = 0; to->count <= world->more_pieces; to->count++)
		make_piece(world, (uint32_t)to->count, to);
}

static struct wal_stamp
make_stamp(struct world *world)
{
	return (struct wal_stamp){
	    .salt = (uint32_t)crash_random(&world->random)};
}

int
world_begin(struct world *world)
{
	static const uint8_t uuid[SEGMENT_UUID_SIZE] = "a journal's uuid";
	struct wal_stamp stamp = make_stamp(world);
	struct checkpoint checkpoint;
	int status;

	world->run++;
	world->before = world->appended = world->written = world->found;
	world->durable = world->found;
	world->promises = 0;
	world->oldest = world->report.sequence + 1 - world->report.segments;
	if (world->report.segments == 0)
		world->oldest = 0;
	make_checkpoint(world, &checkpoint);
	status = wal_begin(world->wal, &stamp, uuid, checkpoint.frames,
	    checkpoint.count, 0, world->oldest, &world->e);
	return status;
}

static int
append(struct world *world, uint32_t size, uint64_t promise, bool is_promised)
{
	uint8_t payload[SIZE_MAX_];
	struct frame frame = {
	    .type = PAYLOAD_BATCH,
	    .lane = (uint16_t)world->appended,
	    .size = size,
	    .payload = payload,
	};
	int status;

	if (world->appended == WORLD_FRAMES_MAX || size > SIZE_MAX_)
		abort();
	world->run_of[world->appended] = world->run;
	world->size_of[world->appended] = size;
	fill(world, world->appended, payload);
	status = is_promised
	    ? wal_append_promised(world->wal, &frame, &world->e)
	    : wal_append(world->wal, &frame, promise, &world->e);
	world->appended += status == 0;
	return status;
}

int
world_append(struct world *world, uint32_t size, bool has_promise)
{
	int status = append(world, size,
	    has_promise ? frame_size(WORLD_PROMISED_SIZE) : 0, false);

	world->promises += status == 0 && has_promise;
	return status;
}

int
world_keep_promise(struct world *world)
{
	if (world->promises == 0)
		return 0;
	world->promises--;
	return append(world, WORLD_PROMISED_SIZE, 0, true);
}

int
world_flush(struct world *world)
{
	int status = wal_flush(world->wal, &world->e);

	if (status == 0)
		world->written = world->appended;
	return status;
}

static int
append_some(struct world *world)
{
	uint64_t kind = crash_random(&world->random) % 8;

	if (kind == 0)
		return world_append(
		    world, crash_random(&world->random) % SIZE_MAX_, true);
	if (kind < 3)
		return world_keep_promise(world);
	return world_append(
	    world, crash_random(&world->random) % 80, kind % 2 != 0);
}

static void *
run_job(void *job)
{
	wal_job_run(job);
	return NULL;
}

/* The loop goes on while a job runs. */
static int
finish(struct world *world, struct wal_job *job, bool has_turned)
{
	int appended, flushed = 0, status;
	pthread_t thread = 0;

	if (world->has_thread &&
	    pthread_create(&thread, NULL, run_job, job) != 0)
		abort();
	appended = append_some(world);
	if (!has_turned && appended == 0)
		flushed = world_flush(world);
	if (world->has_thread)
		pthread_join(thread, NULL);
	else
		wal_job_run(job);
	status = wal_commit_complete(world->wal, job, &world->e);
	if (status == 0)
		world->durable = world->before + wal_durable(world->wal);
	return status != 0 ? status : appended != 0 ? appended : flushed;
}

int
world_commit(struct world *world)
{
	bool has_turned = wal_is_turning(world->wal);
	struct wal_job *job;
	int status;

	status = wal_commit_begin(world->wal, &job, &world->e);
	if (status != 0)
		return status;
	world->written = world->appended;
	if (job == NULL)
		return 0;
	status = finish(world, job, has_turned);
	if (status == 0 && has_turned)
		status = wal_remove_dead(world->wal, world->oldest, &world->e);
	return status;
}

int
world_turn(struct world *world)
{
	struct wal_stamp stamp = make_stamp(world);
	struct checkpoint checkpoint;
	int status;

	make_checkpoint(world, &checkpoint);
	status = wal_rotate(
	    world->wal, &stamp, checkpoint.frames, checkpoint.count, &world->e);
	if (status == 0)
		world->written = world->appended;
	return status;
}

int
world_rotate(struct world *world)
{
	int status = world_turn(world);

	return status == 0 ? world_commit(world) : status;
}

int
world_step(struct world *world)
{
	uint64_t kind = crash_random(&world->random) % 16;

	/* What needs older segments may not go on before they are sealed. */
	if (wal_is_full(world->wal) && world->needs_all)
		return world_rotate(world);
	if (wal_is_full(world->wal) && !wal_is_turning(world->wal))
		return world_turn(world);
	if (kind < 10)
		return append_some(world);
	return kind < 12 ? world_flush(world) : world_commit(world);
}

void
world_end(struct world *world)
{
	wal_destroy(world->wal);
	world->wal = NULL;
}
