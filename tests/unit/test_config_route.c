/*
 * What a configuration says of where records come from and where they go to.
 */
#include "test_config.h"

#include <string.h>

#include "config/inputs.h"
#include "tap.h"

/* Two buffers, the first of which has channels x and y; and more. */
#define TWO(members)                                                        \
	"{\"async_buffer\": {\"users\": {\"chs\": {\"x\": {}, \"y\": {}}}," \
	"\"rooms\": {\"input\": {\"max_record\": 7}}},\n" members "}"

#define routed(members) parse(TWO("\"route\": " members))
#define read_from(inputs) parse(TWO("\"inputs\": " inputs))

static void
test_routes(void)
{
	const struct config_route *route = &config.route;

	TEST("without a route there is none, and nothing is printed of it")
	{
		eq_str(in_buffer(""), "");
		eq_int(route->kind, CONFIG_ROUTE_FIXED);
		ok(!route->has_otherwise);
		eq_int(config.source_count, 0);
		ok(survives_printing());
	}
	TEST("records may be tagged")
	{
		eq_str(routed("\"tagged\""), "");
		eq_int(route->kind, CONFIG_ROUTE_TAGGED);
		ok(!route->has_otherwise);
		ok(survives_printing());
		eq_str(routed("{\"tagged\": true, \"else\": \"rooms\"}"), "");
		eq_int(route->kind, CONFIG_ROUTE_TAGGED);
		eq_str(route->otherwise.buffer, "rooms");
		ok(route->otherwise.channel == NULL);
		ok(survives_printing());
	}
	TEST("a field chooses by a map")
	{
		eq_str(routed("{\"field\": \"a.b\", \"map\": {\"\": \"rooms\","
		              "\"q\\n\": \"users/y\"}, \"else\": \"users/x\"}"),
		    "");
		eq_int(route->kind, CONFIG_ROUTE_FIELD);
		eq_str(route->field, "a.b");
		eq_int(route->map_count, 2);
		eq_str(route->map[0].value, "");
		eq_str(route->map[0].target.buffer, "rooms");
		eq_str(route->map[1].value, "q\n");
		eq_str(route->map[1].target.channel, "y");
		eq_str(route->otherwise.channel, "x");
		ok(survives_printing());
		eq_int(route->map_count, 2);
	}
	TEST("a column chooses, with a separator or without")
	{
		eq_str(routed("{\"column\": 65536}"), "");
		eq_int(route->kind, CONFIG_ROUTE_COLUMN);
		eq_int(route->column, 65536);
		eq_int(route->separator, 0);
		eq_int(route->map_count, 0);
		eq_str(
		    routed("{\"column\": 2, \"separator\": \"\\\\x1f\"}"), "");
		eq_int(route->separator, 0x1f);
		ok(survives_printing());
		eq_int(route->separator, 0x1f);
	}
	TEST("all may go to one place")
	{
		eq_str(
		    routed("{\"channel\": \"y\", \"buffer\": \"users\"}"), "");
		eq_int(route->kind, CONFIG_ROUTE_FIXED);
		ok(route->has_otherwise);
		eq_str(route->otherwise.channel, "y");
		ok(inputs_default_buffer(&config) == first);
		ok(survives_printing());
	}
}

