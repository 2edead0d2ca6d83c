/*
 * A journal that is looked at from outside, and one that is repaired.
 */
#include "tap.h"
#include "test_files.h"
#include "test_lanes.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "journal/inspect.h"
#include "journal/journal.h"
#include "journal/repair.h"
#include "journal/survey.h"

#define LARGE 100000

static char top[64], path[96];
static struct journal *journal;
static struct inspect inspect;
static struct repair_report repaired;
static struct err e;
static char *large; /* a record with a file of its own */

/* What was found. */
static char findings[4096];

static uint64_t
shape(void *context, const struct channel *channel)
{
	(void)context;
	(void)channel;
	return 1;
}

/* A run begins, and goes as far as its windows. */
static int
start(void)
{
	const struct journal_settings settings = {
	    .path = path,
	    .sync = PAYLOAD_SYNC_ALWAYS,
	    .bytes_max = 1 << 30,
	    .segment_bytes = 1 << 20,
	    .shape = shape,
	};
	int code;

	lanes_begin("'async_buffer': {'b': {'buffer_win_size': 2}}");
	code = journal_open(&journal, &settings, &e);
	if (code == 0)
		code = journal_bind(journal, &lanes.set, &e);
	if (code == 0)
		code = journal_begin(journal, &e);
	return code == 0 ? journal_redo(journal, &e) : code;
}

static void
stop(void)
{
	journal_close(journal);
	journal = NULL;
	lanes_end();
}

static void
settle(void)
{
	struct pipeline_job *job;

	for (;;) {
		eq_int(journal_flush_windows(journal, &e), 0);
		eq_int(journal_advance(journal, &job, &e), 0);
		if (job == NULL)
			break;
		journal_job_run(job);
		eq_int(journal_job_complete(journal, job, &e), 0);
	}
	channel_release_kept(lane_at(1));
}

static void
put(const char *records, uint64_t count)
{
	struct stream *stream = &lane_at(1)->stream;

	lanes_append(stream, records, count, 1);
	lanes_pump(stream, 1);
	settle();
}

/* A journal with two batches, of which one has a file, and an open window. */
static void
enter(void)
{
	snprintf(top, sizeof(top), "/tmp/abuf-inspect.XXXXXX");
	ok(mkdtemp(top) != NULL);
	snprintf(path, sizeof(path), "%s/j", top);
	large = malloc(LARGE + 3);
	memset(large, 'x', LARGE);
	memcpy(large + LARGE, "\n\n", 3);
	eq_int(start(), 0);
	lane_add_workers(1, 1);
	put("a\n", 1);
	put("b\n", 1);
	put(large, 2);
	put("e\n", 1);
}

static void
leave(void)
{
	files_remove(top);
	free(large);
}

/* Change a byte of a file of the journal, where this is, or cut it off. */
static void
damage(const char *name, const char *text)
{
	static char data[1 << 20];
	char file[192], *found;
	FILE *stream;
	size_t size;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	stream = fopen(file, "r+");
	size = fread(data, 1, sizeof(data), stream);
	found = memmem(data, size, text, strlen(text));
	fseek(stream, found - data, SEEK_SET);
	fputc(*found ^ 1, stream);
	fclose(stream);
}

static bool
exists(const char *name)
{
	char file[192];

	snprintf(file, sizeof(file), "%s/%s", path, name);
	return access(file, F_OK) == 0;
}

static void
say(void *context, enum inspect_kind kind, const char *text)
{
	size_t used = strlen(findings);

	(void)context;
	snprintf(findings + used, sizeof(findings) - used, "%d %s\n", (int)kind,
	    text);
}

/* The worst kind of finding, or what opening it says. */
static int
check(void)
{
	int worst = inspect_open(&inspect, path, &e);

	findings[0] = '\0';
	if (worst == 0)
		worst = (int)inspect_check(&inspect, say, NULL);
	return worst;
}

static void
test_look(void)
{
	TEST("what a restart would find is told, and nothing is changed")
	{
		enter();
		stop();
		eq_int(check(), INSPECT_NOTE);
		eq_str(findings, "");
		eq_int(inspect.state.batches, 2);
		eq_int(inspect.state.records, 4);
		eq_int(inspect.state.window_count, 1);
		ok(!inspect.is_held);
		inspect_close(&inspect);
		eq_int(start(), 0);
		stop();
		leave();
	}
	TEST("beside a run it says who has it, and is in nobody's way")
	{
		char text[64];

		enter();
		eq_int(check(), INSPECT_NOTE);
		ok(inspect.is_held);
		snprintf(text, sizeof(text), "0 in use by process %ld\n",
		    (long)getpid());
		eq_str(findings, text);
		inspect_close(&inspect);
		put("f\n", 1);
		eq_int(repair(path, &repaired, &e), ERR_BUSY);
		stop();
		leave();
	}
	TEST("what is no journal is none, and becomes none")
	{
		snprintf(top, sizeof(top), "/tmp/abuf-inspect.XXXXXX");
		ok(mkdtemp(top) != NULL);
		snprintf(path, sizeof(path), "%s/j", top);
		eq_int(check(), ERR_NO_INPUT);
		eq_int(access(path, F_OK), -1);
		eq_int(mkdir(path, 0700), 0);
		eq_int(check(), ERR_NO_INPUT);
		files_remove(top);
	}
	TEST("a folder that others may use is refused, as by a run")
	{
		enter();
		stop();
		eq_int(chmod(path, 0755), 0);
		eq_int(check(), INSPECT_REFUSAL);
		inspect_close(&inspect);
		leave();
	}
}

