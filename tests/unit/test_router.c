/*
 * From a record's own word to its destination.
 */
#include "tap.h"
#include "test_lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake/router.h"

#define BUFFERS                                                            \
	"'async_buffer': {'a': {'chs': {'x': {}, 'y': {}}}, 'b': {'chs': " \
	"{'x': {}}}, 'rest': {}}, 'route': "

static struct router *router;

static void
begin(const char *text, bool is_csv)
{
	lanes_begin(text);
	eq_int(router_create(&router, &lanes.config.route, &lanes.destinations,
	           is_csv, &lanes.e),
	    0);
}

static void
end(void)
{
	router_destroy(router);
	lanes_end();
}

/* "BUFFER/CHANNEL SIZE", with the size of the tag; or "! " and why not. */
static const char *
choose(const char *record)
{
	static char said[256];
	size_t size = strlen(record), tag_size = 99;
	uint8_t *copy = malloc(size > 0 ? size : 1);
	const struct destination *found;
	const char *why = "";

	memcpy(copy, record, size);
	found = router_choose(router, copy, size, &tag_size, &why);
	free(copy);
	if (found == NULL)
		snprintf(said, sizeof(said), "! %s", why);
	else
		snprintf(said, sizeof(said), "%s%s%s %zu", found->buffer,
		    found->channel != NULL ? "/" : "",
		    found->channel != NULL ? found->channel : "", tag_size);
	return said;
}

static void
test_tagged(void)
{
	begin(BUFFERS "'tagged'", false);
	TEST("a tag is a buffer, or a buffer and a channel, before a tab")
	{
		eq_str(choose("a\tdata"), "a 2");
		eq_str(choose("a/y\t"), "a/y 4");
		eq_str(choose("b\t\ta"), "b 2");
	}
	TEST("without a tab, or one near enough, there is no tag")
	{
		char far[400];

		eq_str(choose("a"), "! it does not begin with a tag and a tab");
		eq_str(choose(""), "! it does not begin with a tag and a tab");
		memset(far, 'a', sizeof(far));
		snprintf(far + 300, 9, "\tx");
		eq_str(choose(far), "! it does not begin with a tag and a tab");
	}
	TEST("nothing else is a name")
	{
		eq_str(choose("c\tx"), "! no such buffer or channel");
		eq_str(choose("a/z\tx"), "! no such buffer or channel");
		eq_str(choose("a/\tx"), "! no such buffer or channel");
		eq_str(choose("A\tx"), "! no such buffer or channel");
		eq_str(choose("\tx"), "! no such buffer or channel");
		eq_str(choose(" a\tx"), "! no such buffer or channel");
	}
	end();
	TEST("the longest name there can be is one")
	{
		char name[65], text[512], record[140];

		memset(name, 'n', 64);
		name[64] = '\0';
		snprintf(text, sizeof(text),
		    "'async_buffer': {'%s': {'chs': {'%s': {}}}}, "
		    "'route': 'tagged'",
		    name, name);
		begin(text, false);
		snprintf(record, sizeof(record), "%s/%s\tx", name, name);
		eq_int(strlen(choose(record)), 129 + 4);
		end();
	}
	TEST("with another place for the rest, it goes there, tag and all")
	{
		begin(BUFFERS "{'tagged': true, 'else': 'rest'}", false);
		eq_str(choose("a\tx"), "a 2");
		eq_str(choose("c\tx"), "rest 0");
		eq_str(choose("no tag"), "rest 0");
		eq_str(choose(""), "rest 0");
		end();
	}
}

static void
test_field(void)
{
	TEST("without a map, the value is the name")
	{
		begin(BUFFERS "{'field': 'to.name'}", false);
		eq_str(choose("{\"to\":{\"name\":\"a/y\"}}"), "a/y 0");
		eq_str(choose("{\"to\":{\"name\":\"\\u0062\"}}"), "b 0");
		eq_str(choose("{\"to\":{\"name\":\"c\"}}"),
		    "! no target for this value");
		eq_str(choose("{\"to\":{}}"), "! it has no such field");
		eq_str(
		    choose("{\"to\":{\"name\":null}}"), "! the field is null");
		eq_str(choose("a\tb"), "! not a JSON object");
		end();
	}
	TEST("a map has values of any kind, also none at all")
	{
		begin(BUFFERS "{'field': 'k', 'map': {'': 'a', '7': 'a/y', "
		              "'true': 'b', 'b': 'b/x'}}",
		    false);
		eq_str(choose("{\"k\":\"\"}"), "a 0");
		eq_str(choose("{\"k\":7}"), "a/y 0");
		eq_str(choose("{\"k\":\"7\"}"), "a/y 0");
		eq_str(choose("{\"k\":true}"), "b 0");
		eq_str(choose("{\"k\":\"b\"}"), "b/x 0");
		/* No name is a value there. */
		eq_str(choose("{\"k\":\"a\"}"), "! no target for this value");
		eq_str(choose("{\"k\":7.0}"), "! no target for this value");
		end();
	}
	TEST("else takes unknown values, missing ones and what is no object")
	{
		begin(BUFFERS "{'field': 'k', 'map': {'1': 'a'}, "
		              "'else': 'b/x'}",
		    false);
		eq_str(choose("{\"k\":1}"), "a 0");
		eq_str(choose("{\"k\":2}"), "b/x 0");
		eq_str(choose("{}"), "b/x 0");
		eq_str(choose("\xff"), "b/x 0");
		end();
	}
}

