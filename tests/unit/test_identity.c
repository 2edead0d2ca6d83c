/*
 * Knowing a file again: the decision, and what becomes of real files.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fnv.h"
#include "base/identity.h"

static struct identity stored;
static struct err e;

/* Somebody has read a file up to position. */
static int
take(const char *name, uint64_t position)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC), error;

	error = identity_take(&stored, fd, position, &e);
	close(fd);
	return error;
}

/* What the file of that name is, seen from what is stored. */
static int
compare(const char *name)
{
	enum identity_verdict verdict = IDENTITY_OTHER;
	int fd = open(name, O_RDONLY | O_CLOEXEC), error;

	error = identity_compare(&stored, fd, &verdict, &e);
	close(fd);
	return error != 0 ? error : (int)verdict;
}

/* 2000 bytes read of it, and facts that agree; a test changes some. */
static struct identity_facts
facts_of_2000(void)
{
	struct identity_facts facts = {.device = 1,
	    .inode = 2,
	    .born_ns = 3,
	    .size = 2000,
	    .head_hash = 4,
	    .marker_hash = 5};

	stored = (struct identity){.device = 1,
	    .inode = 2,
	    .born_ns = 3,
	    .position = 2000,
	    .head_hash = 4,
	    .marker_hash = 5,
	    .head_size = IDENTITY_HEAD_MAX};
	return facts;
}

static void
test_same_inode(void)
{
	struct identity_facts facts = facts_of_2000();

	TEST("all the same is the same, however much follows")
	{
		eq_int(identity_judge(&stored, &facts), IDENTITY_SAME);
		facts.size = UINT64_MAX;
		eq_int(identity_judge(&stored, &facts), IDENTITY_SAME);
	}
	TEST("one byte less is truncated, whatever the bytes are")
	{
		facts.size = 1999;
		eq_int(identity_judge(&stored, &facts), IDENTITY_TRUNCATED);
		facts.head_hash = facts.marker_hash = 0;
		eq_int(identity_judge(&stored, &facts), IDENTITY_TRUNCATED);
	}
	TEST("a head that lost bytes behind the position is truncated")
	{
		facts = facts_of_2000();
		stored.position = facts.size = 100;
		eq_int(identity_judge(&stored, &facts), IDENTITY_TRUNCATED);
	}
	TEST("another head or marker is rewritten")
	{
		facts = facts_of_2000();
		facts.head_hash++;
		eq_int(identity_judge(&stored, &facts), IDENTITY_REWRITTEN);
		facts = facts_of_2000();
		facts.marker_hash++;
		eq_int(identity_judge(&stored, &facts), IDENTITY_REWRITTEN);
	}
	TEST("an inode born again is another file, shorter or not")
	{
		facts = facts_of_2000();
		facts.born_ns++;
		eq_int(identity_judge(&stored, &facts), IDENTITY_REWRITTEN);
		facts.size = 0;
		eq_int(identity_judge(&stored, &facts), IDENTITY_REWRITTEN);
	}
	TEST("an unknown birth says nothing")
	{
		facts = facts_of_2000();
		facts.born_ns = 0;
		eq_int(identity_judge(&stored, &facts), IDENTITY_SAME);
		facts.born_ns = 7;
		stored.born_ns = 0;
		eq_int(identity_judge(&stored, &facts), IDENTITY_SAME);
	}
}

