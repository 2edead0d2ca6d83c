/*
 * Inputs that are followed: paths side by side, patterns, and rotations in one
 * run or over many.
 */
#include "tap.h"
#include "test_files.h"
#include "test_intake_world.h"
#include "test_lanes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

static void
begin(void)
{
	inputs_begin();
	inputs_settings.follow.is_following = true;
	inputs_settings.follow.from = CONFIG_FROM_START;
	inputs_settings.places = NULL;
}

static void
start(const char *path, const char *second)
{
	eq_int(inputs_start(path, second), 0);
}

static void
finish(void)
{
	inputs_stop();
	inputs_end();
}

static void
test_paths(void)
{
	TEST("two files are read as their lines come")
	{
		begin();
		files_write("a", "1\n");
		start("a", "b");
		eq_str(inputs_read("1\n"), "1\n");
		files_write("b", "2\n");
		eq_str(inputs_read("1\n2\n"), "1\n2\n");
		files_append("b", "3\n");
		eq_str(inputs_read("1\n2\n3\n"), "1\n2\n3\n");
		files_append("a", "4\n");
		eq_str(inputs_read("1\n2\n3\n4\n"), "1\n2\n3\n4\n");
		finish();
	}
	TEST("from the end: behind the last whole line")
	{
		begin();
		inputs_settings.follow.from = CONFIG_FROM_END;
		files_write("a", "1\n2\n3");
		start("a", "b");
		inputs_read("");
		files_append("a", "3\n");
		files_write("b", "4\n");
		eq_str(inputs_read("33\n4\n"), "33\n4\n");
		finish();
	}
	TEST("one that is not there is waited for")
	{
		begin();
		start("a", NULL);
		inputs_wait_ms(5);
		files_write("a", "1\n");
		eq_str(inputs_read("1\n"), "1\n");
		finish();
	}
	TEST("a change is noticed long before the period is over")
	{
		uint64_t begun_ns;

		begin();
		files_write("a", "1\n");
		start("a", NULL);
		inputs_read("1\n");
		begun_ns = clock_now_ns();
		files_append("a", "2\n");
		eq_str(inputs_read("1\n2\n"), "1\n2\n");
		ok(clock_now_ns() - begun_ns < NS_PER_S / 2);
		finish();
	}
	TEST("where nothing can be opened, it is tried again")
	{
		begin();
		files_write("a", "1\n");
		lanes_limit_descriptors(8);
		start("a", NULL);
		lanes_unlimit_descriptors();
		eq_str(inputs_read("1\n"), "1\n");
		finish();
	}
	TEST("a folder cannot be followed")
	{
		begin();
		eq_int(inputs_start("/", NULL), ERR_NO_INPUT);
		inputs_end();
	}
	TEST("a stop ends it at once; half a line stays where it is")
	{
		begin();
		files_write("a", "1\n2");
		start("a", NULL);
		eq_str(inputs_read("1\n"), "1\n");
		finish();
	}
	TEST("... but is taken if that is final")
	{
		begin();
		inputs_settings.follow.is_final = true;
		files_write("a", "1\n2");
		start("a", NULL);
		inputs_read("1\n");
		inputs_stop();
		eq_str(inputs_read_so_far(), "1\n2\n");
		inputs_end();
	}
	TEST("a last line that is rotated away is a record without an end")
	{
		begin();
		files_write("a", "1\n2");
		start("a", NULL);
		inputs_read("1\n");
		ok(rename("a", "a.1") == 0);
		files_write("a", "3\n");
		eq_str(inputs_read("1\n2\n3\n"), "1\n2\n3\n");
		finish();
	}
	TEST("each file of a path has its own header")
	{
		begin();
		inputs_group.source.has_header = true;
		files_write("a", "one\n1\n");
		start("a", NULL);
		inputs_read("one\n1\n");
		ok(rename("a", "a.1") == 0);
		files_write("a", "two\n2\n");
		eq_str(inputs_read("one\n1\ntwo\n2\n"), "one\n1\ntwo\n2\n");
		finish();
	}
}

