/*
 * A command's output in whole lines: what a worker hands to the loop.  The
 * loop is ours; the worker is a thread that writes and reads the pipe itself.
 */
#include "tap.h"

#include <sys/ioctl.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/mailbox.h"
#include "base/memory.h"
#include "deliver/lines.h"

#define SIZE_MAX_TEXT ((size_t)1 << 20)

static struct {
	uv_loop_t loop;
	struct mailbox mailbox;
	struct lines *lines;
	struct mailbox_message end;

	/* What the command writes, in pieces of at most piece bytes. */
	const char *text;
	size_t size;
	size_t piece;

	/* What the loop got. */
	char got[SIZE_MAX_TEXT];
	size_t got_size;
	bool is_torn; /* a chunk did not end as it said */
} world;

static void
on_message(void *context, struct mailbox_message *message)
{
	struct chunk *chunk = chunk_of_message(message);

	(void)context;
	if (message->kind != MAILBOX_CHUNK) {
		uv_stop(&world.loop);
		return;
	}
	if (chunk->size == 0 || chunk->size > LINES_SIZE + 1 ||
	    (chunk->data[chunk->size - 1] != '\n') != chunk->is_unfinished)
		world.is_torn = true;
	memcpy(world.got + world.got_size, chunk->data, chunk->size);
	world.got_size += chunk->size;
	chunk_return(chunk);
}

/* The worker, until it has read what is in the pipe. */
static void
read_all(int fd)
{
	struct pollfd polls[LINES_POLLS];
	int held;

	while (ioctl(fd, FIONREAD, &held) == 0 && held > 0) {
		lines_watch(world.lines, polls);
		poll(polls, LINES_POLLS, -1);
		lines_handle(world.lines, polls);
	}
}

/* The worker, and the command. */
static void *
run(void *context)
{
	size_t at = 0, size;
	int fd;

	(void)context;
	if (lines_open(world.lines, &fd) != 0)
		abort();
	while (at < world.size) {
		read_all(fd);
		size = world.size - at < world.piece ? world.size - at
		                                     : world.piece;
		if (write(fd, world.text + at, size) != (ssize_t)size)
			abort();
		at += size;
	}
	/* What is in the pipe now is all; a grandchild may keep it open. */
	lines_finish(world.lines);
	close(fd);
	mailbox_post(&world.mailbox, &world.end);
	return NULL;
}

/* A command writes this text in such pieces. */
static void
pass(const char *text, size_t size, size_t piece)
{
	pthread_t thread;

	world.text = text;
	world.size = size;
	world.piece = piece;
	world.got_size = 0;
	world.end.kind = MAILBOX_BATCH;
	pthread_create(&thread, NULL, run, NULL);
	uv_run(&world.loop, UV_RUN_DEFAULT);
	pthread_join(thread, NULL);
}

static void
check(const char *text, const char *want, size_t piece)
{
	pass(text, strlen(text), piece);
	eq_int(world.got_size, strlen(want));
	eq_mem(world.got, want, world.got_size);
	ok(!world.is_torn);
}

/* One line of size letters, and a newline if it is finished. */
static void
check_long(size_t size, bool is_finished)
{
	char *line = memory_zeroed(1, size + 1);
	size_t written = is_finished ? size + 1 : size;

	memset(line, 'x', size);
	line[size] = '\n';
	pass(line, written, 50000);
	eq_int(world.got_size, size + 1);
	eq_mem(world.got, line, size + 1);
	ok(!world.is_torn);
	free(line);
}

static void
test_all(void)
{
	TEST("whole lines are passed on, in whatever pieces they are written")
	{
		check("", "", 1);
		check("\n", "\n", 1);
		check("one\ntwo\n", "one\ntwo\n", 1);
		check("one\n\ntwo\n", "one\n\ntwo\n", 3);
		check("one\ntwo\n", "one\ntwo\n", 100);
	}
	TEST("an unfinished line gets a newline, and only that")
	{
		check("one", "one\n", 1);
		check("one\ntwo", "one\ntwo\n", 5);
		check("\n\nx", "\n\nx\n", 100);
	}
	TEST("what one command left unfinished is none of the next one's")
	{
		check("one", "one\n", 100);
		check("two\n", "two\n", 100);
	}
	TEST("a line of any size is whole")
	{
		check_long(LINES_SIZE - 1, true);
		check_long(LINES_SIZE, true);
		check_long(LINES_SIZE + 1, true);
		check_long(2 * LINES_SIZE - 1, true);
		check_long(2 * LINES_SIZE, true);
		check_long(500001, true);
	}
	TEST("so is an unfinished one")
	{
		check_long(LINES_SIZE - 1, false);
		check_long(LINES_SIZE, false);
		check_long(LINES_SIZE + 1, false);
		check_long(2 * LINES_SIZE, false);
		check_long(500001, false);
	}
}

SUITE(lines)
{
	uv_loop_init(&world.loop);
	mailbox_init(&world.mailbox, &world.loop, on_message, NULL);
	world.lines = lines_create(&world.mailbox);
	test_all();
	lines_destroy(world.lines);
	mailbox_close(&world.mailbox);
	uv_run(&world.loop, UV_RUN_DEFAULT);
	mailbox_release(&world.mailbox);
	uv_loop_close(&world.loop);
}
