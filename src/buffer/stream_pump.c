/*
 * From windows to channels.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "buffer/channel.h"
#include "buffer/stream.h"
#include "config/config.h"

/* With a keeper, one that is full may wait in the channel. */
static bool
may_wait(const struct stream *stream, const struct channel *channel)
{
	return stream_is_stuck(stream) &&
	    channel_can_keep(channel, stream->window.number == 0);
}

/*
 * The channel that the window goes to alone: rather one with a free worker;
 * NULL: none has room.
 */
static struct channel *
find_channel(struct stream *stream)
{
	struct channel *channel, *other = NULL;
	size_t i;

	for (i = 0; i < stream->channel_count; i++) {
		channel =
		    &stream
		         ->channels[(stream->turn + i) % stream->channel_count];
		if (channel_has_room(channel))
			return channel;
		if (other == NULL && may_wait(stream, channel))
			other = channel;
	}
	return other;
}

/*
 * Everybody can have it now, some of them in order to set it aside: but not
 * all, for where nobody is held up the producer can wait.
 */
static bool
all_can_take(struct stream *stream, uint64_t now_ns)
{
	size_t i, with_room = 0, overflowing = 0;

	for (i = 0; i < stream->channel_count; i++) {
		struct channel *channel = &stream->channels[i];

		if (channel_has_room(channel) || may_wait(stream, channel))
			with_room++;
		else if (channel_may_overflow(
		             channel, now_ns, &stream->patient_ns))
			overflowing++;
	}
	return with_room > 0 &&
	    with_room + overflowing == stream->channel_count;
}

static void
close_files(const int *fds, size_t count)
{
	while (count > 0)
		close(fds[--count]);
}

/*
 * A descriptor for each channel but the first, which will have the window's
 * own: all or none.
 */
static int
share_file(const struct stream *stream, int *fds, struct err *e)
{
	size_t i;

	for (i = 1; i < stream->channel_count; i++) {
		fds[i] = fcntl(stream->window.fd, F_DUPFD_CLOEXEC, 3);
		if (fds[i] >= 0)
			continue;
		err_set_errno(e, ERR_IO, errno, "window: file descriptor");
		close_files(fds + 1, i - 1);
		return e->code;
	}
	return 0;
}

/* A batch of what the window held, which is closed, and has this file. */
static struct batch *
push_batch(struct channel *channel, const struct window *held, int fd,
    enum reason reason)
{
	struct batch *batch = batch_create(
	    channel, &held->trigger, held->header_size, fd, reason);

	batch->crc = held->crc;
	batch->has_crc = held->has_crc;
	batch->window = held->number;
	channel_push(channel, batch);
	return batch;
}

static void
tell_keeper(struct stream *stream, struct batch *const *batches, size_t count)
{
	if (stream->keeper == NULL)
		return;
	stream->keeper->take(stream->keeper->context, stream, batches, count);
	stream->origin_count = 0;
}

static int
ask_keeper(struct stream *stream, struct err *e)
{
	const struct keeper *keeper = stream->keeper;

	if (keeper == NULL || keeper->close == NULL)
		return 0;
	return keeper->close(keeper->context, stream, e);
}

static void
give_to_all(struct stream *stream, const struct window *held, const int *fds,
    enum reason reason)
{
	struct batch *batches[CONFIG_CHANNELS_MAX];
	size_t i;

	for (i = 0; i < stream->channel_count; i++)
		batches[i] =
		    push_batch(&stream->channels[i], held, fds[i], reason);
	tell_keeper(stream, batches, stream->channel_count);
}

static void
give_to_one(struct stream *stream, const struct window *held, int fd,
    struct channel *channel, enum reason reason)
{
	struct batch *batch;

	if (stream->mode == STREAM_TO_ANY) {
		channel->totals.records += held->trigger.records;
		channel->totals.bytes += held->trigger.bytes;
	}
	stream->turn = (size_t)(channel - stream->channels) + 1;
	batch = push_batch(channel, held, fd, reason);
	tell_keeper(stream, &batch, 1);
}

/* Hand the window on.  There is room, but perhaps no space. */
static int
hand_on(struct stream *stream, struct channel *channel, enum reason reason,
    struct err *e)
{
	bool is_one =
	    stream->channel_count == 1 || stream->mode == STREAM_TO_ANY;
	int fds[CONFIG_CHANNELS_MAX] = {-1};
	struct window held;

	if (window_flush(&stream->window, e) != 0)
		return err_wrap(e, "window");
	if (ask_keeper(stream, e) != 0 ||
	    (!is_one && share_file(stream, fds, e) != 0))
		return e->code;
	held = stream->window;
	fds[0] = window_close(&stream->window, e);
	if (fds[0] < 0) {
		if (!is_one)
			close_files(fds + 1, stream->channel_count - 1);
		return err_wrap(e, "window");
	}
	if (is_one)
		give_to_one(stream, &held, fds[0], channel, reason);
	else
		give_to_all(stream, &held, fds, reason);
	return 0;
}

int
stream_pump(struct stream *stream, uint64_t now_ns, struct err *e)
{
	struct channel *channel = &stream->channels[0];
	enum reason reason = stream->closing;

	if (reason == REASON_NONE)
		reason = trigger_due(
		    &stream->window.trigger, &stream->policy, now_ns);
	if (reason == REASON_NONE)
		return 0;
	stream->waits_for_room = true;
	stream->patient_ns = CLOCK_NEVER;
	if (stream->mode == STREAM_TO_ANY)
		channel = find_channel(stream);
	else if (!all_can_take(stream, now_ns))
		channel = NULL;
	if (channel == NULL)
		return 0;
	if (hand_on(stream, channel, reason, e) != 0)
		return e->code;
	stream->waits_for_room = false;
	stream->closing = REASON_NONE;
	return 0;
}
