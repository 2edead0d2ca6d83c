/*
 * Requests of the control socket: what is understood, what is refused, and
 * what the replies look like.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "control/verbs.h"
#include "tap.h"

/*
 * A request in a block of its own of exactly the size that verbs_parse() may
 * touch, so that a sanitizer sees one byte too many.
 */
struct line {
	char *bytes;
	size_t size;
	struct verbs_request request;
	struct err e;
	int status;
};

static void
parse_bytes(struct line *line, const char *bytes, size_t size)
{
	memset(line, 0, sizeof(*line));
	line->bytes = malloc(size + 1);
	line->size = size;
	memcpy(line->bytes, bytes, size);
	line->bytes[size] = '\n';
	line->status = verbs_parse(line->bytes, size, &line->request, &line->e);
}

static int
parse_status(const char *bytes, size_t size)
{
	struct line line;

	parse_bytes(&line, bytes, size);
	free(line.bytes);
	return line.status;
}

/* A literal, which may have NULs inside. */
#define STATUS_OF(literal) parse_status((literal), sizeof(literal) - 1)

/* size bytes: "flush" and then names of one letter, or one long one. */
static int
long_status(size_t size, bool is_one_name)
{
	char *bytes = malloc(size);
	int status;
	size_t i;

	snprintf(bytes, size, "flush ");
	memset(bytes + 6, 'a', size - 6);
	for (i = 7; i + 1 < size && !is_one_name; i += 2)
		bytes[i] = ' ';
	status = parse_status(bytes, size);
	free(bytes);
	return status;
}

static void
test_words(void)
{
	struct line line;

	TEST("a verb alone has no arguments")
	{
		parse_bytes(&line, "flush", 5);
		eq_int(line.status, 0);
		eq_str(line.request.verb->name, "flush");
		eq_int(line.request.argument_count, 0);
		ok(line.request.arguments == NULL);
		free(line.bytes);
	}
	TEST("arguments come in the order of the line")
	{
		parse_bytes(&line, "flush a b.c_D-9 a", 17);
		eq_int(line.status, 0);
		eq_int(line.request.argument_count, 3);
		eq_mem(line.request.arguments, "a\0b.c_D-9\0a", 12);
		free(line.bytes);
	}
	TEST("status knows --json and nothing else")
	{
		eq_int(STATUS_OF("status"), 0);
		eq_int(STATUS_OF("status --json"), 0);
		eq_int(STATUS_OF("status --jso"), ERR_USAGE);
		eq_int(STATUS_OF("status --json --json"), ERR_USAGE);
		eq_int(STATUS_OF("status default"), ERR_USAGE);
	}
	TEST("a name may look like an option to flush")
	{
		eq_int(STATUS_OF("flush --json"), 0);
	}
	TEST("an unknown verb is told the nearest one")
	{
		parse_bytes(&line, "flsh", 4);
		eq_int(line.status, ERR_USAGE);
		eq_str(line.e.message,
		    "unknown verb \"flsh\", did you mean \"flush\"?");
		free(line.bytes);
		parse_bytes(&line, "destroy", 7);
		eq_str(line.e.message, "unknown verb \"destroy\"");
		free(line.bytes);
		eq_int(STATUS_OF("FLUSH"), ERR_USAGE);
		eq_int(STATUS_OF("flushh"), ERR_USAGE);
		eq_int(STATUS_OF("flus"), ERR_USAGE);
	}
	TEST("what can be a word is what can be a name")
	{
		ok(verbs_is_word("Az09._-"));
		ok(!verbs_is_word(""));
		ok(!verbs_is_word("a b"));
		ok(!verbs_is_word("a\n"));
		ok(!verbs_is_word("\xc3\xa4"));
	}
}

static void
test_spaces(void)
{
	TEST("an empty request is refused")
	{
		eq_int(STATUS_OF(""), ERR_USAGE);
	}
	TEST("spaces stand alone and between words only")
	{
		eq_int(STATUS_OF(" "), ERR_USAGE);
		eq_int(STATUS_OF(" flush"), ERR_USAGE);
		eq_int(STATUS_OF("flush "), ERR_USAGE);
		eq_int(STATUS_OF("flush  a"), ERR_USAGE);
		eq_int(STATUS_OF("flush a  b"), ERR_USAGE);
		eq_int(STATUS_OF("flush a "), ERR_USAGE);
	}
}

static void
test_bytes(void)
{
	struct line line;
	char bytes[] = "flush x";
	int c;

	TEST("a NUL inside is refused, not taken for the end")
	{
		eq_int(STATUS_OF("flush\0"), ERR_USAGE);
		eq_int(STATUS_OF("flush a\0b"), ERR_USAGE);
		eq_int(STATUS_OF("\0"), ERR_USAGE);
	}
	TEST("of all bytes, 65 make a name")
	{
		int count = 0;

		for (c = 0; c < 256; c++) {
			bytes[6] = (char)c;
			count += parse_status(bytes, 7) == 0;
		}
		eq_int(count, 26 + 26 + 10 + 3);
	}
	TEST("a message quotes no byte that cannot be printed")
	{
		parse_bytes(&line, "flush \033[2J", 10);
		eq_str(line.e.message,
		    "byte 7 of the request: 0x1b is not allowed");
		free(line.bytes);
	}
}

