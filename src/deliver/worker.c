/*
 * A sub worker.
 */
#include "deliver/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mailbox.h"
#include "base/memory.h"
#include "buffer/batch.h"
#include "buffer/queue.h"
#include "deliver/delivery.h"

/* Enough for an attempt's buffers; sanitizers need several times that. */
#define STACK_SIZE ((size_t)512 << 10)

struct worker {
	struct worker_settings settings; /* set once */
	pthread_t thread;
};

static void *
run(void *context)
{
	struct worker *worker = context;
	struct queue *queue = worker->settings.queue;
	struct batch *batch, *next;

	batch = queue_wait(queue);
	while (batch != NULL) {
		delivery_do(worker->settings.delivery, batch);
		/* Room first, then the news of it: see queue.h. */
		next = queue_next(queue);
		mailbox_post(worker->settings.mailbox, &batch->message);
		batch = next != NULL ? next : queue_wait(queue);
	}
	return NULL;
}

static int
create_thread(struct worker *worker)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	char name[16];
	int why;

	pthread_attr_init(&attributes);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
#endif
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	why = pthread_create(&worker->thread, &attributes, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (why == 0) {
		snprintf(name, sizeof(name), "abuf:%u.%u",
		    worker->settings.lane, worker->settings.number);
		pthread_setname_np(worker->thread, name);
	}
	return why;
}

int
worker_start(struct worker **result, const struct worker_settings *settings,
    struct err *e)
{
	struct worker *worker = memory_zeroed(1, sizeof(*worker));
	int why;

	worker->settings = *settings;
	why = create_thread(worker);
	if (why != 0) {
		delivery_destroy(settings->delivery);
		free(worker);
		return err_set_errno(e, ERR_SYSTEM, why, "worker thread");
	}
	queue_add_worker(settings->queue);
	*result = worker;
	return 0;
}

void
worker_join(struct worker *worker)
{
	if (worker == NULL)
		return;
	pthread_join(worker->thread, NULL);
	delivery_destroy(worker->settings.delivery);
	free(worker);
}
