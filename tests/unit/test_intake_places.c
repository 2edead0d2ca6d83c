/*
 * Inputs under a journal: each run goes on where the one before has stopped.
 */
#include "tap.h"
#include "test_files.h"
#include "test_intake_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

#define LONG                                                            \
	"a line that is long enough to be evidence, for who looks for " \
	"copies\n"

/* A run without -f, over what is there. */
static const char *
run(const char *path)
{
	eq_int(inputs_start(path, NULL), 0);
	return inputs_finish();
}

static void
test_resume(void)
{
	TEST("a run reads what is new since the last one")
	{
		inputs_begin();
		files_write("log", "1\n2\n");
		eq_str(run("log"), "1\n2\n");
		eq_str(inputs_stored(), "1 log@4 ");
		eq_str(run("log"), "");
		files_append("log", "3\n");
		eq_str(run("log"), "3\n");
		eq_str(inputs_stored(), "1 log@6 ");
		inputs_end();
	}
	TEST("a line half written is left for the next run")
	{
		inputs_begin();
		files_write("log", "1\n2");
		eq_str(run("log"), "1\n");
		eq_str(inputs_stored(), "1 log@2 ");
		files_append("log", "3\n");
		eq_str(run("log"), "23\n");
		inputs_end();
	}
	TEST("... but taken if that is final, and not again")
	{
		inputs_begin();
		inputs_settings.follow.is_final = true;
		files_write("log", "1\n2");
		eq_str(run("log"), "1\n2\n");
		eq_str(inputs_stored(), "1 log@3 ");
		files_append("log", "3\n");
		eq_str(run("log"), "3\n");
		inputs_end();
	}
	TEST("two inputs of one file read it once, the half line too")
	{
		inputs_begin();
		files_write("log", "1\n2");
		ok(symlink("log", "link") == 0);
		eq_int(inputs_start("log", "link"), 0);
		eq_str(inputs_finish(), "1\n");
		files_append("log", "\n");
		eq_str(run("link"), "2\n");
		inputs_end();
	}
	TEST("where there is no space to begin, it is tried again")
	{
		inputs_begin();
		inputs_no_space = 3;
		files_write("log", "1\n");
		eq_str(run("log"), "1\n");
		eq_int(inputs_no_space, 0);
		inputs_end();
	}
	TEST("a missing file is an error all the same")
	{
		inputs_begin();
		eq_int(inputs_start("log", NULL), 0);
		eq_int(inputs_failures, 1);
		eq_str(inputs_finish(), "");
		inputs_end();
	}
}

