/*
 * Jobs: what blocks, apart from the loop.
 *
 * A job is one sync of the segment.  Frames may be appended and written while
 * it runs; they are the next one's.  The first after a rotation makes that
 * durable as well, as wal_rotate.c says.  Every error is for ever, because
 * nobody knows what is on disk.
 */
#include "journal/wal.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/wal_internal.h"

int
wal_commit_begin(struct wal *wal, struct wal_job **result, struct err *e)
{
	struct wal_job *job;

	*result = NULL;
	if (wal_flush(wal, e) != 0)
		return e->code;
	if (wal->job != NULL ||
	    (wal->durable == wal->written && !wal_is_turning(wal)))
		return 0;
	job = memory_zeroed(1, sizeof(*job));
	job->disk = wal->disk;
	job->file = wal->segment.file;
	job->written_end = wal->segment.end;
	job->written = wal->written;
	job->old = wal->old.file;
	job->old_end = wal->old.end;
	memcpy(job->seal, wal->seal, sizeof(job->seal));
	*result = wal->job = job;
	return 0;
}

static bool
holds(struct wal_job *job, int status, const char *what)
{
	if (status >= 0)
		return true;
	job->status = status;
	job->failed = what;
	return false;
}

void
wal_job_run(struct wal_job *job)
{
	const struct disk *disk = &job->disk;
	const struct disk_ops *ops = disk->ops;

	if (!holds(job, ops->sync(disk->context, job->file), "sync") ||
	    job->old < 0 ||
	    !holds(job, ops->sync_folder(disk->context, disk->folder),
	        "sync the folder") ||
	    !holds(job,
	        disk_write_all(
	            disk, job->old, job->seal, sizeof(job->seal), job->old_end),
	        "seal a segment"))
		return;
	holds(job, ops->sync(disk->context, job->old), "sync a segment");
}

/* What it did to the log. */
static void
take_over(struct wal *wal, const struct wal_job *job)
{
	wal->durable = job->written;
	wal->segment.durable_end = job->written_end;
	if (job->old < 0)
		return;
	wal->disk.ops->close(wal->disk.context, wal->old.file);
	wal->old.file = -1;
}

int
wal_commit_complete(struct wal *wal, struct wal_job *job, struct err *e)
{
	int code = 0;

	if (wal->job != job)
		BUG("a job of another log");
	wal->job = NULL;
	if (job->status == 0)
		take_over(wal, job);
	else
		code = wal_fail(wal, job->status, job->failed, e);
	free(job);
	return code;
}
