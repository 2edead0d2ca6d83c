/*
 * A sub worker.
 */
#include "deliver/worker.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/memory.h"
#include "buffer/channel.h"
#include "deliver/errors.h"
#include "deliver/joblog.h"

/* Enough for an attempt's buffers; sanitizers need several times that. */
#define STACK_SIZE ((size_t)512 << 10)

struct worker {
	struct worker_settings settings; /* set once */
	pthread_t thread;
	struct attempt attempt; /* the thread's own */
};

/* "exit status 3", "killed by signal 9 (Killed)", ... */
static void
describe_end(
    const struct attempt *attempt, const struct err *e, char *text, size_t size)
{
	switch (attempt->end) {
	case ATTEMPT_EXITED:
		snprintf(text, size, "exit status %d", attempt->status);
		break;
	case ATTEMPT_SIGNALED:
		snprintf(text, size, "killed by signal %d (%s)",
		    attempt->signal, strsignal(attempt->signal));
		break;
	case ATTEMPT_TIMED_OUT:
		snprintf(text, size, "killed for taking longer than --timeout");
		break;
	case ATTEMPT_STOPPED:
		snprintf(text, size, "%s",
		    attempt->has_run ? "killed by the stop"
		                     : "not begun before the stop");
		break;
	case ATTEMPT_NOT_RUN:
		snprintf(text, size, "not run: %s", e->message);
		break;
	}
}

/* The origin's notice: say what is lost, why, and the command's last word. */
static void
report_failure(const struct batch *batch, const struct attempt *attempt,
    const struct err *e)
{
	char end[600];
	const char *line;
	size_t size;

	describe_end(attempt, e, end, sizeof(end));
	line = errors_last_line(attempt->tail, attempt->tail_size, &size);
	log_error("batch: %s: attempt %" PRIu64 ": %s: %" PRIu64
	          " record%s dropped%s%.*s",
	    batch->id, attempt->number, end, batch->records,
	    batch->records == 1 ? "" : "s", size > 0 ? ": " : "",
	    (int)(size < 1000 ? size : 1000), line);
}

static bool
is_delivered(const struct attempt *attempt)
{
	return attempt->end == ATTEMPT_EXITED && attempt->status == 0;
}

static void
begin_attempt(struct attempt *attempt, uint64_t number)
{
	attempt->number = number;
	attempt->end = ATTEMPT_STOPPED;
	attempt->status = 0;
	attempt->signal = 0;
	attempt->has_run = false;
	attempt->tail_size = 0;
}

/* One attempt, on record in the joblog. */
static void
try_batch(struct worker *worker, const struct batch *batch,
    const struct payload *payload, struct err *e)
{
	const struct ibuffer *ibuffer = &worker->settings.ibuffer;
	struct attempt *attempt = &worker->attempt;
	uint64_t start_wall_ns = clock_wall_ns();
	uint64_t start_ns = clock_now_ns();

	ibuffer->batch_do(ibuffer->context, batch, payload, attempt, e);
	joblog_write(worker->settings.joblog, batch, payload, attempt,
	    start_wall_ns, clock_now_ns() - start_ns);
}

static void
do_batch(struct worker *worker, struct batch *batch)
{
	const struct ibuffer *ibuffer = &worker->settings.ibuffer;
	struct attempt *attempt = &worker->attempt;
	struct payload payload;
	struct err e = {0};

	begin_attempt(attempt, 1);
	if (queue_get_stop(&worker->settings.channel->queue) == QUEUE_RUN) {
		if (ibuffer->format_input(
		        ibuffer->context, batch, &payload, &e) == 0)
			try_batch(worker, batch, &payload, &e);
		else
			attempt->end = ATTEMPT_NOT_RUN;
	}
	batch->result.attempts = attempt->has_run ? attempt->number : 0;
	batch->result.is_delivered = is_delivered(attempt);
	batch->result.stdout_errno = e.code == ERR_IO ? e.sys_errno : 0;
	if (!batch->result.is_delivered && !ibuffer->is_rehearsal)
		report_failure(batch, attempt, &e);
}

static void *
run(void *context)
{
	struct worker *worker = context;
	struct queue *queue = &worker->settings.channel->queue;
	struct batch *batch, *next;

	batch = queue_wait(queue);
	while (batch != NULL) {
		do_batch(worker, batch);
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
		    worker->settings.channel->lane, worker->settings.number);
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
		settings->ibuffer.destroy(settings->ibuffer.context);
		free(worker);
		return err_set_errno(e, ERR_SYSTEM, why, "worker thread");
	}
	queue_add_worker(&settings->channel->queue);
	*result = worker;
	return 0;
}

void
worker_join(struct worker *worker)
{
	if (worker == NULL)
		return;
	pthread_join(worker->thread, NULL);
	worker->settings.ibuffer.destroy(worker->settings.ibuffer.context);
	free(worker);
}
