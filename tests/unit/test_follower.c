/*
 * The files of a path as one stream of bytes.  A break is written as a bar.
 * Time is a number.
 */
#include "tap.h"
#include "test_files.h"
#include "test_follow_scenes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "intake/follower.h"

#define PATH FOLLOW_SCENES_PATH
#define STEPS_MAX 1000

static struct follower *follower;
static struct follower_answer answer; /* the last one */
static struct follower_settings settings;
static uint64_t now_ns;
static char text[8192]; /* all that was read */
static size_t text_size;
static struct err e;

static void
follow(void)
{
	follower_close(follower);
	follower = NULL;
	eq_int(follower_open(&follower, PATH, &settings, &e), 0);
	now_ns = 1000 * NS_PER_S;
	text_size = 0;
	text[0] = '\0';
}

/* An empty folder. */
static void
begin(void)
{
	files_clear();
	settings = (struct follower_settings){.is_following = true,
	    .rotate_wait_ns = 5 * NS_PER_S,
	    .delimiter = '\n'};
	follow();
}

/* After so many seconds, read until there is nothing; all read so far. */
static const char *
after(uint64_t s)
{
	int steps = 0;

	now_ns += s * NS_PER_S;
	do {
		eq_int(follower_read(follower, now_ns,
		           (uint8_t *)text + text_size, 7, &answer, &e),
		    0);
		text_size += answer.size;
		if (answer.event == FOLLOWER_BREAK)
			text[text_size++] = '|';
	} while (
	    (answer.event == FOLLOWER_DATA || answer.event == FOLLOWER_BREAK) &&
	    ++steps < STEPS_MAX);
	ok(steps < STEPS_MAX);
	text[text_size] = '\0';
	return text;
}

static void
test_begin(void)
{
	TEST("from the end, only what is written from now on")
	{
		begin();
		files_write(PATH, "1\n");
		settings.from_end = true;
		follow();
		eq_str(after(0), "");
		files_append(PATH, "2\n");
		eq_str(after(0), "2\n");
	}
	TEST("from the end, where that is is told before any byte comes")
	{
		begin();
		files_write(PATH, "1\n2");
		settings.from_end = true;
		follow();
		eq_int(follower_read(
		           follower, now_ns, (uint8_t *)text, 7, &answer, &e),
		    0);
		eq_int(answer.event, FOLLOWER_DATA);
		eq_int(answer.size, 0);
		ok(answer.is_first);
		eq_int(answer.identity.position, 2);
		eq_str(after(0), "2");
		ok(!answer.is_first);
	}
	TEST("from the end, a file that comes later is read from its start")
	{
		begin();
		settings.from_end = true;
		follow();
		eq_str(after(0), "");
		files_write(PATH, "1\n");
		eq_str(after(0), "1\n");
	}
	TEST("not followed, it ends at the end")
	{
		begin();
		settings.is_following = false;
		files_write(PATH, "1\n");
		follow();
		eq_str(after(0), "1\n");
		eq_int(answer.event, FOLLOWER_END);
	}
	TEST("late writers are waited for until a time that is told")
	{
		begin();
		files_write(PATH, "1\n");
		after(0);
		eq_int(answer.until_ns, CLOCK_NEVER);
		ok(rename(PATH, "log.1") == 0);
		files_write(PATH, "2\n");
		after(1);
		eq_int(answer.until_ns, now_ns + 5 * NS_PER_S);
	}
}

/* Append so many lines, each its number; returns the number of the next. */
static int
write_lines(const char *name, int next, int count)
{
	char line[100];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%079d\n", next + i);
		files_append(name, line);
	}
	return next + count;
}

/* What was read has these lines in order; forget it.  Returns the next one. */
static int
expect_lines(int next)
{
	const char *at = text;
	char line[100];

	for (at += strspn(at, "|"); *at != '\0'; at += strspn(at, "|")) {
		snprintf(line, sizeof(line), "%079d\n", next++);
		ok(strncmp(at, line, 80) == 0);
		at += strnlen(at, 80);
	}
	text_size = 0;
	return next;
}

/* logrotate's copytruncate, while nobody writes. */
static void
copy_and_truncate(const char *copy)
{
	static char data[4096];
	int fd = open(PATH, O_RDWR | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data) - 1);

	ok(n > 0);
	data[n > 0 ? n : 0] = '\0';
	files_write(copy, data);
	ok(ftruncate(fd, 0) == 0);
	close(fd);
}

/* Seven bytes, or what there is. */
static const char *
read_once(void)
{
	static char seven[8];

	eq_int(
	    follower_read(follower, now_ns, (uint8_t *)seven, 7, &answer, &e),
	    0);
	seven[answer.size] = '\0';
	return seven;
}

static void
test_copy(void)
{
	TEST("a copy ends where it ended when it was taken, though it grows")
	{
		begin();
		write_lines(PATH, 1, 1);
		after(0);
		write_lines(PATH, 2, 1);
		copy_and_truncate("log.1");
		files_append(PATH, "new\n");
		text_size = 0;
		eq_str(read_once(), "0000000");
		write_lines("log.1", 9, 1);
		eq_str(after(0) + 71, "2\n|new\n");
	}
}

static void
test_losses(void)
{
	TEST("what was seen, not read and cut is lost for certain, told once")
	{
		begin();
		files_write(PATH, "1\n2\n3\n4\n");
		read_once();
		files_write(PATH, "5\n");
		read_once();
		eq_int(answer.losses, FOLLOWER_LOST_CUT);
		ok(answer.is_loss_certain);
		read_once();
		eq_int(answer.losses, 0);
		ok(!answer.is_loss_certain);
	}
	TEST("what was read to its end and cut is perhaps no loss")
	{
		begin();
		files_write(PATH, "1\n2\n");
		after(0);
		files_write(PATH, "5\n");
		read_once();
		eq_int(answer.losses, FOLLOWER_LOST_CUT);
		ok(!answer.is_loss_certain);
	}
}

static void
test_random(void)
{
	TEST("200 rotations of mixed kinds: every line once, in order")
	{
		uint32_t random = 20261127;
		int written = 1, taken = 1, i;
		char name[32];

		begin();
		for (i = 0; i < 200; i++) {
			random = random * 1664525 + 1013904223;
			written = write_lines(PATH, written, 1);
			after(random >> 30);
			written =
			    write_lines(PATH, written, (int)(random >> 28 & 3));
			snprintf(name, sizeof(name), "log.%d", i);
			if ((random >> 27 & 1) != 0) {
				copy_and_truncate(name);
			} else {
				ok(rename(PATH, name) == 0);
				written = write_lines(name, written, 1);
				files_write(PATH, "");
			}
			after(0);
			after(9);
			taken = expect_lines(taken);
			eq_int(taken, written);
		}
	}
}

SUITE(follower)
{
	const struct follow_reader reader = {begin, after};

	files_begin();
	test_begin();
	follow_scenes(&reader);
	test_copy();
	test_losses();
	test_random();
	follower_close(follower);
	follower = NULL;
	files_end();
}