static void
test_other_inode(void)
{
	struct identity_facts facts = facts_of_2000();

	facts.inode++;
	facts.born_ns++;
	TEST("the same bytes under another inode or device have moved")
	{
		eq_int(identity_judge(&stored, &facts), IDENTITY_MOVED);
		facts = facts_of_2000();
		facts.device++;
		eq_int(identity_judge(&stored, &facts), IDENTITY_MOVED);
	}
	TEST("other bytes, or fewer, are another file")
	{
		facts.size--;
		eq_int(identity_judge(&stored, &facts), IDENTITY_OTHER);
		facts.size++;
		facts.head_hash++;
		eq_int(identity_judge(&stored, &facts), IDENTITY_OTHER);
		facts.head_hash--;
		facts.marker_hash++;
		eq_int(identity_judge(&stored, &facts), IDENTITY_OTHER);
	}
	TEST("a few equal bytes are no evidence")
	{
		facts = facts_of_2000();
		facts.inode++;
		stored.position = 63;
		stored.head_size = IDENTITY_EVIDENCE_MIN - 1;
		eq_int(identity_judge(&stored, &facts), IDENTITY_OTHER);
		stored.head_size = IDENTITY_EVIDENCE_MIN;
		eq_int(identity_judge(&stored, &facts), IDENTITY_MOVED);
	}
}

static void
test_take(void)
{
	uint8_t bytes[IDENTITY_HEAD_MAX];

	TEST("head and marker are of the first and of the last bytes taken")
	{
		files_clear();
		files_append_many("a", 'x', 1500);
		files_append_many("a", 'y', 70);
		files_append_many("a", 'z', 100);
		memset(bytes, 'x', sizeof(bytes));
		eq_int(take("a", 1570), 0);
		eq_int(stored.position, 1570);
		eq_int(stored.head_size, IDENTITY_HEAD_MAX);
		ok(stored.head_hash == fnv_hash(bytes, IDENTITY_HEAD_MAX));
		memset(bytes, 'y', 64);
		ok(stored.marker_hash == fnv_hash(bytes, 64));
	}
	TEST("before the 64th byte there are fewer to mark")
	{
		memset(bytes, 'x', sizeof(bytes));
		eq_int(take("a", 3), 0);
		ok(stored.marker_hash == fnv_hash(bytes, 3));
		eq_int(identity_written_ns(&stored), 0);
	}
	TEST("where nothing was taken, the time of the last write is known")
	{
		const struct timespec times[2] = {{7, 8}, {7, 8}};

		files_write("b", "");
		ok(utimensat(AT_FDCWD, "b", times, 0) == 0);
		eq_int(take("b", 0), 0);
		ok(identity_written_ns(&stored) == 7 * NS_PER_S + 8);
		files_append_many("b", 'x', 1);
		eq_int(compare("b"), IDENTITY_SAME);
	}
	TEST("device and inode are the numbers that stat() tells")
	{
		struct stat st;

		eq_int(take("a", 0), 0);
		ok(stat("a", &st) == 0);
		eq_int(stored.device, st.st_dev);
		eq_int(stored.inode, st.st_ino);
	}
	TEST("nobody has taken more than there is")
	{
		eq_int(take("a", 1671), ERR_DATA);
		eq_int(take("a", UINT64_MAX), ERR_DATA);
		eq_int(take("a", 1670), 0);
	}
	TEST("a folder, a device and nothing are no regular files")
	{
		eq_int(take(".", 0), ERR_NO_INPUT);
		eq_int(compare("."), ERR_NO_INPUT);
		eq_int(take("none", 0), ERR_NO_INPUT);
		eq_int(compare("/dev/null"), ERR_NO_INPUT);
	}
	TEST("the offset of the descriptor stays where it is")
	{
		int fd = open("a", O_RDONLY | O_CLOEXEC);

		ok(lseek(fd, 7, SEEK_SET) == 7);
		eq_int(identity_take(&stored, fd, 1600, &e), 0);
		eq_int(lseek(fd, 0, SEEK_CUR), 7);
		close(fd);
	}
}

static void
test_growth(void)
{
	int size;

	TEST("a file that only grows stays the same, at every size")
	{
		files_clear();
		files_append_many("a", 'a', 1);
		for (size = 1; size < 2200; size += 97) {
			eq_int(take("a", (uint64_t)size), 0);
			files_append_many("a", (char)('a' + size % 26), 97);
			eq_int(compare("a"), IDENTITY_SAME);
		}
	}
	TEST("an empty file is the same when it has grown")
	{
		files_write("empty", "");
		eq_int(take("empty", 0), 0);
		eq_int(stored.head_size, 0);
		files_append("empty", "one\n");
		eq_int(compare("empty"), IDENTITY_SAME);
	}
	TEST("an empty file is not known again elsewhere")
	{
		files_write("b", "");
		eq_int(compare("b"), IDENTITY_OTHER);
	}
}

