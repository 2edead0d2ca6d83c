/*
 * From bytes to the lane's window.
 */
#include "intake/route.h"

#include <inttypes.h>

#include "base/log.h"
#include "buffer/channel.h"

static void
refuse(struct channel *channel, const struct framer *framer, const char *source,
    uint64_t record, uint64_t bytes)
{
	log_error("%s: record %" PRIu64 ": %" PRIu64
	          " bytes, more than --max-record %" PRIu64 ": dropped",
	    source, record, bytes, framer->max_record_bytes);
	channel->totals.refused_records++;
}

/* One cut, and what it takes from the window's room.  Returns 0 or an error. */
static int
feed_once(struct channel *channel, const struct cut *cut, const uint8_t *data,
    uint64_t now_ns, struct err *e)
{
	int code = 0;

	if (cut->size > 0)
		code = channel_append(
		    channel, data, cut->size, cut->records, now_ns, e);
	/* Unless it closed by itself: to the byte, or as a large one alone. */
	if (code == 0 && cut->end == CUT_BYTES &&
	    channel->window.trigger.records > 0)
		channel_close_bytes(channel);
	return code;
}

static struct cut
next_cut(const struct channel *channel, struct framer *framer,
    const uint8_t *data, size_t size)
{
	const struct trigger *held = &channel->window.trigger;

	return framer_cut(framer, data, size,
	    trigger_records_left(held, &channel->policy),
	    trigger_bytes_left(held, &channel->policy), held->records == 0);
}

struct feed
route_feed(struct route *route, struct framer *framer, const uint8_t *data,
    size_t size, const char *source, uint64_t first_record, uint64_t now_ns,
    struct err *e)
{
	struct channel *channel = route->channel;
	struct feed feed = {.end = FEED_ALL};
	struct cut cut = {.end = CUT_AGAIN};

	while (feed.taken < size && cut.end != CUT_NEED_DATA) {
		struct framer before = *framer;

		if (channel_is_stuck(channel)) {
			feed.end = FEED_STUCK;
			break;
		}
		cut = next_cut(
		    channel, framer, data + feed.taken, size - feed.taken);
		if (feed_once(channel, &cut, data + feed.taken, now_ns, e) !=
		    0) {
			/* Nothing happened: the same bytes come again. */
			*framer = before;
			feed.end = FEED_NO_SPACE;
			break;
		}
		feed.taken += cut.size + cut.skip;
		feed.records += cut.records;
		if (cut.is_refused)
			refuse(channel, framer, source,
			    first_record + feed.records, cut.refused_bytes);
		feed.records += cut.skipped;
	}
	return feed;
}

void
route_finish(struct route *route, struct framer *framer, const char *source,
    uint64_t record)
{
	uint64_t bytes;

	if (framer_finish(framer, &bytes))
		refuse(route->channel, framer, source, record, bytes);
}
