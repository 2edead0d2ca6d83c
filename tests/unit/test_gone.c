/*
 * Which files are gone for certain.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "intake/gone.h"

#define FILES_MAX (GONE_LATER_MAX + 4)

static struct gone_file files[FILES_MAX];
static char paths[FILES_MAX][PATH_MAX];
static size_t count;
static const char *inputs[2]; /* what the run reads */
static size_t input_count;

/* A file that is read now, under this name. */
static void
reads(const char *name)
{
	struct stat st;
	char folder[PATH_MAX / 2];

	ok(getcwd(folder, sizeof(folder)) != NULL && stat(name, &st) == 0);
	snprintf(paths[count], PATH_MAX, "%s/%s", folder, name);
	files[count] = (struct gone_file){
	    .path = paths[count],
	    .device = (uint64_t)st.st_dev,
	    .inode = (uint64_t)st.st_ino,
	    .order = count,
	};
	count++;
}

static void
begin(void)
{
	files_clear();
	count = 0;
	input_count = 0;
	files_write("log", "1\n");
	reads("log");
}

/* Of the files in the order of reads(), the n-th. */
static bool
is_gone(size_t n)
{
	size_t i = 0;

	gone_find(files, count, inputs, input_count);
	while (files[i].order != n)
		i++;
	return files[i].is_gone;
}

static void
test_one(void)
{
	TEST("one that is there is not gone, nor one that was renamed")
	{
		begin();
		ok(!is_gone(0));
		ok(rename("log", "log.1") == 0);
		ok(!is_gone(0));
	}
	TEST("one that was deleted is gone, and so is one whose folder was")
	{
		begin();
		ok(mkdir("d", 0700) == 0);
		files_write("d/log", "2\n");
		reads("d/log");
		ok(unlink("log") == 0);
		ok(is_gone(0));
		ok(!is_gone(1));
		files_remove("d");
		ok(is_gone(1));
	}
	TEST("one on another file system than its folder may not be mounted")
	{
		begin();
		ok(unlink("log") == 0);
		files[0].device++;
		ok(!is_gone(0));
	}
}

static void
test_moved(void)
{
	TEST("one that was moved is gone where nobody reads")
	{
		begin();
		ok(mkdir("d", 0700) == 0 && rename("log", "d/log.1") == 0);
		ok(is_gone(0));
		files_remove("d");
	}
	TEST("it is not in a folder of another file that was read")
	{
		begin();
		ok(mkdir("d", 0700) == 0 && rename("log", "d/log.1") == 0);
		files_write("d/log", "2\n");
		reads("d/log");
		ok(!is_gone(0));
		files_remove("d");
	}
	TEST("nor is any where a folder cannot be read that a pattern names")
	{
		begin();
		ok(mkdir("d", 0700) == 0 && symlink("f", "f") == 0);
		ok(unlink("log") == 0);
		inputs[input_count++] = "d/*";
		inputs[input_count++] = "none/*";
		ok(is_gone(0));
		inputs[1] = "f/*";
		ok(!is_gone(0));
		ok(unlink("f") == 0);
		files_remove("d");
	}
	TEST("nor where a pattern or a path finds it")
	{
		begin();
		ok(mkdir("d", 0700) == 0 && rename("log", "d/log[1]") == 0);
		inputs[input_count++] = "d/l*";
		ok(!is_gone(0));
		inputs[0] = "d/log[1]";
		ok(!is_gone(0));
		inputs[0] = "d/log";
		ok(is_gone(0));
		files_remove("d");
	}
}

static void
test_several(void)
{
	TEST("one that was rotated away is gone when the next one was read")
	{
		begin();
		files_write("new", "2\n");
		ok(rename("new", "log") == 0);
		ok(!is_gone(0));
		reads("log");
		ok(is_gone(0));
		ok(!is_gone(1));
	}
	TEST("one whose inode others had later is gone, but for the last ones, "
	     "whose rest may be in a copy")
	{
		size_t i;

		begin();
		for (i = 0; i < GONE_LATER_MAX; i++)
			reads("log");
		ok(!is_gone(0));
		reads("log");
		ok(is_gone(0));
		ok(!is_gone(1));
		ok(!is_gone(GONE_LATER_MAX + 1));
	}
	TEST("where the path is a symbolic link, it may be elsewhere")
	{
		begin();
		files_write("other", "2\n");
		ok(unlink("log") == 0 && symlink("other", "log") == 0);
		reads("log");
		ok(!is_gone(0));
	}
}

SUITE(gone)
{
	files_begin();
	test_one();
	test_moved();
	test_several();
	files_end();
}
