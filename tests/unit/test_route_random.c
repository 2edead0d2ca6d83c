/*
 * A source in a world where little is certain: pieces of any size come, workers
 * are busy, there is no space for windows, refused records cannot be kept.
 * Whatever happens, each lane gets its records whole, once, and in order.
 */
#include "tap.h"
#include "test_lanes.h"

#include <sys/resource.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fnv.h"
#include "intake/route.h"
#include "intake/router.h"
#include "json_random.h"

#define LANES 5
#define RECORDS 300
#define TURNS_MAX 200000 /* of the world, until something must be wrong */
#define TURNS_BAD 20000  /* afterwards it is kind */

/* Bytes of which there are ever more. */
struct pile {
	char *data;
	size_t size;
	FILE *out;
};

/* Where a record goes, by lanes. */
enum {
	REFUSED = 1 << 0,
	TO_ONE = 1 << 1,
	TO_ALL = 1 << 2 | 1 << 3,
	TO_KEY_X = 1 << 4,
	TO_KEY_Y = 1 << 5
};

/* What comes in, and what is to become of it: by lane; 0 is refused. */
static struct pile input, wanted[LANES + 1], got[LANES + 1];
static uint64_t refused_numbers, wanted_numbers; /* sums of them */
static uint64_t number;                          /* of the record drawn last */

static struct route route;
static struct inlet inlet;
static const char *header; /* of every batch */
static bool is_kind, is_inside_refused;
static int wrong;

static bool
chance(uint32_t of)
{
	return json_random(of) == 0;
}

static void
open_pile(struct pile *pile)
{
	pile->out = open_memstream(&pile->data, &pile->size);
}

static void
close_pile(struct pile *pile)
{
	fclose(pile->out);
	free(pile->data);
}

/* --- the world --- */

static int
refuse(void *context, const struct refusal *refusal, struct err *e)
{
	(void)context;
	if (!is_kind && chance(3))
		return err_set(e, ERR_IO, "no place");
	wrong += refusal->is_first == is_inside_refused;
	is_inside_refused = !refusal->is_last;
	fwrite(refusal->data, 1, refusal->size, got[0].out);
	if (refusal->lacks_delimiter)
		fputc('\n', got[0].out);
	if (refusal->is_last)
		refused_numbers += refusal->record * refusal->record;
	return 0;
}

static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
change_space(void)
{
	static const rlim_t limits[] = {0, 10, 100, RLIM_INFINITY};

	limit_file_size(is_kind ? RLIM_INFINITY : limits[json_random(4)]);
}

static void
check_batch(const struct batch *batch)
{
	const struct config_buffer *config = batch->channel->buffer->config;
	size_t header_size = header != NULL ? strlen(header) : 0;
	const char *text = lane_text(batch);

	wrong += batch->header_size != header_size;
	wrong += header_size > 0 && memcmp(text, header, header_size) != 0;
	wrong += batch->records > config->buffer_win_size;
	wrong += batch->bytes > config->buffer_win_bytes && batch->records != 1;
	fwrite(
	    text + header_size, 1, batch->bytes, got[batch->channel->lane].out);
}

static void
work(unsigned int number_of_lane)
{
	struct batch *batch = lane_take(number_of_lane);

	if (batch == NULL)
		return;
	check_batch(batch);
	lane_finish(batch);
}

/* Batches come back, time passes, space comes and goes. */
static void
turn_world(void)
{
	struct stream *stream = NULL;
	unsigned int i;

	for (i = 1; i <= LANES; i++) {
		if (is_kind || chance(3))
			work(i);
	}
	if (is_kind || chance(3)) {
		while ((stream = buffer_set_next_stream(&lanes.set, stream)) !=
		    NULL) {
			if (chance(20))
				stream_ask(stream, REASON_FLUSH);
			lanes_pump(stream, 1);
		}
	}
	change_space();
}

/* --- the source --- */

static uint8_t held[1 << 20];
static size_t held_size, read_size;
static bool is_paused, is_at_end;

static void
read_more(void)
{
	size_t left = input.size - read_size;
	size_t size = 1 + json_random(chance(4) ? 2000 : 40);

	if (size > left)
		size = left;
	memcpy(held + held_size, input.data + read_size, size);
	held_size += size;
	read_size += size;
	if (left > 0)
		return;
	is_at_end = true;
	inlet.framer.is_at_end = true;
	if (held_size > 0 ? held[held_size - 1] != '\n'
	                  : inlet.framer.is_skipping)
		held[held_size++] = '\n';
}

static void
feed(void)
{
	struct feed fed =
	    route_feed(&route, &inlet, held, held_size, 1, &lanes.e);

	wrong += fed.taken > held_size;
	held_size -= fed.taken;
	memmove(held, held + fed.taken, held_size);
	is_paused = fed.end != FEED_ALL;
	wrong += is_at_end && !is_paused && held_size > 0;
}

