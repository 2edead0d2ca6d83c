/*
 * What a configuration says of batches that are not delivered at once.
 */
#include "test_config.h"

#include <string.h>

#include "tap.h"

#define BATCH_DO(members) "\"batch_do\": {" members "}"
#define RETRY(members) BATCH_DO("\"retry\": {" members "}")

/* A buffer's members, and those of the batch_do of its one channel. */
#define LAID_OVER(buffer_members, channel_members) \
	buffer_members ", \"chs\": {\"c\": {" BATCH_DO(channel_members) "}}"

static const struct config_batch_do *
first_batch_do(void)
{
	return &first->channels[0].batch_do;
}

static void
test_outcome_defaults(void)
{
	TEST("a batch is tried five times, from 200 ms to 30 s apart")
	{
		eq_str(in_buffer(""), "");
		eq_int(first_batch_do()->retry.attempts, 5);
		eq_int(first_batch_do()->retry.delay_ms, 200);
		eq_int(first_batch_do()->retry.max_delay_ms, 30000);
		eq_int(first_batch_do()->retry.deadline_ms, 300000);
	}
	TEST("there is no map, preset, probe or hint, and no splitting")
	{
		ok(first_batch_do()->exit == NULL);
		eq_int(first_batch_do()->preset, CONFIG_PRESET_NONE);
		ok(first_batch_do()->probe == NULL);
		ok(first_batch_do()->split_hint == NULL);
		ok(!first_batch_do()->split);
		eq_int(first_batch_do()->split_max, 64);
		eq_int(first_batch_do()->outage_after, 3);
	}
	TEST("what fails is set aside, 1 GiB at most")
	{
		eq_int(first->on_failure, CONFIG_SET_ASIDE);
		ok(first->dead_letter == NULL);
		eq_int(first->dead_letter_max, 1073741824);
	}
	TEST("0 and less take the default here, too")
	{
		eq_str(in_buffer("\"dead_letter_max\": -1," BATCH_DO(
		           "\"outage_after\": 0, \"split_max\": 0, \"retry\":"
		           "{\"attempts\": 0, \"delay_ms\": -1,"
		           "\"max_delay_ms\": 0, \"deadline_ms\": 0}")),
		    "");
		eq_int(first->dead_letter_max, 1073741824);
		eq_int(first_batch_do()->outage_after, 3);
		eq_int(first_batch_do()->split_max, 64);
		eq_int(first_batch_do()->retry.attempts, 5);
		eq_int(first_batch_do()->retry.delay_ms, 200);
		eq_int(first_batch_do()->retry.max_delay_ms, 30000);
		eq_int(first_batch_do()->retry.deadline_ms, 300000);
	}
	TEST("null is no outage at all")
	{
		eq_str(in_buffer(BATCH_DO("\"outage_after\": null")), "");
		eq_int(first_batch_do()->outage_after, 0);
	}
}

