/*
 * Where records can go, and which channel a key belongs to: that never changes.
 */
#include "tap.h"
#include "test_lanes.h"

#include <stdio.h>
#include <string.h>

#include "base/fnv.h"

static const struct destination *
to(const char *buffer, const char *channel)
{
	return destination_find(&lanes.destinations, buffer, channel);
}

/* The name of the one channel that a record's stream leads to, or why not. */
static const char *
goes_to(const struct destination *destination, const char *record)
{
	const char *why = "";
	struct stream *stream = destination_stream(
	    destination, (const uint8_t *)record, strlen(record), &why);

	if (stream == NULL)
		return why;
	return stream->channel_count > 1 ? "*" : stream->channels->name;
}

static void
test_find(void)
{
	lanes_begin("'async_buffer': {"
	            "'a': {'chs': {'x': {}, 'y': {}}},"
	            "'b': {'dispatch': 'all', 'chs': {'x': {}, 'z': {}}},"
	            "'c': {'dispatch': 'round_robin', "
	            "'chs': {'x': {}, 'z': {}}}}");
	TEST("a buffer goes where its dispatch says")
	{
		eq_str(goes_to(to("a", NULL), "r"), "x");
		eq_str(goes_to(to("b", NULL), "r"), "*");
		eq_str(goes_to(to("c", NULL), "r"), "*");
		eq_int(to("a", NULL)->channel_count, 1);
		eq_int(to("b", NULL)->channel_count, 2);
	}
	TEST("a channel by its name is itself, whatever the dispatch")
	{
		eq_str(goes_to(to("a", "y"), "r"), "y");
		eq_str(goes_to(to("b", "z"), "r"), "z");
		ok(to("b", "x")->channels != to("a", "x")->channels);
		ok(to("b", "x")->stream != to("b", NULL)->stream);
	}
	TEST("there is nothing of another name")
	{
		ok(to("d", NULL) == NULL);
		ok(to("a", "z") == NULL);
		ok(to("", NULL) == NULL);
	}
	lanes_end();
}

static void
test_fnv(void)
{
	TEST("the hash is FNV-1a of 64 bits")
	{
		ok(fnv_hash((const uint8_t *)"", 0) ==
		    UINT64_C(0xcbf29ce484222325));
		ok(fnv_hash((const uint8_t *)"a", 1) ==
		    UINT64_C(0xaf63dc4c8601ec8c));
		ok(fnv_hash((const uint8_t *)"foobar", 6) ==
		    UINT64_C(0x85944171f73967e8));
	}
}

/* Which of 2, 3 and 8 channels a key has: as long as abuf lives. */
static const struct {
	const char *written; /* in the record */
	char of_2, of_3, of_8;
} keys[] = {
    {"\"\"", '1', '2', '5'},
    {"\"a\"", '0', '1', '4'},
    {"\"alice\"", '1', '2', '7'},
    {"\"bob\"", '0', '0', '4'},
    {"\"carol\"", '0', '1', '2'},
    {"42", '1', '1', '3'},
    {"\"42\"", '1', '1', '3'},
    {"-1.50", '0', '2', '2'},
    {"\"\xc3\xa9\"", '1', '1', '1'},
    {"\"\\u00e9\"", '1', '1', '1'},
    {"\"user-000001\"", '0', '1', '2'},
    {"\"user-000002\"", '1', '0', '7'},
    {"true", '1', '2', '5'},
};

#define BY_KEY "'dispatch': {'hash': 'k.id'}, 'chs': "

static void
test_hash(void)
{
	char record[64];
	size_t i;

	lanes_begin("'async_buffer': {"
	            "'two': {" BY_KEY "{'0': {}, '1': {}}},"
	            "'three': {" BY_KEY "{'0': {}, '1': {}, '2': {}}},"
	            "'eight': {" BY_KEY
	            "{'0': {}, '1': {}, '2': {}, '3': {}, '4': {}, '5': {}, "
	            "'6': {}, '7': {}}}}");
	TEST("a key has its channel, in every release")
	{
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			snprintf(record, sizeof(record), "{\"k\":{\"id\":%s}}",
			    keys[i].written);
			eq_int(
			    goes_to(to("two", NULL), record)[0], keys[i].of_2);
			eq_int(goes_to(to("three", NULL), record)[0],
			    keys[i].of_3);
			eq_int(goes_to(to("eight", NULL), record)[0],
			    keys[i].of_8);
		}
	}
	TEST("a record without a key has none")
	{
		eq_str(goes_to(to("two", NULL), "{}"), "it has no such field");
		eq_str(goes_to(to("two", NULL), "{\"k\":{\"id\":null}}"),
		    "the field is null");
		eq_str(goes_to(to("two", NULL), "no"), "not a JSON object");
	}
	TEST("a channel by its name needs no key")
	{
		eq_str(goes_to(to("two", "1"), "no"), "1");
	}
	lanes_end();
}

static int
reach(const char *buffer, const char *channel, enum config_input_format format,
    uint8_t delimiter, bool has_header)
{
	const struct config_input input = {
	    .format = format,
	    .delimiter = delimiter,
	    .has_header = has_header,
	};

	return destination_reach(to(buffer, channel), &input, &lanes.e);
}

static void
test_reach(void)
{
	lanes_begin("'async_buffer': {"
	            "'a': {'chs': {'x': {}, 'y': {}}},"
	            "'b': {'dispatch': 'all', 'chs': {'x': {}, 'z': {}}}}");
	TEST("reaching a buffer reaches the channels of its dispatch")
	{
		eq_int(reach("a", NULL, CONFIG_INPUT_CSV, '\n', true), 0);
		ok(lane_at(1)->is_reached && lane_at(1)->records.is_csv &&
		    lane_at(1)->has_header);
		ok(!lane_at(2)->is_reached);
		eq_int(reach("b", NULL, CONFIG_INPUT_LINES, '\0', false), 0);
		ok(lane_at(3)->is_reached && lane_at(4)->is_reached);
		eq_int(lane_at(4)->records.delimiter, '\0');
	}
	TEST("a channel takes records that end in one way only")
	{
		eq_int(reach("a", "x", CONFIG_INPUT_LINES, '\n', false),
		    ERR_CONFIG);
		eq_str(lanes.e.message,
		    "channel x of buffer a: records come that end in different "
		    "ways: give its inputs one delimiter and format");
		eq_int(reach("b", "z", CONFIG_INPUT_LINES, '\n', false),
		    ERR_CONFIG);
		eq_int(reach("b", "z", CONFIG_INPUT_LINES, '\0', false), 0);
	}
	TEST("values of JSON end as lines do")
	{
		eq_int(reach("a", "y", CONFIG_INPUT_JSON_SEQ, '\n', false), 0);
		eq_int(reach("a", "y", CONFIG_INPUT_LINES, '\n', true), 0);
		ok(!lane_at(2)->records.is_csv);
		ok(lane_at(2)->has_header);
	}
	lanes_end();
}

SUITE(destination)
{
	test_find();
	test_fnv();
	test_hash();
	test_reach();
}
