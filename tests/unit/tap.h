#ifndef ABUF_TESTS_TAP_H
#define ABUF_TESTS_TAP_H

/*
 * Unit tests: one suite a module, TAP on stdout.
 *
 *	TEST("a promise to the user")
 *	{
 *		eq_int(units_digits(10), 2);
 *	}
 *
 * A suite is a function SUITE(name) that runs its tests one after the other;
 * it is listed in SUITES of unit.c.  Checks do not stop the test: each prints
 * what it expected and what it got as a TAP comment, with file and line.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUITE(name)              \
	void suite_##name(void); \
	void suite_##name(void)

/* Begins a test: the following block is its body, run once. */
#define TEST(promise) \
	for (bool once_ = tap_begin(promise); once_; once_ = tap_end())

#define ok(condition) tap_ok((condition), #condition, __FILE__, __LINE__)
#define eq_int(got, want) \
	tap_eq_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define eq_str(got, want) tap_eq_str((got), (want), #got, __FILE__, __LINE__)
#define eq_mem(got, want, size) \
	tap_eq_mem((got), (want), (size), #got, __FILE__, __LINE__)

bool tap_begin(const char *promise);
bool tap_end(void);
void tap_ok(bool holds, const char *text, const char *file, int line);
void tap_eq_int(
    int64_t got, int64_t want, const char *text, const char *file, int line);
void tap_eq_str(const char *got, const char *want, const char *text,
    const char *file, int line);
void tap_eq_mem(const void *got, const void *want, size_t size,
    const char *text, const char *file, int line);

#endif
