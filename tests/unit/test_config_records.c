/*
 * What a configuration says of how records are read, and of what is made of
 * them for the command.
 */
#include "test_config.h"

#include <stdlib.h>
#include <string.h>

#include "deliver/frame.h"
#include "tap.h"

#define INPUT(members) "\"input\": {" members "}"
#define FORMAT(members) "\"format_input\": {" members "}"
#define BATCH_DO(members) "\"batch_do\": {" members "}"

/* A buffer's members, and those of its three channels. */
#define CHANNELS(buffer, c, d, e)                                 \
	in_buffer(buffer ", \"chs\": {\"c\": {" c "}, \"d\": {" d \
	                 "}, \"e\": {" e "}}")

static const struct config_format_input *
format_of(size_t channel)
{
	return &first->channels[channel].format_input;
}

static const struct config_frame *
frame_of(size_t channel)
{
	return &first->channels[channel].batch_do.frame;
}

static void
test_input(void)
{
	TEST("records are lines without a header, and pass as they are")
	{
		eq_str(in_buffer(""), "");
		eq_int(first->input.format, CONFIG_INPUT_LINES);
		ok(!first->input.has_header);
		eq_int(format_of(0)->kind, CONFIG_FORMAT_RAW);
		ok(format_of(0)->columns == NULL);
		ok(format_of(0)->resp == NULL);
		eq_int(frame_of(0)->kind, CONFIG_FRAME_LINES);
		eq_int(
		    first->channels[0].batch_do.compress, CONFIG_COMPRESS_NONE);
		eq_int(first->channels[0].batch_do.output, CONFIG_OUTPUT_PASS);
	}
	TEST("an input has a format and a header")
	{
		eq_str(
		    in_buffer(INPUT("\"format\": \"csv\", \"header\": 1")), "");
		eq_int(first->input.format, CONFIG_INPUT_CSV);
		ok(first->input.has_header);
		eq_str(in_buffer(INPUT("\"format\": \"json-seq\","
		                       "\"header\": 0")),
		    "");
		eq_int(first->input.format, CONFIG_INPUT_JSON_SEQ);
		ok(!first->input.has_header);
		ok(survives_printing());
	}
	TEST("a header is one line or none")
	{
		eq_str(in_buffer(INPUT("\"header\": 2")),
		    "f:1:35: async_buffer.b.input.header: not one of those "
		    "allowed, a whole number from 0 to 1");
		eq_str(in_buffer(INPUT("\"header\": true")),
		    "f:1:35: async_buffer.b.input.header: true or false is "
		    "not allowed, expected a whole number from 0 to 1");
		ok(strstr(in_buffer(INPUT("\"header\": -1")), "from 0 to 1"));
		ok(strstr(in_buffer(INPUT("\"header\": 0.5")), "from 0 to 1"));
		eq_str(in_buffer(INPUT("\"header\": 1e0")), "");
	}
	TEST("csv and json-seq end records with a newline, however written")
	{
		const char *said =
		    "f:1:51: async_buffer.b.input.delimiter: records end with "
		    "a newline with the formats \"csv\" and \"json-seq\", no "
		    "other delimiter is allowed";

		eq_str(in_buffer(INPUT("\"format\": \"csv\","
		                       "\"delimiter\": \",\"")),
		    said);
		eq_str(in_buffer(INPUT("\"format\": \"csv\","
		                       "\"delimiter\": \"\\\\x0a\"")),
		    "");
		eq_str(in_buffer(INPUT("\"delimiter\": \"\\n\","
		                       "\"format\": \"json-seq\"")),
		    "");
	}
	TEST("values of json-seq have no header")
	{
		eq_str(in_buffer(INPUT("\"header\": 1,"
		                       "\"format\": \"json-seq\"")),
		    "f:1:35: async_buffer.b.input.header: a header is not "
		    "allowed with the format \"json-seq\"");
	}
}

