/*
 * A journal of 64 KiB with one bit flipped, wherever that is, or cut off at any
 * length.
 *
 * A bit of what was synced last, behind which there is nothing, looks like a
 * write that was torn: the journal is cut off there, and says so.  So it does
 * where its file ends in the middle of a frame; where one ends, it misses
 * nothing.  Everything else is refused: header and checkpoint, and any bit that
 * anything was synced behind.  What is read has the right bytes under each id,
 * and all that was before the damage.
 *
 * ABUF_BITS=all flips every bit; otherwise it is one of each byte.
 */
#include "crash_disk.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/reading.h"
#include "journal/segment.h"
#include "journal/state.h"
#include "journal/wal.h"

#define LOG_BYTES 65536
#define BATCHES_MAX 512
#define BYTES_MAX 600
#define FRAMES_MAX 2048
#define NAME "log-0000000000000001"

/* Each takes some ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEP 13
#else
#define STEP 1
#endif

static struct {
	struct crash_disk *crash;
	struct disk disk;
	struct wal *wal;
	struct state state; /* as it is */
	uint64_t count;
	uint64_t random;
	size_t frames[FRAMES_MAX + 1]; /* where they begin; and the end */
	size_t frame_count;
	size_t synced[2];       /* ends of the last two syncs */
	size_t at[BATCHES_MAX]; /* the frame of each batch */
	struct err e;
} whole;

/* What may become of a journal that was changed. */
struct allowance {
	bool is_refused, is_read; /* it is one of these */
	bool is_told; /* that something is missing, if it is read: */
	size_t from;  /* behind that; or, of a salvage, anywhere */
};

/* What a reader has of it. */
static struct {
	struct state state;
	struct reading reading;
	struct wal_report report;
	struct err e;
} got;

static size_t
size_of(uint64_t seq)
{
	return 1 + (size_t)(seq * 7919 % BYTES_MAX);
}

static void
fill(uint64_t seq, uint8_t *bytes)
{
	uint64_t random = seq;
	size_t i;

	for (i = 0; i < size_of(seq); i++)
		bytes[i] = (uint8_t)crash_random(&random);
}

static void
append(uint8_t type, uint16_t lane, const struct pack *pack)
{
	const struct frame frame = {
	    .type = type,
	    .lane = lane,
	    .size = (uint32_t)pack->used,
	    .payload = pack->data,
	};

	eq_int(wal_append(whole.wal, &frame, 0, &whole.e), 0);
	eq_int(state_apply(&whole.state, &frame, 0, &whole.e), 0);
}

static void
append_batch(void)
{
	uint8_t data[2048], bytes[BYTES_MAX];
	struct pack pack = {.data = data, .size = sizeof(data)};
	const uint64_t seq = ++whole.count;
	const struct payload_number number = {1, seq, 0};
	const struct payload_batch about = {
	    .records = 1,
	    .bytes = size_of(seq),
	    .reason = PAYLOAD_SIZE,
	    .place = PAYLOAD_INSIDE,
	    .lane_count = 1,
	    .inside_size = (uint32_t)size_of(seq),
	    .inside = bytes,
	};

	fill(seq, bytes);
	whole.at[seq] = (size_t)wal_size(whole.wal);
	payload_batch_encode(&about, &number, NULL, &pack);
	append(PAYLOAD_BATCH, 1, &pack);
}

static void
append_ack(void)
{
	uint8_t data[PAYLOAD_ACK_SIZE];
	struct pack pack = {.data = data, .size = sizeof(data)};
	const struct payload_ack about = {
	    .seq = 1 + crash_random(&whole.random) % whole.count,
	    .verdict = PAYLOAD_OK};

	if (state_share(state_lane(&whole.state, 1), about.seq) == NULL)
		return;
	payload_ack_encode(&about, &pack);
	append(PAYLOAD_ACK, 1, &pack);
}

static void
commit(void)
{
	struct wal_job *job;

	eq_int(wal_commit_begin(whole.wal, &job, &whole.e), 0);
	if (job == NULL)
		return;
	whole.synced[0] = whole.synced[1];
	whole.synced[1] = (size_t)wal_size(whole.wal);
	wal_job_run(job);
	eq_int(wal_commit_complete(whole.wal, job, &whole.e), 0);
}

