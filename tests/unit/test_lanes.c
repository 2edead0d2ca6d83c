/*
 * Lanes without threads.
 */
#include "test_lanes.h"

#include <sys/resource.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "tap.h"

#define TEXT_MAX 65536

struct lanes lanes;

static struct rlimit usual_limit;

void
lanes_begin(const char *members)
{
	char *text = memory_printf("{%s}", members), *at;

	for (at = text; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	memset(&lanes, 0, sizeof(lanes));
	config_init(&lanes.config);
	if (config_parse(&lanes.config, "f", text, strlen(text), &lanes.e) !=
	    0) {
		eq_str(lanes.e.message, "");
		abort();
	}
	free(text);
	buffer_set_init(&lanes.set, &lanes.config);
	eq_int(
	    destination_set_create(&lanes.destinations, &lanes.set, &lanes.e),
	    0);
}

static void
empty(struct queue *queue)
{
	struct batch *batch;

	queue_close(queue);
	while ((batch = queue_wait(queue)) != NULL)
		batch_destroy(batch);
}

void
lanes_end(void)
{
	struct channel *channel = NULL;
	struct batch *batch;

	while ((channel = buffer_set_next(&lanes.set, channel)) != NULL) {
		while ((batch = channel_take_kept(channel)) != NULL)
			batch_destroy(batch);
		empty(&channel->queue);
		empty(&channel->overflow);
	}
	destination_set_release(&lanes.destinations);
	buffer_set_release(&lanes.set);
	config_release(&lanes.config);
}

struct channel *
lane_at(unsigned int number)
{
	struct channel *channel = NULL;

	while (number-- > 0)
		channel = buffer_set_next(&lanes.set, channel);
	return channel;
}

void
lane_add_workers(unsigned int number, size_t count)
{
	while (count-- > 0)
		queue_add_worker(&lane_at(number)->queue);
}

struct batch *
lane_take(unsigned int number)
{
	struct queue *queue = &lane_at(number)->queue;

	return queue->batch_count > 0 ? queue_wait(queue) : NULL;
}

void
lane_finish(struct batch *batch)
{
	batch->result.delivered_records = batch->records;
	batch->result.delivered_bytes = batch->bytes;
	channel_account(batch->channel, batch);
	/* Not queue_next(): the batch that waits would be taken. */
	queue_add_worker(&batch->channel->queue);
	batch_destroy(batch);
}

const char *
lane_text(const struct batch *batch)
{
	static char text[TEXT_MAX];
	int fd = window_reopen(batch->fd);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	eq_int(n, batch->header_size + batch->bytes);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

const char *
lane_next(unsigned int number)
{
	static char said[TEXT_MAX + 100];
	struct batch *batch = lane_take(number);

	if (batch == NULL)
		return "";
	snprintf(said, sizeof(said), "%s %s %s", batch->id + BATCH_RUN_SIZE,
	    reason_name(batch->reason), lane_text(batch));
	lane_finish(batch);
	return said;
}

int
lanes_append(
    struct stream *stream, const char *records, uint64_t count, uint64_t now_ns)
{
	return stream_append(stream, (const uint8_t *)records, strlen(records),
	    count, now_ns, &lanes.e);
}

int
lanes_gather(struct stream *stream, const char *record, uint64_t now_ns)
{
	return stream_gather(
	    stream, (const uint8_t *)record, strlen(record), now_ns, &lanes.e);
}

int
lanes_pump(struct stream *stream, uint64_t now_ns)
{
	return stream_pump(stream, now_ns, &lanes.e);
}

void
lanes_set_header(struct stream *stream, const char *header)
{
	struct err e;

	stream_set_header(stream, (const uint8_t *)header, strlen(header), &e);
}

size_t
lanes_descriptors(void)
{
	size_t count = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

void
lanes_limit_descriptors(size_t count)
{
	struct rlimit limit;
	int fd;

	getrlimit(RLIMIT_NOFILE, &usual_limit);
	limit = usual_limit;
	for (fd = 0; count > 0 || fcntl(fd, F_GETFD) >= 0; fd++)
		count -= fcntl(fd, F_GETFD) < 0;
	limit.rlim_cur = (rlim_t)fd;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void
lanes_unlimit_descriptors(void)
{
	setrlimit(RLIMIT_NOFILE, &usual_limit);
}

int
lanes_open_window(void *context, struct stream *stream, struct err *e)
{
	(void)context;
	return window_open(&stream->window, stream->window_kind, e);
}

bool
lanes_give(void *context, struct batch *batch)
{
	(void)context;
	(void)batch;
	return true;
}
