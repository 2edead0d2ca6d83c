/*
 * All records go to one stream: whole spans of them.
 */
#include "base/err.h"
#include "buffer/stream.h"
#include "intake/route_internal.h"

static struct cut
next_cut(
    struct feeding *feeding, const struct stream *stream, uint64_t records_max)
{
	const struct trigger *held = &stream->window.trigger;
	uint64_t records = trigger_records_left(held, &stream->policy);

	return framer_cut(&feeding->inlet->framer, feeding->data, feeding->size,
	    records < records_max ? records : records_max,
	    trigger_bytes_left(held, &stream->policy), held->records == 0);
}

/*
 * No space for these records.  Batches in flight give theirs back; until then
 * there is nothing to do but wait.  With none in flight, the open window has
 * it: it closes, as no record more goes in.  And if it is empty, fewer records
 * may fit.  Returns how many to try with; 0: wait.
 */
static uint64_t
find_space(
    struct feeding *feeding, struct stream *stream, const struct cut *cut)
{
	if (stream_in_flight(stream) > 0)
		return 0;
	if (stream_is_empty(stream))
		return cut->records / 2;
	stream_close_bytes(stream);
	return route_open(feeding, stream) ? cut->records : 0;
}

/* Cut, and append.  On failure the same bytes come again. */
static bool
feed_once(struct feeding *feeding, struct stream *stream, struct cut *cut)
{
	const struct framer before = feeding->inlet->framer;
	uint64_t records_max = UINT64_MAX;

	for (;;) {
		*cut = next_cut(feeding, stream, records_max);
		if (cut->size == 0 ||
		    stream_append(stream, feeding->data, cut->size,
		        cut->records, feeding->now_ns, feeding->e) == 0)
			break;
		feeding->inlet->framer = before;
		records_max = find_space(feeding, stream, cut);
		if (records_max > 0)
			continue;
		if (feeding->feed.end != FEED_STUCK) {
			err_wrap(feeding->e, "window");
			feeding->feed.end = FEED_NO_SPACE;
		}
		return false;
	}
	if (cut->size > 0)
		route_note_origin(feeding, stream, cut->size);
	route_take(feeding, cut->size, cut->records);
	/* Unless it closed by itself: to the byte, or as a large one alone. */
	if (cut->end == CUT_BYTES && !stream_is_empty(stream) &&
	    !stream_is_stuck(stream))
		stream_close_bytes(stream);
	return true;
}

void
route_spans(struct feeding *feeding, struct stream *stream)
{
	struct cut cut = {.end = CUT_AGAIN};
	struct framer before;

	while (feeding->size > 0 && cut.end != CUT_NEED_DATA &&
	    route_may_go_on(feeding)) {
		if (!route_open(feeding, stream))
			return;
		before = feeding->inlet->framer;
		if (!feed_once(feeding, stream, &cut))
			return;
		/* What it knew was about a record that has been taken. */
		if (cut.size > 0)
			framer_forget(&before);
		if (!route_skip(feeding, &before, &cut))
			return;
	}
}
