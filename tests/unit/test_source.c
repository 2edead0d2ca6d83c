/*
 * One input: what is left of it when it is given up.
 */
#include "tap.h"
#include "test_lanes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "intake/leftover.h"
#include "intake/route.h"
#include "intake/source.h"

/* A read has twice that, less the byte that a delimiter may need. */
#define HALF (1 << 19)

static uv_loop_t loop;
static struct source *source;
static struct leftover leftover;
static int pieces_kept; /* more are refused */

static int
keep(void *context, const struct refusal *refusal, struct err *e)
{
	(void)context;
	(void)refusal;
	return pieces_kept-- > 0 ? 0 : err_set(e, ERR_IO, "no place");
}

static void
on_progress(void *context)
{
	(void)context;
}

static void
on_no_space(void *context, const struct err *e)
{
	(void)context;
	(void)e;
	uv_stop(&loop);
}

static void
on_ended(void *context, const struct err *e)
{
	(void)context;
	eq_int(e->code, 0);
	uv_stop(&loop);
}

/* Read a file until it ends or there is no space; then give it up. */
static void
read_and_abandon(
    FILE *input, enum framer_format format, uint64_t max_record, int kept)
{
	const struct route route = {
	    .home = &lanes.destinations.items[0], .refuse = keep};
	const struct source_settings settings = {
	    .framer = {.format = format,
	        .delimiter = '\n',
	        .max_record_bytes = max_record},
	    .route = &route,
	};
	const struct source_events events = {.progressed = on_progress,
	    .no_space = on_no_space,
	    .ended = on_ended};

	pieces_kept = kept;
	fflush(input);
	rewind(input);
	uv_loop_init(&loop);
	eq_int(source_open(&source, &loop, dup(fileno(input)), "s", &settings,
	           &events, &lanes.e),
	    0);
	source_start(source);
	uv_run(&loop, UV_RUN_DEFAULT);
	source_abandon(source, &leftover);
}

static void
finish(FILE *input)
{
	source_close(source);
	uv_run(&loop, UV_RUN_DEFAULT);
	eq_int(uv_loop_close(&loop), 0);
	fclose(input);
}

/* What opens, 1.5 reads of blanks, and what closes. */
static FILE *
long_record(const char *opening, const char *closing)
{
	FILE *input = tmpfile();

	fprintf(input, "%s%*s%s", opening, 3 * HALF, "", closing);
	return input;
}

static void
test_leftover(void)
{
	FILE *input;

	TEST("what is left says what it is: JSON behind a refused value")
	{
		input = long_record("[", "] {} {}\n[\n]\n");
		read_and_abandon(input, FRAMER_JSON_SEQ, 1000, 1);
		ok(leftover.is_inside_refused);
		eq_int(leftover.size, HALF + 14);
		eq_int(leftover.refused_size, HALF + 3);
		eq_int(leftover.records, 3);
		eq_int(leftover.record, 1);
		finish(input);
	}
	TEST("... lines behind a refused one")
	{
		input = long_record("a", "a\n1\n\n3\n");
		read_and_abandon(input, FRAMER_LINES, 1000, 1);
		ok(leftover.is_inside_refused);
		eq_int(leftover.refused_size, HALF + 4);
		eq_int(leftover.records, 3);
		finish(input);
	}
	TEST("... CSV behind a quote that did not close")
	{
		input = long_record("\"a", "a\n1\n\"\n\"\n3");
		read_and_abandon(input, FRAMER_CSV, 1000, 1);
		ok(leftover.is_inside_refused);
		eq_int(leftover.refused_size, HALF + 5);
		eq_int(leftover.records, 3);
		finish(input);
	}
	TEST("... a record that has been refused, but not kept, is one of them")
	{
		input = long_record("1 [", "] {}\n");
		read_and_abandon(input, FRAMER_JSON_SEQ, 1000, 0);
		ok(!leftover.is_inside_refused);
		eq_int(leftover.size, 2 * HALF - 3);
		eq_int(leftover.records, 1);
		eq_int(leftover.record, 2);
		finish(input);
	}
	TEST("nothing is left of an input that has ended")
	{
		input = tmpfile();
		fputs("1\n2", input);
		read_and_abandon(input, FRAMER_LINES, 1000, 0);
		eq_int(leftover.size, 0);
		ok(leftover.name == NULL);
		eq_int(lane_at(1)->stream.records, 3);
		finish(input);
	}
}

SUITE(source)
{
	lanes_begin("'async_buffer': {'b': {}}");
	test_leftover();
	lanes_end();
}