static void
test_damage(void)
{
	TEST("a window's file that has changed is damage, or is gone")
	{
		enter();
		stop();
		damage("w/0000000000000002", "x");
		eq_int(check(), INSPECT_DAMAGE);
		ok(strstr(findings, "batch 2 of b/") != NULL);
		ok(strstr(findings, "not what they were") != NULL);
		inspect_close(&inspect);
		leave();
	}
	TEST("a damaged log is refused, and what is left of it told")
	{
		enter();
		stop();
		damage("log-0000000000000001", "a\nb\n");
		eq_int(check(), INSPECT_REFUSAL);
		ok(strstr(findings, "lost: ") != NULL);
		eq_int(inspect.reading.hole_count, 1);
		eq_int(inspect.reading.lost_batches, 1);
		eq_int(inspect.state.batches, 1);
		eq_int(inspect.state.window_count, 1);
		inspect_close(&inspect);
		leave();
	}
	TEST("... which a repair makes whole, and keeps the old one")
	{
		enter();
		stop();
		damage("log-0000000000000001", "a\nb\n");
		eq_int(repair(path, &repaired, &e), 0);
		eq_int(repaired.segments, 1);
		eq_int(repaired.files, 1);
		ok(exists("quarantine/log-0000000000000001"));
		ok(exists("quarantine/w-0000000000000001"));
		ok(!exists("log-0000000000000001"));
		eq_int(check(), INSPECT_NOTE);
		eq_int(inspect.state.batches, 1);
		ok(!inspect.state.is_clean);
		inspect_close(&inspect);
		eq_int(start(), 0);
		stop();
		leave();
	}
	TEST("a repair does not forget that the last run ended well")
	{
		enter();
		eq_int(journal_end(journal, &e), 0);
		stop();
		damage("log-0000000000000001", "a\nb\n");
		eq_int(repair(path, &repaired, &e), 0);
		eq_int(check(), INSPECT_NOTE);
		ok(inspect.state.is_clean);
		inspect_close(&inspect);
		leave();
	}
	TEST("of what nothing can be made, nothing is")
	{
		enter();
		stop();
		damage("log-0000000000000001", "ABUFLOG");
		eq_int(check(), INSPECT_REFUSAL);
		ok(!inspect.is_known);
		inspect_close(&inspect);
		eq_int(repair(path, &repaired, &e), ERR_DATA);
		ok(exists("log-0000000000000001"));
		leave();
	}
}

/* Flip a bit of the log; how long that is. */
static long
flip(long at)
{
	char file[192];
	FILE *stream;
	long size;
	int byte;

	snprintf(file, sizeof(file), "%s/log-0000000000000001", path);
	stream = fopen(file, "r+");
	fseek(stream, at, SEEK_SET);
	byte = fgetc(stream);
	fseek(stream, at, SEEK_SET);
	fputc(byte ^ 4, stream);
	fseek(stream, 0, SEEK_END);
	size = ftell(stream);
	fclose(stream);
	return size;
}

/* What a run does with a journal is what was said of it. */
static bool
is_foretold(void)
{
	int said = check(), code;

	inspect_close(&inspect);
	code = start();
	stop();
	return (code == 0) == (said != INSPECT_REFUSAL);
}

static void
test_flips(void)
{
	TEST("wherever a bit flips, a run does as foretold, also once repaired")
	{
		long at, size = 4001;
		int wrong = 0, repairs = 0;

		for (at = 4000; at < size; at += 41) {
			enter();
			stop();
			size = flip(at);
			wrong += !is_foretold();
			leave();
			enter();
			stop();
			flip(at);
			if (repair(path, &repaired, &e) == 0) {
				repairs++;
				wrong += start() != 0;
				stop();
				wrong += !is_foretold();
			}
			leave();
		}
		eq_int(wrong, 0);
		ok(repairs > 10);
	}
}

SUITE(inspect)
{
	test_look();
	test_damage();
	test_flips();
}