static void
run_source(void)
{
	int turn;

	held_size = 0;
	read_size = 0;
	is_paused = false;
	is_at_end = false;
	for (turn = 0; !is_at_end || held_size > 0; turn++) {
		is_kind = turn > TURNS_BAD;
		turn_world();
		if (!is_paused && !is_at_end)
			read_more();
		feed();
		if (turn == TURNS_MAX) {
			wrong++;
			break;
		}
	}
}

/* The open windows, too. */
static void
drain(void)
{
	struct stream *stream = NULL;
	int round;
	unsigned int i;

	is_kind = true;
	change_space();
	while ((stream = buffer_set_next_stream(&lanes.set, stream)) != NULL)
		stream_ask(stream, REASON_EOF);
	for (round = 0; round < 3; round++) {
		turn_world();
		for (i = 1; i <= LANES; i++)
			while (lane_at(i) != NULL && lane_at(i)->in_flight > 0)
				work(i);
	}
}

/* --- what is drawn --- */

/* The buffers of all tests; lane 1, 2 and 3, 4 and 5. */
#define BUFFERS                                                         \
	"'async_buffer': {"                                             \
	"'one': {'buffer_win_size': 7, 'buffer_win_bytes': 100},"       \
	"'all': {'buffer_win_size': 5, 'dispatch': 'all', "             \
	"'chs': {'x': {'ch_len': 9}, 'y': {}}},"                        \
	"'key': {'buffer_win_bytes': 64, 'dispatch': {'hash': 'key'}, " \
	"'chs': {'x': {}, 'y': {'ch_len': 20}}}}"

#define LONG 60 /* --max-record */

static void
draw_begin(const char *text, enum framer_format format, const char *home)
{
	const struct inlet fresh = {
	    .source = "s",
	    .framer = {.format = format,
	        .delimiter = '\n',
	        .max_record_bytes = LONG},
	    .next_record = 1,
	};
	unsigned int i;

	lanes_begin(text);
	for (i = 1; i <= LANES; i++)
		lane_add_workers(i, 1 + i % 2);
	memset(&route, 0, sizeof(route));
	route.home = destination_find(&lanes.destinations, home, NULL);
	route.refuse = refuse;
	if (lanes.config.route.kind != CONFIG_ROUTE_FIXED)
		router_create(&route.router, &lanes.config.route,
		    &lanes.destinations, format == FRAMER_CSV, &lanes.e);
	inlet = fresh;
	header = NULL;
	is_inside_refused = false;
	number = 0;
	refused_numbers = 0;
	wanted_numbers = 0;
	open_pile(&input);
	for (i = 0; i <= LANES; i++) {
		open_pile(&wanted[i]);
		open_pile(&got[i]);
	}
}

/* The input has one record more, and this is what arrives of it. */
static void
draw(const char *record, unsigned int where, const char *arrives)
{
	unsigned int i;

	number++;
	if (where == REFUSED)
		wanted_numbers += number * number;
	fputs(record, input.out);
	for (i = 0; i <= LANES; i++) {
		if ((where >> i & 1) != 0)
			fputs(arrives, wanted[i].out);
	}
}

static bool
check(void)
{
	bool is_good;
	unsigned int i;

	fflush(input.out);
	wrong = 0;
	run_source();
	drain();
	is_good = wrong == 0 && refused_numbers == wanted_numbers;
	fclose(input.out);
	free(input.data);
	for (i = 0; i <= LANES; i++) {
		fflush(wanted[i].out);
		fflush(got[i].out);
		is_good &= wanted[i].size == got[i].size &&
		    memcmp(wanted[i].data, got[i].data, got[i].size) == 0;
		close_pile(&wanted[i]);
		close_pile(&got[i]);
	}
	inlet_release(&inlet);
	router_destroy(route.router);
	lanes_end();
	return is_good;
}

/* Letters; sometimes none, sometimes more than a record may have. */
static const char *
draw_text(void)
{
	static char text[400];
	uint32_t size = json_random(chance(10) ? 300 : 20), i;

	for (i = 0; i < size; i++)
		text[i] = (char)('a' + json_random(26));
	text[size] = '\0';
	return text;
}

/* Lines that all go to a lane. */
static bool
check_lines(const char *home, unsigned int where, bool skip_empty)
{
	char record[500];
	int i;

	draw_begin(BUFFERS, FRAMER_LINES, home);
	inlet.framer.skip_empty = skip_empty;
	for (i = 0; i < RECORDS; i++) {
		snprintf(record, sizeof(record), "%s\n", draw_text());
		if (strlen(record) > LONG + 1)
			draw(record, REFUSED, record);
		else
			draw(record, where,
			    skip_empty && record[0] == '\n' ? "" : record);
	}
	return check();
}

