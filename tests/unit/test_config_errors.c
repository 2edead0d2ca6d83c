/*
 * What is said about values and keys that are wrong, and where.
 */
#include "test_config.h"

#include <string.h>

#include "tap.h"

static void
test_command_errors(void)
{
	TEST("a command has a program")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": []}"),
		    "f:1:38: async_buffer.b.batch_do.command: "
		    "0 strings, allowed are 1 to 4096");
		eq_str(in_buffer("\"batch_do\": {\"command\": [\"\"]}"),
		    "f:1:50: async_buffer.b.batch_do.command[0]: "
		    "empty, expected the name of a program");
		eq_str(in_buffer("\"batch_do\": {\"command\": \"\"}"),
		    "f:1:38: async_buffer.b.batch_do.command: "
		    "empty, expected the script of a shell");
	}
	TEST("an argument is a string")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": [\"a\", 1]}"),
		    "f:1:55: async_buffer.b.batch_do.command[1]: "
		    "a number is not allowed, expected a string");
	}
	TEST("a command that is a string is never run without a shell")
	{
		eq_str(in_buffer("\"batch_do\": {\"shell\": false,\n"
		                 "\"command\": \"a\"}"),
		    "f:1:38: async_buffer.b.batch_do.shell: "
		    "false is not allowed with a command that is a string, "
		    "expected true or an array of strings as the command");
		eq_str(in_buffer("\"batch_do\": {\"shell\": true,\n"
		                 "\"command\": \"a\"}"),
		    "");
	}
	TEST("shell without a command is refused")
	{
		eq_str(in_buffer("\"batch_do\": {\"shell\": true}"),
		    "f:1:38: async_buffer.b.batch_do.shell: "
		    "allowed only with a \"command\" beside it");
	}
	TEST("another type of command is refused")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": null}"),
		    "f:1:38: async_buffer.b.batch_do.command: "
		    "null is not allowed, expected an array of strings "
		    "(a program and its arguments) "
		    "or a string (the script of a shell)");
	}
}

static void
test_number_errors(void)
{
	TEST("a number above the maximum is refused with the range")
	{
		eq_str(in_buffer("\n  \"delay_do_ms\": 31536000001"),
		    "f:2:3: async_buffer.b.delay_do_ms: out of range, "
		    "expected a whole number from 1 to 31536000000, "
		    "0 or less for the default of 1000");
		eq_str(in_channel("\"sub_worker_num\": 257"),
		    "f:1:39: async_buffer.b.chs.c.sub_worker_num: "
		    "out of range, expected a whole number from 1 to 256, "
		    "0 or less for the default of 1");
	}
	TEST("a number that a double cannot hold exactly is refused")
	{
		ok(strstr(in_channel("\"ch_len\": 9007199254740992"),
		       "out of range") != NULL);
		ok(strstr(in_channel("\"ch_len\": -9007199254740993"),
		       "out of range") != NULL);
		ok(strstr(in_channel("\"ch_len\": -1e999"), "out of range") !=
		    NULL);
		eq_str(in_channel("\"ch_len\": -9007199254740991"), "");
	}
	TEST("a fraction is refused")
	{
		eq_str(in_channel("\"ch_len\": 1.5"),
		    "f:1:39: async_buffer.b.chs.c.ch_len: not a whole number, "
		    "expected a whole number from 1 to 1000000000, "
		    "0 or less for the default of 0");
	}
	TEST("a string is not a number, even if it looks like one")
	{
		eq_str(in_buffer("\"buffer_win_size\": \"5\""),
		    "f:1:25: async_buffer.b.buffer_win_size: "
		    "a string is not allowed, "
		    "expected a whole number from 1 to 1000000000, "
		    "0 or less for the default of 1000");
	}
	TEST("a size says what it takes")
	{
		eq_str(in_buffer("\"buffer_win_bytes\": true"),
		    "f:1:25: async_buffer.b.buffer_win_bytes: "
		    "true or false is not allowed, "
		    "expected a whole number from 1 to 1099511627776 or a "
		    "size such as \"64K\", 0 for no limit, "
		    "less for the default of 1048576");
		eq_str(in_buffer("\"buffer_win_bytes\": \"2T\""),
		    "f:1:25: async_buffer.b.buffer_win_bytes: "
		    "\"2T\" is not a size from 0 B to 1 TiB "
		    "(such as 4096, 64K, 1MiB)");
	}
	TEST("null is a number for a time-out only")
	{
		eq_str(in_buffer("\"idle_ms\": null"),
		    "f:1:25: async_buffer.b.idle_ms: null is not allowed, "
		    "expected a whole number from 1 to 31536000000, "
		    "0 or less for the default of 0");
		eq_str(in_buffer("\"batch_do\": {\"timeout_ms\": false}"),
		    "f:1:38: async_buffer.b.batch_do.timeout_ms: "
		    "true or false is not allowed, "
		    "expected a whole number from 1 to 31536000000, "
		    "null for no limit, 0 or less for the default of 300000");
	}
}

