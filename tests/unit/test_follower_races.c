/*
 * Files that are rotated while a follower looks for those that came before.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "intake/follower.h"
#include "intake/known.h"

#define PATH "log"

static struct follower *follower;
static struct known *known;
static struct follower_settings settings;
static time_t written_s; /* of the newest file */
static int rotations;    /* at the next look into the folder */
static int number;       /* of the newest file, and its line */

/* With that line, later than all others. */
static void
write_file(const char *name)
{
	const struct timespec times[2] = {{++written_s, 0}, {written_s, 0}};
	char line[120];

	snprintf(line, sizeof(line), "%0100d\n", number);
	files_write(name, line);
	ok(utimensat(AT_FDCWD, name, times, 0) == 0);
}

/* The next file at the path. */
static void
write_next(void)
{
	number++;
	write_file(PATH);
}

static void
rotate(void)
{
	char name[20];

	snprintf(name, sizeof(name), PATH ".%d", 100 - number);
	ok(rename(PATH, name) == 0);
	write_next();
}

/* Whoever rotates does it now. */
static enum follower_claim
claim(const void *context, const char *path, int fd)
{
	(void)context;
	(void)path;
	(void)fd;
	while (rotations > 0) {
		rotations--;
		rotate();
	}
	return FOLLOWER_UNCLAIMED;
}

static void
follow(void)
{
	struct err e;

	eq_int(follower_open(&follower, PATH, &settings, &e), 0);
}

static void
begin(void)
{
	files_clear();
	number = 0;
	written_s = time(NULL) + 100;
	write_next();
	known = known_create(NULL);
	settings = (struct follower_settings){.is_following = true,
	    .delimiter = '\n',
	    .known = known,
	    .claim = claim};
	follow();
}

/* The same, and nothing was ever in the file. */
static void
begin_empty(void)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};

	begin();
	follower_close(follower);
	known_destroy(known);
	settings.known = known = known_create(NULL);
	number = 0;
	files_write(PATH, "");
	ok(utimensat(AT_FDCWD, PATH, times, 0) == 0);
	follow();
}

static void
end(void)
{
	follower_close(follower);
	known_destroy(known);
}

/* The numbers of all lines that come, as digits. */
static const char *
lines(void)
{
	static char digits[20];
	static uint64_t now_ns = NS_PER_S;
	struct follower_answer answer;
	uint8_t data[101];
	size_t count = 0;
	struct err e;

	do {
		now_ns += NS_PER_S;
		eq_int(follower_read(
		           follower, now_ns, data, sizeof(data), &answer, &e),
		    0);
		if (answer.size == sizeof(data))
			digits[count++] = (char)data[99];
	} while (answer.event != FOLLOWER_WAIT || answer.until_ns <= now_ns);
	digits[count] = '\0';
	return digits;
}

/* Another run goes on. */
static void
restart(void)
{
	char *path = known_path(PATH);

	follower_park(follower, path);
	free(path);
	follower_close(follower);
}

SUITE(follower_races)
{
	files_begin();
	TEST(
	    "what is opened at the path, and rotated away at once, is in order")
	{
		begin();
		eq_str(lines(), "1");
		rotate();
		rotate();
		rotations = 2;
		eq_str(lines(), "2345");
		end();
	}
	TEST("the same where reading begins")
	{
		begin();
		eq_str(lines(), "1");
		restart();
		rotate();
		rotate();
		rotations = 2;
		follow();
		eq_int(rotations, 0);
		eq_str(lines(), "2345");
		end();
	}
	TEST("the same of a file that was empty, and copied and cut since")
	{
		begin_empty();
		eq_str(lines(), "");
		follower_number(follower, 1);
		restart();
		write_next();
		write_file(PATH ".99");
		write_next();
		rotations = 2;
		follow();
		eq_int(rotations, 0);
		eq_str(lines(), "1234");
		end();
	}
	files_end();
}