static void
test_format(void)
{
	TEST("a format is a word, or an object")
	{
		eq_str(in_buffer("\"format_input\": \"json\""), "");
		eq_int(format_of(0)->kind, CONFIG_FORMAT_JSON);
		eq_str(in_channel(FORMAT("\"format\": \"resp\","
		                         "\"resp\": \"SET {id} {}\"")),
		    "");
		eq_int(format_of(0)->kind, CONFIG_FORMAT_RESP);
		eq_str(format_of(0)->resp, "SET {id} {}");
		ok(survives_printing());
		eq_str(in_buffer("\"format_input\": \"xml\""),
		    "f:1:25: async_buffer.b.format_input: not one of those "
		    "allowed, \"raw\" or \"json\" or \"copy\" or \"csv\" or "
		    "\"tsv\" or \"resp\"");
		eq_str(in_buffer("\"format_input\": 1"),
		    "f:1:25: async_buffer.b.format_input: a number is not "
		    "allowed, expected an object");
	}
	TEST("columns are a text, or an array that is joined to one")
	{
		eq_str(in_buffer(FORMAT("\"format\": \"csv\","
		                        "\"columns\": \"id, user.name\"")),
		    "");
		eq_str(format_of(0)->columns, "id, user.name");
		eq_str(in_buffer(FORMAT("\"columns\": [\"id\", \"a\\\\,b\","
		                        "\"c\\\\\\\\\"]")),
		    "");
		eq_str(format_of(0)->columns, "id,a\\,b,c\\\\");
		ok(survives_printing());
	}
	TEST("a column does not run into the next one")
	{
		eq_str(in_buffer(FORMAT("\"columns\": [\"id\", \"a,b\"]")),
		    "f:1:60: async_buffer.b.format_input.columns[1]: a comma "
		    "in a key is written \\, (in JSON \"\\\\,\")");
		eq_str(in_buffer(FORMAT("\"columns\": [\"a\\\\\", \"b\"]")),
		    "f:1:54: async_buffer.b.format_input.columns[0]: nothing "
		    "follows the backslash at its end");
	}
	TEST("no column, and a column without a name, are refused")
	{
		ok(strstr(in_buffer(FORMAT("\"columns\": []")),
		    "columns: empty, expected 1 to 65536 bytes of columns"));
		ok(strstr(in_buffer(FORMAT("\"columns\": \"\"")),
		    "columns: empty, expected some text"));
		ok(strstr(in_buffer(FORMAT("\"columns\": [\"\"]")),
		    "columns[0]: empty, expected the path of a field"));
		ok(strstr(in_buffer(FORMAT("\"columns\": [1]")),
		    "columns[0]: a number is not allowed, expected a string"));
		ok(strstr(in_buffer(FORMAT("\"columns\": 1")),
		    "expected an array of strings or a string such as"));
		ok(strstr(in_buffer(FORMAT("\"resp\": \"\"")),
		    "resp: empty, expected some text"));
	}
	TEST("a template that is too long is refused where it stands")
	{
		char text[CONFIG_RESP_MAX + 100];

		snprintf(text, sizeof(text),
		    BUFFER(FORMAT("\"resp\": \"%0*d\"")), CONFIG_RESP_MAX + 1,
		    0);
		ok(strstr(parse(text), "resp: too long, allowed are 4096"));
	}
}

static void
test_format_inheritance(void)
{
	TEST("a channel's format is laid over the buffer's, key by key")
	{
		eq_str(CHANNELS("\"format_input\": {\"format\": \"csv\","
		                "\"columns\": \"a\"}",
		           "", FORMAT("\"columns\": \"b\""),
		           FORMAT("\"format\": \"tsv\"")),
		    "");
		eq_int(format_of(0)->kind, CONFIG_FORMAT_CSV);
		eq_str(format_of(0)->columns, "a");
		eq_int(format_of(1)->kind, CONFIG_FORMAT_CSV);
		eq_str(format_of(1)->columns, "b");
		eq_int(format_of(2)->kind, CONFIG_FORMAT_TSV);
		eq_str(format_of(2)->columns, "a");
		ok(survives_printing());
	}
	TEST("another format does not inherit what it cannot take")
	{
		eq_str(CHANNELS("\"format_input\": {\"format\": \"csv\","
		                "\"columns\": \"a\", \"resp\": \"SET {}\"}",
		           "\"format_input\": \"json\"",
		           FORMAT("\"format\": \"resp\""), ""),
		    "");
		ok(format_of(0)->columns == NULL);
		ok(format_of(0)->resp == NULL);
		ok(format_of(1)->columns == NULL);
		eq_str(format_of(1)->resp, "SET {}");
	}
	TEST("what a channel itself says is kept, for the run to refuse it")
	{
		eq_str(in_channel(FORMAT("\"format\": \"json\","
		                         "\"columns\": \"a\"")),
		    "");
		eq_str(format_of(0)->columns, "a");
	}
	TEST("the format of a buffer is not that of the next")
	{
		eq_str(parse("{\"async_buffer\": {\"a\": {\"format_input\":"
		             "\"json\"}, \"b\": {}}}"),
		    "");
		eq_int(config.buffers[1].channels[0].format_input.kind,
		    CONFIG_FORMAT_RAW);
	}
}

