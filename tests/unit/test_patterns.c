/*
 * The files that patterns name, in a real folder.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/patterns.h"

#define MANY 40

static struct patterns_found found, known;
static struct err e;
static char text[4096];

/* Paths of what two patterns name, as "a b c"; or the error. */
static const char *
find_both(const char *first, const char *second)
{
	const char *patterns[] = {first, second};
	size_t i, used = 0;

	patterns_release(&found);
	if (patterns_find(patterns, second != NULL ? 2 : 1, MANY, &found, &e) !=
	    0)
		return e.message;
	text[0] = '\0';
	for (i = 0; i < found.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    i > 0 ? " %s" : "%s", found.files[i].path);
	return text;
}

static const char *
find(const char *pattern)
{
	return find_both(pattern, NULL);
}

static void
note(const char *what, const char *path)
{
	size_t used = strlen(text);

	snprintf(text + used, sizeof(text) - used, "%s%s%s",
	    used > 0 && what[0] != '<' ? " " : "", what, path);
}

static void
on_appeared(void *context, const struct patterns_file *file,
    const struct patterns_file *was)
{
	(void)context;
	note("+", file->path);
	if (was != NULL)
		note("<", was->path);
}

static void
on_vanished(void *context, const struct patterns_file *file)
{
	(void)context;
	note("-", file->path);
}

/* "+new -gone +renamed<known" since it was asked last. */
static const char *
changes(const char *pattern)
{
	const struct patterns_change change = {on_appeared, on_vanished, NULL};

	patterns_release(&known);
	known = found;
	memset(&found, 0, sizeof(found));
	find(pattern);
	text[0] = '\0';
	patterns_compare(&known, &found, &change);
	return text;
}

static void
begin(void)
{
	files_clear();
	files_write("b.log", "b\n");
	files_write("a.log", "a\n");
	files_write("c.txt", "c\n");
}

static void
test_matching(void)
{
	TEST("files come in the order of their paths")
	{
		begin();
		eq_str(find("*.log"), "a.log b.log");
		eq_str(find("[bc].*"), "b.log c.txt");
		eq_str(find("?.*"), "a.log b.log c.txt");
	}
	TEST("a path names itself, and nothing if it is not there")
	{
		eq_str(find("c.txt"), "c.txt");
		eq_str(find("d.txt"), "");
		eq_str(find("*.none"), "");
		eq_str(find(""), "");
	}
	TEST("patterns one after the other give one sorted list")
	{
		eq_str(find_both("c*", "*.log"), "a.log b.log c.txt");
		eq_str(find_both("none*", "c*"), "c.txt");
	}
	TEST("a name with pattern characters is named by backslashes")
	{
		files_write("x*y", "");
		files_write("xzy", "");
		eq_str(find("x\\*y"), "x*y");
		eq_str(find("x*y"), "x*y xzy");
	}
	TEST("names that begin with a dot want to be named")
	{
		files_write(".hidden", "");
		eq_str(find("*idden"), "");
		eq_str(find(".h*"), ".hidden");
	}
	TEST("folders are passed through")
	{
		ok(mkdir("d1", 0700) == 0 && mkdir("d2", 0700) == 0);
		files_write("d1/a.log", "");
		files_write("d2/a.log", "");
		eq_str(find("d?/*.log"), "d1/a.log d2/a.log");
	}
}

static void
test_kinds(void)
{
	TEST("folders, pipes and links to nowhere are no files")
	{
		begin();
		ok(mkdir("d.log", 0700) == 0);
		ok(mkfifo("p.log", 0600) == 0);
		ok(symlink("nowhere", "n.log") == 0);
		eq_str(find("*.log"), "a.log b.log");
	}
	TEST("a file comes once, whatever leads to it")
	{
		ok(symlink("b.log", "aa.log") == 0);
		ok(link("a.log", "z.log") == 0);
		eq_str(find("*.log"), "a.log aa.log");
		eq_str(find_both("*.log", "./*.log"), "./a.log ./aa.log");
		eq_str(find_both("b.log", "b.log"), "b.log");
	}
	TEST("more files than are allowed are an error")
	{
		char name[32];
		int i;

		begin();
		for (i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "m%d", i);
			files_write(name, "");
		}
		eq_str(find_both("m*", "a.log"), "41 files, 40 are allowed");
		eq_int(e.code, ERR_NO_INPUT);
		eq_int(found.count, 0);
		find_both("m*", "m1*");
		eq_int(found.count, MANY);
	}
}

static void
test_changes(void)
{
	TEST("what is there at first has appeared")
	{
		begin();
		patterns_release(&found);
		eq_str(changes("*.log"), "+a.log +b.log");
		eq_str(changes("*.log"), "");
	}
	TEST("new files appear, others vanish, in the order of paths")
	{
		files_write("0.log", "");
		files_write("aa.log", "");
		files_write("z.log", "");
		ok(unlink("b.log") == 0);
		eq_str(changes("*.log"), "+0.log +aa.log -b.log +z.log");
		ok(unlink("0.log") == 0 && unlink("z.log") == 0);
		eq_str(changes("*.log"), "-0.log -z.log");
	}
	TEST("a renamed file appears with the name it had")
	{
		ok(rename("a.log", "r.log") == 0);
		eq_str(changes("*.log"), "-a.log +r.log<a.log");
	}
	TEST("rotated within the pattern, only the new name appears")
	{
		ok(rename("r.log", "r.log.1") == 0);
		files_write("r.log", "");
		eq_str(changes("[ar]*.log*"), "+r.log.1<r.log");
	}
	TEST("all can vanish")
	{
		files_clear();
		eq_str(changes("*.log"), "-aa.log -r.log -r.log.1");
		eq_str(changes("*.log"), "");
	}
}

SUITE(patterns)
{
	files_begin();
	test_matching();
	test_kinds();
	test_changes();
	patterns_release(&known);
	patterns_release(&found);
	files_end();
}
