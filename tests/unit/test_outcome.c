/*
 * What every end of a command means, with every preset.
 */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "deliver/ibuffer.h"
#include "deliver/outcome.h"

#define STATUSES 256

/* An outcome as a letter, in the order of enum outcome. */
static const char letters[] = "ohsjr?";

/* Every status as a letter, and what may still be read as '?'. */
static const char *
statuses(enum config_preset preset, const char *exit)
{
	static char text[STATUSES + 1];
	struct exit_map map;
	int i;

	outcome_map(&map, preset, exit);
	for (i = 0; i < STATUSES; i++)
		text[i] = letters[map.of_status[i]];
	return text;
}

/* All of them retry but the ones in rows: "65j 75h" and so on. */
static const char *
expect(const char *rows)
{
	static char text[STATUSES + 1];
	int status, used;
	char letter;

	memset(text, 'r', STATUSES);
	for (; sscanf(rows, "%d%c%n", &status, &letter, &used) == 2;
	     rows += used)
		text[status] = letter;
	return text;
}

static struct attempt
ended(enum attempt_end end, int status, int signal, const char *tail)
{
	struct attempt attempt = {.end = end};

	attempt.status = status;
	attempt.signal = signal;
	attempt.has_run = true;
	attempt.tail_size = (uint32_t)strlen(tail);
	memcpy(attempt.tail, tail, attempt.tail_size);
	return attempt;
}

static struct verdict
verdict_of(enum config_preset preset, const char *exit, enum attempt_end end,
    int number, const char *tail)
{
	struct attempt attempt = ended(end, number, number, tail);
	struct exit_map map;

	outcome_map(&map, preset, exit);
	return outcome_of(&map, preset, &attempt);
}

/* The outcome as a letter, and the line: "j3". */
static const char *
judge(enum config_preset preset, const char *exit, int status, const char *tail)
{
	static char text[32];
	struct verdict verdict =
	    verdict_of(preset, exit, ATTEMPT_EXITED, status, tail);

	snprintf(text, sizeof(text), "%c%llu", letters[verdict.outcome],
	    (unsigned long long)verdict.line);
	return text;
}

static const char bad_row[] =
    "ERROR:  invalid input syntax for type integer: \"x\"\n"
    "CONTEXT:  COPY t, line 3, column n: \"x\"\n";
static const char time_out[] =
    "ERROR:  57014: canceling statement due to statement timeout\n"
    "CONTEXT:  COPY t, line 5\n"
    "LOCATION:  ProcessInterrupts, postgres.c:3319\n";

#define USUAL "0o 64s 65j 66s 69h 72s 75h 77s 78s 126s 127s "

static void
test_maps(void)
{
	TEST("without a preset: every status")
	{
		eq_str(statuses(CONFIG_PRESET_NONE, NULL), expect(USUAL));
	}
	TEST("psql: every status")
	{
		eq_str(statuses(CONFIG_PRESET_PSQL, NULL),
		    expect(USUAL "1? 2h 3?"));
	}
	TEST("curl: every status, and none of them ours")
	{
		eq_str(statuses(CONFIG_PRESET_CURL, NULL),
		    expect("0o 6h 7h 18h 28h 52h 55h 56h 1s 2s 3s 26s 58s 60s "
		           "77s 126s 127s 22?"));
	}
	TEST("sysexits: every status")
	{
		eq_str(statuses(CONFIG_PRESET_SYSEXITS, NULL),
		    expect(USUAL "67s 68h 70r 71h 73s 74h 76r"));
	}
}

static void
test_exit(void)
{
	TEST("--exit wins over what a preset says, also over what is read")
	{
		eq_str(statuses(CONFIG_PRESET_PSQL, "1=retry,2=setup,3=hold"),
		    expect(USUAL "1r 2s 3h"));
		eq_str(statuses(CONFIG_PRESET_CURL, "22=reject,65=reject"),
		    expect("0o 6h 7h 18h 28h 52h 55h 56h 1s 2s 3s 26s 58s 60s "
		           "77s 126s 127s 22j 65j"));
		eq_str(judge(CONFIG_PRESET_PSQL, "1=retry", 1, bad_row), "r0");
		eq_str(judge(CONFIG_PRESET_CURL, "22=hold", 22,
		           "The requested URL returned error: 400"),
		    "h0");
	}
	TEST("what --exit does not name stays the preset's")
	{
		eq_str(statuses(CONFIG_PRESET_PSQL, "1=retry"),
		    expect(USUAL "1r 2h 3?"));
	}
	TEST("* leaves nothing to be read")
	{
		char all[STATUSES + 1];

		memset(all, 'h', STATUSES);
		all[STATUSES] = '\0';
		all[0] = 'o';
		eq_str(statuses(CONFIG_PRESET_PSQL, "*=hold"), all);
		eq_str(statuses(CONFIG_PRESET_CURL, "*=hold"), all);
	}
}