/* The same with the file as standard input, at an offset. */
static const char *
run_standard_input(const char *name, off_t offset, bool has_name)
{
	int before = dup(STDIN_FILENO), fd = open(name, O_RDONLY | O_CLOEXEC);
	const char *text;

	ok(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	ok(has_name || unlink(name) == 0);
	ok(lseek(STDIN_FILENO, offset, SEEK_SET) == offset);
	text = run("-");
	ok(dup2(before, STDIN_FILENO) == STDIN_FILENO);
	close(before);
	return text;
}

static void
test_standard_input(void)
{
	TEST("a file as standard input begins where it is, or where it was")
	{
		inputs_begin();
		files_write("log", "1\n2\n");
		eq_str(run_standard_input("log", 2, true), "2\n");
		files_append("log", "3\n");
		eq_str(run_standard_input("log", 0, true), "3\n");
		eq_str(run("log"), "");
		eq_str(inputs_stored(), "1 log@6 ");
		inputs_end();
	}
	TEST("one without a name is read as it is, and nothing is stored")
	{
		inputs_begin();
		files_write("log", "1\n2");
		eq_str(run_standard_input("log", 0, false), "1\n2\n");
		eq_str(inputs_stored(), "");
		inputs_end();
	}
}

static void
test_origins(void)
{
	TEST("windows know which bytes of which file they have")
	{
		inputs_begin();
		files_write("a", "1\n");
		files_write("b", "2\n3\n");
		eq_int(inputs_start("a", "b"), 0);
		inputs_finish();
		eq_str(inputs_origins, "1:0-2 2:0-4 ");
		inputs_end();
	}
	TEST("a last record without an end is not the file's as it is")
	{
		inputs_begin();
		inputs_settings.follow.is_final = true;
		files_write("a", "1\n2");
		eq_str(run("a"), "1\n2\n");
		eq_str(inputs_origins, "1:0-2 1:2-3 ");
		inputs_end();
	}
	TEST("a refused record that a stop comes into is read again")
	{
		inputs_begin();
		inputs_group.source.framer.max_record_bytes = 3;
		files_write("a", "1\n2 is too long");
		eq_str(run("a"), "1\n");
		eq_str(inputs_stored(), "1 a@2 ");
		files_append("a", "\n3\n");
		eq_str(run("a"), "3\n");
		inputs_end();
	}
}

static void
test_header(void)
{
	TEST("what is read on has its header in front")
	{
		inputs_begin();
		inputs_group.source.has_header = true;
		files_write("log", "head\n1\n");
		eq_str(run("log"), "head\n1\n");
		files_append("log", "2\n");
		eq_str(run("log"), "head\n2\n");
		eq_str(run("log"), "");
		inputs_end();
	}
	TEST("the next file of a path has its own")
	{
		inputs_begin();
		inputs_group.source.has_header = true;
		files_write("log", "head\n1\n");
		run("log");
		files_append("log", "2\n");
		ok(rename("log", "log.1") == 0);
		files_write("log", "HEAD\n3\n");
		eq_str(run("log"), "head\n2\nHEAD\n3\n");
		inputs_end();
	}
	TEST("a header of two lines in quotes")
	{
		inputs_begin();
		inputs_group.source.framer.format = FRAMER_CSV;
		inputs_group.source.has_header = true;
		files_write("log", "\"a\nb\",c\n1,2\n");
		run("log");
		files_append("log", "3,4\n");
		eq_str(run("log"), "\"a\nb\",c\n3,4\n");
		inputs_end();
	}
	TEST("a file that has no more than half a header")
	{
		inputs_begin();
		inputs_group.source.has_header = true;
		files_write("log", "he");
		eq_str(run("log"), "");
		files_append("log", "ad\n1\n");
		eq_str(run("log"), "head\n1\n");
		inputs_end();
	}
}

static void
test_rotation(void)
{
	TEST("renamed between two runs: its rest first, then the new file")
	{
		inputs_begin();
		files_write("log", "1\n");
		run("log");
		files_append("log", "2\n3");
		ok(rename("log", "log.1") == 0);
		files_write("log", "4\n");
		eq_str(run("log"), "2\n3\n4\n");
		eq_str(inputs_stored(), "1 log@5 2 log@2 ");
		inputs_end();
	}
	TEST("copied and truncated: the rest of the copy, then the file anew")
	{
		inputs_begin();
		files_write("log", LONG);
		run("log");
		files_append("log", "2\n");
		files_write("log.1", LONG "2\n");
		files_write("log", "3\n");
		eq_str(run("log"), "2\n3\n");
		eq_str(run("log"), "");
		inputs_end();
	}
	TEST("where the old file is gone, the new one is read from its start")
	{
		inputs_begin();
		files_write("log", "1 is long\n");
		run("log");
		ok(unlink("log") == 0);
		files_write("other", "to have another inode\n");
		files_write("log", "2\n");
		eq_str(run("log"), "2\n");
		eq_str(run("log"), "");
		inputs_end();
	}
	TEST("a file known under another name goes on at its position")
	{
		inputs_begin();
		files_write("log", "1\n");
		run("log");
		ok(rename("log", "other") == 0);
		files_append("other", "2\n");
		eq_str(run("other"), "2\n");
		eq_str(inputs_stored(), "1 other@4 ");
		inputs_end();
	}
	TEST("truncated, nothing else: it is read from its start")
	{
		inputs_begin();
		files_write("log", "1 is long\n");
		run("log");
		files_write("log", "2\n");
		eq_str(run("log"), "2\n");
		inputs_end();
	}
}

static void
test_patterns(void)
{
	TEST("the files of a pattern, in the order of names, once")
	{
		inputs_begin();
		files_write("b.log", "2\n");
		files_write("a.log", "1\n");
		eq_str(run("*.log"), "1\n2\n");
		files_write("c.log", "3\n");
		eq_str(run("*.log"), "3\n");
		inputs_end();
	}
	TEST("a pattern that finds rotated files reads none twice")
	{
		inputs_begin();
		files_write("log", "1\n");
		run("log*");
		files_append("log", "2\n");
		ok(rename("log", "log.1") == 0);
		files_write("log", "3\n");
		eq_str(run("log*"), "2\n3\n");
		ok(rename("log.1", "log.2") == 0);
		ok(rename("log", "log.1") == 0);
		files_write("log", "4\n");
		eq_str(run("log*"), "4\n");
		eq_str(run("log*"), "");
		inputs_end();
	}
	TEST("a pattern that nothing matches is no error")
	{
		inputs_begin();
		eq_str(run("*.log"), "");
		inputs_end();
	}
	TEST("a file whose name looks like a pattern is itself")
	{
		inputs_begin();
		files_write("[1].log", "1\n");
		files_write("1.log", "2\n");
		eq_str(run("[1].log"), "1\n");
		inputs_end();
	}
}

SUITE(intake_places)
{
	files_begin();
	test_resume();
	test_standard_input();
	test_origins();
	test_header();
	test_rotation();
	test_patterns();
	files_end();
}
