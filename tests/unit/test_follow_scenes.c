/*
 * What befalls files that are followed.
 */
#include "test_follow_scenes.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tap.h"
#include "test_files.h"

static void
test_rename(const struct follow_reader *reader)
{
	TEST("a path that comes to be is read as it grows")
	{
		reader->begin();
		eq_str(reader->after(0), "");
		files_write(FOLLOW_SCENES_PATH, "1\n");
		eq_str(reader->after(0), "1\n");
		files_append(FOLLOW_SCENES_PATH, "2\n");
		eq_str(reader->after(9), "1\n2\n");
	}
	TEST("rotated by rename, late lines come before those of the new file")
	{
		reader->begin();
		files_write(FOLLOW_SCENES_PATH, "1\n");
		reader->after(0);
		ok(rename(FOLLOW_SCENES_PATH, "log.1") == 0);
		files_append("log.1", "2\n");
		files_write(FOLLOW_SCENES_PATH, "4\n");
		eq_str(reader->after(1), "1\n2\n");
		files_append("log.1", "3\n");
		eq_str(reader->after(4), "1\n2\n3\n");
		eq_str(reader->after(4), "1\n2\n3\n");
		eq_str(reader->after(1), "1\n2\n3\n|4\n");
	}
	TEST("rotated again and again while it waits, no file is lost")
	{
		reader->begin();
		files_write(FOLLOW_SCENES_PATH, "1\n");
		reader->after(0);
		ok(rename(FOLLOW_SCENES_PATH, "log.1") == 0);
		files_write(FOLLOW_SCENES_PATH, "2\n");
		reader->after(1);
		ok(rename(FOLLOW_SCENES_PATH, "log.2") == 0);
		files_append("log.2", "3\n");
		files_write(FOLLOW_SCENES_PATH, "4\n");
		eq_str(reader->after(1), "1\n");
		ok(unlink("log.2") == 0);
		eq_str(reader->after(9), "1\n|2\n3\n|4\n");
	}
}

static void
test_truncation(const struct follow_reader *reader)
{
	TEST("copytruncate: what is in the copy is read, then the file anew")
	{
		reader->begin();
		files_append_many(FOLLOW_SCENES_PATH, '1', 100);
		reader->after(0);
		files_append(FOLLOW_SCENES_PATH, "two\n");
		files_append_many("log.1", '1', 100);
		files_append("log.1", "two\n");
		ok(truncate(FOLLOW_SCENES_PATH, 0) == 0);
		files_append(FOLLOW_SCENES_PATH, "three\n");
		eq_str(reader->after(0) + 100, "two\n|three\n");
		files_append(FOLLOW_SCENES_PATH, "four\n");
		eq_str(reader->after(0) + 100, "two\n|three\nfour\n");
	}
	TEST("without a copy the file is read anew")
	{
		reader->begin();
		files_write(FOLLOW_SCENES_PATH, "1 is long\n");
		reader->after(0);
		files_write(FOLLOW_SCENES_PATH, "2\n");
		eq_str(reader->after(0), "1 is long\n|2\n");
	}
	TEST("so it is when it has grown past the position before anyone looks")
	{
		reader->begin();
		files_write(FOLLOW_SCENES_PATH, "1\n");
		reader->after(0);
		files_write(FOLLOW_SCENES_PATH, "2 is longer\n");
		eq_str(reader->after(0), "1\n|2 is longer\n");
	}
}

static void
test_deletion(const struct follow_reader *reader)
{
	TEST("a deleted file is read to its end, then the one made anew")
	{
		int writer;

		reader->begin();
		files_write(FOLLOW_SCENES_PATH, "1\n");
		reader->after(0);
		writer =
		    open(FOLLOW_SCENES_PATH, O_WRONLY | O_APPEND | O_CLOEXEC);
		ok(unlink(FOLLOW_SCENES_PATH) == 0);
		ok(write(writer, "2\n", 2) == 2);
		eq_str(reader->after(100), "1\n2\n");
		ok(write(writer, "3\n", 2) == 2);
		close(writer);
		files_write(FOLLOW_SCENES_PATH, "1\n2\n3\n");
		eq_str(reader->after(1), "1\n2\n3\n");
		eq_str(reader->after(5), "1\n2\n3\n|1\n2\n3\n");
	}
	TEST("a folder in its place is waited for to go")
	{
		reader->begin();
		files_write(FOLLOW_SCENES_PATH, "1\n");
		reader->after(0);
		ok(unlink(FOLLOW_SCENES_PATH) == 0 &&
		    mkdir(FOLLOW_SCENES_PATH, 0700) == 0);
		eq_str(reader->after(9), "1\n");
		ok(rmdir(FOLLOW_SCENES_PATH) == 0);
		files_write(FOLLOW_SCENES_PATH, "2\n");
		eq_str(reader->after(9), "1\n");
		eq_str(reader->after(5), "1\n|2\n");
	}
}

void
follow_scenes(const struct follow_reader *reader)
{
	test_rename(reader);
	test_truncation(reader);
	test_deletion(reader);
}