/* CSV with newlines in quotes, behind a header that has some, too. */
static bool
check_csv(const char *home, unsigned int where)
{
	char record[500];
	int i;

	draw_begin(BUFFERS, FRAMER_CSV, home);
	inlet.wants_header = true;
	header = "\"a\nb\",c\n";
	draw(header, where, "");
	for (i = 0; i < RECORDS; i++) {
		snprintf(record, sizeof(record),
		    chance(2) ? "%s\n" : "\"\n\"\"\n%s\n\",\n", draw_text());
		if (strlen(record) <= LONG + 1)
			draw(record, where, record);
		else if (record[0] != '"')
			draw(record, REFUSED, record);
	}
	snprintf(record, sizeof(record), "\"%.20s\nb\n", draw_text());
	draw(record, REFUSED, record);
	return check();
}

/* What is refused keeps its tag. */
static bool
check_tagged(void)
{
	static const char *const tags[] = {
	    "one", "one/default", "all", "key/x", "key/y", "nothing", ""};
	static const unsigned int targets[] = {
	    TO_ONE, TO_ONE, TO_ALL, TO_KEY_X, TO_KEY_Y, REFUSED, REFUSED};
	char record[500];
	uint32_t tag;
	int i;

	draw_begin(BUFFERS ", 'route': 'tagged'", FRAMER_LINES, "one");
	for (i = 0; i < RECORDS; i++) {
		tag = json_random(7);
		snprintf(
		    record, sizeof(record), "%s\t%s\n", tags[tag], draw_text());
		if (strlen(record) > LONG + 1 || targets[tag] == REFUSED)
			draw(record, REFUSED, record);
		else
			draw(record, targets[tag],
			    record + strlen(tags[tag]) + 1);
	}
	return check();
}

/* An object with a key, over several lines, and what is written behind it. */
static void
draw_object(const char *key, unsigned int where)
{
	static const char *const blanks[] = {"", "\n", " \r\n", "\x1e"};
	char record[500], arrives[502], *at;

	snprintf(record, sizeof(record), "{\n\"key\":%s,\n\"v\": \"%s]\"\n}",
	    key, draw_text());
	snprintf(arrives, sizeof(arrives), "%s\n", record);
	if (strlen(record) > LONG) {
		where = REFUSED;
	} else {
		for (at = arrives; at[1] != '\0'; at++) {
			if (*at == '\n')
				*at = ' ';
		}
	}
	draw(record, where, arrives);
	fputs(blanks[json_random(4)], input.out);
}

/* By hash: a key has its lane; without a key there is none. */
static bool
check_keys(void)
{
	char key[8];
	uint32_t value;
	int i;

	draw_begin(BUFFERS, FRAMER_JSON_SEQ, "key");
	for (i = 0; i < RECORDS; i++) {
		value = json_random(12);
		snprintf(key, sizeof(key), "%u", value);
		if (value == 11)
			draw_object("null", REFUSED);
		else if (fnv_hash((const uint8_t *)key, strlen(key)) % 2 == 0)
			draw_object(key, TO_KEY_X);
		else
			draw_object(key, TO_KEY_Y);
	}
	draw("[1", REFUSED, "[1\n");
	return check();
}

/* By field: some go to all, some by their hash, some nowhere. */
static bool
check_fields(void)
{
	static const struct {
		const char *key;
		unsigned int where;
	} cases[] = {{"1", TO_ONE}, {"true", TO_ALL}, {"\"x\"", TO_KEY_X},
	    {"\"a\"", TO_KEY_X}, {"\"alice\"", TO_KEY_Y}, {"2", REFUSED}};
	uint32_t drawn;
	int i;

	draw_begin(BUFFERS
	    ", 'route': {'field': 'key', 'map': {'1': 'one', 'true': 'all', "
	    "'x': 'key/x', 'a': 'key', 'alice': 'key'}}",
	    FRAMER_JSON_SEQ, "one");
	for (i = 0; i < RECORDS; i++) {
		drawn = json_random(6);
		draw_object(cases[drawn].key, cases[drawn].where);
	}
	return check();
}

static void
test_spans(void)
{
	int i;

	TEST("lines in spans: to one channel, and to all of them")
	{
		for (i = 0; i < 20; i++) {
			ok(check_lines("one", TO_ONE, i % 2));
			ok(check_lines("all", TO_ALL, i % 2));
		}
	}
	TEST("CSV behind a header in spans")
	{
		for (i = 0; i < 20; i++) {
			ok(check_csv("one", TO_ONE));
			ok(check_csv("all", TO_ALL));
		}
	}
}

static void
test_each(void)
{
	int i;

	TEST("tagged lines, one by one")
	{
		for (i = 0; i < 20; i++)
			ok(check_tagged());
	}
	TEST("values of JSON by the hash of a key")
	{
		for (i = 0; i < 20; i++)
			ok(check_keys());
	}
	TEST("values of JSON by a field, to one, all, and by hash")
	{
		for (i = 0; i < 20; i++)
			ok(check_fields());
	}
}

SUITE(route_random)
{
	signal(SIGXFSZ, SIG_IGN);
	json_random_seed(7);
	test_spans();
	test_each();
}
