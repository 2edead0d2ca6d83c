/*
 * From the bytes of a source to open windows; test_route_random.c has
 * everything go wrong at once.
 */
#include "tap.h"
#include "test_lanes.h"

#include <sys/resource.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake/route.h"
#include "intake/router.h"

static struct route route;
static struct inlet inlet;
static struct feed fed;

/*
 * Refused records, as "[PIECE]+[PIECE]NUMBER:BYTES WHY;", with a $ where a
 * delimiter is missing.
 */
static char refused[4096];
static int refusals_that_fail;

static int
refuse(void *context, const struct refusal *refusal, struct err *e)
{
	size_t used = strlen(refused);

	(void)context;
	if (refusals_that_fail > 0) {
		refusals_that_fail--;
		return err_set(e, ERR_IO, "no place");
	}
	snprintf(refused + used, sizeof(refused) - used, "%s[%.*s%s]",
	    refusal->is_first ? "" : "+", (int)refusal->size,
	    (const char *)refusal->data, refusal->lacks_delimiter ? "$" : "");
	used = strlen(refused);
	if (refusal->is_last)
		snprintf(refused + used, sizeof(refused) - used,
		    "%" PRIu64 ":%" PRIu64 " %s;", refusal->record,
		    refusal->bytes, refusal->why);
	return 0;
}

/* Lane 1 has a worker; the source goes to all that has a name. */
static void
begin(const char *text, enum framer_format format, uint64_t max_record)
{
	const struct inlet fresh = {
	    .source = "s",
	    .framer = {.format = format,
	        .delimiter = '\n',
	        .max_record_bytes = max_record},
	    .next_record = 1,
	};

	lanes_begin(text);
	lane_add_workers(1, 1);
	memset(&route, 0, sizeof(route));
	route.home = &lanes.destinations.items[0];
	route.refuse = refuse;
	if (lanes.config.route.kind != CONFIG_ROUTE_FIXED)
		router_create(&route.router, &lanes.config.route,
		    &lanes.destinations, format == FRAMER_CSV, &lanes.e);
	inlet = fresh;
	refused[0] = '\0';
	refusals_that_fail = 0;
}

static void
end(void)
{
	inlet_release(&inlet);
	router_destroy(route.router);
	lanes_end();
}

/* Returns how much of it was taken. */
static size_t
feed(const char *text)
{
	fed = route_feed(
	    &route, &inlet, (const uint8_t *)text, strlen(text), 1, &lanes.e);
	return fed.taken;
}

/* What lane 1 has so far, the open window too. */
static const char *
flushed(void)
{
	struct stream *stream = &lane_at(1)->stream;

	stream_ask(stream, REASON_FLUSH);
	lanes_pump(stream, 1);
	return lane_next(1);
}

static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &limit);
}

#define BUFFER(members) "'async_buffer': {'b': {" members "}}"
/* Records go one by one. */
#define ONE_BY_ONE(members) \
	BUFFER(members) ", 'route': {'tagged': true, 'else': 'b'}"

static void
test_stuck(const char *text)
{
	TEST("what finds no room is not taken, and comes again")
	{
		begin(text, FRAMER_LINES, 100);
		/* One at the worker, one closed and stuck. */
		eq_int(feed("1\n2\n3\n4\n5\n6"), 8);
		eq_int(fed.end, FEED_STUCK);
		eq_int(inlet.next_record, 5);
		eq_int(feed("5\n6"), 0);
		eq_int(fed.end, FEED_STUCK);
		eq_str(lane_next(1), "1.1 size 1\n2\n");
		eq_int(feed("5\n6"), 2);
		eq_int(fed.end, FEED_ALL);
		eq_str(lane_next(1), "1.2 size 3\n4\n");
		eq_int(feed("6\n"), 2);
		lanes_pump(&lane_at(1)->stream, 1);
		eq_str(lane_next(1), "1.3 size 5\n6\n");
		end();
	}
	TEST("an incomplete record is not taken")
	{
		begin(text, FRAMER_LINES, 100);
		eq_int(feed("1\n2"), 2);
		eq_int(fed.end, FEED_ALL);
		eq_int(feed("2"), 0);
		eq_int(fed.end, FEED_ALL);
		eq_str(flushed(), "1.1 flush 1\n");
		end();
	}
}

