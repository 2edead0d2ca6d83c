/*
 * Runs unit suites.  Usage: unit [--list | SUITE ...].  Each suite runs in a
 * child of its own, so that one that crashes is one failure and no more.
 */
#include "tap.h"

#include <sys/wait.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUITES(X)          \
	X(aside)           \
	X(carve)           \
	X(comments)        \
	X(compress)        \
	X(config)          \
	X(crash_disk)      \
	X(crc)             \
	X(csv_scan)        \
	X(dead)            \
	X(delivery)        \
	X(describe)        \
	X(destination)     \
	X(disk)            \
	X(exit_map)        \
	X(family)          \
	X(fence)           \
	X(field_reader)    \
	X(folder)          \
	X(follow)          \
	X(follow_files)    \
	X(follow_random)   \
	X(follower)        \
	X(follower_races)  \
	X(formatter)       \
	X(frame)           \
	X(framer)          \
	X(framer_csv)      \
	X(framer_json)     \
	X(golden)          \
	X(gone)            \
	X(identity)        \
	X(inspect)         \
	X(intake_follow)   \
	X(intake_places)   \
	X(journal_bits)    \
	X(journal_crash)   \
	X(journal_frame)   \
	X(journal_life)    \
	X(journal_payload) \
	X(journal_tail)    \
	X(json_cut)        \
	X(json_fields)     \
	X(json_oracle)     \
	X(json_scan)       \
	X(keeper)          \
	X(known)           \
	X(lagging)         \
	X(lines)           \
	X(nearest)         \
	X(order)           \
	X(outcome)         \
	X(part)            \
	X(patterns)        \
	X(pipeline)        \
	X(position)        \
	X(preset)          \
	X(proc_stat)       \
	X(quarantine)      \
	X(queue)           \
	X(readiness)       \
	X(refetch)         \
	X(rejects)         \
	X(reopen)          \
	X(retry)           \
	X(route)           \
	X(route_origin)    \
	X(route_random)    \
	X(router)          \
	X(row)             \
	X(row_resp)        \
	X(scan)            \
	X(search)          \
	X(source)          \
	X(split)           \
	X(state)           \
	X(stream)          \
	X(stream_many)     \
	X(survey)          \
	X(trigger)         \
	X(units)           \
	X(verbs)           \
	X(wal)             \
	X(wal_crash)       \
	X(wal_salvage)     \
	X(wal_salvage_cut) \
	X(window)          \
	X(window_gather)
#define DECLARE(name) void suite_##name(void);
SUITES(DECLARE)

static const struct {
	const char *name;
	void (*run)(void);
} suites[] = {
#define ROW(name) {#name, suite_##name},
    SUITES(ROW)};

#define SUITE_COUNT (sizeof(suites) / sizeof(suites[0]))

static struct {
	const char *promise;
	int number;
	int failed_tests;
	bool has_failed;
} tap;

bool
tap_begin(const char *promise)
{
	tap.promise = promise;
	tap.has_failed = false;
	tap.number++;
	return true;
}

bool
tap_end(void)
{
	printf("%sok %d - %s\n", tap.has_failed ? "not " : "", tap.number,
	    tap.promise);
	tap.failed_tests += tap.has_failed;
	return false;
}

static void
fail_at(const char *text, const char *file, int line)
{
	tap.has_failed = true;
	printf("# %s:%d: %s\n", file, line, text);
}

void
tap_ok(bool holds, const char *text, const char *file, int line)
{
	if (!holds)
		fail_at(text, file, line);
}

void
tap_eq_int(
    int64_t got, int64_t want, const char *text, const char *file, int line)
{
	if (got == want)
		return;
	fail_at(text, file, line);
	printf("#   got %" PRId64 ", want %" PRId64 "\n", got, want);
}

void
tap_eq_str(const char *got, const char *want, const char *text,
    const char *file, int line)
{
	if (got != NULL && want != NULL && strcmp(got, want) == 0)
		return;
	fail_at(text, file, line);
	printf("#   got  \"%s\"\n#   want \"%s\"\n",
	    got != NULL ? got : "(null)", want != NULL ? want : "(null)");
}

void
tap_eq_mem(const void *got, const void *want, size_t size, const char *text,
    const char *file, int line)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	for (i = 0; i < size; i++) {
		if (g[i] == w[i])
			continue;
		fail_at(text, file, line);
		printf("#   byte %zu: got %02x, want %02x\n", i, g[i], w[i]);
		return;
	}
}

/* 0 if every test of the suite passed. */
static int
run_suite(size_t index)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		suites[index].run();
		printf("1..%d\n", tap.number);
		fflush(stdout);
		exit(tap.failed_tests > 0 || tap.number == 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	printf("# suite %s failed\n", suites[index].name);
	return 1;
}

static bool
is_wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc < 2;
}

int
main(int argc, char **argv)
{
	int failed = 0, ran = 0;
	size_t i;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (i = 0; i < SUITE_COUNT; i++)
			puts(suites[i].name);
		return 0;
	}
	for (i = 0; i < SUITE_COUNT; i++) {
		if (is_wanted(suites[i].name, argc, argv)) {
			printf("# %s\n", suites[i].name);
			failed += run_suite(i);
			ran++;
		}
	}
	return failed > 0 || ran == 0;
}
