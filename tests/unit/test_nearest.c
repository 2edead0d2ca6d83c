/*
 * The name that somebody probably meant.
 */
#include "tap.h"

#include <string.h>

#include "base/nearest.h"

static const char *const keys[] = {
    "delay_do_ms", "idle_ms", "input", "chs", "batch_do"};

static const char *
near_key(const char *word)
{
	return nearest_find(word, keys, sizeof(keys) / sizeof(keys[0]));
}

/* Is candidate near to word? */
static bool
is_near(const char *word, const char *candidate)
{
	return nearest_find(word, &candidate, 1) != NULL;
}

static void
test_slips(void)
{
	TEST("a letter too many, too few or wrong is forgiven")
	{
		eq_str(near_key("delayy_do_ms"), "delay_do_ms");
		eq_str(near_key("dlay_do_ms"), "delay_do_ms");
		eq_str(near_key("delay-do-ms"), "delay_do_ms");
		eq_str(near_key("ch"), "chs");
	}
	TEST("two neighbours swapped count as one slip")
	{
		eq_str(near_key("csh"), "chs");
		ok(is_near("ab", "ba"));
		ok(!is_near("abcd", "badc"));
	}
	TEST("an equal word is the nearest")
	{
		eq_str(near_key("idle_ms"), "idle_ms");
	}
	TEST("what resembles nothing gets no suggestion")
	{
		ok(near_key("workers") == NULL);
		ok(near_key("") == NULL);
		ok(nearest_find("x", NULL, 0) == NULL);
	}
}

static void
test_limits(void)
{
	TEST("a third of the longer word may differ, and not more")
	{
		ok(is_near("abcdef", "abcdxx"));
		ok(!is_near("abcdef", "abcxxx"));
		ok(is_near("abc", "abx"));
		ok(!is_near("abc", "axx"));
	}
	TEST("one slip is allowed even in the shortest word")
	{
		ok(is_near("a", "ab"));
		ok(is_near("a", "b"));
		ok(is_near("", "a"));
		ok(!is_near("", "ab"));
	}
	TEST("the first of equally near names wins")
	{
		static const char *const twins[] = {"aab", "aac"};

		eq_str(nearest_find("aaa", twins, 2), "aab");
	}
	TEST("a nearer name wins over an earlier one")
	{
		static const char *const both[] = {"abcxxf", "abcdef"};

		eq_str(nearest_find("abcdef", both, 2), "abcdef");
	}
	TEST("words of 64 bytes are compared, longer ones are near to nothing")
	{
		char a[66], b[66];

		memset(a, 'a', sizeof(a));
		memset(b, 'a', sizeof(b));
		a[64] = b[64] = '\0';
		ok(is_near(a, b));
		a[64] = 'a';
		a[65] = '\0';
		ok(!is_near(a, b));
		ok(!is_near(b, a));
	}
}

SUITE(nearest)
{
	test_slips();
	test_limits();
}