static void
test_route_errors(void)
{
	TEST("a route goes by exactly one thing")
	{
		eq_str(routed("{}"),
		    "f:2:1: route: by what is missing, expected one of "
		    "tagged, field, column and buffer");
		eq_str(routed("{\"field\": \"a\", \"tagged\": true}"),
		    "f:2:11: route.field: not allowed together with "
		    "\"tagged\"");
		ok(strstr(routed("{\"buffer\": \"rooms\", \"column\": 1}"),
		    "route.buffer: not allowed together with \"column\""));
		ok(strstr(routed("\"fixed\""),
		    "route: not one of those allowed, \"tagged\" or an"));
		ok(strstr(routed("{\"tagged\": false}"),
		    "route.tagged: only true is allowed"));
	}
	TEST("other keys stand beside what they belong to")
	{
		ok(strstr(routed("{\"tagged\": true, \"map\": {\"a\":"
		                 "\"rooms\"}}"),
		    "route.map: allowed only with \"field\" or \"column\""));
		ok(strstr(routed("{\"field\": \"a\", \"separator\": \",\"}"),
		    "route.separator: allowed only with \"column\" beside"));
		ok(strstr(routed("{\"tagged\": true, \"channel\": \"x\"}"),
		    "route.channel: allowed only with a \"buffer\" beside"));
		ok(strstr(routed("{\"buffer\": \"rooms\", \"else\":"
		                 "\"users\"}"),
		    "route.else: allowed only with \"tagged\", \"field\" or"));
	}
	TEST("a target is in the file")
	{
		eq_str(routed("{\"tagged\": true,\n\"else\": \"user\"}"),
		    "f:3:1: route.else: unknown buffer \"user\", did you mean "
		    "\"users\"?");
		eq_str(routed("{\"field\": \"a\", \"map\":\n{\"k\":"
		              "\"users/z\"}}"),
		    "f:3:2: route.map.k: unknown channel of buffer users "
		    "\"z\", did you mean \"x\"?");
		ok(strstr(routed("{\"buffer\": \"elsewhere\"}"),
		    "unknown buffer \"elsewhere\", expected one of this "
		    "file"));
		ok(strstr(routed("{\"tagged\": true, \"else\": \"users/\"}"),
		    "unknown channel of buffer users \"\""));
		ok(strstr(routed("{\"tagged\": true, \"else\": 1}"),
		    "a number is not allowed, expected a string such as "
		    "\"BUFFER\" or \"BUFFER/CHANNEL\""));
	}
	TEST("a path, a column and a separator are such")
	{
		ok(strstr(routed("{\"field\": \"a..b\"}"),
		    "route.field: \"a..b\": "));
		ok(strstr(routed("{\"column\": 0}"),
		    "route.column: not one of those allowed, a whole number "
		    "from 1 to 65536"));
		ok(strstr(routed("{\"column\": 65537}"), "from 1 to 65536"));
		ok(strstr(routed("{\"column\": 1.5}"), "from 1 to 65536"));
		ok(strstr(routed("{\"column\": 1, \"separator\": \"ab\"}"),
		    "route.separator: \"ab\" is not one byte"));
		ok(strstr(routed("{\"column\": 1, \"separator\": \"\\\"\"}"),
		    "a newline and a quote are not allowed"));
	}
	TEST("a map has values, each once, and refuses the second at its place")
	{
		ok(strstr(routed("{\"field\": \"a\", \"map\": {}}"),
		    "route.map: 0 values, allowed are 1 to 65536"));
		eq_str(routed("{\"field\": \"a\", \"map\": {\"b\": \"rooms\","
		              "\"a\": \"rooms\",\n\"b\": \"rooms\","
		              "\"a\": \"rooms\"}}"),
		    "f:3:1: route.map.b: this value is here twice, allowed is "
		    "one");
	}
}

static void
test_dispatch(void)
{
	TEST("a buffer uses its first channel")
	{
		eq_str(in_buffer(""), "");
		eq_int(first->dispatch, CONFIG_DISPATCH_FIRST);
		ok(!first->sets_aside_when_full);
	}
	TEST("or all, or deals windows in turn, or goes by a field")
	{
		eq_str(in_buffer("\"dispatch_full\": \"set_aside\","
		                 "\"dispatch\": \"all\""),
		    "");
		eq_int(first->dispatch, CONFIG_DISPATCH_ALL);
		ok(first->sets_aside_when_full);
		ok(survives_printing());
		eq_str(in_buffer("\"dispatch\": \"round_robin\""), "");
		eq_int(first->dispatch, CONFIG_DISPATCH_ROUND_ROBIN);
		eq_str(in_buffer("\"dispatch\": {\"hash\": \"user.id\"}"), "");
		eq_int(first->dispatch, CONFIG_DISPATCH_HASH);
		eq_str(first->hash_field, "user.id");
		ok(survives_printing());
	}
	TEST("a hash needs a field")
	{
		eq_str(in_buffer("\"dispatch\": \"hash\""),
		    "f:1:25: async_buffer.b.dispatch: a hash needs a field, "
		    "as in { \"hash\": \"user.id\" }");
		eq_str(in_buffer("\"dispatch\": {}"),
		    "f:1:25: async_buffer.b.dispatch: hash: missing, expected "
		    "the path of a field");
		ok(strstr(in_buffer("\"dispatch\": {\"hash\": \"\"}"),
		    "async_buffer.b.dispatch.hash: \"\": "));
		ok(strstr(in_buffer("\"dispatch\": \"some\""),
		    "\"first\" or \"all\" or \"round_robin\""));
	}
	TEST("only where all channels get a window is a full one passed over")
	{
		eq_str(in_buffer("\"dispatch_full\": \"set_aside\""),
		    "f:1:25: async_buffer.b.dispatch_full: \"set_aside\" is "
		    "allowed only together with \"dispatch\": \"all\"");
		eq_str(in_buffer("\"dispatch_full\": \"wait\""), "");
	}
	TEST("a channel has its own command by its own or its buffer's key")
	{
		eq_str(in_buffer("\"chs\": {\"c\": {\"batch_do\": {\"command\":"
		                 "\"a\"}}, \"d\": {\"batch_do\": {\"split\":"
		                 "true}}, \"e\": {}}"),
		    "");
		ok(first->channels[0].has_batch_do);
		ok(!first->channels[1].has_batch_do);
		ok(!first->channels[2].has_batch_do);
		eq_str(in_buffer("\"batch_do\": {\"command\": \"a\"}"), "");
		ok(first->channels[0].has_batch_do);
	}
}