static void
test_bytes(const char *text)
{
	TEST("the record that would pass the limit of bytes goes into the next")
	{
		begin(text, FRAMER_LINES, 100);
		eq_int(feed("12\n34\n56789\n"), 6);
		eq_str(lane_next(1), "1.1 bytes 12\n");
		eq_int(feed("56789\n0\n"), 6);
		eq_str(lane_next(1), "1.2 bytes 34\n");
		eq_int(feed("0\n"), 2);
		eq_str(lane_next(1), "1.3 bytes 56789\n");
		end();
	}
}

static void
test_refused(const char *text)
{
	TEST("a long record is refused with its number, its bytes, why")
	{
		begin(text, FRAMER_LINES, 4);
		eq_int(feed("1\n23456\n7\n"), 10);
		eq_str(refused, "[23456\n]2:5 longer than --max-record;");
		eq_int(inlet.next_record, 4);
		eq_str(flushed(), "1.1 flush 1\n7\n");
		end();
	}
	TEST("... in pieces, if it comes so")
	{
		begin(text, FRAMER_LINES, 4);
		eq_int(feed("12345"), 5);
		eq_int(feed("6"), 1);
		eq_int(feed("7\n8\n"), 4);
		eq_str(
		    refused, "[12345]+[6]+[7\n]1:7 longer than --max-record;");
		eq_str(flushed(), "1.1 flush 8\n");
		end();
	}
	TEST("a piece that cannot be kept comes again, with more behind it")
	{
		begin(text, FRAMER_LINES, 4);
		refusals_that_fail = 2;
		eq_int(feed("1\n23456"), 2);
		eq_int(fed.end, FEED_NO_SPACE);
		eq_str(lanes.e.message, "no place");
		eq_int(feed("23456"), 0);
		eq_int(feed("23456"), 5);
		refusals_that_fail = 1;
		eq_int(feed("7\n8\n"), 0);
		eq_int(feed("7\n8\n"), 4);
		eq_str(refused, "[23456]+[7\n]2:6 longer than --max-record;");
		eq_str(flushed(), "1.1 flush 1\n8\n");
		end();
	}
	TEST("empty records are skipped, and counted")
	{
		begin(text, FRAMER_LINES, 4);
		inlet.framer.skip_empty = true;
		eq_int(feed("\n\n1\n\n23456\n"), 11);
		eq_str(refused, "[23456\n]5:5 longer than --max-record;");
		eq_str(flushed(), "1.1 flush 1\n");
		end();
	}
}

/*
 * A record that began earlier is taken together with the look at the next one:
 * nothing that was known of the first may be held against the second.
 */
static void
test_refused_csv(const char *text)
{
	TEST("CSV: what cannot be kept is looked at anew when it comes again")
	{
		begin(text, FRAMER_CSV, 8);
		eq_int(feed("\"aa"), 0);
		refusals_that_fail = 1;
		eq_int(feed("\"aa\"\nbbbbb\"b\nbbbbb\n"), 5);
		eq_int(fed.end, FEED_NO_SPACE);
		eq_int(feed("bbbbb\"b\nbbbbb\n"), 14);
		eq_str(refused,
		    "[bbbbb\"b\nbbbbb\n]2:13 longer than --max-record;");
		eq_str(flushed(), "1.1 flush \"aa\"\n");
		end();
	}
	TEST("CSV: a quote that is open at the end is refused, what is before "
	     "it is not")
	{
		begin(text, FRAMER_CSV, 99);
		inlet.framer.is_at_end = true;
		refusals_that_fail = 1;
		eq_int(feed("a\n\"b\nc\n"), 2);
		eq_int(feed("\"b\nc\n"), 5);
		eq_str(refused, "[\"b\nc\n]2:4 a quote that does not close;");
		eq_str(flushed(), "1.1 flush a\n");
		end();
	}
}