static void
test_statuses(void)
{
	TEST("every status means what its table says")
	{
		static const enum config_preset all[] = {CONFIG_PRESET_NONE,
		    CONFIG_PRESET_PSQL, CONFIG_PRESET_CURL,
		    CONFIG_PRESET_SYSEXITS};
		size_t i;
		int status;

		for (i = 0; i < 4; i++) {
			const char *table = statuses(all[i], NULL);

			for (status = 0; status < STATUSES; status++) {
				if (table[status] == '?')
					continue;
				eq_int(letters[verdict_of(all[i], NULL,
				           ATTEMPT_EXITED, status, bad_row)
				                   .outcome],
				    table[status]);
			}
		}
	}
	TEST("what is to be read is read by the preset, and only by its own")
	{
		eq_str(judge(CONFIG_PRESET_PSQL, NULL, 1, bad_row), "j3");
		eq_str(judge(CONFIG_PRESET_PSQL, NULL, 3, bad_row), "j3");
		eq_str(judge(CONFIG_PRESET_PSQL, NULL, 3, time_out), "h0");
		eq_str(judge(CONFIG_PRESET_PSQL, NULL, 3, ""), "h0");
		eq_str(judge(CONFIG_PRESET_CURL, NULL, 22, bad_row), "r0");
		eq_str(judge(CONFIG_PRESET_CURL, NULL, 22,
		           "curl: (22) The requested URL returned error: 400"),
		    "j0");
		eq_str(judge(CONFIG_PRESET_NONE, NULL, 3, bad_row), "r0");
	}
	TEST("psql's line helps where a status is a reject without being read")
	{
		eq_str(judge(CONFIG_PRESET_PSQL, "3=reject", 3, bad_row), "j3");
		eq_str(judge(CONFIG_PRESET_PSQL, NULL, 65, bad_row), "j3");
		eq_str(
		    judge(CONFIG_PRESET_PSQL, "3=reject", 3, time_out), "j0");
		eq_str(judge(CONFIG_PRESET_PSQL, "3=reject", 3, ""), "j0");
		eq_str(judge(CONFIG_PRESET_CURL, "3=reject", 3, bad_row), "j0");
		eq_str(judge(CONFIG_PRESET_NONE, NULL, 65, bad_row), "j0");
	}
}

static void
test_other_ends(void)
{
	TEST("every signal is a retry, or what --exit says")
	{
		int signal;

		for (signal = 1; signal <= 64; signal++) {
			eq_int(verdict_of(CONFIG_PRESET_NONE, NULL,
			           ATTEMPT_SIGNALED, signal, "")
			           .outcome,
			    OUTCOME_RETRY);
			eq_int(verdict_of(CONFIG_PRESET_PSQL, "signal=hold",
			           ATTEMPT_SIGNALED, signal, bad_row)
			           .outcome,
			    OUTCOME_HOLD);
		}
	}
	TEST("a time-out is a retry, or what --exit says")
	{
		eq_int(verdict_of(CONFIG_PRESET_CURL, "*=hold,signal=hold",
		           ATTEMPT_TIMED_OUT, 0, "")
		           .outcome,
		    OUTCOME_RETRY);
		eq_int(verdict_of(CONFIG_PRESET_CURL, "timeout=reject",
		           ATTEMPT_TIMED_OUT, 0, "")
		           .outcome,
		    OUTCOME_REJECT);
	}
	TEST("a command that could not be started: the set-up is wrong")
	{
		eq_int(verdict_of(CONFIG_PRESET_NONE,
		           "*=retry,signal=hold,timeout=hold", ATTEMPT_NOT_RUN,
		           0, "")
		           .outcome,
		    OUTCOME_SETUP);
	}
}

SUITE(outcome)
{
	test_maps();
	test_exit();
	test_statuses();
	test_other_ends();
}
