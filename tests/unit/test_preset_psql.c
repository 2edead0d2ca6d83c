/*
 * What psql says on stderr.  The messages are PostgreSQL 15's own, as they
 * came, where a test needs more of one than its first words.
 */
#include "tap.h"
#include "test_preset.h"

#include <stdio.h>

/* The same message with VERBOSITY verbose, for a SQLSTATE. */
static const char *
psql_state(const char *sqlstate)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "ERROR:  %s: some words\n"
	    "CONTEXT:  COPY t, line 5: \"data\"\n"
	    "LOCATION:  some_function, file.c:17\n",
	    sqlstate);
	return psql(text);
}

/* VERBOSITY default, a message without a context. */
static const char *
psql_only(const char *message)
{
	char text[256];

	snprintf(text, sizeof(text), "ERROR:  %s\n", message);
	return psql(text);
}

static const char *
psql_context(const char *context)
{
	char text[256];

	snprintf(text, sizeof(text), "ERROR:  some words\n%s\n", context);
	return psql(text);
}

static void
test_states(void)
{
	TEST("psql: a SQLSTATE about connections, locks, space, time holds")
	{
		eq_str(psql_state("08006"), "hold 0");
		eq_str(psql_state("40001"), "hold 0");
		eq_str(psql_state("40P01"), "hold 0");
		eq_str(psql_state("53100"), "hold 0");
		eq_str(psql_state("55P03"), "hold 0");
		eq_str(psql_state("57014"), "hold 0");
		eq_str(psql_state("58030"), "hold 0");
		eq_str(psql_state("25006"), "hold 0");
	}
	TEST("psql: a SQLSTATE about data rejects, with the line")
	{
		eq_str(psql_state("22P02"), "reject 5");
		eq_str(psql_state("22021"), "reject 5");
		eq_str(psql_state("23505"), "reject 5");
		eq_str(psql_state("P0001"), "reject 5");
		eq_str(psql_state("P0004"), "reject 5");
	}
	TEST("psql: any other SQLSTATE is about the set-up")
	{
		eq_str(psql_state("42P01"), "setup 0");
		eq_str(psql_state("25P02"), "setup 0");
		eq_str(psql_state("28000"), "setup 0");
		eq_str(psql_state("P0000"), "setup 0");
		eq_str(psql_state("P0005"), "setup 0");
		eq_str(psql_state("XX000"), "setup 0");
		eq_str(psql_state("UR001"), "setup 0");
	}
	TEST("psql: a SQLSTATE decides without any context, too")
	{
		eq_str(psql("psql:s.sql:1: ERROR:  42601: syntax error at or "
		            "near \"selec\"\nLINE 1: selec 1;\n        ^\n"
		            "LOCATION:  scanner_yyerror, scan.l:1188\n"),
		    "setup 0");
		eq_str(psql("ERROR:  22012: division by zero\n"
		            "LOCATION:  int4div, int.c:869\n"),
		    "reject 0");
	}
	TEST("psql: a SQLSTATE may be all that is shown")
	{
		eq_str(psql("ERROR:  22P02\n"), "reject 0");
		eq_str(psql("psql:load.sql:7: ERROR:  57014\n"), "hold 0");
		eq_str(psql("ERROR:  42P01"), "setup 0");
	}
}

