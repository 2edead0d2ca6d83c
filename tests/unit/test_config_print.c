/*
 * What is printed is read back equal.
 */
#include "test_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* The configuration as text; the caller frees.  NULL if that failed. */
static char *
printed(const struct config *from)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int rc = config_print(from, out, &e);

	fclose(out);
	if (rc == 0)
		return text;
	free(text);
	return NULL;
}

bool
survives_printing(void)
{
	char *before = printed(&config), *after = NULL;
	bool is_equal = before != NULL && *parse(before) == '\0';

	if (is_equal)
		after = printed(&config);
	is_equal = after != NULL && strcmp(before, after) == 0;
	free(before);
	free(after);
	return is_equal;
}

static void
test_printing(void)
{
	TEST("what is printed is read back equal: the defaults")
	{
		eq_str(in_buffer(""), "");
		ok(survives_printing());
	}
	TEST("what is printed is read back equal: every key")
	{
		eq_str(parse("{\"async_buffer\": {\"b\": {\"idle_ms\": 3,"
		             "\"buffer_win_bytes\": 0, \"flush_when_idle\":"
		             "true, \"batch_do\": {\"command\": \"a\\n\\\"b\\\\"
		             "\\u0001\xc3\xa4\", \"timeout_ms\": null},"
		             "\"input\": {\"skip_empty\": true},"
		             "\"chs\": {\"c\": {\"batch_do\": {\"command\":"
		             "[\"x\", \"\"], \"shell\": true}}, \"d\": {}}}},"
		             "\"control\": \"\\tc\", \"joblog\": \"j\","
		             "\"verbose\": true, \"log_format\": \"json\","
		             "\"progress\": \"always\", \"drain_ms\": 1}"),
		    "");
		ok(survives_printing());
		eq_int(first->buffer_win_bytes, 0);
		eq_str(first->channels[1].batch_do.command[0],
		    "a\n\"b\\\001\xc3\xa4");
		eq_int(first->channels[0].batch_do.timeout_ms, 0);
		eq_str(config.control, "\tc");
	}
	TEST("what is printed is read back equal: what happens on failure")
	{
		eq_str(in_buffer("\"on_failure\": \"drop\","
		                 "\"dead_letter\": \"d \\n\","
		                 "\"dead_letter_max\": 1,"
		                 "\"batch_do\": {\"retry\": {\"attempts\":"
		                 "1, \"delay_ms\": 2, \"max_delay_ms\": 3,"
		                 "\"deadline_ms\": 4}, \"exit\":"
		                 "\" 2:4 = hold\", \"preset\": \"sysexits\","
		                 "\"probe\": \"a\\nb\","
		                 "\"outage_after\": null, \"split\": true,"
		                 "\"split_hint\": \"\\\\[([0-9]+)\","
		                 "\"split_max\": 5}, \"chs\": {\"c\": {},"
		                 "\"d\": {\"batch_do\": {\"probe\":"
		                 "[\"a\", \"\"], \"outage_after\": 6}}}"),
		    "");
		ok(survives_printing());
		eq_int(first->on_failure, CONFIG_DROP);
		eq_str(first->dead_letter, "d \n");
		eq_int(first->dead_letter_max, 1);
		eq_int(first->channels[0].batch_do.retry.deadline_ms, 4);
		eq_str(first->channels[0].batch_do.exit, " 2:4 = hold");
		eq_int(
		    first->channels[0].batch_do.preset, CONFIG_PRESET_SYSEXITS);
		ok(first->channels[0].batch_do.probe_shell);
		eq_int(first->channels[0].batch_do.outage_after, 0);
		eq_str(first->channels[0].batch_do.split_hint, "\\[([0-9]+)");
		ok(!first->channels[1].batch_do.probe_shell);
		eq_str(first->channels[1].batch_do.probe[1], "");
	}
	TEST("the largest numbers are printed to the digit")
	{
		char *text;

		eq_str(in_buffer("\"buffer_win_bytes\": 1099511627776"), "");
		text = printed(&config);
		ok(text != NULL && strstr(text, ": 1099511627776,") != NULL);
		free(text);
		ok(survives_printing());
	}
	TEST("every delimiter is read back equal")
	{
		unsigned i;

		for (i = 0; i < 256; i++) {
			eq_str(in_buffer(""), "");
			first->input.delimiter = (uint8_t)i;
			ok(survives_printing());
			eq_int(first->input.delimiter, i);
		}
	}
	TEST("a string that is not UTF-8 is an error, and nothing is printed")
	{
		eq_str(in_buffer("\"batch_do\": {\"command\": [\"a\"]}"), "");
		first->channels[0].batch_do.command[0][0] = '\xff';
		ok(printed(&config) == NULL);
		eq_int(e.code, ERR_CONFIG);
		eq_str(e.message,
		    "command: not UTF-8, "
		    "so it cannot be written as JSON");
		eq_str(in_buffer("\"batch_do\": {\"probe\": [\"a\"]}"), "");
		first->channels[0].batch_do.probe[0][0] = '\xff';
		ok(printed(&config) == NULL);
		ok(strstr(e.message, "probe: not UTF-8") != NULL);
		eq_str(
		    in_buffer("\"batch_do\": {\"split_hint\": \"(a)\"}"), "");
		first->channels[0].batch_do.split_hint[1] = '\xff';
		ok(printed(&config) == NULL);
		ok(strstr(e.message, "split_hint: not UTF-8") != NULL);
		eq_str(in_buffer("\"dead_letter\": \"a\""), "");
		first->dead_letter[0] = '\xff';
		ok(printed(&config) == NULL);
		ok(strstr(e.message, "dead_letter: not UTF-8") != NULL);
		eq_str(in_buffer("\"format_input\": {\"columns\": \"a\"}"), "");
		first->channels[0].format_input.columns[0] = '\xff';
		ok(printed(&config) == NULL);
		ok(strstr(e.message, "columns: not UTF-8") != NULL);
		eq_str(in_buffer("\"batch_do\": {\"frame\": {\"suffix\":"
		                 "\"a\"}}"),
		    "");
		first->channels[0].batch_do.frame.suffix[0] = '\xff';
		ok(printed(&config) == NULL);
		ok(strstr(e.message, "suffix: not UTF-8") != NULL);
	}
	TEST("a full disk is an error")
	{
		FILE *full = fopen("/dev/full", "w");

		eq_str(in_buffer(""), "");
		eq_int(config_print(&config, full, &e), ERR_IO);
		fclose(full);
	}
}

void
test_config_print(void)
{
	test_printing();
}
