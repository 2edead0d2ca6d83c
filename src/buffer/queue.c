/*
 * A channel's queue.  A free worker is spoken for as soon as a batch stands
 * in the list: the first free_workers batches are theirs, only those behind
 * them wait.
 */
#include "buffer/queue.h"

#include <string.h>

#include "base/err.h"
#include "buffer/batch.h"

void
queue_init(struct queue *queue, uint64_t ch_len)
{
	memset(queue, 0, sizeof(*queue));
	queue->ch_len = ch_len;
	queue->batches_max = QUEUE_BATCHES_MAX;
	queue->tail = &queue->head;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->has_work, NULL);
}

void
queue_limit(struct queue *queue, size_t batches_max)
{
	if (batches_max < queue->batches_max)
		queue->batches_max = batches_max;
}

void
queue_release(struct queue *queue)
{
	if (queue->head != NULL)
		BUG("batches are left in a queue");
	pthread_cond_destroy(&queue->has_work);
	pthread_mutex_destroy(&queue->lock);
}

void
queue_add_worker(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->free_workers++;
	queue->workers++;
	pthread_mutex_unlock(&queue->lock);
}

/* How many records stand behind the batches that free workers will have. */
static uint64_t
waiting_records_locked(const struct queue *queue)
{
	uint64_t records = queue->records;
	const struct batch *batch = queue->head;
	size_t i;

	for (i = 0; i < queue->free_workers && batch != NULL; i++) {
		records -= batch->records;
		batch = batch->next;
	}
	return records;
}

static size_t
waiting_batches_locked(const struct queue *queue)
{
	if (queue->batch_count <= queue->free_workers)
		return 0;
	return queue->batch_count - queue->free_workers;
}

bool
queue_has_room(struct queue *queue)
{
	bool has_room;

	pthread_mutex_lock(&queue->lock);
	has_room = queue->batch_count < queue->free_workers ||
	    (waiting_records_locked(queue) < queue->ch_len &&
	        waiting_batches_locked(queue) < queue->batches_max);
	pthread_mutex_unlock(&queue->lock);
	return has_room;
}

void
queue_push(struct queue *queue, struct batch *batch)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->is_closed)
		BUG("batch for a closed queue");
	batch->next = NULL;
	*queue->tail = batch;
	queue->tail = &batch->next;
	queue->batch_count++;
	queue->records += batch->records;
	pthread_cond_signal(&queue->has_work);
	pthread_mutex_unlock(&queue->lock);
}

static struct batch *
take_locked(struct queue *queue)
{
	struct batch *batch = queue->head;

	queue->head = batch->next;
	if (queue->head == NULL)
		queue->tail = &queue->head;
	queue->batch_count--;
	queue->records -= batch->records;
	batch->next = NULL;
	return batch;
}

struct batch *
queue_wait(struct queue *queue)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&queue->lock);
	while (queue->head == NULL && !queue->is_closed)
		pthread_cond_wait(&queue->has_work, &queue->lock);
	if (queue->head != NULL) {
		batch = take_locked(queue);
		queue->free_workers--;
	}
	pthread_mutex_unlock(&queue->lock);
	return batch;
}

struct batch *
queue_next(struct queue *queue)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&queue->lock);
	/* Not one that a worker is being woken for: it would wake in vain. */
	if (waiting_batches_locked(queue) > 0)
		batch = take_locked(queue);
	else
		queue->free_workers++;
	pthread_mutex_unlock(&queue->lock);
	return batch;
}

void
queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->is_closed = true;
	pthread_cond_broadcast(&queue->has_work);
	pthread_mutex_unlock(&queue->lock);
}

void
queue_set_stop(struct queue *queue, enum queue_stop stop)
{
	pthread_mutex_lock(&queue->lock);
	if (stop > queue->stop)
		queue->stop = stop;
	pthread_mutex_unlock(&queue->lock);
}

enum queue_stop
queue_get_stop(struct queue *queue)
{
	enum queue_stop stop;

	pthread_mutex_lock(&queue->lock);
	stop = queue->stop;
	pthread_mutex_unlock(&queue->lock);
	return stop;
}

void
queue_count(struct queue *queue, struct queue_numbers *numbers)
{
	pthread_mutex_lock(&queue->lock);
	numbers->batches = waiting_batches_locked(queue);
	numbers->workers = queue->workers;
	numbers->records = waiting_records_locked(queue);
	numbers->free_workers = queue->free_workers > queue->batch_count
	    ? queue->free_workers - queue->batch_count
	    : 0;
	pthread_mutex_unlock(&queue->lock);
}