static void
test_words(void)
{
	TEST("psql: a line of a COPY is to blame, if nothing says otherwise")
	{
		eq_str(psql("ERROR:  invalid input syntax for type integer: "
		            "\"x\"\nCONTEXT:  COPY t, line 3, column n: "
		            "\"x\"\n"),
		    "reject 3");
		eq_str(psql("psql:<stdin>:1: ERROR:  extra data after last "
		            "expected column\n"
		            "CONTEXT:  COPY t, line 2: \"1\ta\tb\"\n"),
		    "reject 2");
		eq_str(psql("ERROR:  invalid byte sequence for encoding "
		            "\"UTF8\": 0xff\nCONTEXT:  COPY t, line 2\n"),
		    "reject 2");
	}
	TEST("psql: locks, time, space and connections hold, line or not")
	{
		eq_str(psql_words("canceling statement due to lock timeout"),
		    "hold 0");
		eq_str(psql_only("canceling statement due to user request"),
		    "hold 0");
		eq_str(psql_words("deadlock detected"), "hold 0");
		eq_str(psql_words("could not extend file \"base/5/16384\": No "
		                  "space left on device"),
		    "hold 0");
		eq_str(psql_words("could not write to file \"pg_wal/x\": No "
		                  "space left on device"),
		    "hold 0");
		eq_str(psql_words("out of memory"), "hold 0");
		eq_str(psql_words("sorry, too many clients already"), "hold 0");
		eq_str(psql_words("too many connections for role \"abuf\""),
		    "hold 0");
		eq_str(psql_words("cannot execute COPY FROM in a read-only "
		                  "transaction"),
		    "hold 0");
		eq_str(psql("ERROR:  canceling statement due to statement "
		            "timeout\n"
		            "CONTEXT:  SQL statement \"SELECT pg_sleep(0.2)\"\n"
		            "PL/pgSQL function sl() line 1 at PERFORM\n"
		            "COPY slow, line 2: \"2\"\n"),
		    "hold 0");
	}
	TEST("psql: a constraint that something violates rejects")
	{
		eq_str(psql("ERROR:  insert or update on table \"child\" "
		            "violates foreign key constraint \"c_fkey\"\n"
		            "DETAIL:  Key (k)=(5) is not present in table "
		            "\"parent\".\n"),
		    "reject 0");
		eq_str(psql("ERROR:  duplicate key value violates unique "
		            "constraint \"u_pkey\"\n"
		            "DETAIL:  Key (k)=(1) already exists.\n"
		            "CONTEXT:  COPY u, line 2\n"),
		    "reject 2");
		eq_str(psql_only("null value in column \"k\" of relation \"u\" "
		                 "violates not-null constraint"),
		    "reject 0");
	}
	TEST("psql: anything else holds")
	{
		eq_str(psql_only("relation \"nope\" does not exist"), "hold 0");
		eq_str(psql_only("new row violates row-level security policy "
		                 "for table \"t\""),
		    "hold 0");
		eq_str(psql("nope: No such file or directory\n"), "hold 0");
		eq_str(psql("psql: error: connection to server on socket "
		            "\"/s\" failed: FATAL:  database \"n\" does not "
		            "exist\n"),
		    "hold 0");
		eq_str(psql(""), "hold 0");
		eq_str(psql("\n"), "hold 0");
	}
	TEST("psql: a fatal error is an error, a notice is none")
	{
		eq_str(psql("FATAL:  57P01: terminating connection due to "
		            "administrator command\n"
		            "LOCATION:  ProcessInterrupts, postgres.c:3211\n"
		            "server closed the connection unexpectedly\n"),
		    "hold 0");
		eq_str(psql("PANIC:  XX000: some words\nLOCATION:  f, c:1\n"),
		    "setup 0");
		eq_str(
		    psql("NOTICE:  22P02: x\nLOCATION:  f, c:1\n"), "hold 0");
		eq_str(psql("WARNING:  x violates y constraint\n"), "hold 0");
	}
}