static void
test_outcome_values(void)
{
	TEST("every key of retry arrives")
	{
		eq_str(in_buffer(RETRY("\"attempts\": 6, \"delay_ms\": 7,"
		                       "\"max_delay_ms\": 8,"
		                       "\"deadline_ms\": 9")),
		    "");
		eq_int(first_batch_do()->retry.attempts, 6);
		eq_int(first_batch_do()->retry.delay_ms, 7);
		eq_int(first_batch_do()->retry.max_delay_ms, 8);
		eq_int(first_batch_do()->retry.deadline_ms, 9);
	}
	TEST("every other key of batch_do arrives")
	{
		eq_str(
		    in_buffer(BATCH_DO("\"exit\": \"2=hold\","
		                       "\"preset\": \"curl\","
		                       "\"outage_after\": 4, \"split\": true,"
		                       "\"split_hint\": \"line ([0-9]+)\","
		                       "\"split_max\": 5")),
		    "");
		eq_str(first_batch_do()->exit, "2=hold");
		eq_int(first_batch_do()->preset, CONFIG_PRESET_CURL);
		eq_int(first_batch_do()->outage_after, 4);
		ok(first_batch_do()->split);
		eq_str(first_batch_do()->split_hint, "line ([0-9]+)");
		eq_int(first_batch_do()->split_max, 5);
	}
	TEST("every preset has its name")
	{
		eq_str(in_buffer(BATCH_DO("\"preset\": \"psql\"")), "");
		eq_int(first_batch_do()->preset, CONFIG_PRESET_PSQL);
		eq_str(in_buffer(BATCH_DO("\"preset\": \"sysexits\"")), "");
		eq_int(first_batch_do()->preset, CONFIG_PRESET_SYSEXITS);
	}
	TEST("a probe is a program with its arguments, or a script")
	{
		eq_str(
		    in_buffer(BATCH_DO("\"probe\": [\"pg_isready\", \"-q\"]")),
		    "");
		eq_str(first_batch_do()->probe[0], "pg_isready");
		eq_str(first_batch_do()->probe[1], "-q");
		ok(first_batch_do()->probe[2] == NULL);
		ok(!first_batch_do()->probe_shell);
		eq_str(in_buffer(BATCH_DO("\"probe\": \"a && b\"")), "");
		eq_str(first_batch_do()->probe[0], "a && b");
		ok(first_batch_do()->probe[1] == NULL);
		ok(first_batch_do()->probe_shell);
	}
	TEST("a buffer says where its dead letters go, and how many")
	{
		eq_str(in_buffer("\"on_failure\": \"stop\","
		                 "\"dead_letter\": \"/d\","
		                 "\"dead_letter_max\": \"64M\""),
		    "");
		eq_int(first->on_failure, CONFIG_STOP);
		eq_str(first->dead_letter, "/d");
		eq_int(first->dead_letter_max, 64 << 20);
		eq_str(in_buffer("\"on_failure\": \"drop\""), "");
		eq_int(first->on_failure, CONFIG_DROP);
		eq_str(in_buffer("\"on_failure\": \"dead_letter\""), "");
		eq_int(first->on_failure, CONFIG_SET_ASIDE);
	}
	TEST("the largest of each number is accepted")
	{
		eq_str(
		    in_buffer("\"dead_letter_max\": 1125899906842624," BATCH_DO(
		        "\"outage_after\": 1000000,"
		        "\"split_max\": 1000000,"
		        "\"retry\": {\"attempts\": 1000000,"
		        "\"delay_ms\": 31536000000,"
		        "\"max_delay_ms\": 31536000000,"
		        "\"deadline_ms\": 31536000000}")),
		    "");
		eq_int(first->dead_letter_max, INT64_C(1) << 50);
		eq_int(first_batch_do()->retry.delay_ms, INT64_C(31536000000));
	}
}

static void
test_outcome_inheritance(void)
{
	TEST("a channel's keys are laid over its buffer's, in retry as well")
	{
		eq_str(in_buffer(LAID_OVER(
		           BATCH_DO("\"exit\": \"2=hold\", \"split\": true,"
		                    "\"probe\": \"a\", \"split_hint\": \"(1)\","
		                    "\"retry\": {\"attempts\": 6,"
		                    "\"delay_ms\": 7}"),
		           "\"exit\": \"3=hold\", \"probe\": [\"b\"],"
		           "\"retry\": {\"delay_ms\": 8}")),
		    "");
		eq_str(first_batch_do()->exit, "3=hold");
		ok(first_batch_do()->split);
		eq_str(first_batch_do()->probe[0], "b");
		ok(!first_batch_do()->probe_shell);
		eq_str(first_batch_do()->split_hint, "(1)");
		eq_int(first_batch_do()->retry.attempts, 6);
		eq_int(first_batch_do()->retry.delay_ms, 8);
	}
	TEST("each channel has strings of its own")
	{
		const struct config_channel *c, *d;

		eq_str(in_buffer(BATCH_DO(
		           "\"exit\": \"2=hold\", \"probe\":"
		           "[\"a\"], \"split_hint\": \"(1)\"") ", \"chs\": "
		                                               "{\"c\": {}, "
		                                               "\"d\": {}}"),
		    "");
		c = &first->channels[0];
		d = &first->channels[1];
		eq_str(c->batch_do.exit, d->batch_do.exit);
		ok(c->batch_do.exit != d->batch_do.exit);
		eq_str(c->batch_do.probe[0], d->batch_do.probe[0]);
		ok(c->batch_do.probe[0] != d->batch_do.probe[0]);
		eq_str(c->batch_do.split_hint, d->batch_do.split_hint);
		ok(c->batch_do.split_hint != d->batch_do.split_hint);
	}
	TEST("what one buffer says is not what the next one says")
	{
		eq_str(parse("{\"async_buffer\": {\"a\": {"
		             "\"on_failure\": \"drop\","
		             "\"dead_letter\": \"d\", \"batch_do\": {"
		             "\"exit\": \"2=hold\", \"preset\": \"psql\","
		             "\"probe\": \"x\", \"split\": true,"
		             "\"retry\": {\"attempts\": 1}}}, \"b\": {}}}"),
		    "");
		first = &config.buffers[1];
		eq_int(first->on_failure, CONFIG_SET_ASIDE);
		ok(first->dead_letter == NULL);
		ok(first_batch_do()->exit == NULL);
		eq_int(first_batch_do()->preset, CONFIG_PRESET_NONE);
		ok(first_batch_do()->probe == NULL);
		ok(!first_batch_do()->split);
		eq_int(first_batch_do()->retry.attempts, 5);
	}
}

