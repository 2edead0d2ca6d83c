/*
 * Comments become spaces, and nothing else changes.
 */
#include "tap.h"

#include <string.h>

#include "base/err.h"
#include "config/comments.h"

static struct err e;
static size_t offset;

/* The text without its comments, or the reason why not. */
static const char *
blanked(const char *text)
{
	static char copy[128];

	memcpy(copy, text, strlen(text) + 1);
	if (comments_blank(copy, strlen(text), &offset, &e) != 0)
		return e.message;
	return copy;
}

static void
test_blanking(void)
{
	TEST("a line comment is blanked to the end of its line")
	{
		eq_str(blanked("1 // x\n2"), "1     \n2");
		eq_str(blanked("1 // x"), "1     ");
		eq_str(blanked("//\n//"), "  \n  ");
		eq_str(blanked("1 // x /* y\n2"), "1          \n2");
	}
	TEST("a block comment is blanked, and keeps its ends of lines")
	{
		eq_str(blanked("1 /* x */ 2"), "1         2");
		eq_str(blanked("1/* x\ny */2"), "1    \n    2");
		eq_str(blanked("/**/"), "    ");
		eq_str(blanked("/***/1"), "     1");
		eq_str(blanked("/*//*/1"), "      1");
	}
	TEST("a carriage return before the end of a line stays")
	{
		eq_str(blanked("1 //\r\n2"), "1   \r\n2");
	}
	TEST("tokens on both sides of a comment are not joined")
	{
		eq_str(blanked("1/**/2"), "1    2");
	}
	TEST("text without comments does not change")
	{
		eq_str(blanked("{\"a\": [1, 2]}"), "{\"a\": [1, 2]}");
		eq_str(blanked(""), "");
		eq_str(blanked("1 / 2 */ /"), "1 / 2 */ /");
	}
	TEST("only size bytes are looked at")
	{
		char text[] = "1 //x";

		eq_int(comments_blank(text, 3, &offset, &e), 0);
		eq_str(text, "1 //x");
		eq_int(comments_blank(text, 4, &offset, &e), 0);
		eq_str(text, "1   x");
	}
}

static void
test_strings(void)
{
	TEST("what looks like a comment in a string is left alone")
	{
		eq_str(blanked("\"http://x\" // y"), "\"http://x\"     ");
		eq_str(blanked("\"/* x */\""), "\"/* x */\"");
	}
	TEST("an escaped quote does not end a string")
	{
		eq_str(blanked("\"a\\\"//b\""), "\"a\\\"//b\"");
		eq_str(blanked("\"a\\\\\"//b"), "\"a\\\\\"   ");
	}
	TEST("a quote in a comment opens no string")
	{
		eq_str(blanked("// it's \"\n1"), "         \n1");
		eq_str(blanked("/* \" */1"), "       1");
	}
}

static void
test_errors(void)
{
	TEST("an open comment is refused where it begins")
	{
		eq_str(blanked("1 /* x"), "a comment is not closed");
		eq_int(offset, 2);
		eq_str(blanked("/*/"), "a comment is not closed");
		eq_int(offset, 0);
		eq_str(blanked("1 /*"), "a comment is not closed");
	}
	TEST("an open string is refused where it begins")
	{
		eq_str(blanked("1 \"x"), "a string is not closed on its line");
		eq_int(offset, 2);
		eq_str(
		    blanked("\"x\\\""), "a string is not closed on its line");
		eq_str(blanked("\"x\\"), "a string is not closed on its line");
		eq_str(blanked("\""), "a string is not closed on its line");
	}
	TEST("a string does not go on in the next line")
	{
		eq_str(blanked("1,\n \"x\n\""),
		    "a string is not closed on its line");
		eq_int(offset, 4);
		eq_str(
		    blanked("\"x\\\n\""), "a string is not closed on its line");
	}
}

SUITE(comments)
{
	test_blanking();
	test_strings();
	test_errors();
}