static void
test_context(void)
{
	TEST("psql: the line may stand further down in a context")
	{
		eq_str(psql("ERROR:  bad one: COPY t, line 9\n"
		            "CONTEXT:  PL/pgSQL function f() line 1 at RAISE\n"
		            "COPY tr, line 2: \"7\"\n"),
		    "reject 2");
		eq_str(psql("ERROR:  invalid input syntax for type json\n"
		            "DETAIL:  Expected JSON value, but found \"}\".\n"
		            "CONTEXT:  JSON data, line 1: {\"a\":}\n"
		            "COPY j, line 2, column doc: \"{\"a\":}\"\n"),
		    "reject 2");
	}
	TEST("psql: a table may have any name, also one like a line")
	{
		eq_str(psql_context("CONTEXT:  COPY my own, table, line 7"),
		    "reject 7");
		eq_str(psql_context("CONTEXT:  COPY a \"q, line 5 b, line 2, "
		                    "column n: \"x\""),
		    "reject 2");
		eq_str(psql_context("CONTEXT:  COPY t, line 7, column n: null "
		                    "input"),
		    "reject 7");
	}
	TEST("psql: a line is named by the server, not by what it quotes")
	{
		eq_str(psql_context("CONTEXT:  COPY t, line 3: \"a, line 9: "
		                    "\"b\""),
		    "reject 3");
		eq_str(psql_context("DETAIL:  COPY t, line 3"), "hold 0");
		eq_str(psql_context("COPY t, line 3"), "hold 0");
		eq_str(
		    psql_context("CONTEXT:  SQL function \"COPY t, line 3\""),
		    "hold 0");
		eq_str(psql_only("x COPY t, line 3: \"y\""), "hold 0");
	}
	TEST("psql: a line is from 1 to as much as 64 bits hold")
	{
		eq_str(psql_context("CONTEXT:  COPY t, line "
		                    "18446744073709551615"),
		    "reject 18446744073709551615");
		eq_str(psql_context("CONTEXT:  COPY t, line "
		                    "18446744073709551616"),
		    "hold 0");
		eq_str(psql_context("CONTEXT:  COPY t, line 0"), "hold 0");
		eq_str(psql_context("CONTEXT:  COPY t, line -1"), "hold 0");
		eq_str(psql_context("CONTEXT:  COPY t, line 5x"), "hold 0");
		eq_str(psql_context("CONTEXT:  COPY t, line "), "hold 0");
	}
	TEST("psql: a notice's context names no bad line")
	{
		eq_str(psql("NOTICE:  row 1\n"
		            "CONTEXT:  PL/pgSQL function nt() line 1 at RAISE\n"
		            "COPY noisy, line 1: \"1\"\n"
		            "ERROR:  no 3\n"
		            "CONTEXT:  PL/pgSQL function nt() line 1 at RAISE\n"
		            "COPY noisy, line 3: \"3\"\n"),
		    "reject 3");
		eq_str(psql("NOTICE:  row 1\nCONTEXT:  COPY n, line 1: \"1\"\n"
		            "psql:s.sql:5: error: \\gset: no rows returned\n"),
		    "hold 0");
	}
}

static void
test_several(void)
{
	TEST("psql: the first of several errors decides")
	{
		eq_str(psql("ERROR:  22P02: invalid input syntax for type "
		            "integer: \"x\"\n"
		            "CONTEXT:  COPY t, line 1, column n: \"x\"\n"
		            "LOCATION:  pg_strtoint32, numutils.c:232\n"
		            "ERROR:  25P02: current transaction is aborted, "
		            "commands ignored until end of transaction block\n"
		            "LOCATION:  exec_simple_query, postgres.c:1081\n"),
		    "reject 1");
		eq_str(psql("ERROR:  57014\nERROR:  22P02\n"), "hold 0");
	}
	TEST("psql: errors in two lines name none")
	{
		eq_str(psql("ERROR:  x\nCONTEXT:  COPY t, line 3\n"
		            "ERROR:  x\nCONTEXT:  COPY t, line 4\n"
		            "ERROR:  x\nCONTEXT:  COPY t, line 4\n"),
		    "reject 0");
	}
	TEST("psql: the name of a script may be almost anything")
	{
		eq_str(psql("psql:/a b:3/ERROR:  57014: x.sql:12: ERROR:  "
		            "22P02\n"),
		    "reject 0");
		eq_str(psql("psql:s.sql:1: NOTICE:  :5: ERROR:  22P02\n"),
		    "hold 0");
		eq_str(psql("psql:s.sql: ERROR:  22P02\n"), "hold 0");
		eq_str(psql("psql:"), "hold 0");
	}
}

void
test_preset_psql(void)
{
	test_states();
	test_words();
	test_context();
	test_several();
}