static void
test_delay_errors(void)
{
	TEST("the longest delay is not less than the first")
	{
		eq_str(in_buffer(RETRY("\"delay_ms\": 9,\n"
		                       "\"max_delay_ms\": 8")),
		    "f:2:1: async_buffer.b.batch_do.retry.max_delay_ms: "
		    "8 is less than delay_ms, expected at least 9");
		eq_str(in_buffer(RETRY("\"delay_ms\": 9,\n"
		                       "\"max_delay_ms\": 9")),
		    "");
	}
	TEST("one that is given is held against the default of the other")
	{
		eq_str(in_buffer(RETRY("\n\"max_delay_ms\": 199")),
		    "f:2:1: async_buffer.b.batch_do.retry.max_delay_ms: "
		    "199 is less than delay_ms, expected at least 200");
		eq_str(in_buffer(RETRY("\n\"delay_ms\": 30001")),
		    "f:2:1: async_buffer.b.batch_do.retry.delay_ms: "
		    "30001 is more than max_delay_ms, "
		    "expected at most 30000");
	}
	TEST("a channel's is held against what its buffer says")
	{
		eq_str(in_buffer(LAID_OVER(RETRY("\"max_delay_ms\": 1000"),
		           "\"retry\": {\n\"delay_ms\": 1001}")),
		    "f:2:1: async_buffer.b.chs.c.batch_do.retry.delay_ms: "
		    "1001 is more than max_delay_ms, "
		    "expected at most 1000");
		eq_str(in_buffer(LAID_OVER(RETRY("\"delay_ms\": 1000"),
		           "\"retry\": {\n\"max_delay_ms\": 999}")),
		    "f:2:1: async_buffer.b.chs.c.batch_do.retry.max_delay_ms: "
		    "999 is less than delay_ms, expected at least 1000");
	}
}

static void
test_text_errors(void)
{
	TEST("a map that is malformed is refused at its place")
	{
		eq_str(in_buffer(BATCH_DO("\n\"exit\": \"2=hold,\"")),
		    "f:2:1: async_buffer.b.batch_do.exit: \"\" is not "
		    "KEY=OUTCOME, such as 65=reject, 2:4=hold, signal=retry "
		    "or *=setup");
		eq_str(in_buffer(BATCH_DO("\n\"exit\": \"2=holt\"")),
		    "f:2:1: async_buffer.b.batch_do.exit: \"2=holt\": "
		    "\"holt\" is not ok, hold, setup, reject or retry: "
		    "did you mean hold?");
		eq_str(in_buffer(BATCH_DO("\n\"exit\": {\"2\": \"hold\"}")),
		    "f:2:1: async_buffer.b.batch_do.exit: an object is not "
		    "allowed, expected a string such as "
		    "\"65=reject,2:4=hold\"");
	}
	TEST("a hint that is no regular expression is refused with the reason")
	{
		eq_str(in_buffer(BATCH_DO("\n\"split_hint\": \"([0-9]+\"")),
		    "f:2:1: async_buffer.b.batch_do.split_hint: "
		    "\"([0-9]+\": Unmatched ( or \\(");
		eq_str(in_buffer(BATCH_DO("\n\"split_hint\": 1")),
		    "f:2:1: async_buffer.b.batch_do.split_hint: a number is "
		    "not allowed, expected a string such as "
		    "\"line ([0-9]+)\"");
	}
	TEST("a hint has a group; of several the first counts")
	{
		eq_str(in_buffer(BATCH_DO("\n\"split_hint\": \"[0-9]+\"")),
		    "f:2:1: async_buffer.b.batch_do.split_hint: "
		    "\"[0-9]+\" has no group, expected one for the number of "
		    "the line, such as line ([0-9]+)");
		ok(strstr(in_buffer(BATCH_DO("\"split_hint\": \"\"")),
		       "has no group") != NULL);
		eq_str(in_buffer(BATCH_DO("\"split_hint\": \"(1)|(2)\"")), "");
	}
	TEST("a probe is refused for what a command is refused for")
	{
		eq_str(in_buffer(BATCH_DO("\n\"probe\": []")),
		    "f:2:1: async_buffer.b.batch_do.probe: "
		    "0 strings, allowed are 1 to 4096");
		eq_str(in_buffer(BATCH_DO("\"probe\": [\n\"\"]")),
		    "f:2:1: async_buffer.b.batch_do.probe[0]: "
		    "empty, expected the name of a program");
		eq_str(in_buffer(BATCH_DO("\n\"probe\": \"\"")),
		    "f:2:1: async_buffer.b.batch_do.probe: "
		    "empty, expected the script of a shell");
	}
}