static void
test_rotation(void)
{
	TEST("rotated by rename, a file is the same under its new name")
	{
		files_clear();
		files_append_many("log", 'a', 3000);
		eq_int(take("log", 2990), 0);
		ok(rename("log", "log.1") == 0);
		files_append_many("log", 'a', 100);
		files_append_many("log.1", 'b', 10);
		eq_int(compare("log.1"), IDENTITY_SAME);
		eq_int(compare("log"), IDENTITY_OTHER);
	}
	TEST("after copytruncate the file is cut, and the copy has moved")
	{
		files_clear();
		files_append_many("log", 'a', 3000);
		files_append_many("log.1", 'a', 3000);
		eq_int(take("log", 2000), 0);
		ok(truncate("log", 0) == 0);
		eq_int(compare("log"), IDENTITY_TRUNCATED);
		eq_int(compare("log.1"), IDENTITY_MOVED);
	}
	TEST("cut and written past the position, it is rewritten")
	{
		files_append_many("log", 'b', 3000);
		eq_int(compare("log"), IDENTITY_REWRITTEN);
	}
	TEST("a copy that lacks bytes before the position has not moved")
	{
		eq_int(truncate("log.1", 1999), 0);
		eq_int(compare("log.1"), IDENTITY_OTHER);
	}
}

static void
test_rewriting(void)
{
	bool is_born_twice;

	TEST("an editor that writes a new file, with the same bytes, moves it")
	{
		files_clear();
		files_append_many("a", 'a', 500);
		eq_int(take("a", 500), 0);
		files_append_many("new", 'a', 500);
		files_append("new", "more\n");
		ok(rename("new", "a") == 0);
		eq_int(compare("a"), IDENTITY_MOVED);
	}
	TEST("behind an equal head the marker sees other bytes")
	{
		files_clear();
		files_append_many("a", 'h', IDENTITY_HEAD_MAX);
		files_append_many("b", 'h', IDENTITY_HEAD_MAX);
		files_append("a", "one 1\n");
		files_append("b", "one 2\n");
		eq_int(take("a", IDENTITY_HEAD_MAX + 6), 0);
		eq_int(compare("b"), IDENTITY_OTHER);
		files_write("a", "");
		files_append_many("a", 'h', IDENTITY_HEAD_MAX);
		files_append("a", "one 2\n");
		eq_int(compare("a"), IDENTITY_REWRITTEN);
	}
	TEST("a small head sees what is rewritten, even by as many bytes")
	{
		files_write("s", "one\ntwo\n");
		eq_int(take("s", 8), 0);
		files_write("s", "one\ntoo\n");
		eq_int(compare("s"), IDENTITY_REWRITTEN);
	}
	TEST("a file made anew is never the old one, whatever its inode")
	{
		files_write("u", "hello\n");
		eq_int(take("u", 6), 0);
		ok(unlink("u") == 0);
		files_write("u", "hi there\n");
		ok(compare("u") == IDENTITY_REWRITTEN ||
		    compare("u") == IDENTITY_OTHER);
	}
	TEST("not even with the same bytes, if it was born at another time")
	{
		struct identity first;

		files_write("v", "hello\n");
		eq_int(take("v", 6), 0);
		first = stored;
		ok(unlink("v") == 0);
		files_write("v", "hello\n");
		eq_int(take("v", 6), 0);
		is_born_twice = stored.born_ns != first.born_ns;
		stored = first;
		ok(compare("v") != IDENTITY_SAME || !is_born_twice);
	}
}

SUITE(identity)
{
	files_begin();
	test_same_inode();
	test_other_inode();
	test_take();
	test_growth();
	test_rotation();
	test_rewriting();
	files_end();
}