static void
test_inputs(void)
{
	const struct config_source *sources;

	TEST("inputs are read into a target, or where the route says")
	{
		eq_str(read_from("[{\"path\": \"-\"}, {\"path\": \"a b\","
		                 "\"buffer\": \"users\", \"channel\": \"y\"}]"),
		    "");
		sources = config.sources;
		eq_int(config.source_count, 2);
		eq_str(sources[0].path, "-");
		ok(!sources[0].has_target);
		ok(sources[1].has_target);
		eq_str(sources[1].target.buffer, "users");
		eq_str(sources[1].target.channel, "y");
		ok(survives_printing());
	}
	TEST("their keys are laid over those of the buffer they go to")
	{
		eq_str(read_from("[{\"path\": \"a\", \"buffer\": \"rooms\"},"
		                 "{\"path\": \"b\", \"buffer\": \"rooms\","
		                 "\"max_record\": 9, \"skip_empty\": true},"
		                 "{\"path\": \"c\", \"format\": \"csv\","
		                 "\"header\": 1, \"delimiter\": \"\\n\"}]"),
		    "");
		sources = config.sources;
		eq_int(sources[0].input.max_record_bytes, 7);
		eq_int(sources[1].input.max_record_bytes, 9);
		ok(sources[1].input.skip_empty);
		eq_int(sources[2].input.max_record_bytes, 16777216);
		eq_int(sources[2].input.format, CONFIG_INPUT_CSV);
		ok(sources[2].input.has_header);
		eq_int(sources[1].own_keys,
		    CONFIG_INPUT_HAS_SKIP_EMPTY | CONFIG_INPUT_HAS_MAX_RECORD);
		ok(survives_printing());
	}
	TEST("those that are not their own change with the selected buffer")
	{
		eq_str(read_from("[{\"path\": \"a\"}, {\"path\": \"b\","
		                 "\"max_record\": 9}]"),
		    "");
		inputs_inherit(&config, &config.buffers[1], &config.sources[0]);
		inputs_inherit(&config, &config.buffers[1], &config.sources[1]);
		eq_int(config.sources[0].input.max_record_bytes, 7);
		eq_int(config.sources[1].input.max_record_bytes, 9);
	}
	TEST("an input has a path, and standard input one reader")
	{
		eq_str(read_from("[{\"buffer\": \"rooms\"}]"),
		    "f:2:12: inputs[0]: path: missing, expected that of a "
		    "file, or - for standard input");
		ok(strstr(read_from("[{\"path\": \"\"}]"),
		    "inputs[0].path: empty, expected a path"));
		ok(strstr(read_from("[{\"path\": \"-\"}, {\"path\": \"-\"}]"),
		    "inputs[1]: path: standard input is here twice"));
		ok(strstr(read_from("[]"), "0 inputs, allowed are 1 to 1024"));
		ok(strstr(read_from("{}"), "expected an array of objects"));
	}
	TEST("its target is in the file, and its keys go with the buffer's")
	{
		ok(strstr(read_from("[{\"path\": \"a\", \"buffer\":"
		                    "\"room\"}]"),
		    "inputs[0].buffer: unknown buffer \"room\", did you mean "
		    "\"rooms\"?"));
		ok(strstr(read_from("[{\"path\": \"a\", \"channel\": \"x\"}]"),
		    "inputs[0].channel: allowed only with a \"buffer\""));
		ok(strstr(parse("{\"async_buffer\": {\"b\": {\"input\":"
		                "{\"delimiter\": \",\"}}}, \"inputs\":"
		                "[{\"path\": \"a\", \"format\": \"csv\"}]}"),
		    "inputs[0].format: records end with a newline"));
	}
}

void
test_config_route(void)
{
	test_routes();
	test_route_errors();
	test_dispatch();
	test_inputs();
}