static void
test_outcome_errors(void)
{
	TEST("a word that is not in the list is refused with the list")
	{
		eq_str(in_buffer(BATCH_DO("\n\"preset\": \"mysql\"")),
		    "f:2:1: async_buffer.b.batch_do.preset: not one of those "
		    "allowed, \"psql\" or \"curl\" or \"sysexits\"");
		eq_str(in_buffer("\n\"on_failure\": \"dead-letter\""),
		    "f:2:1: async_buffer.b.on_failure: not one of those "
		    "allowed, \"dead_letter\" or \"drop\" or \"stop\"");
	}
	TEST("a number that is none says what would be one")
	{
		eq_str(in_buffer(BATCH_DO("\n\"outage_after\": \"3\"")),
		    "f:2:1: async_buffer.b.batch_do.outage_after: a string is "
		    "not allowed, expected a whole number from 1 to 1000000, "
		    "null for off, 0 or less for the default of 3");
		ok(strstr(in_buffer(BATCH_DO("\"split_max\": null")),
		       "null is not allowed") != NULL);
		ok(strstr(in_buffer(RETRY("\"attempts\": 1000001")),
		       "out of range") != NULL);
		ok(strstr(in_buffer("\"dead_letter_max\": \"1025T\""),
		       "\"1025T\" is not a size") != NULL);
	}
	TEST("a folder of dead letters has a path")
	{
		eq_str(in_buffer("\n\"dead_letter\": \"\""),
		    "f:2:1: async_buffer.b.dead_letter: "
		    "empty, expected a path");
	}
	TEST("an unknown key is refused with the nearest, or with the list")
	{
		eq_str(in_buffer(RETRY("\n\"attempt\": 1")),
		    "f:2:1: async_buffer.b.batch_do.retry.attempt: "
		    "unknown key, did you mean \"attempts\"?");
		eq_str(in_buffer(RETRY("\n\"tries\": 1")),
		    "f:2:1: async_buffer.b.batch_do.retry.tries: unknown key, "
		    "allowed are: attempts, delay_ms, max_delay_ms, "
		    "deadline_ms");
		eq_str(in_buffer("\n\"x\": 1"),
		    "f:2:1: async_buffer.b.x: unknown key, allowed are: "
		    "buffer_win_size, buffer_win_bytes, delay_do_ms, "
		    "flush_when_idle, idle_ms, on_failure, dead_letter, "
		    "dead_letter_max, input, dispatch, dispatch_full, "
		    "batch_do, format_input, chs");
		eq_str(in_buffer(BATCH_DO("\n\"x\": 1")),
		    "f:2:1: async_buffer.b.batch_do.x: unknown key, allowed "
		    "are: command, shell, timeout_ms, kill_after_ms, retry, "
		    "exit, preset, probe, outage_after, split, split_hint, "
		    "split_max, frame, compress, output");
	}
	TEST("a key of retry that is there twice is refused at the second")
	{
		eq_str(in_buffer(RETRY("\"attempts\": 1,\n\"attempts\": 1")),
		    "f:2:1: async_buffer.b.batch_do.retry.attempts: "
		    "this key is here twice, allowed is one");
	}
}

void
test_config_outcome(void)
{
	test_outcome_defaults();
	test_outcome_values();
	test_outcome_inheritance();
	test_delay_errors();
	test_text_errors();
	test_outcome_errors();
}