static void
test_json(void)
{
	TEST("a value of JSON becomes one line, blanks between values none")
	{
		begin(BUFFER(""), FRAMER_JSON_SEQ, 99);
		eq_int(feed(" {\n\"a\": [1,\r\n2]}\x1e[]  \"x\"  12"), 26);
		eq_str(flushed(), "1.1 flush { \"a\": [1,\r 2]}\n[]\n\"x\"\n");
		inlet.framer.is_at_end = true;
		eq_int(feed("12\n"), 3);
		eq_str(flushed(), "1.2 flush 12\n");
		end();
	}
	TEST("one that is too long is refused, and has the next one's number")
	{
		begin(BUFFER(""), FRAMER_JSON_SEQ, 6);
		feed("1 [1,\n2,3] [4]\n");
		eq_str(refused, "[[1,\n2,3]$]2:8 longer than --max-record;");
		eq_int(inlet.next_record, 4);
		eq_str(flushed(), "1.1 flush 1\n[4]\n");
		end();
	}
	TEST("a value that does not end is refused when the input has")
	{
		begin(BUFFER(""), FRAMER_JSON_SEQ, 99);
		eq_int(feed("1\n{\"a\":\n"), 2);
		inlet.framer.is_at_end = true;
		eq_int(feed("{\"a\":\n"), 6);
		eq_str(refused, "[{\"a\":\n]2:5 a value that does not end;");
		end();
	}
}

static void
test_nowhere(void)
{
	TEST("a record that has nowhere to go is refused whole, tag and all")
	{
		begin(BUFFER("") ", 'route': 'tagged'", FRAMER_LINES, 99);
		refusals_that_fail = 1;
		eq_int(feed("b\t1\nc\t2\nb\t3\n"), 4);
		eq_int(fed.end, FEED_NO_SPACE);
		eq_int(feed("c\t2\nb\t3\n"), 8);
		eq_str(refused, "[c\t2\n]2:3 no such buffer or channel;");
		eq_str(flushed(), "1.1 flush 1\n3\n");
		end();
	}
	TEST("... and after a few of them others have their turn")
	{
		char text[4 * (ROUTE_REFUSALS + 2)];
		size_t i;

		for (i = 0; i < ROUTE_REFUSALS + 1; i++)
			snprintf(text + 4 * i, 5, "c\t2\n");
		snprintf(text + 4 * i, 4, "b\t1");
		text[4 * i + 3] = '\n';
		begin(BUFFER("") ", 'route': 'tagged'", FRAMER_LINES, 99);
		fed = route_feed(&route, &inlet, (const uint8_t *)text,
		    sizeof(text), 1, &lanes.e);
		eq_int(fed.taken, 4 * ROUTE_REFUSALS);
		eq_int(fed.end, FEED_TURN);
		fed = route_feed(&route, &inlet,
		    (const uint8_t *)text + fed.taken, 8, 1, &lanes.e);
		eq_int(fed.taken, 8);
		eq_int(fed.end, FEED_ALL);
		eq_int(inlet.next_record, ROUTE_REFUSALS + 3);
		end();
	}
	TEST("... a value of JSON as the line that it would be")
	{
		begin(BUFFER("'dispatch': {'hash': 'k'}"), FRAMER_JSON_SEQ, 99);
		feed("{\"k\":\n1} {\n}\n");
		eq_str(refused, "[{ }\n]2:3 it has no such field;");
		eq_str(flushed(), "1.1 flush {\"k\": 1}\n");
		end();
	}
}

