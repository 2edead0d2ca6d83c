/*
 * Following a path: each case of the table, told as a story of looks.
 */
#include "tap.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "intake/follow.h"

#define S NS_PER_S

static struct follow follow;
static struct follow_file ours[FOLLOW_HELD_MAX + 1];
static struct follow_facts facts;

static struct follow_file
file(uint64_t inode, uint64_t size)
{
	return (struct follow_file){
	    .is_there = true, .device = 1, .inode = inode, .size = size};
}

/* A file of 100 bytes with inode 1, read to its end. */
static void
begin(bool is_following)
{
	follow = (struct follow){
	    .is_following = is_following, .rotate_wait_ns = 5 * S};
	ours[0] = file(1, 100);
	facts = (struct follow_facts){.now_ns = 1000 * S,
	    .offset = 100,
	    .path = ours[0],
	    .ours = ours,
	    .count = 1};
}

/* Look again after so many seconds. */
static enum follow_step
look_after(uint64_t s)
{
	facts.now_ns += s * S;
	return follow_next(&follow, &facts).step;
}

/* Seconds that it waits from now on; -1: until something happens. */
static int64_t
waits(void)
{
	struct follow_decision decision = follow_next(&follow, &facts);

	eq_int(decision.step, FOLLOW_WAIT);
	if (decision.until_ns == CLOCK_NEVER)
		return -1;
	return (int64_t)((decision.until_ns - facts.now_ns) / S);
}

/* What HOLD and NEXT ask for. */
static void
hold(void)
{
	eq_int(look_after(0), FOLLOW_HOLD);
	ours[facts.count++] = facts.path;
}

static void
go_on(void)
{
	size_t i;

	facts.count--;
	for (i = 0; i < facts.count; i++)
		ours[i] = ours[i + 1];
	facts.offset = 0;
}

static void
test_growth(void)
{
	TEST("a file that grows is read, and waited for at its end")
	{
		begin(true);
		eq_int(waits(), -1);
		ours[0].size = 101;
		eq_int(look_after(1), FOLLOW_READ);
		facts.offset = 101;
		eq_int(waits(), -1);
		eq_int(look_after(1000000), FOLLOW_WAIT);
	}
	TEST("who does not follow is done at the end")
	{
		begin(false);
		ours[0].size = 101;
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 101;
		eq_int(look_after(0), FOLLOW_END);
	}
}

static void
test_rename(void)
{
	TEST("renamed and made anew, it is read to its end, then the new one")
	{
		begin(true);
		ours[0].size = 150;
		facts.path = file(2, 30);
		hold();
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 150;
		eq_int(waits(), 5);
		eq_int(look_after(4), FOLLOW_WAIT);
		eq_int(waits(), 1);
		eq_int(look_after(1), FOLLOW_NEXT);
		go_on();
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 30;
		eq_int(waits(), -1);
	}
	TEST("late writers are read, and begin the wait again")
	{
		begin(true);
		facts.path = file(2, 30);
		hold();
		eq_int(look_after(4), FOLLOW_WAIT);
		ours[0].size = 110;
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 110;
		eq_int(waits(), 5);
		eq_int(look_after(4), FOLLOW_WAIT);
		eq_int(look_after(1), FOLLOW_NEXT);
	}
	TEST("who does not follow waits no longer for late writers than so")
	{
		begin(false);
		facts.path = file(2, 30);
		hold();
		eq_int(look_after(4), FOLLOW_WAIT);
		ours[0].size = 110;
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 110;
		eq_int(waits(), 1);
		eq_int(look_after(1), FOLLOW_NEXT);
	}
	TEST("while nothing can be taken, files are held, not read or let go")
	{
		begin(true);
		facts.is_full = true;
		facts.path = file(2, 30);
		ours[0].size = 150;
		hold();
		eq_int(look_after(9), FOLLOW_WAIT);
		facts.offset = 150;
		eq_int(look_after(9), FOLLOW_WAIT);
		ours[0].size = 10;
		eq_int(look_after(9), FOLLOW_START_OVER);
	}
	TEST("however long nothing was written before, writers have that time")
	{
		begin(true);
		eq_int(waits(), -1);
		facts.now_ns += 3600 * S;
		facts.path = file(2, 30);
		hold();
		eq_int(waits(), 5);
	}
	TEST("found renamed at the first look, even an empty one has it")
	{
		begin(true);
		ours[0].size = facts.offset = 0;
		facts.path = ours[1] = file(2, 30);
		facts.count = 2;
		eq_int(waits(), 5);
	}
	TEST("renamed with none made anew, it stays open for its writers")
	{
		begin(true);
		facts.path.is_there = false;
		eq_int(look_after(3600), FOLLOW_WAIT);
		ours[0].size = 110;
		eq_int(look_after(3600), FOLLOW_READ);
		facts.offset = 110;
		facts.path = file(2, 0);
		hold();
		eq_int(waits(), 5);
	}
	TEST("without a wait the next one follows at once")
	{
		begin(true);
		follow.rotate_wait_ns = 0;
		facts.path = file(2, 0);
		hold();
		eq_int(look_after(0), FOLLOW_NEXT);
	}
	TEST("a wait without end is one")
	{
		begin(true);
		follow.rotate_wait_ns = CLOCK_NEVER;
		facts.path = file(2, 0);
		hold();
		eq_int(waits(), -1);
		eq_int(look_after(1000000), FOLLOW_WAIT);
	}
	TEST("who does not follow still waits for late writers")
	{
		begin(false);
		facts.path = file(2, 0);
		hold();
		eq_int(waits(), 5);
		eq_int(look_after(5), FOLLOW_NEXT);
		go_on();
		eq_int(look_after(0), FOLLOW_END);
	}
	TEST("moved back to the path, a file is no new one")
	{
		begin(true);
		facts.path = file(2, 0);
		hold();
		facts.path = ours[0];
		eq_int(waits(), 5);
		facts.path = ours[1];
		eq_int(waits(), 5);
	}
}

