/*
 * What an end of the command means, and how a text changes it.
 */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "config/exit_map.h"

static struct exit_map map;

/* The text laid over the default table; "" if accepted, else the message. */
static const char *
over_default(const char *text)
{
	static struct err e;

	exit_map_default(&map);
	if (exit_map_parse(&map, text, &e) == 0)
		return "";
	return e.code == ERR_USAGE ? e.message : "not ERR_USAGE";
}

static const char *
of(unsigned status)
{
	return outcome_name((enum outcome)map.of_status[status]);
}

/* How many statuses have an outcome. */
static int
count(enum outcome outcome)
{
	int found = 0;
	unsigned status;

	for (status = 0; status < 256; status++)
		found += map.of_status[status] == outcome;
	return found;
}

/* Do all of the statuses, which end in 0, have that outcome, and no other? */
static bool
are_all_of(enum outcome outcome, const int *statuses)
{
	int wanted = 0;

	for (; statuses[wanted] != 0; wanted++) {
		if (map.of_status[statuses[wanted]] != outcome)
			return false;
	}
	return count(outcome) == wanted;
}

static void
test_default(void)
{
	exit_map_default(&map);
	TEST("every one of the 256 statuses has the outcome of the manual")
	{
		eq_str(of(0), "ok");
		eq_int(count(OUTCOME_OK), 1);
		ok(are_all_of(OUTCOME_HOLD, (const int[]){69, 75, 0}));
		ok(are_all_of(OUTCOME_SETUP,
		    (const int[]){64, 66, 72, 77, 78, 126, 127, 0}));
		ok(are_all_of(OUTCOME_REJECT, (const int[]){65, 0}));
		eq_int(count(OUTCOME_RETRY), 256 - 1 - 2 - 7 - 1);
	}
	TEST("signals and time-outs are worth another try")
	{
		eq_int(map.of_signal, OUTCOME_RETRY);
		eq_int(map.of_timeout, OUTCOME_RETRY);
	}
	TEST("outcomes have the names that a text uses")
	{
		eq_str(outcome_name(OUTCOME_OK), "ok");
		eq_str(outcome_name(OUTCOME_HOLD), "hold");
		eq_str(outcome_name(OUTCOME_SETUP), "setup");
		eq_str(outcome_name(OUTCOME_REJECT), "reject");
		eq_str(outcome_name(OUTCOME_RETRY), "retry");
	}
}

static void
test_entries(void)
{
	TEST("an entry changes its status and nothing else")
	{
		struct exit_map before;
		unsigned status;

		exit_map_default(&before);
		for (status = 0; status < 256; status++) {
			char text[16] = "";

			snprintf(text, sizeof(text), "%u=setup", status);
			eq_str(over_default(text), "");
			eq_str(of(status), "setup");
			map.of_status[status] = before.of_status[status];
			eq_mem(&map, &before, sizeof(map));
		}
	}
	TEST("every outcome can be named")
	{
		eq_str(
		    over_default("1=ok,2=hold,3=setup,4=reject,65=retry"), "");
		eq_str(of(1), "ok");
		eq_str(of(2), "hold");
		eq_str(of(3), "setup");
		eq_str(of(4), "reject");
		eq_str(of(65), "retry");
	}
	TEST("a range has both its ends")
	{
		eq_str(over_default("2:4=hold,255:255=ok"), "");
		eq_str(of(1), "retry");
		eq_str(of(2), "hold");
		eq_str(of(4), "hold");
		eq_str(of(5), "retry");
		eq_str(of(254), "retry");
		eq_str(of(255), "ok");
		eq_str(over_default("0:255=reject"), "");
		eq_int(count(OUTCOME_REJECT), 256);
	}
	TEST("signal and timeout are keys of their own")
	{
		eq_str(over_default("signal=hold,timeout=reject"), "");
		eq_int(map.of_signal, OUTCOME_HOLD);
		eq_int(map.of_timeout, OUTCOME_REJECT);
		eq_int(count(OUTCOME_RETRY), 245);
	}
	TEST("of several entries for a status the last one counts")
	{
		eq_str(over_default("1:9=hold,5=reject,5:6=ok,signal=ok,"
		                    "signal=setup"),
		    "");
		eq_str(of(4), "hold");
		eq_str(of(5), "ok");
		eq_str(of(6), "ok");
		eq_str(of(7), "hold");
		eq_int(map.of_signal, OUTCOME_SETUP);
	}
	TEST("spaces around entries and their parts do not count")
	{
		eq_str(over_default("  1=hold , 2 = ok,3:4  =reject  "), "");
		eq_str(of(1), "hold");
		eq_str(of(2), "ok");
		eq_str(of(4), "reject");
	}
}