static void
test_header(const char *text)
{
	TEST("the first line is the header of all windows")
	{
		begin(text, FRAMER_CSV, 99);
		inlet.wants_header = true;
		eq_int(feed("\"h\n"), 0);
		eq_int(feed("\"h\n\"\n1\n2\n3\n"), 11);
		eq_int(inlet.next_record, 5);
		eq_str(lane_next(1), "1.1 size \"h\n\"\n1\n2\n");
		eq_str(flushed(), "1.2 flush \"h\n\"\n3\n");
		end();
	}
	TEST("one that is too long is refused, and there is none")
	{
		begin(text, FRAMER_LINES, 4);
		inlet.wants_header = true;
		refusals_that_fail = 1;
		eq_int(feed("header\n1\n"), 0);
		eq_int(feed("header\n1\n"), 9);
		eq_str(refused, "[header\n]1:6 longer than --max-record;");
		eq_str(flushed(), "1.1 flush 1\n");
		end();
	}
	TEST("empty lines before it are skipped where they are to be")
	{
		begin(text, FRAMER_LINES, 99);
		inlet.wants_header = true;
		inlet.framer.skip_empty = true;
		feed("\n\nh\n\n1\n");
		eq_str(flushed(), "1.1 flush h\n1\n");
		end();
	}
	TEST("a source with another header closes the window of the first")
	{
		struct inlet first;

		begin(text, FRAMER_LINES, 99);
		inlet.wants_header = true;
		feed("h\n1\n");
		first = inlet;
		memset(&inlet.header, 0, sizeof(inlet.header));
		inlet.wants_header = true;
		eq_int(feed("i\n2\n"), 4);
		eq_str(lane_next(1), "1.1 header h\n1\n");
		inlet_release(&inlet);
		inlet = first;
		eq_int(feed("3\n"), 2);
		eq_str(lane_next(1), "1.2 header i\n2\n");
		eq_str(flushed(), "1.3 flush h\n3\n");
		end();
	}
}

static void
test_no_space(void)
{
	TEST("spans: fewer records may fit, and what is full makes room")
	{
		begin(BUFFER("'chs': {'x': {'ch_len': 9}}"), FRAMER_LINES, 99);
		limit_file_size(5);
		eq_int(feed("1\n2\n3\n4\n5\n6\n7\n8\n"), 4);
		eq_int(fed.end, FEED_NO_SPACE);
		eq_str(lanes.e.message, "window: memory: File too large");
		eq_str(lane_next(1), "1.1 bytes 1\n2\n");
		eq_int(feed("3\n4\n5\n6\n7\n8\n"), 2);
		limit_file_size(RLIM_INFINITY);
		eq_str(lane_next(1), "1.2 bytes 3\n");
		eq_int(feed("4\n5\n6\n7\n8\n"), 10);
		eq_str(flushed(), "1.3 flush 4\n5\n6\n7\n8\n");
		end();
	}
	TEST("one by one: the same record comes again")
	{
		begin(ONE_BY_ONE(""), FRAMER_LINES, 99);
		feed("1\n");
		limit_file_size(1);
		/* Room for it was reserved. */
		eq_int(feed("2\n"), 2);
		eq_int(lanes_pump(&lane_at(1)->stream, 1), 0);
		limit_file_size(RLIM_INFINITY);
		eq_str(flushed(), "1.1 flush 1\n2\n");
		limit_file_size(1);
		eq_int(feed("3\n4\n"), 0);
		eq_int(fed.end, FEED_NO_SPACE);
		eq_int(inlet.next_record, 3);
		limit_file_size(RLIM_INFINITY);
		eq_int(feed("3\n4\n"), 4);
		eq_str(flushed(), "1.2 flush 3\n4\n");
		end();
	}
}

SUITE(route)
{
	signal(SIGXFSZ, SIG_IGN);
	printf("# spans:\n");
	test_stuck(BUFFER("'buffer_win_size': 2"));
	test_bytes(BUFFER("'buffer_win_bytes': 5"));
	test_refused(BUFFER(""));
	test_refused_csv(BUFFER(""));
	test_header(BUFFER("'buffer_win_size': 2"));
	printf("# one by one:\n");
	test_stuck(ONE_BY_ONE("'buffer_win_size': 2"));
	test_bytes(ONE_BY_ONE("'buffer_win_bytes': 5"));
	test_refused(ONE_BY_ONE(""));
	test_refused_csv(ONE_BY_ONE(""));
	test_header(ONE_BY_ONE("'buffer_win_size': 2"));
	test_json();
	test_nowhere();
	test_no_space();
}
