#ifndef ABUF_BUFFER_STREAM_H
#define ABUF_BUFFER_STREAM_H

/*
 * A stream: an open window, and the channels that its windows go to.
 *
 *	to one     each channel has a stream of its own
 *	to all     every channel of a buffer gets every window: one file, a
 *	           descriptor and a batch for each of them
 *	to any     windows are dealt to the channels of a buffer in turn; one
 *	           that has no room is passed over
 *
 * A window that is full takes no more records.  It is handed on as soon as its
 * channels have room (all of them at once, or any); until then the stream is
 * stuck, and whoever has the next record for it must stop reading.  A window
 * that is merely due and finds no room stays open and gathers.
 *
 * A channel that may overflow holds up others for a moment only: when any of
 * them has room, its share goes to the queue of those who set it aside.
 *
 * Nothing happens by itself: after every change (records, time, a batch that
 * came back) the loop calls stream_pump().  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/records.h"
#include "buffer/keeper.h"
#include "buffer/trigger.h"
#include "buffer/window.h"

struct channel;
struct config_buffer;
struct err;

enum stream_mode { STREAM_TO_ALL, STREAM_TO_ANY };

struct stream {
	/* Set once. */
	struct channel *channels; /* neighbours */
	size_t channel_count;     /* at least 1 */
	enum stream_mode mode;    /* the same for one channel */
	const struct config_buffer *config;
	struct trigger_policy policy;
	enum window_kind window_kind;
	const struct keeper *keeper; /* NULL: nobody keeps its windows */

	/* Owned by the loop. */
	struct window window;
	enum reason closing; /* it takes no more; REASON_NONE: it does */
	bool waits_for_room; /* it is due, no room for it yet */
	uint64_t patient_ns; /* if so: until then, if no room appears */
	size_t turn;         /* of STREAM_TO_ANY: whose it is */
	uint64_t records;    /* that ever entered */
	uint64_t bytes;      /* in these */
	uint8_t *header;     /* what windows begin with from now on */
	size_t header_size;  /* 0: nothing */

	/* With a keeper. */
	enum origin_kind origin_kind; /* of its windows' records */
	struct origin *origins;       /* of those in the open window */
	size_t origin_count;
};

/*
 * Prepare a zeroed stream.  config and channels outlive it.  Nobody keeps its
 * windows.
 */
void stream_init(struct stream *stream, const struct config_buffer *config,
    struct channel *channels, size_t channel_count, enum stream_mode mode);

/* Throws the open window away.  A no-op on a zeroed stream. */
void stream_release(struct stream *stream);

/* A window waits to be handed on: no record may enter. */
static inline bool
stream_is_stuck(const struct stream *stream)
{
	return stream->closing != REASON_NONE;
}

static inline bool
stream_is_empty(const struct stream *stream)
{
	return stream->window.trigger.records == 0;
}

/* Batches of its channels that are not back yet. */
uint64_t stream_in_flight(const struct stream *stream);

/*
 * Append exactly `records` whole records.  The stream must not be stuck, and
 * they must fit: not more than trigger_records_left(), and not more than
 * trigger_bytes_left() unless the window is empty and this is one record.
 * ERR_IO: no space now; nothing has changed, try again later.
 */
int stream_append(struct stream *stream, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e);

/* The same for one record, through memory. */
int stream_gather(struct stream *stream, const uint8_t *record, size_t size,
    uint64_t now_ns, struct err *e);

/*
 * Windows begin with this header line (none if size is 0) from now on.  If the
 * open one holds records behind another, it closes: the stream is stuck, and
 * the call has to be repeated when it is not.  ERR_IO: no memory now.
 */
int stream_set_header(
    struct stream *stream, const uint8_t *header, size_t size, struct err *e);

/*
 * A keeper looks after its windows from now on, and outlives it: before the
 * first record.  Its channels are told, too.
 */
void stream_set_keeper(struct stream *stream, const struct keeper *keeper);

/*
 * The next records are of this kind.  As with a header: the open window closes
 * if it has others, and the call has to be repeated when the stream is not
 * stuck any more.  Without a keeper nothing happens.
 */
void stream_set_origin_kind(struct stream *stream, enum origin_kind kind);

/* With a keeper: the records just put in are these bytes. */
void stream_note_origin(struct stream *stream, const struct origin *origin);

/* What it holds came from so many files that it is full; if it holds any. */
void stream_close_source(struct stream *stream);

/*
 * The next record would pass the byte limit: the window is full although
 * some bytes are left.  It must not be empty.
 */
void stream_close_bytes(struct stream *stream);

/*
 * The keeper has given it the open window of an earlier run, with what that
 * holds: count it as if it had just come.
 */
void stream_resume(struct stream *stream);

/* Make the open window due for reason.  False if it is empty. */
bool stream_ask(struct stream *stream, enum reason reason);

/*
 * Hand the window on if it is full, or due, and there is room.  ERR_IO: it
 * cannot be written to its end, or there is no descriptor for it now; nothing
 * has changed, try again later.
 */
int stream_pump(struct stream *stream, uint64_t now_ns, struct err *e);

/* Throw the open window away: what it holds has been kept elsewhere. */
void stream_discard(struct stream *stream);

/* When stream_pump() should be called at the latest; CLOCK_NEVER if never. */
uint64_t stream_deadline_ns(const struct stream *stream);

#endif
