/*
 * Looking for a file among those beside it.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/search.h"

static struct identity stored;
static struct search_match match;
static struct err e;

/* A log of 300 bytes, of which somebody has taken some. */
static void
begin(uint64_t position)
{
	int fd;

	files_clear();
	files_append_many("log", 'a', 150);
	files_append_many("log", 'b', 150);
	fd = open("log", O_RDONLY | O_CLOEXEC);
	eq_int(identity_take(&stored, fd, position, &e), 0);
	close(fd);
}

/* The name that is found for it, and that it is open. */
static const char *
find(const char *path)
{
	char byte;

	eq_int(search_find(&stored, path, &match, &e), 0);
	ok((match.fd >= 0) == (match.verdict != IDENTITY_OTHER));
	if (match.fd >= 0)
		ok(read(match.fd, &byte, 1) == 1 && byte == 'a');
	close(match.fd);
	return match.name;
}

/* It was written so many seconds ago. */
static void
set_age(const char *name, int age_s)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= 1000 + age_s;
	times[0].tv_nsec = 0;
	times[1] = times[0];
	eq_int(utimensat(AT_FDCWD, name, times, 0), 0);
}

static void
test_renamed(void)
{
	TEST("a file is found where it is, and where it was renamed to")
	{
		begin(300);
		eq_str(find("log"), "log");
		ok(rename("log", "log.1") == 0);
		files_write("log", "new\n");
		eq_str(find("log"), "log.1");
		eq_int(match.verdict, IDENTITY_SAME);
	}
	TEST("it goes before its copies, however long these are")
	{
		files_append_many("0", 'a', 150);
		files_append_many("0", 'b', 900);
		files_append_many("z", 'a', 150);
		files_append_many("z", 'b', 900);
		eq_str(find("log"), "log.1");
	}
	TEST("the folder is that of the path")
	{
		begin(300);
		ok(mkdir("d", 0700) == 0);
		ok(rename("log", "d/old") == 0);
		eq_str(find("log"), "");
		eq_str(find("d/log"), "old");
	}
	TEST("without a folder nothing can be looked for")
	{
		eq_int(
		    search_find(&stored, "none/log", &match, &e), ERR_NO_INPUT);
		eq_int(match.fd, -1);
	}
}

static void
test_copied(void)
{
	TEST("of a file that was cut the copy is found, the newest one")
	{
		begin(200);
		files_append_many("log.1", 'a', 150);
		files_append_many("log.1", 'b', 160);
		files_append_many("log-2", 'a', 150);
		files_append_many("log-2", 'b', 170);
		files_append_many("log.3", 'a', 350);
		ok(truncate("log", 0) == 0);
		set_age("log-2", 10);
		set_age("log.1", 20);
		eq_str(find("log"), "log-2");
		eq_int(match.verdict, IDENTITY_MOVED);
		set_age("log-2", 30);
		eq_str(find("log"), "log.1");
	}
	TEST("of copies of the same age it is the longest")
	{
		set_age("log-2", 20);
		eq_str(find("log"), "log-2");
		ok(unlink("log-2") == 0);
		eq_str(find("log"), "log.1");
	}
	TEST("what is not called like one is none, however alike")
	{
		set_age("log.1", 20);
		ok(rename("log.1", "copy.log") == 0);
		eq_str(find("log"), "");
		ok(rename("copy.log", "log.1") == 0);
	}
	TEST("what lacks bytes before the position is no copy")
	{
		ok(truncate("log.1", 199) == 0);
		eq_str(find("log"), "");
		eq_int(match.verdict, IDENTITY_OTHER);
	}
	TEST("links, folders and pipes are passed over, and hold nobody up")
	{
		begin(200);
		ok(rename("log", "real") == 0);
		ok(mkdir("d", 0700) == 0 && mkfifo("p", 0600) == 0);
		ok(symlink("real", "a") == 0 && symlink("real", "z") == 0);
		eq_str(find("log"), "real");
		ok(rename("real", "d/real") == 0);
		ok(symlink("d/real", "real") == 0);
		eq_str(find("log"), "");
	}
}

static void
test_changing(void)
{
	struct search_pass pass = {0};
	DIR *folder;
	unsigned i;

	TEST("a folder is read again if it was changed meanwhile")
	{
		begin(200);
		set_age(".", 30);
		folder = opendir(".");
		ok(search_again(&pass, folder));
		ok(readdir(folder) != NULL);
		set_age(".", 20);
		ok(search_again(&pass, folder));
		for (i = 0; readdir(folder) != NULL; i++)
			;
		eq_int(i, 3); /* log and the two dots */
		ok(!search_again(&pass, folder));
		closedir(folder);
	}
	TEST("but not for ever")
	{
		folder = opendir(".");
		pass = (struct search_pass){0};
		for (i = 0; search_again(&pass, folder); i++)
			set_age(".", 100 - (int)i);
		eq_int(i, SEARCH_TIMES_MAX);
		closedir(folder);
	}
}

SUITE(search)
{
	files_begin();
	test_renamed();
	test_copied();
	test_changing();
	files_end();
}
