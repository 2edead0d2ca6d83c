/*
 * Each record goes its own way.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "buffer/stream.h"
#include "intake/destination.h"
#include "intake/route_internal.h"
#include "intake/router.h"

/* A record for a window, with its delimiter. */
struct line {
	const uint8_t *data;
	size_t size;
};

/*
 * A value of JSON as one line: it has newlines only between its tokens, where
 * a blank says the same.
 */
static bool
make_line(struct feeding *feeding, size_t size, struct line *line)
{
	struct inlet *inlet = feeding->inlet;
	uint8_t *grown, *at;

	if (size + 1 > inlet->line_capacity) {
		grown = realloc(inlet->line, size + 1);
		if (grown == NULL) {
			err_set(feeding->e, ERR_IO, "no memory for a record");
			return false;
		}
		inlet->line = grown;
		inlet->line_capacity = size + 1;
	}
	memcpy(inlet->line, feeding->data, size);
	inlet->line[size] = '\n';
	line->data = inlet->line;
	line->size = size + 1;
	for (at = inlet->line;; at++) {
		at = memchr(at, '\n', (size_t)(inlet->line + size + 1 - at));
		if (at == inlet->line + size)
			return true;
		*at = ' ';
	}
}

/* Where it goes; NULL and *why: nowhere.  A tag is taken from the line. */
static struct stream *
find_stream(const struct route *route, struct line *line, const char **why)
{
	const struct destination *destination = route->home;
	size_t tag_size = 0;

	if (route->router != NULL)
		destination = router_choose(
		    route->router, line->data, line->size - 1, &tag_size, why);
	if (destination == NULL)
		return NULL;
	line->data += tag_size;
	line->size -= tag_size;
	return destination_stream(destination, line->data, line->size - 1, why);
}

/* The stream has it from before a crash. */
static bool
is_taken(
    const struct feeding *feeding, const struct stream *stream, size_t size)
{
	const struct inlet_file *file = &feeding->inlet->file;

	return file->is_taken != NULL &&
	    file->is_taken(
	        file->context, stream, route_end_in_file(feeding, size));
}

/* The stream takes the line (size bytes of the source), or the feeding ends. */
static bool
put(struct feeding *feeding, struct stream *stream, const struct line *line,
    size_t size)
{
	if (is_taken(feeding, stream, size))
		return true;
	if (!route_open(feeding, stream))
		return false;
	if (!stream_is_empty(stream) &&
	    trigger_bytes_left(&stream->window.trigger, &stream->policy) <
	        line->size) {
		stream_close_bytes(stream);
		if (!route_open(feeding, stream))
			return false;
	}
	if (stream_gather(stream, line->data, line->size, feeding->now_ns,
	        feeding->e) != 0) {
		err_wrap(feeding->e, "window");
		feeding->feed.end = FEED_NO_SPACE;
		/* The open window may be what has it. */
		if (!stream_is_empty(stream) && stream_in_flight(stream) == 0)
			stream_close_bytes(stream);
		return false;
	}
	route_note_origin(feeding, stream, size);
	/* A full one is handed on at once, if there is room. */
	if (stream_is_stuck(stream))
		stream_pump(stream, feeding->now_ns, feeding->e);
	return true;
}

/* One whole record of size bytes, at the front. */
static bool
feed_record(struct feeding *feeding, size_t size)
{
	struct line line = {feeding->data, size}, whole;
	struct stream *stream;
	const char *why = "";

	if (feeding->inlet->framer.format == FRAMER_JSON_SEQ &&
	    !make_line(feeding, size, &line)) {
		feeding->feed.end = FEED_NO_SPACE;
		return false;
	}
	whole = line;
	stream = find_stream(feeding->route, &line, &why);
	if (stream != NULL
	        ? !put(feeding, stream, &line, size)
	        : !route_refuse(feeding, whole.data, whole.size, why))
		return false;
	route_take(feeding, size, 1);
	return true;
}

void
route_each(struct feeding *feeding)
{
	struct framer *framer = &feeding->inlet->framer;
	struct cut cut = {.end = CUT_AGAIN};
	struct framer before;

	while (feeding->size > 0 && cut.end != CUT_NEED_DATA &&
	    route_may_go_on(feeding)) {
		before = *framer;
		cut = framer_cut(
		    framer, feeding->data, feeding->size, 1, UINT64_MAX, true);
		if (cut.records > 0 && !feed_record(feeding, cut.size)) {
			*framer = before;
			return;
		}
		if (!route_skip(feeding, &before, &cut))
			return;
	}
}