static void
test_other_errors(void)
{
	TEST("true and false are not numbers or strings")
	{
		eq_str(in_buffer("\"flush_when_idle\": 1"),
		    "f:1:25: async_buffer.b.flush_when_idle: "
		    "a number is not allowed, expected true or false");
		eq_str(in_buffer("\"input\": {\"skip_empty\": \"yes\"}"),
		    "f:1:35: async_buffer.b.input.skip_empty: "
		    "a string is not allowed, expected true or false");
	}
	TEST("a delimiter is one byte")
	{
		eq_str(in_buffer("\"input\": {\"delimiter\": \"ab\"}"),
		    "f:1:35: async_buffer.b.input.delimiter: "
		    "\"ab\" is not one byte (a character, or one of "
		    "\\n \\t \\r \\0 \\\\ \\xNN)");
		eq_str(in_buffer("\"input\": {\"delimiter\": 0}"),
		    "f:1:35: async_buffer.b.input.delimiter: a number is not "
		    "allowed, expected a string of one byte, "
		    "such as \"\\n\" or \"\\\\0\"");
	}
	TEST("a word that is not in the list is refused with the list")
	{
		eq_str(parse("{\"async_buffer\": {\"b\": {}},\n"
		             " \"log_format\": \"xml\"}"),
		    "f:2:2: log_format: "
		    "not one of those allowed, \"text\" or \"json\"");
		eq_str(
		    parse("{\"progress\": true, \"async_buffer\":{\"b\":{}}}"),
		    "f:1:2: progress: true or false is not allowed, "
		    "expected \"auto\" or \"always\" or \"never\"");
	}
	TEST("a path is a string and not empty")
	{
		eq_str(
		    parse("{\"control\": \"\", \"async_buffer\":{\"b\":{}}}"),
		    "f:1:2: control: empty, expected a path");
		eq_str(parse("{\"joblog\": [], \"async_buffer\":{\"b\":{}}}"),
		    "f:1:2: joblog: an array is not allowed, expected a path");
	}
	TEST("verbose and quiet exclude each other, in either order")
	{
		eq_str(parse("{\"async_buffer\": {\"b\": {}},\n"
		             "\"quiet\": true, \"verbose\": true}"),
		    "f:2:1: quiet: true is not allowed together with "
		    "\"verbose\": true");
		eq_str(parse("{\"async_buffer\": {\"b\": {}},\n"
		             "\"quiet\": false, \"verbose\": true}"),
		    "");
	}
	TEST("an object is wanted where objects are")
	{
		eq_str(parse("[]"),
		    "f:1:1: an array is not allowed, expected an object");
		eq_str(parse("{\"async_buffer\": {\"b\": 1}}"),
		    "f:1:19: async_buffer.b: "
		    "a number is not allowed, expected an object");
		eq_str(in_buffer("\"chs\": [\"x\"]"),
		    "f:1:25: async_buffer.b.chs: "
		    "an array is not allowed, expected an object");
	}
}

