/*
 * What a configuration file means.
 */
#include "test_config.h"

#include <string.h>

#include "tap.h"

struct config config;
struct config_buffer *first;
struct err e;

const char *
parse_bytes(const char *text, size_t size)
{
	config_release(&config);
	config_init(&config);
	first = NULL;
	if (config_parse(&config, "f", text, size, &e) != 0)
		return e.message;
	first = &config.buffers[0];
	return "";
}

const char *
parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void
test_defaults(void)
{
	TEST("an empty buffer has the defaults and one channel")
	{
		eq_str(in_buffer(""), "");
		eq_int(config.buffer_count, 1);
		eq_str(first->name, "b");
		eq_int(first->buffer_win_size, 1000);
		eq_int(first->buffer_win_bytes, 1048576);
		eq_int(first->delay_do_ms, 1000);
		eq_int(first->idle_ms, 0);
		ok(!first->flush_when_idle);
		eq_int(first->channel_count, 1);
		eq_str(first->channels[0].name, "default");
	}
	TEST("its input is lines, its channel a rendezvous with one worker")
	{
		eq_str(in_buffer("\"chs\": {}"), "");
		eq_int(first->input.delimiter, '\n');
		ok(!first->input.skip_empty);
		eq_int(first->input.max_record_bytes, 16777216);
		eq_int(first->channels[0].ch_len, 0);
		eq_int(first->channels[0].sub_worker_num, 1);
		ok(first->channels[0].batch_do.command == NULL);
		eq_int(first->channels[0].batch_do.timeout_ms, 300000);
		eq_int(first->channels[0].batch_do.kill_after_ms, 5000);
	}
	TEST("the top level has defaults too")
	{
		eq_str(in_buffer(""), "");
		eq_int(config.drain_ms, 30000);
		ok(config.control == NULL);
		ok(config.joblog == NULL);
		ok(!config.verbose);
		ok(!config.quiet);
		eq_int(config.log_format, CONFIG_LOG_TEXT);
		eq_int(config.progress, CONFIG_PROGRESS_AUTO);
	}
	TEST("0 and less take the default, as in the origin")
	{
		eq_str(in_buffer("\"buffer_win_size\": 0, \"delay_do_ms\": -1,"
		                 "\"buffer_win_bytes\": -1, \"idle_ms\": -5,"
		                 "\"input\": {\"max_record\": 0}"),
		    "");
		eq_int(first->buffer_win_size, 1000);
		eq_int(first->delay_do_ms, 1000);
		eq_int(first->buffer_win_bytes, 1048576);
		eq_int(first->idle_ms, 0);
		eq_int(first->input.max_record_bytes, 16777216);
	}
	TEST("0 bytes is no limit, null is no time-out")
	{
		eq_str(in_buffer("\"buffer_win_bytes\": 0,"
		                 "\"batch_do\": {\"timeout_ms\": null}"),
		    "");
		eq_int(first->buffer_win_bytes, 0);
		eq_int(first->channels[0].batch_do.timeout_ms, 0);
	}
}

static void
test_values(void)
{
	TEST("every key of a buffer arrives")
	{
		eq_str(
		    in_buffer("\"buffer_win_size\": 7, \"idle_ms\": 8,"
		              "\"buffer_win_bytes\": \"64K\","
		              "\"delay_do_ms\": 9, \"flush_when_idle\": true"),
		    "");
		eq_int(first->buffer_win_size, 7);
		eq_int(first->idle_ms, 8);
		eq_int(first->buffer_win_bytes, 65536);
		eq_int(first->delay_do_ms, 9);
		ok(first->flush_when_idle);
	}
	TEST("every key of an input arrives")
	{
		eq_str(in_buffer("\"input\": {\"delimiter\": \"\\\\0\","
		                 "\"skip_empty\": true, \"max_record\": 10}"),
		    "");
		eq_int(first->input.delimiter, '\0');
		ok(first->input.skip_empty);
		eq_int(first->input.max_record_bytes, 10);
		eq_str(in_buffer("\"input\": {\"delimiter\": \"\\t\"}"), "");
		eq_int(first->input.delimiter, '\t');
	}
	TEST("every key of the top level arrives")
	{
		eq_str(
		    parse("{\"$schema\": \"x\", \"async_buffer\": {\"b\":{}},"
		          "\"drain_ms\": 5, \"control\": \"c\","
		          "\"joblog\": \"j\", \"quiet\": true,"
		          "\"log_format\": \"json\","
		          "\"progress\": \"never\"}"),
		    "");
		eq_int(config.drain_ms, 5);
		eq_str(config.control, "c");
		eq_str(config.joblog, "j");
		ok(config.quiet);
		eq_int(config.log_format, CONFIG_LOG_JSON);
		eq_int(config.progress, CONFIG_PROGRESS_NEVER);
	}
	TEST("buffers and channels keep the order of the file")
	{
		eq_str(parse("{\"async_buffer\": {\"z\": {\"chs\":"
		             "{\"y\": {}, \"x\": {\"ch_len\": 3,"
		             "\"sub_worker_num\": 4}}}, \"a\": {}}}"),
		    "");
		eq_int(config.buffer_count, 2);
		eq_str(config.buffers[0].name, "z");
		eq_str(config.buffers[1].name, "a");
		eq_str(first->channels[0].name, "y");
		eq_str(first->channels[1].name, "x");
		eq_int(first->channels[1].ch_len, 3);
		eq_int(first->channels[1].sub_worker_num, 4);
	}
	TEST("a whole number may be written as 10.0 or 1e1")
	{
		eq_str(
		    in_buffer("\"delay_do_ms\": 10.0, \"idle_ms\": 1e1"), "");
		eq_int(first->delay_do_ms, 10);
		eq_int(first->idle_ms, 10);
	}
	TEST("comments may stand wherever space may, after a byte order mark")
	{
		eq_str(parse("\xef\xbb\xbf// a\n{/*b*/\"async_buffer\"/*c*/:\n"
		             "// \xff \"\n{\"b\": {}}} // d"),
		    "");
	}
	TEST("the largest of each number is accepted")
	{
		eq_str(in_buffer("\"buffer_win_size\": 1000000000,"
		                 "\"buffer_win_bytes\": \"1T\","
		                 "\"delay_do_ms\": 31536000000"),
		    "");
		eq_int(first->delay_do_ms, INT64_C(31536000000));
		eq_str(in_channel("\"sub_worker_num\": 256,"
		                  "\"ch_len\": 1000000000"),
		    "");
	}
}

