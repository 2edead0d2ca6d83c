/*
 * From records to windows.
 */
#include "buffer/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
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
	free(stream->origins);
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
	if (stream->keeper != NULL) {
		if (stream->keeper->open(stream->keeper->context, stream, e) !=
		    0)
			return e->code;
		window->has_crc = true;
	} else if (window_open(window, stream->window_kind, e) != 0) {
		return e->code;
	}
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

void
stream_resume(struct stream *stream)
{
	const struct trigger *held = &stream->window.trigger;

	count_records(stream, held->records, held->bytes);
}

/* Memory is for small ones, of which there may be many. */
static int
make_room(struct stream *stream, size_t size, struct err *e)
{
	const struct keeper *keeper = stream->keeper;
	const struct window *window = &stream->window;

	if (keeper == NULL || keeper->name == NULL ||
	    stream->origin_kind != ORIGIN_NONE || window->number > 0 ||
	    window->header_size + window->trigger.bytes + size <=
	        KEEPER_MEMORY_MAX)
		return 0;
	return keeper->name(keeper->context, stream, e);
}

int
stream_append(struct stream *stream, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e)
{
	if (open_window(stream, e) != 0 || make_room(stream, size, e) != 0 ||
	    window_append(&stream->window, data, size, records, now_ns, e) != 0)
		return e->code;
	count_records(stream, records, size);
	return 0;
}

int
stream_gather(struct stream *stream, const uint8_t *record, size_t size,
    uint64_t now_ns, struct err *e)
{
	if (open_window(stream, e) != 0 || make_room(stream, size, e) != 0 ||
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
stream_set_keeper(struct stream *stream, const struct keeper *keeper)
{
	size_t i;

	stream->keeper = keeper;
	stream->origins =
	    memory_zeroed(KEEPER_ORIGINS_MAX, sizeof(*stream->origins));
	for (i = 0; i < stream->channel_count; i++)
		channel_set_keeper(&stream->channels[i], keeper);
}

void
stream_set_origin_kind(struct stream *stream, enum origin_kind kind)
{
	if (stream->keeper == NULL || stream->origin_kind == kind)
		return;
	if (!stream_is_empty(stream)) {
		stream_close_source(stream);
		return;
	}
	/* One that was opened for a record that did not fit in. */
	window_release(&stream->window);
	stream->origin_kind = kind;
}

/* Does it go on with the last one? */
static bool
is_continued(const struct stream *stream, const struct origin *last,
    const struct origin *next)
{
	return last->source == next->source &&
	    (stream->origin_kind == ORIGIN_SCATTERED
	            ? last->end <= next->start
	            : last->end == next->start);
}

void
stream_note_origin(struct stream *stream, const struct origin *origin)
{
	struct origin *last = stream->origins + stream->origin_count;

	if (stream->origin_count > 0 &&
	    is_continued(stream, &last[-1], origin)) {
		last[-1].end = origin->end;
		return;
	}
	if (stream->origin_count == KEEPER_ORIGINS_MAX)
		BUG("a window of too many pieces");
	*last = *origin;
	stream->origin_count++;
	if (stream->origin_count == KEEPER_ORIGINS_MAX)
		stream_close_source(stream);
}

void
stream_close_source(struct stream *stream)
{
	if (!stream_is_empty(stream) && stream->closing == REASON_NONE)
		stream->closing = REASON_SOURCE;
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

void
stream_discard(struct stream *stream)
{
	window_release(&stream->window);
	stream->closing = REASON_NONE;
	stream->waits_for_room = false;
	stream->origin_count = 0;
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
