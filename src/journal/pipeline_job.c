/*
 * What blocks: syncs, new segments, and the removal of files.
 *
 * The log's part of a job is about frames whose bytes were synced by an
 * earlier one, so that the two parts may run in any order.  The log comes
 * first, as somebody waits for it.  A failed sync of a window's file is for
 * ever, like one of the log: nobody knows what is on the disk.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/frame.h"
#include "journal/pipeline_internal.h"
#include "journal/wal_internal.h"

/* Windows' files that one job syncs. */
#define JOB_ITEMS_MAX 16

void
pipeline_job_destroy(struct pipeline_job *job)
{
	free(job->removals);
	free(job);
}

/* Of a segment that has not reached its size a quarter must be of no use. */
static bool
is_worth_it(const struct pipeline *pipeline,
    const struct pipeline_checkpoint *checkpoint)
{
	const struct wal *wal = pipeline->wal;
	uint64_t size = SEGMENT_HEADER_SIZE;
	size_t i;

	for (i = 0; i < checkpoint->count; i++)
		size += frame_size(checkpoint->frames[i].size);
	return wal_is_full(wal) || pipeline->is_due ||
	    size <= wal_size(wal) / 4 * 3;
}

/* A new segment, with the state as it is. */
static int
turn(struct pipeline *pipeline, struct err *e)
{
	const struct pipeline_ops *ops = &pipeline->ops;
	struct pipeline_checkpoint checkpoint = {0};
	struct wal_stamp stamp;
	int code = ops->checkpoint(ops->context, &stamp, &checkpoint, e);

	if (code != 0)
		return code;
	if (is_worth_it(pipeline, &checkpoint)) {
		code = wal_rotate(pipeline->wal, &stamp, checkpoint.frames,
		    checkpoint.count, e);
		if (code == 0) {
			pipeline->oldest = checkpoint.oldest;
			pipeline->is_due = false;
		}
	}
	ops->forget(ops->context, &checkpoint);
	return code;
}

/* One that was of no use, or failed, is not tried again before there is news.
 */
static bool
must_turn(const struct pipeline *pipeline)
{
	const struct wal *wal = pipeline->wal;

	return !wal_is_turning(wal) && wal_appended(wal) != pipeline->turned &&
	    (wal_is_full(wal) || pipeline->is_short || pipeline->is_due);
}

/* The log's part; without room for a new segment the old one goes on. */
static int
begin_log(struct pipeline *pipeline, struct pipeline_job *job, struct err *e)
{
	struct wal *wal = pipeline->wal;
	int code;

	if (must_turn(pipeline)) {
		code = turn(pipeline, e);
		pipeline->turned = wal_appended(wal);
		if (code != 0 && code != ERR_BUSY)
			return code;
		pipeline->is_full |= code == ERR_BUSY;
	}
	if (!wal_is_turning(wal) &&
	    (pipeline->sync == PIPELINE_NEVER ||
	        pipeline->wanted <= wal_durable(wal)))
		return 0;
	code = wal_commit_begin(wal, &job->log, e);
	job->has_turned = job->log != NULL && wal_is_turning(wal);
	return code;
}

/* Those that nobody needs any more, for certain. */
static void
begin_removals(struct pipeline *pipeline, struct pipeline_job *job)
{
	uint64_t certain = pipeline_certain(pipeline);
	size_t count = 0, i;

	while (count < pipeline->removal_count &&
	    pipeline->removals[count].ticket <= certain)
		count++;
	if (count == 0)
		return;
	job->removals = memory_zeroed(count, sizeof(*job->removals));
	job->removal_count = count;
	for (i = 0; i < count; i++)
		job->removals[i] = pipeline->removals[i].number;
	pipeline->removal_count -= count;
	for (i = 0; i < pipeline->removal_count; i++)
		pipeline->removals[i] = pipeline->removals[i + count];
}

/* Few at a time, so that the first ones need not wait for the last. */
static void
begin_items(struct pipeline *pipeline, struct pipeline_job *job)
{
	struct pipeline_item **link = &pipeline->closed.head;
	size_t count = 0;

	job->items.tail = &job->items.head;
	if (*link == NULL)
		return;
	while (*link != NULL && count++ < JOB_ITEMS_MAX)
		link = &(*link)->next;
	job->has_items = true;
	job->items.head = pipeline->closed.head;
	job->items.tail = link;
	pipeline->closed.head = *link;
	if (*link == NULL)
		pipeline->closed.tail = &pipeline->closed.head;
	*link = NULL;
}

int
pipeline_job_begin(
    struct pipeline *pipeline, struct pipeline_job **result, struct err *e)
{
	struct pipeline_job *job = memory_zeroed(1, sizeof(*job));
	int code = begin_log(pipeline, job, e);

	if (code != 0 && code != ERR_BUSY) {
		pipeline_job_destroy(job);
		return code;
	}
	job->windows = pipeline->windows;
	begin_items(pipeline, job);
	begin_removals(pipeline, job);
	if (job->log == NULL && !job->has_items && job->removal_count == 0) {
		pipeline_job_destroy(job);
		return code;
	}
	pipeline->job = job;
	*result = job;
	return code;
}

static void
fail(struct pipeline_job *job, int status, const char *what)
{
	if (job->status == 0) {
		job->status = status;
		job->failed = what;
	}
}

/*
 * Their blocks are all asked for before the first of them is waited for: a file
 * system with a journal of its own commits that once then, not for each.
 */
static void
begin_syncs(const struct pipeline_job *job)
{
	const struct disk *disk = &job->windows;
	const struct pipeline_item *item;

	if (disk->ops->begin_sync == NULL)
		return;
	for (item = job->items.head; item != NULL; item = item->next) {
		if (item->file >= 0)
			disk->ops->begin_sync(disk->context, item->file);
	}
}

/* Files, then their names. */
static void
sync_items(struct pipeline_job *job)
{
	const struct disk *disk = &job->windows;
	const struct pipeline_item *item;
	int status = 0;

	begin_syncs(job);
	for (item = job->items.head; item != NULL && status == 0;
	     item = item->next) {
		if (item->file >= 0)
			status = disk->ops->sync(disk->context, item->file);
	}
	if (status < 0) {
		fail(job, status, "sync a window");
		return;
	}
	status = disk->ops->sync_folder(disk->context, disk->folder);
	if (status < 0)
		fail(job, status, "sync the windows' folder");
}

/* They may come back after a crash, and are removed again then. */
static void
remove_files(struct pipeline_job *job)
{
	const struct disk *disk = &job->windows;
	char name[PIPELINE_NAME_SIZE];
	size_t i;
	int status;

	for (i = 0; i < job->removal_count; i++) {
		pipeline_name(job->removals[i], name);
		status = disk->ops->remove(disk->context, disk->folder, name);
		if (status < 0 && status != -ENOENT)
			fail(job, status, "remove a window");
	}
}

void
pipeline_job_run(struct pipeline_job *job)
{
	if (job->log != NULL)
		wal_job_run(job->log);
	if (job->has_items)
		sync_items(job);
	remove_files(job);
}

int
pipeline_job_end(
    struct pipeline *pipeline, struct pipeline_job *job, struct err *e)
{
	int code = 0;

	if (job->log != NULL)
		code = wal_commit_complete(pipeline->wal, job->log, e);
	if (job->status < 0 && code == 0)
		code = wal_fail(pipeline->wal, job->status, job->failed, e);
	if (code != 0 || !job->has_turned)
		return code;
	return wal_remove_dead(pipeline->wal, pipeline->oldest, e);
}