static void
test_column(void)
{
	TEST("a column of lines is between tabs, a quote is data")
	{
		begin(BUFFERS "{'column': 2}", false);
		eq_str(choose("1\ta\tz"), "a 0");
		eq_str(choose("5\"\tb"), "b 0");
		eq_str(choose("1\tb\r"), "b 0");
		eq_str(choose("1\t\"b\""), "! no target for this value");
		eq_str(choose("1"), "! it has too few columns");
		end();
	}
	TEST("a column of CSV is between commas, and may be quoted")
	{
		begin(BUFFERS "{'column': 2}", true);
		eq_str(choose("\"1,a\",\"a/y\",z"), "a/y 0");
		eq_str(choose("1,b\r"), "b 0");
		end();
	}
	TEST("or between what the route says")
	{
		begin(BUFFERS "{'column': 1, 'separator': ';', "
		              "'map': {'x,y': 'b'}}",
		    false);
		eq_str(choose("x,y;2"), "b 0");
		eq_str(choose("\"x,y\";2"), "b 0");
		end();
	}
}

/* A map of so many values. */
static char *
large_map(int count)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	fputs(BUFFERS "{'field': 'k', 'map': {", out);
	for (i = 0; i < count; i++)
		fprintf(out, "%s'v%d': '%s'", i > 0 ? ", " : "", i,
		    i % 2 == 0 ? "a" : "b");
	fputs("}}", out);
	fclose(out);
	return text;
}

static void
test_large(void)
{
	TEST("every value of a large map is found, and no other")
	{
		static const int counts[] = {1, 2, 3, 4, 5, 1000, 65536};
		char *text, record[32];
		int i, k, wrong = 0;

		for (i = 0; i < 7; i++) {
			text = large_map(counts[i]);
			begin(text, false);
			free(text);
			for (k = 0; k < counts[i]; k++) {
				snprintf(record, sizeof(record),
				    "{\"k\":\"v%d\"}", k);
				wrong += strcmp(choose(record),
				             k % 2 == 0 ? "a 0" : "b 0") != 0;
			}
			snprintf(record, sizeof(record), "{\"k\":\"v%d\"}", k);
			eq_str(choose(record), "! no target for this value");
			end();
		}
		eq_int(wrong, 0);
	}
}

static void
test_reach(void)
{
	const struct config_input lines = {.delimiter = '\n'};
	const struct config_input zero = {.delimiter = '\0'};

	TEST("it reaches what it may lead to, and nothing else")
	{
		begin(BUFFERS "{'field': 'k', 'map': {'1': 'a/y'}, "
		              "'else': 'rest'}",
		    false);
		eq_int(router_reach(router, &lines, &lanes.e), 0);
		ok(!lane_at(1)->is_reached);
		ok(lane_at(2)->is_reached);
		ok(!lane_at(3)->is_reached);
		ok(lane_at(4)->is_reached);
		eq_int(router_reach(router, &zero, &lanes.e), ERR_CONFIG);
		end();
	}
	TEST("with names for values, that is everything")
	{
		begin(BUFFERS "'tagged'", false);
		eq_int(router_reach(router, &lines, &lanes.e), 0);
		ok(lane_at(1)->is_reached && lane_at(2)->is_reached &&
		    lane_at(3)->is_reached && lane_at(4)->is_reached);
		end();
	}
	TEST("a field that is no path is refused")
	{
		struct config_route route = {
		    .kind = CONFIG_ROUTE_FIELD, .field = (char[]){"a..b"}};

		lanes_begin(BUFFERS "'tagged'");
		eq_int(router_create(&router, &route, &lanes.destinations,
		           false, &lanes.e),
		    ERR_CONFIG);
		router_destroy(NULL);
		lanes_end();
	}
}

SUITE(router)
{
	test_tagged();
	test_field();
	test_column();
	test_large();
	test_reach();
}