/* One lane, which a run knows. */
static void
begin(void)
{
	static const uint8_t uuid[SEGMENT_UUID_SIZE] = "flipped bits";
	const struct payload_run run = {.sync = PAYLOAD_SYNC_BATCH};
	const struct payload_lane lane = {.next_seq = 1,
	    .buffer_size = 1,
	    .channel_size = 1,
	    .buffer = (const uint8_t *)"b",
	    .channel = (const uint8_t *)"c"};
	const struct wal_stamp stamp = {.salt = 77};
	uint8_t data[256];
	struct pack pack = {.data = data, .size = sizeof(data)};
	struct frame *frames;
	struct frame frame = {.type = PAYLOAD_LANE, .lane = 1, .payload = data};
	size_t count;

	payload_lane_encode(&lane, &pack);
	frame.size = (uint32_t)pack.used;
	eq_int(state_apply(&whole.state, &frame, 0, &whole.e), 0);
	state_begin_run(&whole.state, &run);
	state_checkpoint(&whole.state, 1, &frames, &count);
	eq_int(
	    wal_begin(whole.wal, &stamp, uuid, frames, count, 0, 1, &whole.e),
	    0);
	state_free_checkpoint(frames, count);
}

/* Where frames begin and end, as they are in the file. */
static void
find_frames(void)
{
	size_t size, at = SEGMENT_HEADER_SIZE;
	const uint8_t *data = crash_disk_peek(whole.crash, NAME, &size);
	uint32_t length;

	while (at < size && whole.frame_count < FRAMES_MAX) {
		whole.frames[whole.frame_count++] = at;
		memcpy(&length, data + at + 8, sizeof(length));
		at += frame_size(length);
	}
	whole.frames[whole.frame_count] = at;
	eq_int(at, size);
	eq_int(whole.synced[1], size);
}

/* The first frame that does not end before `at`. */
static size_t
frame_of(size_t at)
{
	size_t i = 0;

	while (i + 1 < whole.frame_count && whole.frames[i + 1] <= at)
		i++;
	return i;
}

static struct allowance
of_flip(size_t at)
{
	if (at < whole.synced[0])
		return (struct allowance){.is_refused = true, .from = SIZE_MAX};
	return (struct allowance){
	    .is_read = true,
	    .is_told = true,
	    .from = whole.frames[frame_of(at)],
	};
}

static void
enter(void)
{
	const struct wal_reader reader = {.each = reading_take};
	struct wal_report report;

	memset(&whole, 0, sizeof(whole));
	whole.crash = crash_disk_create(&whole.disk);
	whole.wal = wal_create(&whole.disk, 1 << 20);
	eq_int(wal_read(whole.wal, &reader, &report, &whole.e), 0);
	begin();
	while (wal_size(whole.wal) < LOG_BYTES) {
		append_batch();
		if (whole.count % 2 == 0)
			append_ack();
		if (whole.count % 5 == 0)
			commit();
	}
	commit();
	find_frames();
}

static void
leave(void)
{
	wal_destroy(whole.wal);
	state_release(&whole.state);
	crash_disk_destroy(whole.crash);
}

static int
read_log(const struct disk *disk, enum wal_recover recover)
{
	const struct wal_reader reader = {.recover = recover,
	    .each = reading_take,
	    .lost = reading_lose,
	    .context = &got.reading};
	struct wal *wal = wal_create(disk, 1 << 20);
	int code;

	memset(&got, 0, sizeof(got));
	got.reading.state = &got.state;
	code = wal_read(wal, &reader, &got.report, &got.e);
	reading_end(&got.reading);
	wal_destroy(wal);
	return code;
}

static void
forget(void)
{
	reading_release(&got.reading);
	state_release(&got.state);
}

static bool
has_right_bytes(uint64_t seq, const struct state_batch *batch)
{
	uint8_t bytes[BYTES_MAX];

	fill(seq, bytes);
	return seq <= whole.count && batch->about.bytes == size_of(seq) &&
	    batch->about.inside_size == size_of(seq) &&
	    memcmp(batch->inside, bytes, size_of(seq)) == 0;
}

