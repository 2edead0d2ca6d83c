/*
 * From records to windows, and from windows to channels.
 */
#include "buffer/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "buffer/channel.h"
#include "config/config.h"

static uint64_t
ms_to_ns(uint64_t ms)
{
	return ms > CLOCK_NEVER / NS_PER_MS ? CLOCK_NEVER : ms * NS_PER_MS;
}

static struct trigger_policy
policy_of(const struct config_buffer *config)
{
	struct trigger_policy policy = {
	    .records_max = config->buffer_win_size,
	    .bytes_max = config->buffer_win_bytes > 0 ? config->buffer_win_bytes
	                                              : UINT64_MAX,
	    .delay_ns = config->flush_when_idle ? CLOCK_NEVER
	                                        : ms_to_ns(config->delay_do_ms),
	    .idle_ns =
	        config->idle_ms > 0 ? ms_to_ns(config->idle_ms) : CLOCK_NEVER,
	};

	return policy;
}

void
stream_init(struct stream *stream, const struct config_buffer *config,
    struct channel *channels, size_t channel_count, enum stream_mode mode)
{
	stream->config = config;
	stream->channels = channels;
	stream->channel_count = channel_count;
	stream->mode = mode;
	stream->policy = policy_of(config);
	stream->window_kind = window_kind_for(stream->policy.bytes_max);
}

void
stream_release(struct stream *stream)
{
	window_release(&stream->window);
	free(stream->header);
	memset(stream, 0, sizeof(*stream));
}

uint64_t
stream_in_flight(const struct stream *stream)
{
	uint64_t in_flight = 0;
	size_t i;

	for (i = 0; i < stream->channel_count; i++)
		in_flight += stream->channels[i].in_flight;
	return in_flight;
}

/* A window gets its file with its first record. */
static int
open_window(struct stream *stream, struct err *e)
{
	struct window *window = &stream->window;

	if (stream_is_stuck(stream))
		BUG("records for a stuck stream");
	if (window->is_open)
		return 0;
	if (window_open(window, stream->window_kind, e) != 0)
		return e->code;
	if (stream->header_size == 0 ||
	    window_put_header(window, stream->header, stream->header_size, e) ==
	        0)
		return 0;
	window_release(window);
	return e->code;
}

/* To whom windows are dealt is known only when one is handed on. */
static void
count_records(struct stream *stream, uint64_t records, uint64_t bytes)
{
	size_t i;

	stream->records += records;
	stream->bytes += bytes;
	for (i = 0; i < stream->channel_count && stream->mode == STREAM_TO_ALL;
	     i++) {
		stream->channels[i].totals.records += records;
		stream->channels[i].totals.bytes += bytes;
	}
	stream->closing =
	    trigger_full(&stream->window.trigger, &stream->policy);
}

int
stream_append(struct stream *stream, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e)
{
	if (open_window(stream, e) != 0 ||
	    window_append(&stream->window, data, size, records, now_ns, e) != 0)
		return e->code;
	count_records(stream, records, size);
	return 0;
}

int
stream_gather(struct stream *stream, const uint8_t *record, size_t size,
    uint64_t now_ns, struct err *e)
{
	if (open_window(stream, e) != 0 ||
	    window_gather(&stream->window, record, size, 1, now_ns, e) != 0)
		return e->code;
	count_records(stream, 1, size);
	return 0;
}

int
stream_set_header(
    struct stream *stream, const uint8_t *header, size_t size, struct err *e)
{
	uint8_t *copy = NULL;

	if (size == stream->header_size &&
	    (size == 0 || memcmp(header, stream->header, size) == 0))
		return 0;
	if (!stream_is_empty(stream)) {
		if (stream->closing == REASON_NONE)
			stream->closing = REASON_HEADER;
		return 0;
	}
	if (size > 0) {
		copy = malloc(size);
		if (copy == NULL)
			return err_set(e, ERR_IO, "no memory for a header");
		memcpy(copy, header, size);
	}
	/* One that was opened for a record that did not fit in. */
	window_release(&stream->window);
	free(stream->header);
	stream->header = copy;
	stream->header_size = size;
	return 0;
}

void
stream_close_bytes(struct stream *stream)
{
	if (stream_is_empty(stream) || stream_is_stuck(stream))
		BUG("no window to close");
	stream->closing = REASON_BYTES;
}

bool
stream_ask(struct stream *stream, enum reason reason)
{
	trigger_ask(&stream->window.trigger, reason);
	return !stream_is_empty(stream);
}

/* The channel that the window goes to alone; NULL: none has room. */
static struct channel *
find_channel(struct stream *stream)
{
	struct channel *channel;
	size_t i;

	for (i = 0; i < stream->channel_count; i++) {
		channel =
		    &stream
		         ->channels[(stream->turn + i) % stream->channel_count];
		if (channel_has_room(channel))
			return channel;
	}
	return NULL;
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

		if (channel_has_room(channel))
			with_room++;
		else if (channel_may_overflow(
		             channel, now_ns, &stream->patient_ns))
			overflowing++;
	}
	return with_room > 0 &&
	    with_room + overflowing == stream->channel_count;
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
		while (--i > 0)
			close(fds[i]);
		return e->code;
	}
	return 0;
}

static void
give_to_all(struct stream *stream, int *fds, enum reason reason)
{
	const struct trigger held = stream->window.trigger;
	uint64_t header_size = stream->window.header_size;
	size_t i;

	fds[0] = window_close(&stream->window);
	for (i = 0; i < stream->channel_count; i++)
		channel_push(&stream->channels[i],
		    batch_create(&stream->channels[i], &held, header_size,
		        fds[i], reason));
}

static void
give_to_one(struct stream *stream, struct channel *channel, enum reason reason)
{
	const struct trigger held = stream->window.trigger;
	uint64_t header_size = stream->window.header_size;

	if (stream->mode == STREAM_TO_ANY) {
		channel->totals.records += held.records;
		channel->totals.bytes += held.bytes;
	}
	stream->turn = (size_t)(channel - stream->channels) + 1;
	channel_push(channel,
	    batch_create(channel, &held, header_size,
	        window_close(&stream->window), reason));
}

/* Hand the window on.  There is room, but perhaps no space. */
static int
hand_on(struct stream *stream, struct channel *channel, enum reason reason,
    struct err *e)
{
	int fds[CONFIG_CHANNELS_MAX] = {-1};

	if (window_flush(&stream->window, e) != 0)
		return err_wrap(e, "window");
	if (stream->channel_count == 1 || stream->mode == STREAM_TO_ANY) {
		give_to_one(stream, channel, reason);
		return 0;
	}
	if (share_file(stream, fds, e) != 0)
		return e->code;
	give_to_all(stream, fds, reason);
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

void
stream_discard(struct stream *stream)
{
	window_release(&stream->window);
	stream->closing = REASON_NONE;
	stream->waits_for_room = false;
}

uint64_t
stream_deadline_ns(const struct stream *stream)
{
	/* The batch that makes room announces itself. */
	if (stream->waits_for_room)
		return stream->patient_ns;
	if (stream_is_stuck(stream))
		return CLOCK_NEVER;
	return trigger_deadline_ns(&stream->window.trigger, &stream->policy);
}