static void
test_patterns(void)
{
	TEST("files that appear are read from their start, side by side")
	{
		begin();
		inputs_settings.follow.from = CONFIG_FROM_END;
		files_write("a.log", "1\n");
		start("*.log", NULL);
		inputs_read("");
		files_write("b.log", "2\n");
		eq_str(inputs_read("2\n"), "2\n");
		files_append("a.log", "3\n");
		eq_str(inputs_read("2\n3\n"), "2\n3\n");
		finish();
	}
	TEST("one that is deleted is read to its end, and forgotten")
	{
		begin();
		files_write("a.log", "1\n2");
		start("*.log", NULL);
		inputs_read("1\n");
		ok(unlink("a.log") == 0);
		eq_str(inputs_read("1\n2\n"), "1\n2\n");
		files_write("b.log", "3\n");
		eq_str(inputs_read("1\n2\n3\n"), "1\n2\n3\n");
		ok(!inputs_has_ended());
		finish();
	}
	TEST("a pattern that nothing matches waits; a stop ends it")
	{
		begin();
		start("*.log", NULL);
		inputs_wait_ms(5);
		ok(!inputs_has_ended());
		finish();
	}
	TEST("a pattern and one of its files: it is read once")
	{
		begin();
		files_write("a.log", "1\n");
		start("a.log", "*.log");
		inputs_read("1\n");
		files_append("a.log", "2\n");
		inputs_read("1\n2\n");
		files_write("b.log", "3\n");
		inputs_read("1\n2\n3\n");
		eq_str(inputs_wait_ms(50), "1\n2\n3\n");
		finish();
	}
	TEST("a chain of renames that a pattern matches: each line once")
	{
		char want[200] = "";
		size_t used = 0;
		int i;

		begin();
		files_write("log", "");
		start("log*", NULL);
		for (i = 0; i < 20; i++) {
			rename("log.2", "log.3");
			rename("log.1", "log.2");
			snprintf(want + used, sizeof(want) - used, "%d\n", i);
			files_append("log", want + used);
			used += strlen(want + used);
			ok(rename("log", "log.1") == 0);
			files_write("log", "");
			eq_str(inputs_read(want), want);
		}
		eq_str(inputs_wait_ms(50), want);
		finish();
	}
}

/* logrotate's copytruncate, while nobody writes. */
static void
copy_and_truncate(const char *copy)
{
	static char data[1 << 16];
	int fd = open("log", O_RDWR | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data) - 1);

	ok(n >= 0);
	data[n > 0 ? n : 0] = '\0';
	files_write(copy, data);
	ok(ftruncate(fd, 0) == 0);
	close(fd);
}

static int written, taken;

/* Lines of 80 bytes, each its number. */
static void
write_lines(const char *name, unsigned int count)
{
	char line[100];

	while (count-- > 0) {
		snprintf(line, sizeof(line), "%079d\n", ++written);
		files_append(name, line);
	}
}

/* What a run has read are the next lines. */
static void
check_lines(const char *text)
{
	char line[100];

	for (; *text != '\0'; text += strnlen(text, 80)) {
		snprintf(line, sizeof(line), "%079d\n", ++taken);
		ok(strncmp(text, line, 80) == 0);
	}
}

static uint32_t random_state;

static unsigned int
draw(unsigned int below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % below;
}

static void
rotate(int number)
{
	char name[32];

	snprintf(name, sizeof(name), "log.%d", number);
	if (draw(2) == 0) {
		copy_and_truncate(name);
		return;
	}
	ok(rename("log", name) == 0);
	write_lines(name, draw(3));
	files_write("log", "");
}

/* Until all that is written has been read, or the input ends. */
static void
run(bool is_following)
{
	const char *text = "";
	int before = taken;
	uint64_t until_ns;

	inputs_settings.follow.is_following = is_following;
	start("log", NULL);
	write_lines("log", is_following ? draw(4) : 0);
	until_ns = clock_now_ns() + 10 * NS_PER_S;
	do {
		text = is_following ? inputs_wait_ms(1) : inputs_finish();
	} while (is_following && (int)strlen(text) < 80 * (written - before) &&
	    clock_now_ns() < until_ns);
	check_lines(text);
	if (is_following)
		inputs_stop();
	eq_int(taken, written);
}

static void
test_random(void)
{
	TEST("150 runs with a rotation between any two: every line once")
	{
		int i;

		begin();
		inputs_settings.places = &inputs_places;
		random_state = 20261127;
		written = taken = 0;
		files_write("log", "");
		write_lines("log", 2);
		for (i = 0; i < 150; i++) {
			run(draw(2) == 0);
			write_lines("log", 1 + draw(3));
			if (draw(3) > 0)
				rotate(i);
			write_lines("log", 1 + draw(3));
		}
		inputs_end();
	}
	TEST("100 rotations while it follows, every line once")
	{
		int i, before;

		begin();
		random_state = 7;
		written = taken = 0;
		files_write("log", "");
		start("log", NULL);
		for (i = 0; i < 100; i++) {
			before = written;
			write_lines("log", 1 + draw(3));
			while ((int)strlen(inputs_wait_ms(1)) < 80 * written)
				continue;
			if (draw(2) == 0)
				rotate(i);
			eq_int(before < written, true);
		}
		while ((int)strlen(inputs_wait_ms(1)) < 80 * written)
			continue;
		check_lines(inputs_wait_ms(1));
		eq_int(taken, written);
		finish();
	}
}

SUITE(intake_follow)
{
	files_begin();
	test_paths();
	test_patterns();
	test_random();
	files_end();
}
