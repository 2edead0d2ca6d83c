/*
 * Where closed windows wait for workers: who is admitted, who is next.
 */
#include "tap.h"

#include <pthread.h>
#include <string.h>

#include "buffer/batch.h"
#include "buffer/queue.h"

#define BATCHES 300

static struct batch batches[BATCHES];

/* Another batch, of so many records, without a file. */
static struct batch *
batch_of(uint64_t records)
{
	static size_t used;
	struct batch *batch = &batches[used++ % BATCHES];

	memset(batch, 0, sizeof(*batch));
	batch->records = records;
	return batch;
}

/* Push batches of these sizes; 0 at the end. */
static void
push_all(struct queue *queue, const uint64_t *records)
{
	size_t i;

	for (i = 0; records[i] > 0; i++)
		queue_push(queue, batch_of(records[i]));
}

#define PUSH(...) push_all(&queue, (const uint64_t[]){__VA_ARGS__, 0})

/* Empty it as workers would, and throw it away. */
static void
drop(struct queue *queue)
{
	queue_close(queue);
	while (queue_wait(queue) != NULL)
		;
	queue_release(queue);
}

/* A queue with workers that are all busy with a batch each. */
static void
begin_busy(struct queue *queue, uint64_t ch_len, size_t workers)
{
	size_t i;

	queue_init(queue, ch_len);
	for (i = 0; i < workers; i++) {
		queue_add_worker(queue);
		queue_push(queue, batch_of(1));
		queue_wait(queue);
	}
}

static void
test_rendezvous(void)
{
	struct queue queue;

	TEST("ch_len 0: a batch enters only if a worker is free")
	{
		queue_init(&queue, 0);
		ok(!queue_has_room(&queue));
		queue_add_worker(&queue);
		ok(queue_has_room(&queue));
		drop(&queue);
	}
	TEST("ch_len 0: one free worker is one batch, two are two")
	{
		queue_init(&queue, 0);
		queue_add_worker(&queue);
		queue_add_worker(&queue);
		PUSH(5);
		ok(queue_has_room(&queue));
		PUSH(5);
		ok(!queue_has_room(&queue));
		drop(&queue);
	}
	TEST("ch_len 0: a worker that finishes is room again")
	{
		begin_busy(&queue, 0, 1);
		ok(!queue_has_room(&queue));
		ok(queue_next(&queue) == NULL);
		ok(queue_has_room(&queue));
		drop(&queue);
	}
}

static void
test_ch_len(void)
{
	struct queue queue;

	TEST("ch_len 1: one batch may wait, whatever its size")
	{
		begin_busy(&queue, 1, 1);
		ok(queue_has_room(&queue));
		PUSH(1000);
		ok(!queue_has_room(&queue));
		drop(&queue);
	}
	TEST("ch_len N: admitted while fewer than N records wait")
	{
		begin_busy(&queue, 10, 1);
		PUSH(9);
		ok(queue_has_room(&queue));
		PUSH(1);
		ok(!queue_has_room(&queue));
		drop(&queue);
	}
	TEST("the last one admitted may overshoot")
	{
		begin_busy(&queue, 10, 1);
		PUSH(9, 1000);
		ok(!queue_has_room(&queue));
		drop(&queue);
	}
	TEST("a batch for a free worker does not wait and does not count")
	{
		queue_init(&queue, 10);
		queue_add_worker(&queue);
		PUSH(1000);
		ok(queue_has_room(&queue));
		PUSH(9);
		ok(queue_has_room(&queue));
		PUSH(1);
		ok(!queue_has_room(&queue));
		drop(&queue);
	}
	TEST("not more than 256 batches wait, however small they are")
	{
		size_t i;

		begin_busy(&queue, UINT64_MAX, 1);
		for (i = 0; i < QUEUE_BATCHES_MAX; i++) {
			ok(queue_has_room(&queue));
			queue_push(&queue, batch_of(1));
		}
		ok(!queue_has_room(&queue));
		ok(queue_next(&queue) != NULL);
		ok(queue_has_room(&queue));
		drop(&queue);
	}
}

static void
test_taking(void)
{
	struct queue queue;

	TEST("first in, first out, by wait and by next")
	{
		begin_busy(&queue, 100, 1);
		PUSH(1, 2, 3, 4);
		eq_int(queue_next(&queue)->records, 1);
		eq_int(queue_next(&queue)->records, 2);
		queue_add_worker(&queue);
		eq_int(queue_wait(&queue)->records, 3);
		eq_int(queue_next(&queue)->records, 4);
		ok(queue_next(&queue) == NULL);
		drop(&queue);
	}
	TEST("next leaves the batch alone that another worker is woken for")
	{
		begin_busy(&queue, 0, 1);
		queue_add_worker(&queue);
		PUSH(7);
		ok(queue_next(&queue) == NULL);
		eq_int(queue_wait(&queue)->records, 7);
		drop(&queue);
	}
	TEST("a closed queue hands out what it has, then nothing")
	{
		begin_busy(&queue, 100, 1);
		PUSH(1, 2);
		queue_close(&queue);
		eq_int(queue_next(&queue)->records, 1);
		eq_int(queue_next(&queue)->records, 2);
		ok(queue_next(&queue) == NULL);
		ok(queue_wait(&queue) == NULL);
		ok(queue_wait(&queue) == NULL);
		queue_release(&queue);
	}
	TEST("the hurry is only ever raised")
	{
		queue_init(&queue, 0);
		eq_int(queue_get_stop(&queue), QUEUE_RUN);
		queue_set_stop(&queue, QUEUE_KILL);
		queue_set_stop(&queue, QUEUE_TERMINATE);
		eq_int(queue_get_stop(&queue), QUEUE_KILL);
		queue_release(&queue);
	}
}

