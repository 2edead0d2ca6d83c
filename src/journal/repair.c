/*
 * Repairing a journal.
 */
#include "journal/repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "base/random.h"
#include "journal/folder.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/quarantine.h"
#include "journal/reading.h"
#include "journal/state.h"
#include "journal/wal.h"

#define SEGMENT_BYTES (UINT64_C(1) << 20)

struct repairing {
	const char *path;
	struct folder folder;
	struct wal *wal;
	struct state state;
	struct reading reading;
	uint64_t *segments; /* old ones */
	size_t count;
};

static int
note_segment(void *context, const char *name)
{
	struct repairing *repairing = context;
	uint64_t number = segment_number(name);

	if (number == 0)
		return 0;
	repairing->segments = memory_resize(repairing->segments,
	    repairing->count + 1, sizeof(*repairing->segments));
	repairing->segments[repairing->count++] = number;
	return 0;
}

/* What is there; it is in the quarantine as well, then, if it is damaged. */
static int
salvage(struct repairing *repairing, uint64_t *files, struct err *e)
{
	const struct disk *disk = &repairing->folder.disk;
	const struct wal_reader reader = {
	    .recover = WAL_SALVAGE,
	    .each = reading_take,
	    .lost = reading_lose,
	    .context = &repairing->reading,
	};
	struct wal_report found;
	int status;

	repairing->reading.state = &repairing->state;
	if (wal_read(repairing->wal, &reader, &found, e) != 0)
		return e->code;
	reading_end(&repairing->reading);
	if (reading_forget_batches(
	        &repairing->reading, &repairing->folder, e) != 0 ||
	    reading_forget_windows(
	        &repairing->reading, &repairing->folder, e) != 0)
		return e->code;
	status = disk->ops->list(
	    disk->context, disk->folder, note_segment, repairing);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "list the folder");
	return reading_set_aside(
	    &repairing->reading, &repairing->folder, files, e);
}

/* A checkpoint does not say so, and the next run wants to know. */
static int
append_clean(struct repairing *repairing, struct err *e)
{
	const struct payload_clean clean = {
	    .wall_ns = clock_wall_ns(),
	    .unacknowledged = repairing->state.batches,
	};
	uint8_t data[PAYLOAD_CLEAN_SIZE];
	struct pack pack = {.data = data, .size = sizeof(data)};
	const struct frame frame = {
	    .type = PAYLOAD_CLEAN, .size = PAYLOAD_CLEAN_SIZE, .payload = data};
	struct wal_job *job;

	payload_clean_encode(&clean, &pack);
	if (wal_append(repairing->wal, &frame, 0, e) != 0 ||
	    wal_commit_begin(repairing->wal, &job, e) != 0)
		return e->code;
	wal_job_run(job);
	return wal_commit_complete(repairing->wal, job, e);
}

/* From here on it is whole. */
static int
begin(struct repairing *repairing, struct err *e)
{
	struct state *state = &repairing->state;
	struct wal_stamp stamp = {.wall_ns = clock_wall_ns()};
	bool is_clean = state->is_clean;
	uint8_t uuid[SEGMENT_UUID_SIZE];
	struct frame *frames;
	size_t count;
	int code;

	random_fill(&stamp.salt, sizeof(stamp.salt));
	random_fill(uuid, sizeof(uuid));
	/* No run at all is one that ended well. */
	if (state->run.sync == 0)
		state->run.sync = PAYLOAD_SYNC_BATCH;
	state_checkpoint(
	    state, wal_next_sequence(repairing->wal), &frames, &count);
	/* The old ones are moved away, not removed. */
	code = wal_begin(repairing->wal, &stamp, uuid, frames, count, 0, 1, e);
	state_free_checkpoint(frames, count);
	return code == 0 && is_clean ? append_clean(repairing, e) : code;
}

/* Those that are in the quarantine already are only taken away. */
static int
move_segments(struct repairing *repairing, struct err *e)
{
	const struct disk *disk = &repairing->folder.disk;
	char name[SEGMENT_NAME_SIZE], as[QUARANTINE_NAME_SIZE];
	size_t i;
	int status;

	for (i = 0; i < repairing->count; i++) {
		segment_name(repairing->segments[i], name);
		snprintf(as, sizeof(as), "%s", name);
		status = quarantine_move(disk, disk->folder, name, as);
		if (status < 0)
			return err_set_errno(e, ERR_IO, -status, "%s", name);
	}
	return 0;
}

static int
repair_opened(
    struct repairing *repairing, struct repair_report *report, struct err *e)
{
	int code;

	repairing->wal = wal_create(&repairing->folder.disk, SEGMENT_BYTES);
	code = salvage(repairing, &report->files, e);
	if (code == 0)
		code = begin(repairing, e);
	if (code == 0)
		code = move_segments(repairing, e);
	if (code == 0)
		report->segments = repairing->count;
	wal_destroy(repairing->wal);
	state_release(&repairing->state);
	reading_release(&repairing->reading);
	free(repairing->segments);
	return code == 0 ? 0 : err_wrap(e, "%s", repairing->path);
}

int
repair(const char *path, struct repair_report *report, struct err *e)
{
	struct repairing repairing = {.path = path};
	int code;

	memset(report, 0, sizeof(*report));
	if (folder_open(&repairing.folder, path, e) != 0)
		return e->code;
	code = repair_opened(&repairing, report, e);
	folder_close(&repairing.folder);
	return code;
}
