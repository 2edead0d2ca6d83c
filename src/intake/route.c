/*
 * What both ways of feeding share: headers, refused records, streams that are
 * stuck.
 */
#include "intake/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "buffer/stream.h"
#include "intake/destination.h"
#include "intake/route_internal.h"

void
inlet_release(struct inlet *inlet)
{
	free(inlet->header);
	free(inlet->line);
	inlet->header = NULL;
	inlet->line = NULL;
}

/* All records go to one stream, as whole spans. */
static bool
goes_as_spans(const struct route *route, const struct framer *framer)
{
	return route->router == NULL && route->home->stream != NULL &&
	    framer->format != FRAMER_JSON_SEQ;
}

enum origin_kind
route_origin_kind(const struct route *route, const struct framer *framer)
{
	return goes_as_spans(route, framer) && !framer->skip_empty
	    ? ORIGIN_PIECES
	    : ORIGIN_SCATTERED;
}

uint64_t
route_end_in_file(const struct feeding *feeding, size_t size)
{
	const struct inlet_file *file = &feeding->inlet->file;
	uint64_t end = file->offset + size;

	return file->limit > 0 && end > file->limit ? file->limit : end;
}

void
route_note_origin(
    const struct feeding *feeding, struct stream *stream, size_t size)
{
	const struct inlet_file *file = &feeding->inlet->file;
	const struct origin origin = {
	    .source = file->source,
	    .start = file->offset,
	    .end = route_end_in_file(feeding, size),
	};

	if (file->kind != ORIGIN_NONE)
		stream_note_origin(stream, &origin);
}

void
route_take(struct feeding *feeding, size_t size, uint64_t records)
{
	feeding->data += size;
	feeding->size -= size;
	feeding->feed.taken += size;
	feeding->inlet->file.offset += size;
	feeding->inlet->next_record += records;
}

bool
route_may_go_on(struct feeding *feeding)
{
	if (feeding->refusals < ROUTE_REFUSALS)
		return true;
	feeding->feed.end = FEED_TURN;
	return false;
}

void
route_stop(struct feeding *feeding, const struct framer *before)
{
	feeding->inlet->framer = *before;
	feeding->feed.end = FEED_NO_SPACE;
}

bool
route_skip(
    struct feeding *feeding, const struct framer *before, const struct cut *cut)
{
	const struct route *route = feeding->route;
	const struct inlet *inlet = feeding->inlet;
	/* A value of JSON has none. */
	bool has_delimiter = cut->skip > 0 &&
	    feeding->data[cut->skip - 1] == inlet->framer.delimiter;
	const struct refusal refusal = {
	    .source = inlet->source,
	    .record = inlet->next_record,
	    .file = inlet->file.kind != ORIGIN_NONE ? inlet->file.source : 0,
	    .offset = inlet->file.offset,
	    .why = cut->why,
	    .limit_bytes = inlet->framer.max_record_bytes,
	    .data = feeding->data,
	    .size = cut->skip,
	    .is_first = !before->is_skipping,
	    .is_last = cut->is_refused,
	    .lacks_delimiter = cut->is_refused && !has_delimiter,
	    .bytes = cut->refused_bytes,
	};

	if ((cut->is_refused || inlet->framer.is_skipping) &&
	    route->refuse(route->context, &refusal, feeding->e) != 0) {
		route_stop(feeding, before);
		return false;
	}
	feeding->refusals += cut->is_refused;
	route_take(feeding, cut->skip, cut->skipped);
	return true;
}

bool
route_refuse(struct feeding *feeding, const uint8_t *record, size_t size,
    const char *why)
{
	const struct route *route = feeding->route;
	const struct inlet *inlet = feeding->inlet;
	const struct refusal refusal = {
	    .source = inlet->source,
	    .record = inlet->next_record,
	    .file = inlet->file.kind != ORIGIN_NONE ? inlet->file.source : 0,
	    .offset = inlet->file.offset,
	    .why = why,
	    .is_unrouted = true,
	    .data = record,
	    .size = size,
	    .is_first = true,
	    .is_last = true,
	    .bytes = size - 1,
	};

	if (route->refuse(route->context, &refusal, feeding->e) != 0) {
		feeding->feed.end = FEED_NO_SPACE;
		return false;
	}
	feeding->refusals++;
	return true;
}

/* What windows of this source are like; the open one closes if it differs. */
static int
fit(struct feeding *feeding, struct stream *stream)
{
	const struct inlet *inlet = feeding->inlet;

	stream_set_origin_kind(stream, inlet->file.kind);
	return stream_set_header(
	    stream, inlet->header, inlet->header_size, feeding->e);
}

/* That, and a window that is full is handed on if possible. */
static int
prepare(struct feeding *feeding, struct stream *stream)
{
	int code = fit(feeding, stream);

	if (code != 0 || !stream_is_stuck(stream))
		return code;
	code = stream_pump(stream, feeding->now_ns, feeding->e);
	if (code != 0 || stream_is_stuck(stream))
		return code;
	return fit(feeding, stream);
}

bool
route_open(struct feeding *feeding, struct stream *stream)
{
	if (prepare(feeding, stream) != 0)
		feeding->feed.end = FEED_NO_SPACE;
	else if (stream_is_stuck(stream))
		feeding->feed.end = FEED_STUCK;
	return feeding->feed.end == FEED_ALL;
}

/* The first line of a source that has a header.  False: it is not here yet. */
static bool
take_header(struct feeding *feeding)
{
	struct inlet *inlet = feeding->inlet;
	struct framer before = inlet->framer;
	struct cut cut = framer_cut(
	    &inlet->framer, feeding->data, feeding->size, 1, UINT64_MAX, true);

	if (cut.records > 0) {
		inlet->header = malloc(cut.size);
		if (inlet->header == NULL) {
			err_set(feeding->e, ERR_IO, "no memory for a header");
			route_stop(feeding, &before);
			return false;
		}
		memcpy(inlet->header, feeding->data, cut.size);
		inlet->header_size = cut.size;
		inlet->wants_header = false;
		route_take(feeding, cut.size, 1);
		return true;
	}
	/* One that is too long is refused, and there is none. */
	if (cut.is_refused)
		inlet->wants_header = false;
	return route_skip(feeding, &before, &cut) && cut.end != CUT_NEED_DATA;
}

struct feed
route_feed(const struct route *route, struct inlet *inlet, const uint8_t *data,
    size_t size, uint64_t now_ns, struct err *e)
{
	struct stream *stream = route->home->stream;
	struct feeding feeding = {
	    .route = route,
	    .inlet = inlet,
	    .data = data,
	    .size = size,
	    .now_ns = now_ns,
	    .feed = {.end = FEED_ALL},
	    .e = e,
	};

	while (inlet->wants_header && feeding.size > 0) {
		if (!take_header(&feeding))
			return feeding.feed;
	}
	if (goes_as_spans(route, &inlet->framer))
		route_spans(&feeding, stream);
	else
		route_each(&feeding);
	return feeding.feed;
}
