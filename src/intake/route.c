/*
 * From bytes to the lane's window.
 */
#include "intake/route.h"

#include "base/err.h"
#include "buffer/channel.h"

static struct cut
next_cut(const struct channel *channel, struct framer *framer,
    const uint8_t *data, size_t size, uint64_t records_max)
{
	const struct trigger *held = &channel->window.trigger;
	uint64_t records = trigger_records_left(held, &channel->policy);

	return framer_cut(framer, data, size,
	    records < records_max ? records : records_max,
	    trigger_bytes_left(held, &channel->policy), held->records == 0);
}

/*
 * No space for these records.  Batches in flight give theirs back; until then
 * there is nothing to do but wait.  With none in flight, the open window has
 * it: it closes, as no record more goes in.  And if it is empty, fewer records
 * may fit.  Returns how many to try with; 0: wait.
 */
static uint64_t
find_space(struct channel *channel, const struct cut *cut)
{
	if (channel->in_flight > 0)
		return 0;
	if (channel->window.trigger.records > 0) {
		channel_close_bytes(channel);
		return channel_is_stuck(channel) ? 0 : cut->records;
	}
	return cut->records / 2;
}

/*
 * Cut, and append.  On failure nothing has happened, to the framer neither:
 * the same bytes come again.
 */
static int
feed_once(struct channel *channel, struct framer *framer, const uint8_t *data,
    size_t size, uint64_t now_ns, struct cut *cut, struct err *e)
{
	const struct framer before = *framer;
	uint64_t records_max = UINT64_MAX;

	for (;;) {
		*cut = next_cut(channel, framer, data, size, records_max);
		if (cut->size == 0 ||
		    channel_append(
		        channel, data, cut->size, cut->records, now_ns, e) == 0)
			break;
		*framer = before;
		records_max = find_space(channel, cut);
		if (records_max == 0)
			return err_wrap(e, "window");
	}
	/* Unless it closed by itself: to the byte, or as a large one alone. */
	if (cut->end == CUT_BYTES && channel->window.trigger.records > 0)
		channel_close_bytes(channel);
	return 0;
}

/*
 * What the cut skips may be a piece of a refused record.  If that cannot be
 * kept now, the framer goes back to where it was: the same bytes come again.
 */
static int
refuse(const struct route *route, struct framer *framer,
    const struct framer *before, const uint8_t *data, const struct cut *cut,
    const char *source, uint64_t record, struct err *e)
{
	const struct refusal refusal = {
	    .source = source,
	    .record = record,
	    .limit_bytes = framer->max_record_bytes,
	    .data = data,
	    .size = cut->skip,
	    .is_first = !before->is_skipping,
	    .is_last = cut->is_refused,
	    .bytes = cut->refused_bytes,
	};

	if (!cut->is_refused && !framer->is_skipping)
		return 0;
	if (route->refuse(route->context, &refusal, e) == 0)
		return 0;
	*framer = *before;
	return e->code;
}

struct feed
route_feed(struct route *route, struct framer *framer, const uint8_t *data,
    size_t size, const char *source, uint64_t first_record, uint64_t now_ns,
    struct err *e)
{
	struct channel *channel = route->channel;
	struct feed feed = {.end = FEED_ALL};
	struct cut cut = {.end = CUT_AGAIN};
	struct framer before;

	while (feed.taken < size && cut.end != CUT_NEED_DATA) {
		if (channel_is_stuck(channel)) {
			feed.end = FEED_STUCK;
			break;
		}
		before = *framer;
		if (feed_once(channel, framer, data + feed.taken,
		        size - feed.taken, now_ns, &cut, e) != 0) {
			feed.end = channel_is_stuck(channel) ? FEED_STUCK
			                                     : FEED_NO_SPACE;
			break;
		}
		feed.taken += cut.size;
		feed.records += cut.records;
		if (refuse(route, framer, &before, data + feed.taken, &cut,
		        source, first_record + feed.records, e) != 0) {
			feed.end = FEED_NO_SPACE;
			break;
		}
		feed.taken += cut.skip;
		feed.records += cut.skipped;
	}
	return feed;
}