static void
test_key_errors(void)
{
	TEST("an unknown key is refused with the nearest")
	{
		eq_str(in_buffer("\n\t\"idle_ms\": 1, \"delay_do\": 1"),
		    "f:2:16: async_buffer.b.delay_do: "
		    "unknown key, did you mean \"delay_do_ms\"?");
		eq_str(in_buffer("\"Chs\": {}"),
		    "f:1:25: async_buffer.b.Chs: "
		    "unknown key, did you mean \"chs\"?");
	}
	TEST("or with the list, if none is near")
	{
		eq_str(in_channel("\"queue_length\": 1"),
		    "f:1:39: async_buffer.b.chs.c.queue_length: "
		    "unknown key, allowed are: "
		    "ch_len, sub_worker_num, batch_do, format_input");
	}
	TEST("unknown keys are refused at every level")
	{
		eq_str(parse("{\"async_buffers\": {}}"),
		    "f:1:2: async_buffers: "
		    "unknown key, did you mean \"async_buffer\"?");
		ok(strstr(in_buffer("\"input\": {\"x\": 1}"),
		       "f:1:35: async_buffer.b.input.x: unknown key") != NULL);
		ok(strstr(in_channel("\"batch_do\": {\"x\": 1}"),
		       "f:1:52: async_buffer.b.chs.c.batch_do.x: unknown") !=
		    NULL);
	}
	TEST("a key that is there twice is refused at the second")
	{
		eq_str(in_buffer("\"idle_ms\": 1,\n  \"idle_ms\": 1"),
		    "f:2:3: async_buffer.b.idle_ms: "
		    "this key is here twice, allowed is one");
		eq_str(in_buffer("\"idle_ms\": 1,\n \"\\u0069dle_ms\": 1"),
		    "f:2:2: async_buffer.b.idle_ms: "
		    "this key is here twice, allowed is one");
	}
	TEST("a name that is there twice is refused at the second")
	{
		eq_str(parse("{\"async_buffer\": {\"b\": {},\n\"b\": {}}}"),
		    "f:2:1: async_buffer.b: "
		    "this name is here twice, allowed is one");
		eq_str(in_buffer("\"chs\": {\"c\": {}, \"d\": {},\n\"c\": {}}"),
		    "f:2:1: async_buffer.b.chs.c: "
		    "this name is here twice, allowed is one");
	}
	TEST("a name is of few characters, and not long")
	{
		eq_str(parse("{\"async_buffer\": {\"a b\": {}}}"),
		    "f:1:19: async_buffer.a b: not a name, allowed are "
		    "1 to 64 of A-Z a-z 0-9 . _ -");
		eq_str(in_buffer("\"chs\": {\"\": {}}"),
		    "f:1:33: async_buffer.b.chs.: not a name, allowed are "
		    "1 to 64 of A-Z a-z 0-9 . _ -");
	}
	TEST("a long key with control characters is shown short and clean")
	{
		ok(strstr(parse("{\"\\n01234567890123456789012345678901234567"
		                "8901234567890123456789012345678\": 1}"),
		       "f:1:2: ?0123456789012345678901234567890123456789"
		       "01234567890123456789012...: unknown key") != NULL);
	}
	TEST("a file without buffers is refused")
	{
		eq_str(parse("\n {}"),
		    "f:2:2: async_buffer: missing, "
		    "expected an object of buffers");
		eq_str(parse("{\"async_buffer\": {}}"),
		    "f:1:2: async_buffer: "
		    "empty, expected at least one buffer");
	}
}

void
test_config_errors(void)
{
	test_command_errors();
	test_number_errors();
	test_other_errors();
	test_key_errors();
}
