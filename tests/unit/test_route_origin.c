/*
 * Records of files on their way to windows that are kept: where they stand in
 * their file goes with them, and what is kept already is passed over.
 */
#include "tap.h"
#include "test_lanes.h"

#include <stdio.h>
#include <string.h>

#include "intake/route.h"
#include "intake/router.h"

#define BUFFER(members) "'async_buffer': {'b': {" members "}}"
#define TWO_BUFFERS                                     \
	"'async_buffer': {'a': {}, 'b': {}}, 'route': " \
	"{'tagged': true, 'else': 'a'}"

static struct route route;
static struct inlet inlet;
static char origins[256];  /* of all windows that were taken */
static uint64_t taken_end; /* lane 1 has what ends up to here */

static void
take(void *context, const struct stream *stream, struct batch *const *batches,
    size_t count)
{
	size_t used = strlen(origins), i;

	(void)context;
	(void)batches;
	(void)count;
	for (i = 0; i < stream->origin_count; i++)
		used += (size_t)snprintf(origins + used, sizeof(origins) - used,
		    "%u-%u ", (unsigned)stream->origins[i].start,
		    (unsigned)stream->origins[i].end);
}

static const struct keeper keeper = {
    .open = lanes_open_window, .take = take, .give = lanes_give};

static bool
is_taken(void *context, const struct stream *stream, uint64_t end)
{
	(void)context;
	return stream == &lane_at(1)->stream && end <= taken_end;
}

static int
refuse(void *context, const struct refusal *refusal, struct err *e)
{
	(void)context;
	(void)refusal;
	(void)e;
	return 0;
}

/* A file from this offset on. */
static void
begin(const char *text, uint64_t offset)
{
	struct stream *stream = NULL;

	lanes_begin(text);
	memset(&route, 0, sizeof(route));
	memset(&inlet, 0, sizeof(inlet));
	route.home = &lanes.destinations.items[0];
	route.refuse = refuse;
	if (lanes.config.route.kind != CONFIG_ROUTE_FIXED)
		router_create(&route.router, &lanes.config.route,
		    &lanes.destinations, false, &lanes.e);
	while ((stream = buffer_set_next_stream(&lanes.set, stream)) != NULL)
		stream_set_keeper(stream, &keeper);
	lane_add_workers(1, 1);
	inlet.source = "s";
	inlet.next_record = 1;
	inlet.framer.delimiter = '\n';
	inlet.framer.max_record_bytes = 8;
	inlet.file.source = 1;
	inlet.file.offset = offset;
	inlet.file.kind = route_origin_kind(&route, &inlet.framer);
	origins[0] = '\0';
	taken_end = 0;
}

static void
feed(const char *text)
{
	struct feed fed = route_feed(
	    &route, &inlet, (const uint8_t *)text, strlen(text), 1, &lanes.e);

	eq_int(fed.taken, strlen(text));
}

/* What the lane has in its open window. */
static const char *
flushed(unsigned int lane)
{
	struct stream *stream = &lane_at(lane)->stream;

	if (lane > 1)
		lane_add_workers(lane, 1);
	stream_ask(stream, REASON_FLUSH);
	lanes_pump(stream, 1);
	if (lane_at(lane)->kept == NULL)
		return "";
	lane_at(lane)->kept->is_durable = true;
	channel_release_kept(lane_at(lane));
	return lane_next(lane);
}

static void
end(void)
{
	inlet_release(&inlet);
	router_destroy(route.router);
	lanes_end();
}

SUITE(route_origin)
{
	TEST("what goes one way is a piece of its file, fed at once or not")
	{
		begin(BUFFER(""), 100);
		eq_int(inlet.file.kind, ORIGIN_PIECES);
		feed("a\nb\n");
		feed("c\n");
		flushed(1);
		eq_str(origins, "100-106 ");
		eq_int(inlet.file.offset, 106);
		end();
	}
	TEST("a refused record is a gap between two pieces")
	{
		begin(BUFFER(""), 0);
		feed("a\n123456789\nb\n");
		flushed(1);
		eq_str(origins, "0-2 12-14 ");
		end();
	}
	TEST("what is spread over lanes goes from its first to its last")
	{
		begin(TWO_BUFFERS, 0);
		eq_int(inlet.file.kind, ORIGIN_SCATTERED);
		feed("a\t1\nb\t2\na\t3\n");
		eq_str(flushed(1), "1.1 flush 1\n3\n");
		eq_str(flushed(2), "2.1 flush 2\n");
		eq_str(origins, "0-12 4-8 ");
		end();
	}
	TEST("a lane does not get again what it has, but others do")
	{
		begin(TWO_BUFFERS, 0);
		taken_end = 8;
		inlet.file.is_taken = is_taken;
		feed("a\t1\nb\t2\na\t3\n");
		eq_str(flushed(1), "1.1 flush 3\n");
		eq_str(flushed(2), "2.1 flush 2\n");
		eq_int(inlet.next_record, 4);
		end();
	}
	TEST("empty lines that are skipped make it scattered")
	{
		begin(BUFFER("'input': {'skip_empty': true}"), 0);
		inlet.framer.skip_empty = true;
		eq_int(
		    route_origin_kind(&route, &inlet.framer), ORIGIN_SCATTERED);
		end();
	}
}