static void
test_lengths(void)
{
	TEST("a request of 64 KiB is understood, one more byte is not")
	{
		eq_int(long_status(VERBS_LINE_MAX, false), 0);
		eq_int(long_status(VERBS_LINE_MAX, true), 0);
		eq_int(long_status(VERBS_LINE_MAX + 1, false), ERR_USAGE);
		eq_int(long_status(VERBS_LINE_MAX + 1, true), ERR_USAGE);
	}
}

/* Two buffers, "default" with two channels and "logs", and who is flushed. */
static struct {
	struct config_channel channels[3];
	struct config_buffer buffers[2];
	struct config config;
	struct buffer_set set;
	char flushed[64];
} world;

static size_t
note_flush(void *context, struct buffer *buffer)
{
	size_t used = strlen(world.flushed);

	(void)context;
	snprintf(world.flushed + used, sizeof(world.flushed) - used, "%s,",
	    buffer->name);
	return buffer->channel_count;
}

static void
build_world(void)
{
	static char buffer_names[2][8] = {"default", "logs"};
	static char channel_names[3][4] = {"ch1", "ch2", "ch1"};
	size_t i;

	for (i = 0; i < 3; i++)
		world.channels[i] = (struct config_channel){
		    .name = channel_names[i], .sub_worker_num = 3};
	for (i = 0; i < 2; i++)
		world.buffers[i] =
		    (struct config_buffer){.name = buffer_names[i],
		        .buffer_win_size = 10,
		        .delay_do_ms = 1000,
		        .channels = &world.channels[2 * i],
		        .channel_count = 2 - i};
	world.config.buffers = world.buffers;
	world.config.buffer_count = 2;
	buffer_set_init(&world.set, &world.config);
	/* Of those that are configured, one could not be started. */
	for (i = 0; i < 2; i++)
		queue_add_worker(&world.set.buffers[1].channels[0].queue);
}

/* What the verbs answer at one second since the start of the clock. */
static void
check_answer(const char *request, const char *reply, const char *flushed)
{
	struct verbs_target target = {
	    .about = {.set = &world.set, .now_ns = UINT64_C(1000000000)},
	    .flush_one = note_flush};
	char *line = strdup(request), *answer;

	world.flushed[0] = '\0';
	answer = verbs_answer(line, strlen(request), &target);
	eq_str(answer, reply);
	eq_str(world.flushed, flushed);
	free(answer);
	free(line);
}

static void
test_flush(void)
{
	TEST("flush without names flushes every buffer")
	{
		check_answer(
		    "flush", "ok 17\n3 windows marked\n", "default,logs,");
	}
	TEST("flush counts one window as one")
	{
		check_answer("flush logs", "ok 16\n1 window marked\n", "logs,");
	}
	TEST("a name given twice counts once")
	{
		check_answer(
		    "flush logs logs", "ok 16\n1 window marked\n", "logs,");
	}
	TEST("an unknown name among known ones flushes nothing")
	{
		check_answer("flush logs defualt",
		    "error 65 unknown buffer \"defualt\", did you mean "
		    "\"default\"?\n",
		    "");
		check_answer("flush nowhere.near",
		    "error 65 unknown buffer \"nowhere.near\"\n", "");
	}
	TEST("a wrong request is an error of its own")
	{
		check_answer("flush  logs",
		    "error 64 byte 7 of the request: one space between "
		    "words, none elsewhere\n",
		    "");
	}
}

static void
test_status(void)
{
	struct verbs_target target = {.about = {.set = &world.set}};
	char line[] = "status --json", *answer;
	struct channel *channel = &world.set.buffers[1].channels[0];

	TEST("integers of a status are exact")
	{
		channel->totals.records = UINT64_MAX;
		channel->totals.bytes = (UINT64_C(1) << 53) + 1;
		answer = verbs_answer(line, strlen(line), &target);
		ok(strstr(answer,
		       "\"totals\":{\"records\":18446744073709551615,"
		       "\"bytes\":9007199254740993,") != NULL);
		free(answer);
	}
	TEST("a channel that gets no records has no workers")
	{
		memcpy(line, "status --json", sizeof(line));
		answer = verbs_answer(line, strlen(line), &target);
		ok(strstr(answer,
		       "\"workers\":{\"total\":0,\"busy\":0,\"held\":0}") !=
		    NULL);
		free(answer);
	}
	TEST("workers are busy as far as batches are under way")
	{
		memcpy(line, "status --json", sizeof(line));
		channel->in_flight = 1;
		answer = verbs_answer(line, strlen(line), &target);
		ok(strstr(answer,
		       "\"workers\":{\"total\":2,\"busy\":1,\"held\":0}") !=
		    NULL);
		free(answer);
		memcpy(line, "status --json", sizeof(line));
		channel->in_flight = 7;
		answer = verbs_answer(line, strlen(line), &target);
		ok(strstr(answer,
		       "\"workers\":{\"total\":2,\"busy\":2,\"held\":0}") !=
		    NULL);
		free(answer);
	}
}

SUITE(verbs)
{
	test_words();
	test_spaces();
	test_bytes();
	test_lengths();
	build_world();
	test_flush();
	test_status();
	buffer_set_release(&world.set);
}
