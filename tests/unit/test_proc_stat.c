/*
 * What /proc/PID/stat tells.
 */
#include "tap.h"

#include <string.h>

#include "base/proc_stat.h"

static struct proc_stat stat;

static bool
parse(const char *text)
{
	return proc_stat_parse(&stat, text, strlen(text));
}

SUITE(proc_stat)
{
	TEST("state and group stand behind the name, whatever that is")
	{
		ok(parse("1 (sh) S 1 77 1 0"));
		eq_int(stat.state, 'S');
		eq_int(stat.group, 77);
		ok(!proc_stat_is_dead(&stat));
		ok(parse("1 (a) Z 1 9) Z 1 78 1"));
		eq_int(stat.state, 'Z');
		eq_int(stat.group, 78);
		ok(proc_stat_is_dead(&stat));
	}
	TEST("a line that is cut off, or is another one, is refused")
	{
		ok(!parse(""));
		ok(!parse("1 (a"));
		ok(!parse("1 (a)"));
		ok(!parse("1 (a) S"));
		ok(!parse("1 (a) S 1"));
	}
	TEST("no byte behind the line is looked at")
	{
		ok(!proc_stat_parse(&stat, "1 (a) S 1 7", 10));
		ok(proc_stat_parse(&stat, "1 (a) S 1 78", 11));
		eq_int(stat.group, 7);
	}
}