static void
test_many(void)
{
	int i;

	TEST("rotated twice meanwhile, each file is read in turn")
	{
		begin(true);
		facts.path = file(2, 20);
		hold();
		facts.path = file(3, 30);
		hold();
		eq_int(look_after(5), FOLLOW_NEXT);
		go_on();
		eq_int(ours[0].inode, 2);
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 20;
		eq_int(look_after(0), FOLLOW_NEXT);
		go_on();
		eq_int(ours[0].inode, 3);
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 30;
		eq_int(waits(), -1);
	}
	TEST("one that is held and has grown has its own late writers")
	{
		begin(true);
		facts.path = file(2, 20);
		hold();
		facts.path = file(3, 30);
		hold();
		ours[1].size = 25;
		eq_int(look_after(5), FOLLOW_NEXT);
		go_on();
		facts.offset = 25;
		eq_int(waits(), 5);
	}
	TEST("rotated every second, it goes on all the same")
	{
		begin(true);
		for (i = 2; i < 7; i++) {
			facts.path = file((uint64_t)i, 20);
			hold();
			eq_int(
			    look_after(1), i < 6 ? FOLLOW_WAIT : FOLLOW_NEXT);
		}
	}
	TEST("no more files are held than there is room for")
	{
		begin(true);
		for (i = 0; i < FOLLOW_HELD_MAX; i++) {
			facts.path = file((uint64_t)i + 2, 20);
			hold();
		}
		facts.path = file(99, 20);
		eq_int(waits(), 5);
		eq_int(look_after(5), FOLLOW_NEXT);
		go_on();
		hold();
	}
}

static void
test_truncation(void)
{
	TEST("a file that has become shorter is started over")
	{
		begin(true);
		ours[0].size = 99;
		eq_int(look_after(0), FOLLOW_START_OVER);
		facts.offset = 0;
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 99;
		eq_int(waits(), -1);
	}
	TEST("so is one that has grown past the position since")
	{
		begin(true);
		ours[0].size = 1000;
		facts.is_changed = true;
		eq_int(look_after(0), FOLLOW_START_OVER);
	}
	TEST("what took its place is opened before that")
	{
		begin(true);
		ours[0].size = 0;
		facts.path = file(2, 0);
		hold();
		eq_int(look_after(0), FOLLOW_START_OVER);
		facts.offset = 0;
		eq_int(waits(), 5);
	}
}

static void
test_deletion(void)
{
	TEST("deleted, it is read to its end, and the path is waited for")
	{
		begin(true);
		facts.path.is_there = false;
		ours[0].size = 120;
		eq_int(look_after(0), FOLLOW_READ);
		facts.offset = 120;
		eq_int(waits(), -1);
		facts.path = file(2, 10);
		hold();
		eq_int(waits(), 5);
		eq_int(look_after(5), FOLLOW_NEXT);
	}
	TEST("a path that is not there yet is waited for, then read")
	{
		begin(true);
		ours[0].is_there = facts.path.is_there = false;
		facts.offset = 0;
		eq_int(waits(), -1);
		eq_int(look_after(100), FOLLOW_WAIT);
		facts.path = file(2, 10);
		hold();
		eq_int(look_after(0), FOLLOW_NEXT);
		go_on();
		eq_int(look_after(0), FOLLOW_READ);
	}
	TEST("who does not follow does not wait for a path")
	{
		begin(false);
		ours[0].is_there = facts.path.is_there = false;
		eq_int(look_after(0), FOLLOW_END);
	}
	TEST("the same inode on another device is another file")
	{
		begin(true);
		facts.path.device = 2;
		eq_int(look_after(0), FOLLOW_HOLD);
	}
	TEST("a folder, a pipe or nothing at the path is no file")
	{
		struct stat st = {.st_mode = S_IFDIR | 0755};

		ok(!follow_file(&st).is_there);
		st.st_mode = S_IFIFO | 0644;
		ok(!follow_file(&st).is_there);
		ok(!follow_file(NULL).is_there);
		st.st_mode = S_IFREG | 0644;
		st.st_ino = 7;
		ok(follow_file(&st).is_there);
		eq_int(follow_file(&st).inode, 7);
	}
}

SUITE(follow)
{
	test_growth();
	test_rename();
	test_many();
	test_truncation();
	test_deletion();
}
