/*
 * What psql says on stderr where a record, or the end that was kept, would
 * mislead.
 */
#include "tap.h"
#include "test_preset.h"

#include <string.h>

#include "deliver/ibuffer.h"

static void
test_deceit(void)
{
	TEST("psql: data that looks like an error decides nothing")
	{
		eq_str(psql("ERROR:  22P02: invalid input syntax for type "
		            "integer: \"ERROR:  57014: x\"\n"
		            "CONTEXT:  COPY t, line 2, column n: "
		            "\"ERROR:  57014: x\"\n"
		            "LOCATION:  pg_strtoint32, numutils.c:232\n"),
		    "reject 2");
		eq_str(psql("ERROR:  extra data after last expected column\n"
		            "CONTEXT:  COPY t, line 2: \"ERROR:  57014: "
		            "x\tc\td\"\n"),
		    "reject 2");
	}
	TEST("psql: data that brings lines of its own decides nothing")
	{
		eq_str(psql("ERROR:  22P02: invalid input syntax for type "
		            "integer: \"x\nERROR:  57014: y\n\"\n"
		            "CONTEXT:  COPY t, line 5, column n: "
		            "\"x\nERROR:  57014: y\n\"\n"
		            "LOCATION:  pg_strtoint32, numutils.c:232\n"),
		    "reject 5");
		eq_str(psql("ERROR:  P0001: foo\nERROR:  57014: y\n"
		            "LOCATION:  exec_stmt_raise, pl_exec.c:3891\n"),
		    "reject 0");
	}
	TEST("psql: lines that disagree name none: one of them is data")
	{
		eq_str(psql("ERROR:  invalid input syntax for type integer: "
		            "\"x\nCONTEXT:  COPY t, line 77: \"\n\"\n"
		            "CONTEXT:  COPY t, line 5, column n: \"x\n"
		            "CONTEXT:  COPY t, line 77: \"\n\"\n"),
		    "reject 0");
	}
	TEST("psql: words in the data do not hold")
	{
		eq_str(psql_words("invalid input syntax for type integer: "
		                  "\"deadlock detected\""),
		    "reject 5");
		eq_str(psql_words("bad: out of memory"), "reject 5");
		eq_str(psql_words("invalid input syntax for type json: \"\" "
		                  "canceling statement due to \"\""),
		    "reject 5");
	}
	TEST("psql: what a trigger raises is not taken for a SQLSTATE")
	{
		eq_str(psql_words("57014: no such code"), "reject 5");
		eq_str(psql_words("57014"), "reject 5");
		eq_str(psql_words("EMPTY: no data"), "reject 5");
		eq_str(psql_words("57014x: no such code"), "reject 5");
		eq_str(psql_words("5701: no such code"), "reject 5");
		eq_str(psql_words("57p14: no such code"), "reject 5");
	}
}

/* A text in front of which a long value has pushed all else out. */
static const char *
psql_cut(const char *end)
{
	char tail[ATTEMPT_TAIL_SIZE];
	size_t size = strlen(end);

	memset(tail, '0', sizeof(tail));
	memcpy(tail + sizeof(tail) - size, end, size);
	return describe_verdict(read_copy(preset_psql, tail, sizeof(tail)));
}

static void
test_cut(void)
{
	TEST("psql: the context is enough when the error is out of sight")
	{
		eq_str(psql_cut("\"\nCONTEXT:  COPY u, line 2, column k: "
		                "\"000...\"\n"
		                "LOCATION:  pg_strtoint32, numutils.c:232\n"),
		    "reject 2");
		eq_str(psql_cut("\nCONTEXT:  PL/pgSQL function f() line 1 at "
		                "RAISE\nCOPY tr, line 7: \"000...\"\n"),
		    "reject 7");
		eq_str(psql_cut("\n"), "hold 0");
		eq_str(psql_cut(""), "hold 0");
	}
	TEST("psql: an error behind much else is seen")
	{
		eq_str(psql_cut("\nERROR:  55P03: canceling statement due to "
		                "lock timeout\nCONTEXT:  COPY t, line 9\n"
		                "LOCATION:  ProcessInterrupts, x.c:1\n"),
		    "hold 0");
		eq_str(psql_cut("\nERROR:  no 3\nCONTEXT:  COPY n, line 3\n"),
		    "reject 3");
	}
	TEST("psql: an error within a value that is cut is the value's")
	{
		eq_str(psql_cut("\nERROR:  57014: x\n\"\n"
		                "CONTEXT:  COPY u, line 2, column k: "
		                "\"000...\"\n"
		                "LOCATION:  pg_strtoint32, numutils.c:232\n"),
		    "reject 2");
	}
	TEST("psql: half a line is not taken for a whole one")
	{
		char tail[ATTEMPT_TAIL_SIZE];

		memset(tail, '\n', sizeof(tail));
		memcpy(tail, "ERROR:  22P02", 13);
		eq_str(describe_verdict(
		           read_copy(preset_psql, tail, sizeof(tail))),
		    "hold 0");
		eq_str(describe_verdict(
		           read_copy(preset_psql, tail, sizeof(tail) - 1)),
		    "reject 0");
	}
}

void
test_preset_deceit(void)
{
	test_deceit();
	test_cut();
}