static void
test_others(void)
{
	TEST("* is every status that the text does not name, but never 0")
	{
		eq_str(over_default("65=reject,*=hold,1=retry"), "");
		eq_str(of(0), "ok");
		eq_str(of(1), "retry");
		eq_str(of(65), "reject");
		eq_str(of(78), "hold");
		eq_int(count(OUTCOME_HOLD), 253);
	}
	TEST("* means the same wherever it stands; of two the last counts")
	{
		struct exit_map other;

		eq_str(over_default("*=hold,2:9=setup"), "");
		other = map;
		eq_str(over_default("*=ok,2:9=setup,*=hold"), "");
		eq_mem(&map, &other, sizeof(map));
	}
	TEST("* leaves signals and time-outs alone")
	{
		eq_str(over_default("*=reject"), "");
		eq_int(map.of_signal, OUTCOME_RETRY);
		eq_int(map.of_timeout, OUTCOME_RETRY);
	}
	TEST("a text is laid over what is there, not over the default")
	{
		struct err e;

		eq_str(over_default("1=hold"), "");
		eq_int(exit_map_parse(&map, "2=hold", &e), 0);
		eq_str(of(1), "hold");
		eq_str(of(2), "hold");
	}
}

static void
test_shape_errors(void)
{
	static const char shape[] =
	    " is not KEY=OUTCOME, such as 65=reject, 2:4=hold, signal=retry "
	    "or *=setup";
	static const struct {
		const char *text;
		const char *quoted;
	} rows[] = {
	    {"", "\"\""},
	    {"   ", "\"\""},
	    {"1=hold,", "\"\""},
	    {",1=hold", "\"\""},
	    {"1=hold,,2=ok", "\"\""},
	    {"hold", "\"hold\""},
	    {"1=ok, 75", "\"75\""},
	    {"75:hold", "\"75:hold\""},
	    {"00000000000000000000000000000000000000000000000000000000000065"
	     "=hold",
	        "\"0000000000000000000000000000000000000000000000000000000000"
	        "0065=h\""},
	};
	char wanted[256];
	size_t i;

	TEST("an entry is KEY=OUTCOME, and there is no empty one")
	{
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			snprintf(wanted, sizeof(wanted), "%s%s", rows[i].quoted,
			    shape);
			eq_str(over_default(rows[i].text), wanted);
		}
	}
}

static void
test_key_errors(void)
{
	static const char *const keys[] = {"256", "999999999999999999999", "-1",
	    "+1", "1.5", "0x1", "1x", "", "1:", ":1", "1:2:3", "1:256", "1-2",
	    "1 2", "**", "SIGTERM", "a:b"};
	char text[64], wanted[256];
	size_t i;

	TEST("a key is a status, a range, signal, timeout or *")
	{
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			snprintf(text, sizeof(text), "%s=hold", keys[i]);
			snprintf(wanted, sizeof(wanted),
			    "\"%s\": \"%s\" is not a status from 0 to 255, "
			    "a range A:B, signal, timeout or *",
			    text, keys[i]);
			eq_str(over_default(text), wanted);
		}
	}
	TEST("a key that is nearly one is pointed to it")
	{
		eq_str(over_default("1=ok,singal=hold"),
		    "\"singal=hold\": \"singal\" is not a status from 0 to "
		    "255, a range A:B, signal, timeout or *: did you mean "
		    "signal?");
		ok(strstr(over_default("time-out=hold"),
		       ": did you mean timeout?") != NULL);
	}
	TEST("a range that runs backwards is refused, not taken for nothing")
	{
		eq_str(over_default("3:1=hold"),
		    "\"3:1=hold\": the range 3:1 is empty, expected A:B with "
		    "A at most B");
	}
}

static void
test_outcome_errors(void)
{
	TEST("an outcome is one of five")
	{
		eq_str(over_default("75="),
		    "\"75=\": \"\" is not ok, hold, setup, reject or retry");
		eq_str(over_default("75=5"),
		    "\"75=5\": \"5\" is not ok, hold, setup, reject or retry");
		eq_str(over_default("75=OK=ok"),
		    "\"75=OK=ok\": \"OK=ok\" is not ok, hold, setup, reject "
		    "or retry");
		eq_str(over_default("75=Hold"),
		    "\"75=Hold\": \"Hold\" is not ok, hold, setup, reject or "
		    "retry: did you mean hold?");
		eq_str(over_default("75 = rejct"),
		    "\"75 = rejct\": \"rejct\" is not ok, hold, setup, reject "
		    "or retry: did you mean reject?");
	}
	TEST("a text that is refused changes nothing, however far it was good")
	{
		struct exit_map before;

		exit_map_default(&before);
		ok(*over_default("1=hold,signal=ok,*=ok,2=hodl") != '\0');
		eq_mem(&map, &before, sizeof(map));
		ok(*over_default("*=ok,1:9=ok,9:1=ok") != '\0');
		eq_mem(&map, &before, sizeof(map));
	}
}

SUITE(exit_map)
{
	test_default();
	test_entries();
	test_others();
	test_shape_errors();
	test_key_errors();
	test_outcome_errors();
}
