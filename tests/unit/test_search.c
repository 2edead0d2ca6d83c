/*
 * Looking for a file among those beside it.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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
	TEST("of a file that was cut the copy is found, the longest one")
	{
		begin(200);
		files_append_many("short", 'a', 150);
		files_append_many("short", 'b', 160);
		files_append_many("long", 'a', 150);
		files_append_many("long", 'b', 170);
		files_append_many("other", 'a', 350);
		ok(truncate("log", 0) == 0);
		eq_str(find("log"), "long");
		eq_int(match.verdict, IDENTITY_MOVED);
		ok(unlink("long") == 0);
		eq_str(find("log"), "short");
	}
	TEST("what lacks bytes before the position is no copy")
	{
		ok(truncate("short", 199) == 0);
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

SUITE(search)
{
	files_begin();
	test_renamed();
	test_copied();
	files_end();
}