static void
test_frame(void)
{
	TEST("a frame is a word, or strings")
	{
		eq_str(in_buffer(BATCH_DO("\"frame\": \"json-array\"")), "");
		eq_int(frame_of(0)->kind, CONFIG_FRAME_JSON_ARRAY);
		ok(survives_printing());
		eq_str(in_buffer(BATCH_DO("\"frame\": {\"prefix\": \"\","
		                          "\"suffix\": \"]\\\\n\"}")),
		    "");
		eq_int(frame_of(0)->kind, CONFIG_FRAME_STRINGS);
		eq_str(frame_of(0)->prefix, "");
		ok(frame_of(0)->separator == NULL);
		eq_str(frame_of(0)->suffix, "]\\n");
		ok(survives_printing());
	}
	TEST("a channel's frame takes the place of all of the buffer's")
	{
		eq_str(CHANNELS(BATCH_DO("\"frame\": {\"prefix\": \"<\"}"), "",
		           BATCH_DO("\"frame\": {\"suffix\": \">\"}"),
		           BATCH_DO("\"frame\": \"null\"")),
		    "");
		eq_str(frame_of(0)->prefix, "<");
		ok(frame_of(1)->prefix == NULL);
		eq_str(frame_of(1)->suffix, ">");
		eq_int(frame_of(2)->kind, CONFIG_FRAME_NULL);
		ok(frame_of(2)->prefix == NULL);
	}
	TEST("an escape that is none is refused, and so is too long a string")
	{
		char text[CONFIG_FRAME_TEXT_MAX + 100];

		eq_str(in_buffer(BATCH_DO("\"frame\": {\"prefix\":"
		                          "\"a\\\\q\"}")),
		    "f:1:48: async_buffer.b.batch_do.frame.prefix: \"a\\q\": "
		    "only \\n \\t \\r \\0 \\\\ and \\xNN may follow a "
		    "backslash");
		snprintf(text, sizeof(text),
		    BUFFER(BATCH_DO("\"frame\": {\"prefix\": \"%0*d\"}")),
		    CONFIG_FRAME_TEXT_MAX + 1, 0);
		ok(strstr(parse(text), "it has 4097 bytes, at most 4096"));
		eq_int(CONFIG_FRAME_TEXT_MAX, FRAME_STRING_MAX);
	}
	TEST("a frame of nothing is refused")
	{
		eq_str(in_buffer(BATCH_DO("\"frame\": {}")),
		    "f:1:38: async_buffer.b.batch_do.frame: empty, expected "
		    "prefix, separator or suffix");
		eq_str(in_buffer(BATCH_DO("\"frame\": \"none\"")),
		    "f:1:38: async_buffer.b.batch_do.frame: not one of those "
		    "allowed, \"lines\" or \"null\" or \"json-array\"");
	}
	TEST("compression and output are words, a channel's over the buffer's")
	{
		eq_str(CHANNELS(BATCH_DO("\"compress\": \"zstd\","
		                         "\"output\": \"ordered\""),
		           "", BATCH_DO("\"output\": \"lines\""), ""),
		    "");
		eq_int(
		    first->channels[0].batch_do.compress, CONFIG_COMPRESS_ZSTD);
		eq_int(
		    first->channels[0].batch_do.output, CONFIG_OUTPUT_ORDERED);
		eq_int(first->channels[1].batch_do.output, CONFIG_OUTPUT_LINES);
		ok(survives_printing());
		ok(strstr(in_buffer(BATCH_DO("\"compress\": \"lz4\"")),
		    "\"none\" or \"gzip\" or \"zstd\""));
		ok(strstr(in_buffer(BATCH_DO("\"output\": null")),
		    "\"pass\" or \"lines\" or \"ordered\" or \"null\""));
	}
}

void
test_config_records(void)
{
	test_input();
	test_format();
	test_format_inheritance();
	test_frame();
}
