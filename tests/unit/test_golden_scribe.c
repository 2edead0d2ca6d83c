/*
 * Makes golden journals, frame by frame.
 */
#include "test_golden.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/pack.h"
#include "journal/frame.h"
#include "journal/pipeline.h"
#include "journal/segment.h"
#include "journal/wal.h"

#define PAYLOAD_ROOM 8192
#define SEGMENT_ROOM (1 << 20)
#define SALT 0x5a170000

static uint8_t bytes[PAYLOAD_ROOM];
static struct err e;

void
golden_must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("# golden: %s: %s\n", what, e.message);
	fflush(stdout);
	abort();
}

static int
open_folder(int in, const char *path)
{
	int fd = openat(in, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	golden_must(fd >= 0, path);
	return fd;
}

void
scribe_open(struct scribe *scribe, const char *folder)
{
	int fd = open_folder(AT_FDCWD, folder);

	memset(scribe, 0, sizeof(*scribe));
	golden_must(mkdirat(fd, "w", 0700) == 0, "w");
	disk_posix_init(&scribe->disk, fd);
	disk_posix_init(&scribe->windows, open_folder(fd, "w"));
}

void
scribe_close(struct scribe *scribe)
{
	/* Without files it is no folder for git. */
	unlinkat(scribe->disk.folder, "w", AT_REMOVEDIR);
	/* There is nothing in it. */
	unlinkat(scribe->disk.folder, "log.spare", 0);
	close(scribe->windows.folder);
	close(scribe->disk.folder);
}

static int
apply(void *context, const struct frame *frame, struct err *problem)
{
	struct scribe *scribe = context;

	return state_apply(&scribe->state, frame, 0, problem);
}

static struct wal_stamp
stamp(const struct scribe *scribe)
{
	uint64_t sequence = wal_next_sequence(scribe->wal);

	return (struct wal_stamp){
	    .salt = SALT + (uint32_t)sequence,
	    .wall_ns = GOLDEN_WALL_NS + sequence * GOLDEN_SECOND_NS,
	};
}

/* The checkpoint that the next segment begins with. */
static struct frame *
checkpoint(const struct scribe *scribe, size_t *count)
{
	struct frame *frames;

	state_checkpoint(
	    &scribe->state, wal_next_sequence(scribe->wal), &frames, count);
	return frames;
}

void
scribe_begin(struct scribe *scribe)
{
	static const uint8_t uuid[SEGMENT_UUID_SIZE] = {
	    0x90, 0x1d, 0xe2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct payload_run begun = {
	    .wall_ns = GOLDEN_WALL_NS + scribe->runs++ * GOLDEN_SECOND_NS,
	    .process = 4711,
	    .sync = PAYLOAD_SYNC_BATCH,
	};
	struct wal_stamp now;
	struct frame *frames;
	size_t count;

	memset(begun.boot, GOLDEN_BOOT, sizeof(begun.boot));
	if (scribe->state.next_window == 0)
		scribe->state.next_window = 1;
	state_begin_run(&scribe->state, &begun);
	now = stamp(scribe);
	frames = checkpoint(scribe, &count);
	golden_must(wal_begin(scribe->wal, &now, uuid, frames, count,
	                scribe->state.batches * GOLDEN_PROMISE, 1, &e) == 0,
	    "begin");
	state_free_checkpoint(frames, count);
}

/* What an earlier run left; nothing in an empty folder. */
static void
read_log(struct scribe *scribe)
{
	const struct wal_reader reader = {.each = apply, .context = scribe};
	struct wal_report report;

	if (scribe->wal != NULL)
		return;
	scribe->wal = wal_create(&scribe->disk, SEGMENT_ROOM);
	golden_must(wal_read(scribe->wal, &reader, &report, &e) == 0, "read");
}

void
scribe_lane(struct scribe *scribe, const char *buffer, const char *channel)
{
	const struct payload_lane about = {
	    .next_seq = 1,
	    .buffer = (const uint8_t *)buffer,
	    .channel = (const uint8_t *)channel,
	    .buffer_size = (uint16_t)strlen(buffer),
	    .channel_size = (uint16_t)strlen(channel),
	};
	struct pack pack = {.data = bytes, .size = sizeof(bytes)};
	struct frame frame = {.type = PAYLOAD_LANE, .payload = bytes};

	read_log(scribe);
	if (state_find_lane(&scribe->state, buffer, channel) != NULL)
		return;
	payload_lane_encode(&about, &pack);
	frame.size = (uint32_t)pack.used;
	frame.lane = (uint16_t)(scribe->state.lane_count + 1);
	golden_must(state_apply(&scribe->state, &frame, 0, &e) == 0, "lane");
}

void
scribe_end(struct scribe *scribe)
{
	wal_destroy(scribe->wal);
	scribe->wal = NULL;
	state_release(&scribe->state);
}

void
scribe_append(struct scribe *scribe, uint8_t type, uint16_t lane,
    const struct pack *pack, uint64_t promise)
{
	const struct frame frame = {
	    .type = type,
	    .lane = lane,
	    .size = (uint32_t)pack->used,
	    .payload = pack->data,
	};

	golden_must(!pack->is_over, "a frame is too large");
	golden_must(
	    wal_append(scribe->wal, &frame, promise, &e) == 0, "append");
	golden_must(state_apply(&scribe->state, &frame,
	                wal_appended(scribe->wal), &e) == 0,
	    "apply");
	golden_must(wal_flush(scribe->wal, &e) == 0, "write");
}

static void
run(struct scribe *scribe, struct wal_job *job)
{
	if (job == NULL)
		return;
	wal_job_run(job);
	golden_must(wal_commit_complete(scribe->wal, job, &e) == 0, "job");
}

void
scribe_sync(struct scribe *scribe)
{
	struct wal_job *job;

	golden_must(wal_commit_begin(scribe->wal, &job, &e) == 0, "sync");
	run(scribe, job);
}

void
scribe_rotate(struct scribe *scribe)
{
	struct wal_stamp now = stamp(scribe);
	size_t count;
	struct frame *frames = checkpoint(scribe, &count);

	golden_must(
	    wal_rotate(scribe->wal, &now, frames, count, &e) == 0, "rotate");
	state_free_checkpoint(frames, count);
	scribe_sync(scribe);
}

void
scribe_file(struct scribe *scribe, uint64_t window, const char *text)
{
	char name[PIPELINE_NAME_SIZE];
	int fd;

	pipeline_name(window, name);
	fd = openat(scribe->windows.folder, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	golden_must(
	    fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	    name);
	close(fd);
}

void
scribe_remove(struct scribe *scribe, uint64_t window)
{
	char name[PIPELINE_NAME_SIZE];

	pipeline_name(window, name);
	golden_must(unlinkat(scribe->windows.folder, name, 0) == 0, name);
}

void
scribe_tear(
    struct scribe *scribe, uint64_t sequence, size_t fewer, const char *behind)
{
	char name[SEGMENT_NAME_SIZE];
	struct stat st;
	int fd;

	segment_name(sequence, name);
	fd = openat(scribe->disk.folder, name, O_WRONLY | O_CLOEXEC);
	golden_must(fd >= 0 && fstat(fd, &st) == 0 &&
	        ftruncate(fd, st.st_size - (off_t)fewer) == 0 &&
	        pwrite(fd, behind, strlen(behind), st.st_size - (off_t)fewer) ==
	            (ssize_t)strlen(behind),
	    name);
	close(fd);
}
