#ifndef ABUF_JOURNAL_PIPELINE_INTERNAL_H
#define ABUF_JOURNAL_PIPELINE_INTERNAL_H

/*
 * What pipeline.c (the order of things) and pipeline_job.c (what blocks)
 * share; see pipeline.h.
 */

#include "journal/pipeline.h"

/*
 * From begin to complete it belongs to whoever runs it; it shares with the
 * pipeline only disks, and handles of files that nobody closes meanwhile.
 */
struct pipeline_job {
	struct disk windows;
	struct pipeline_queue items; /* whose files are to be synced */
	bool has_items;
	struct wal_job *log; /* or NULL */
	bool has_turned;     /* it makes a new segment durable */
	uint64_t *removals;  /* numbers of window files */
	size_t removal_count;

	/* The outcome of the part about windows: negative errno. */
	int status;
	const char *failed;
};

/* Begin a job if there is work for one; ERR_BUSY: there is no room for it. */
int pipeline_job_begin(
    struct pipeline *pipeline, struct pipeline_job **job, struct err *e);

/* Take its outcome, but for the items. */
int pipeline_job_end(
    struct pipeline *pipeline, struct pipeline_job *job, struct err *e);

void pipeline_job_destroy(struct pipeline_job *job);

#endif