static void
test_numbers(void)
{
	struct queue_numbers numbers;
	struct queue queue;

	TEST("what waits is counted beyond what free workers will have")
	{
		queue_init(&queue, 100);
		queue_add_worker(&queue);
		queue_add_worker(&queue);
		PUSH(5, 6, 7, 8);
		queue_count(&queue, &numbers);
		eq_int(numbers.batches, 2);
		eq_int(numbers.records, 15);
		eq_int(numbers.free_workers, 0);
		drop(&queue);
	}
	TEST("a worker without a batch is free")
	{
		queue_init(&queue, 0);
		queue_add_worker(&queue);
		queue_add_worker(&queue);
		PUSH(5);
		queue_count(&queue, &numbers);
		eq_int(numbers.batches, 0);
		eq_int(numbers.records, 0);
		eq_int(numbers.free_workers, 1);
		drop(&queue);
	}
}

/* --- two real workers, and the loop's side on this thread --- */

#define ROUNDS 20000

static struct {
	struct queue queue;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t came_back;
	struct batch *free; /* given back */
	uint64_t seen[ROUNDS];
	uint64_t seen_count;
	size_t busy, busy_max;
} shop;

static void
give_back(struct batch *batch)
{
	pthread_mutex_lock(&shop.lock);
	shop.seen[shop.seen_count++] = batch->seq;
	shop.busy--;
	batch->next = shop.free;
	shop.free = batch;
	pthread_cond_signal(&shop.came_back);
	pthread_mutex_unlock(&shop.lock);
}

static void
begin_work(void)
{
	pthread_mutex_lock(&shop.lock);
	shop.busy++;
	if (shop.busy > shop.busy_max)
		shop.busy_max = shop.busy;
	pthread_mutex_unlock(&shop.lock);
}

static void *
work(void *context)
{
	struct batch *batch = queue_wait(&shop.queue), *next;

	while (batch != NULL) {
		begin_work();
		/* Room first, then the news of it. */
		next = queue_next(&shop.queue);
		give_back(batch);
		batch = next != NULL ? next : queue_wait(&shop.queue);
	}
	return context;
}

/* A batch that nobody has, as soon as the queue has room for it. */
static struct batch *
await_room(void)
{
	struct batch *batch;

	pthread_mutex_lock(&shop.lock);
	while (shop.free == NULL || !queue_has_room(&shop.queue))
		pthread_cond_wait(&shop.came_back, &shop.lock);
	batch = shop.free;
	shop.free = batch->next;
	pthread_mutex_unlock(&shop.lock);
	return batch;
}

static void
begin_shop(uint64_t ch_len)
{
	struct batch *batch;
	size_t i;

	memset(&shop, 0, sizeof(shop));
	pthread_mutex_init(&shop.lock, NULL);
	pthread_cond_init(&shop.came_back, NULL);
	queue_init(&shop.queue, ch_len);
	for (i = 0; i < BATCHES; i++) {
		batch = batch_of(1);
		batch->next = shop.free;
		shop.free = batch;
	}
}

/* Run ROUNDS batches through so many workers. */
static void
run_shop(size_t workers, uint64_t ch_len)
{
	pthread_t threads[2];
	struct batch *batch;
	uint64_t seq;
	size_t i;

	begin_shop(ch_len);
	for (i = 0; i < workers; i++) {
		queue_add_worker(&shop.queue);
		pthread_create(&threads[i], NULL, work, NULL);
	}
	for (seq = 0; seq < ROUNDS; seq++) {
		batch = await_room();
		batch->seq = seq;
		queue_push(&shop.queue, batch);
	}
	queue_close(&shop.queue);
	for (i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
	queue_release(&shop.queue);
	pthread_cond_destroy(&shop.came_back);
	pthread_mutex_destroy(&shop.lock);
}

/* Every batch came back once. */
static bool
all_seen(void)
{
	static bool is_seen[ROUNDS];
	uint64_t i;

	memset(is_seen, 0, sizeof(is_seen));
	for (i = 0; i < shop.seen_count; i++) {
		if (is_seen[shop.seen[i]])
			return false;
		is_seen[shop.seen[i]] = true;
	}
	return shop.seen_count == ROUNDS;
}

static void
test_threads(void)
{
	static const uint64_t ch_lens[] = {0, 1, 7, UINT64_MAX};
	size_t i;

	TEST("one worker gets every batch, in order, and is never left asleep")
	{
		uint64_t k;

		for (i = 0; i < 4; i++) {
			run_shop(1, ch_lens[i]);
			eq_int(shop.seen_count, ROUNDS);
			for (k = 0; k < shop.seen_count; k++) {
				if (shop.seen[k] != k)
					eq_int(shop.seen[k], k);
			}
		}
	}
	TEST("two workers get every batch once")
	{
		for (i = 0; i < 4; i++) {
			run_shop(2, ch_lens[i]);
			ok(all_seen());
		}
	}
}

SUITE(queue)
{
	test_rendezvous();
	test_ch_len();
	test_taking();
	test_numbers();
	test_threads();
}
