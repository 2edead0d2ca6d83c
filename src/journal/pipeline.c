/*
 * From closed windows to batches that may run.
 */
#include "journal/pipeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/pipeline_internal.h"

void
pipeline_name(uint64_t number, char name[PIPELINE_NAME_SIZE])
{
	snprintf(name, PIPELINE_NAME_SIZE, "%016" PRIx64, number);
}

static void
queue_init(struct pipeline_queue *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
}

static void
queue_put(struct pipeline_queue *queue, struct pipeline_item *item)
{
	item->next = NULL;
	*queue->tail = item;
	queue->tail = &item->next;
}

static struct pipeline_item *
queue_take(struct pipeline_queue *queue)
{
	struct pipeline_item *item = queue->head;

	if (item == NULL)
		return NULL;
	queue->head = item->next;
	if (queue->head == NULL)
		queue->tail = &queue->head;
	return item;
}

void
pipeline_init(struct pipeline *pipeline, struct wal *wal,
    const struct disk *windows, enum pipeline_sync sync,
    const struct pipeline_ops *ops)
{
	memset(pipeline, 0, sizeof(*pipeline));
	pipeline->wal = wal;
	pipeline->windows = *windows;
	pipeline->sync = sync;
	pipeline->ops = *ops;
	pipeline->turned = UINT64_MAX;
	queue_init(&pipeline->closed);
	queue_init(&pipeline->synced);
	queue_init(&pipeline->appended);
}

void
pipeline_release(struct pipeline *pipeline)
{
	if (pipeline->job != NULL)
		BUG("a job of the journal is under way");
	free(pipeline->removals);
	memset(pipeline, 0, sizeof(*pipeline));
}

bool
pipeline_is_straight(const struct pipeline *pipeline)
{
	return pipeline->closed.head == NULL &&
	    (pipeline->job == NULL || pipeline->job->items.head == NULL);
}

void
pipeline_put(struct pipeline *pipeline, struct pipeline_item *item)
{
	bool is_ready = item->file < 0 || pipeline->sync == PIPELINE_NEVER;

	/* Nothing overtakes: not even what need not be synced. */
	if (is_ready && pipeline_is_straight(pipeline))
		queue_put(&pipeline->synced, item);
	else
		queue_put(&pipeline->closed, item);
}

struct pipeline_item *
pipeline_take(struct pipeline *pipeline)
{
	struct pipeline_item *item = queue_take(&pipeline->appended);

	if (item == NULL)
		item = queue_take(&pipeline->synced);
	if (item == NULL)
		item = queue_take(&pipeline->closed);
	return item;
}

void
pipeline_want(struct pipeline *pipeline)
{
	pipeline->wanted = wal_appended(pipeline->wal);
}

void
pipeline_hurry(struct pipeline *pipeline, bool hurries)
{
	pipeline->hurries = hurries;
}

void
pipeline_remove(struct pipeline *pipeline, uint64_t number)
{
	const struct pipeline_removal removal = {
	    .number = number,
	    .ticket = wal_appended(pipeline->wal),
	};

	if (pipeline->removal_count == pipeline->removal_room) {
		pipeline->removal_room = pipeline->removal_room * 2 + 16;
		pipeline->removals = memory_resize(pipeline->removals,
		    pipeline->removal_room, sizeof(*pipeline->removals));
	}
	pipeline->removals[pipeline->removal_count++] = removal;
}

/* ERR_BUSY is no error here. */
static int
tolerate(struct pipeline *pipeline, int code)
{
	if (code != ERR_BUSY)
		return code;
	pipeline->is_full = true;
	return 0;
}

static int
append_all(struct pipeline *pipeline, struct err *e)
{
	struct pipeline_item *item;
	int code;

	while ((item = pipeline->synced.head) != NULL) {
		code = pipeline->ops.append(pipeline->ops.context, item, e);
		if (code != 0)
			return tolerate(pipeline, code);
		queue_take(&pipeline->synced);
		item->ticket = wal_appended(pipeline->wal);
		pipeline->last = item->ticket;
		if (!item->can_wait)
			pipeline->wanted = item->ticket;
		queue_put(&pipeline->appended, item);
	}
	return 0;
}

uint64_t
pipeline_certain(const struct pipeline *pipeline)
{
	return pipeline->sync == PIPELINE_NEVER ? wal_written(pipeline->wal)
	                                        : wal_durable(pipeline->wal);
}

static void
finish_all(struct pipeline *pipeline, uint64_t ticket)
{
	struct pipeline_item *item;

	while ((item = pipeline->appended.head) != NULL &&
	    item->ticket <= ticket) {
		queue_take(&pipeline->appended);
		pipeline->ops.done(pipeline->ops.context, item);
	}
}

/* What can be appended is, and written; ERR_BUSY: not all of it. */
static int
write_all(struct pipeline *pipeline, struct err *e)
{
	int code = append_all(pipeline, e);

	return code == 0 ? wal_flush(pipeline->wal, e) : code;
}

int
pipeline_write(struct pipeline *pipeline, struct err *e)
{
	return tolerate(pipeline, write_all(pipeline, e));
}

int
pipeline_advance(
    struct pipeline *pipeline, struct pipeline_job **job, struct err *e)
{
	int code;

	*job = NULL;
	pipeline->is_full = false;
	code = write_all(pipeline, e);
	if (tolerate(pipeline, code) != 0)
		return code;
	if (pipeline->hurries && pipeline->wanted < pipeline->last)
		pipeline->wanted = pipeline->last;
	finish_all(pipeline, pipeline_certain(pipeline));
	if (pipeline->job != NULL)
		return 0;
	code = pipeline_job_begin(pipeline, job, e);
	return tolerate(pipeline, code);
}

int
pipeline_job_complete(
    struct pipeline *pipeline, struct pipeline_job *job, struct err *e)
{
	struct pipeline_item *item;
	int code = pipeline_job_end(pipeline, job, e);

	/* Those that were synced go on; the others of a failed job stay. */
	while ((item = queue_take(&job->items)) != NULL)
		queue_put(
		    code == 0 ? &pipeline->synced : &pipeline->closed, item);
	pipeline_job_destroy(job);
	pipeline->job = NULL;
	/* What waited behind them without a need of its own. */
	while (code == 0 && (item = pipeline->closed.head) != NULL &&
	    (item->file < 0 || pipeline->sync == PIPELINE_NEVER))
		queue_put(&pipeline->synced, queue_take(&pipeline->closed));
	return code;
}

bool
pipeline_is_idle(const struct pipeline *pipeline)
{
	return pipeline->closed.head == NULL && pipeline->synced.head == NULL &&
	    pipeline->appended.head == NULL && pipeline->job == NULL &&
	    pipeline->removal_count == 0 &&
	    (pipeline->sync == PIPELINE_NEVER ||
	        pipeline->wanted <= wal_durable(pipeline->wal));
}