/*
 * What is there is right; what is not, or is again, was behind that, or was
 * said to be lost.
 */
static bool
is_right(size_t from, bool is_told)
{
	struct state_lane *lane = state_lane(&got.state, 1);
	const struct state_share *share, *truth;
	uint64_t seq;

	for (seq = 1; seq <= whole.count; seq++) {
		share = lane != NULL ? state_share(lane, seq) : NULL;
		truth = state_share(state_lane(&whole.state, 1), seq);
		if (share != NULL && !has_right_bytes(seq, share->batch))
			return false;
		if (truth != NULL && share == NULL && whole.at[seq] < from &&
		    !is_told)
			return false;
	}
	return true;
}

static bool
is_as_allowed(const struct allowance *allowance, int code)
{
	if (code != 0)
		return code == ERR_DATA && allowance->is_refused;
	return allowance->is_read &&
	    (got.report.tail.cut_bytes > 0) == allowance->is_told &&
	    is_right(allowance->from, false);
}

/* A copy that the caller has changed. */
static bool
holds(struct crash_disk *left, const struct disk *disk,
    const struct allowance *allowance)
{
	struct disk other;
	struct crash_disk *copy = crash_disk_kill(left, &other);
	int code = read_log(disk, WAL_REFUSE);
	bool is_well = is_as_allowed(allowance, code);

	forget();
	code = read_log(&other, WAL_SALVAGE);
	is_well &= code == ERR_DATA ||
	    (code == 0 &&
	        is_right(allowance->from,
	            got.reading.hole_count > 0 ||
	                got.report.tail.cut_bytes > 0));
	forget();
	crash_disk_destroy(copy);
	return is_well;
}

static void
test_flips(void)
{
	const char *text = getenv("ABUF_BITS");
	const int bits = text != NULL && strcmp(text, "all") == 0 ? 8 : 1;

	TEST("a flipped bit is refused, or cut off where nothing follows")
	{
		size_t at, size, wrong = 0;
		struct allowance allowance;
		struct crash_disk *left;
		const uint8_t *data;
		struct disk disk;
		int bit;

		crash_disk_peek(whole.crash, NAME, &size);
		for (at = 0; at < size; at += STEP) {
			allowance = of_flip(at);
			for (bit = 0; bit < bits; bit++) {
				left = crash_disk_kill(whole.crash, &disk);
				data = crash_disk_peek(left, NAME, &size);
				crash_disk_poke(left, NAME, at,
				    data[at] ^
				        (uint8_t)(1 << (at + (size_t)bit) % 8));
				wrong += !holds(left, &disk, &allowance);
				crash_disk_destroy(left);
			}
		}
		ok(size >= LOG_BYTES);
		eq_int(wrong, 0);
		/* There is little of what may be cut off. */
		ok(size - whole.synced[0] < size / 10);
	}
}

static struct allowance
of_length(size_t at)
{
	size_t begin = whole.frames[frame_of(at)];

	/* A segment gets its name when it has these. */
	if (at < whole.frames[1])
		return (struct allowance){.is_refused = true, .from = SIZE_MAX};
	return (struct allowance){
	    .is_read = true,
	    .is_told = at != begin,
	    .from = begin,
	};
}

static void
test_lengths(void)
{
	TEST("cut off at any length it is read up to the last frame")
	{
		struct allowance allowance;
		size_t at, size, wrong = 0;
		struct crash_disk *left;
		struct disk disk;
		int file;

		crash_disk_peek(whole.crash, NAME, &size);
		for (at = 0; at < size; at += STEP) {
			left = crash_disk_kill(whole.crash, &disk);
			file = disk.ops->open(
			    disk.context, disk.folder, NAME, DISK_WRITE);
			disk.ops->truncate(disk.context, file, at);
			disk.ops->close(disk.context, file);
			allowance = of_length(at);
			wrong += !holds(left, &disk, &allowance);
			crash_disk_destroy(left);
		}
		eq_int(wrong, 0);
	}
}

SUITE(journal_bits)
{
	enter();
	test_flips();
	test_lengths();
	leave();
}
