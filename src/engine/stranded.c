/*
 * Windows that cannot be handed on when a run waits no longer: there is no
 * descriptor for each channel's share, or the file cannot be written to its
 * end.  What they hold is set aside as one entry RUN.LANE.0.N for each channel,
 * like what is in no window yet.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "engine/engine_internal.h"

#define PIECE_SIZE 65536

static int
append(struct dead_letters *letters, struct dead_stream *entry,
    const struct window *window, struct err *e)
{
	uint8_t piece[PIECE_SIZE];
	uint64_t left;
	size_t size;

	while ((left = window->trigger.bytes - entry->bytes) > 0) {
		size = left < PIECE_SIZE ? (size_t)left : PIECE_SIZE;
		if (window_copy(window, entry->bytes, piece, size, e) != 0 ||
		    dead_stream_append(letters, entry, piece, size, e) != 0)
			return e->code;
	}
	return 0;
}

static int
set_aside(struct dead_letters *letters, const struct channel *channel,
    const struct window *window, const char *id, struct err *e)
{
	struct dead_entry description = dead_entry_of(channel, id, DEAD_INPUT,
	    "read, but its window could not be handed on");
	struct dead_stream entry;

	description.records = window->trigger.records;
	description.bytes = window->trigger.bytes;
	if (dead_stream_begin(letters, &entry, id, e) != 0)
		return e->code;
	if (append(letters, &entry, window, e) != 0 ||
	    dead_stream_commit(letters, &entry, &description, e) != 0)
		dead_stream_abort(letters, &entry);
	return e->code;
}

/* A channel's share, or all of a window that is dealt to one. */
static void
keep(struct engine *engine, struct channel *channel,
    const struct window *window, const struct err *why)
{
	struct dead_letters *letters = lanes_letters(engine, channel->buffer);
	struct channel_totals *totals = &channel->totals;
	uint64_t records = window->trigger.records;
	char id[BATCH_ID_SIZE];
	struct err e = {0};

	snprintf(id, sizeof(id), "%s.%u.0.%" PRIu64, channel->run,
	    channel->lane, ++channel->refusals);
	log_error("%s: %" PRIu64 " record%s cannot be handed on: %s", id,
	    records, records == 1 ? "" : "s", why->message);
	if (letters == NULL) {
		totals->dropped_records += records;
		log_error("%s: dropped", id);
	} else if (set_aside(letters, channel, window, id, &e) == 0) {
		totals->aside_records += records;
		log_error("%s: set aside: %s/%s.batch", id,
		    dead_letter_path(letters), id);
	} else {
		totals->lost_records += records;
		log_error("%s: cannot be set aside: %s: lost", id, e.message);
	}
}

void
stranded_keep(
    struct engine *engine, struct stream *stream, const struct err *why)
{
	const struct trigger *held = &stream->window.trigger;
	size_t i;

	if (stream->mode == STREAM_TO_ANY) {
		stream->channels[0].totals.records += held->records;
		stream->channels[0].totals.bytes += held->bytes;
		keep(engine, &stream->channels[0], &stream->window, why);
	} else {
		for (i = 0; i < stream->channel_count; i++)
			keep(
			    engine, &stream->channels[i], &stream->window, why);
	}
	stream_discard(stream);
}