static void
test_commands(void)
{
	const struct config_batch_do *batch_do;

	TEST("a command is an array, and no shell")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": [\"a\", \"\"]}"),
		    "");
		batch_do = &first->channels[0].batch_do;
		eq_str(batch_do->command[0], "a");
		eq_str(batch_do->command[1], "");
		ok(batch_do->command[2] == NULL);
		ok(!batch_do->shell);
	}
	TEST("a command that is a string is a script")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": \"a | b\"}"), "");
		batch_do = &first->channels[0].batch_do;
		eq_str(batch_do->command[0], "a | b");
		ok(batch_do->command[1] == NULL);
		ok(batch_do->shell);
	}
	TEST("a script may have arguments")
	{
		eq_str(in_buffer("\"batch_do\": {\"shell\": true,"
		                 "\"command\": [\"a $1\", \"b\"]}"),
		    "");
		batch_do = &first->channels[0].batch_do;
		eq_str(batch_do->command[1], "b");
		ok(batch_do->shell);
	}
	TEST("a channel starts from the batch_do of its buffer, wherever that "
	     "is")
	{
		eq_str(in_buffer("\"chs\": {\"c\": {\"batch_do\":"
		                 "{\"timeout_ms\": 7}}}, \"batch_do\":"
		                 "{\"command\": \"a\", \"timeout_ms\": 8,"
		                 "\"kill_after_ms\": 9}"),
		    "");
		batch_do = &first->channels[0].batch_do;
		eq_str(batch_do->command[0], "a");
		ok(batch_do->shell);
		eq_int(batch_do->timeout_ms, 7);
		eq_int(batch_do->kill_after_ms, 9);
	}
	TEST("a command of a channel brings its own shell")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": \"a\"}, \"chs\":"
		                 "{\"c\": {\"batch_do\": {\"command\":"
		                 "[\"b\"]}}, \"d\": {}}"),
		    "");
		eq_str(first->channels[0].batch_do.command[0], "b");
		ok(!first->channels[0].batch_do.shell);
		eq_str(first->channels[1].batch_do.command[0], "a");
		ok(first->channels[1].batch_do.shell);
	}
	TEST("the batch_do of a buffer is not that of the next")
	{
		eq_str(parse("{\"async_buffer\": {\"a\": {\"batch_do\":"
		             "{\"command\": \"x\", \"timeout_ms\": 7}},"
		             "\"b\": {}}}"),
		    "");
		batch_do = &config.buffers[1].channels[0].batch_do;
		ok(batch_do->command == NULL);
		ok(!batch_do->shell);
		eq_int(batch_do->timeout_ms, 300000);
	}
}

static void
test_structure(void)
{
	TEST("a run without a file has one buffer of defaults")
	{
		config_release(&config);
		config_init(&config);
		first = config_add_buffer(&config, "a", "x");
		eq_int(first->buffer_win_size, 1000);
		eq_str(first->channels[0].name, "x");
		ok(config_find_buffer(&config, "a") == first);
		ok(config_find_channel(first, "x") == &first->channels[0]);
	}
	TEST("names are found exactly or not at all")
	{
		ok(config_find_buffer(&config, "A") == NULL);
		ok(config_find_channel(first, "") == NULL);
	}
	TEST("releasing a zeroed configuration does nothing")
	{
		config_release(&config);
		config_release(&config);
		eq_int(config.buffer_count, 0);
	}
}

SUITE(config)
{
	test_defaults();
	test_values();
	test_commands();
	test_structure();
	test_config_outcome();
	test_config_records();
	test_config_route();
	test_config_journal();
	test_config_errors();
	test_config_text();
	test_config_print();
	test_config_files();
	config_release(&config);
}
