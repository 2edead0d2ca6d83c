/*
 * When to try again: the back-off, and what a command asks for.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "deliver/retry.h"

#define NO_ANSWER UINT64_C(4711)

/* 200ms..30s, as without options. */
static const struct config_retry usual = {
    .delay_ms = CONFIG_RETRY_DELAY_MS,
    .max_delay_ms = CONFIG_RETRY_MAX_DELAY_MS,
};

/* Is bound the largest, and does the next number start again from 0? */
static bool
is_bound(const struct config_retry *retry, uint64_t failures, uint64_t bound_ms)
{
	return retry_delay_ms(retry, failures, bound_ms) == bound_ms &&
	    retry_delay_ms(retry, failures, bound_ms + 1) == 0;
}

/* What a command with this stderr asks for, from memory of just its size. */
static uint64_t
asked_of(const char *text, size_t size)
{
	uint64_t delay_ms = NO_ANSWER;
	char *tail = malloc(size > 0 ? size : 1);
	bool has_answer;

	memcpy(tail, text, size);
	has_answer = retry_asked_ms(tail, size, &delay_ms);
	free(tail);
	return has_answer == (delay_ms != NO_ANSWER) ? delay_ms : UINT64_MAX;
}

static uint64_t
asked(const char *text)
{
	return asked_of(text, strlen(text));
}

static void
test_bounds(void)
{
	TEST("the first delay is at most the shortest, then it doubles")
	{
		ok(is_bound(&usual, 1, 200));
		ok(is_bound(&usual, 2, 400));
		ok(is_bound(&usual, 3, 800));
		ok(is_bound(&usual, 8, 25600));
	}
	TEST("the delay stops growing at the longest")
	{
		ok(is_bound(&usual, 9, 30000));
		ok(is_bound(&usual, 10, 30000));
		ok(is_bound(&usual, 100, 30000));
	}
	TEST("no number of failures is too large")
	{
		uint64_t failures;

		for (failures = 9; failures < 200; failures++)
			ok(is_bound(&usual, failures, 30000));
		ok(is_bound(&usual, UINT64_MAX - 1, 30000));
		ok(is_bound(&usual, UINT64_MAX, 30000));
	}
	TEST("the longest is reached exactly, or by being passed")
	{
		struct config_retry exact = {.delay_ms = 1, .max_delay_ms = 8};
		struct config_retry passed = {.delay_ms = 3, .max_delay_ms = 7};

		ok(is_bound(&exact, 4, 8));
		ok(is_bound(&exact, 5, 8));
		ok(is_bound(&passed, 2, 6));
		ok(is_bound(&passed, 3, 7));
	}
	TEST("shortest and longest may be the same")
	{
		struct config_retry one = {.delay_ms = 1, .max_delay_ms = 1};

		ok(is_bound(&one, 1, 1));
		ok(is_bound(&one, UINT64_MAX, 1));
	}
	TEST("limits as large as 64 bits hold do no harm")
	{
		struct config_retry large = {
		    .delay_ms = UINT64_MAX / 2 + 1, .max_delay_ms = UINT64_MAX};
		struct config_retry largest = {
		    .delay_ms = UINT64_MAX, .max_delay_ms = UINT64_MAX};

		ok(is_bound(&large, 1, UINT64_MAX / 2 + 1));
		ok(retry_delay_ms(&large, 2, UINT64_MAX) == UINT64_MAX);
		ok(retry_delay_ms(&largest, 1, 0) == 0);
		ok(retry_delay_ms(&largest, 64, UINT64_MAX) == UINT64_MAX);
		ok(retry_delay_ms(&largest, 65, UINT64_MAX) == UINT64_MAX);
	}
}

static void
test_jitter(void)
{
	TEST("random numbers at both ends give a delay within the bound")
	{
		static const uint64_t failures[] = {1, 2, 100, UINT64_MAX};
		static const uint64_t bounds[] = {200, 400, 30000, 30000};
		size_t i;

		for (i = 0; i < 4; i++) {
			eq_int(retry_delay_ms(&usual, failures[i], 0), 0);
			ok(retry_delay_ms(&usual, failures[i], UINT64_MAX) <=
			    bounds[i]);
		}
	}
	TEST("every delay from 0 to the bound comes equally often")
	{
		struct config_retry four = {.delay_ms = 4, .max_delay_ms = 4};
		unsigned int seen[5] = {0}, i;

		for (i = 0; i < 500; i++)
			seen[retry_delay_ms(&four, 1, i)]++;
		for (i = 0; i < 5; i++)
			eq_int(seen[i], 100);
	}
}

static void
test_asked(void)
{
	TEST("a command asks in seconds, with a fraction if it likes")
	{
		eq_int(asked("ABUF_RETRY_AFTER=2"), 2000);
		eq_int(asked("ABUF_RETRY_AFTER=2\n"), 2000);
		eq_int(asked("ABUF_RETRY_AFTER=1.5\n"), 1500);
		eq_int(asked("ABUF_RETRY_AFTER=0.25\n"), 250);
		eq_int(asked("ABUF_RETRY_AFTER=007.000\n"), 7000);
		eq_int(asked("ABUF_RETRY_AFTER=0\n"), 0);
		eq_int(asked("ABUF_RETRY_AFTER=0.0009\n"), 0);
		eq_int(
		    asked("ABUF_RETRY_AFTER=1.2345678901234567890123\n"), 1234);
	}
	TEST("it is the last line that is not blank, blanks around it or not")
	{
		eq_int(asked("HTTP 429\nABUF_RETRY_AFTER=2\n"), 2000);
		eq_int(asked(" ABUF_RETRY_AFTER=2 \n\n"), 2000);
		eq_int(asked("\tABUF_RETRY_AFTER=2\r\n \n"), 2000);
		eq_int(asked("ABUF_RETRY_AFTER=1\nABUF_RETRY_AFTER=2\n"), 2000);
		eq_int(asked("ABUF_RETRY_AFTER=2\nbye\n"), NO_ANSWER);
	}
	TEST("more than a day is a day, however much more")
	{
		eq_int(asked("ABUF_RETRY_AFTER=86399.999"), 86399999);
		eq_int(asked("ABUF_RETRY_AFTER=86400"), 86400000);
		eq_int(asked("ABUF_RETRY_AFTER=86400.001"), 86400000);
		eq_int(asked("ABUF_RETRY_AFTER=86401"), 86400000);
		eq_int(asked("ABUF_RETRY_AFTER=18446744073709552"), 86400000);
		eq_int(asked("ABUF_RETRY_AFTER=99999999999999999999999999.999"),
		    86400000);
	}
	TEST("anything malformed is no answer")
	{
		eq_int(asked("ABUF_RETRY_AFTER="), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=-1"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=+1"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=1e3"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=abc"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=2s"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER= 2"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER = 2"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=2 3"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=."), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=2."), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=.5"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=1.5.2"), NO_ANSWER);
		eq_int(asked("ABUF_RETRY_AFTER=0x10"), NO_ANSWER);
		eq_int(asked("abuf_retry_after=2"), NO_ANSWER);
		eq_int(asked("XABUF_RETRY_AFTER=2"), NO_ANSWER);
		eq_int(asked_of("ABUF_RETRY_AFTER=2\0", 19), NO_ANSWER);
	}
	TEST("who says nothing asks for nothing")
	{
		eq_int(asked(""), NO_ANSWER);
		eq_int(asked("\n"), NO_ANSWER);
		eq_int(asked(" \n\t\n"), NO_ANSWER);
	}
}

static void
test_noise(void)
{
	TEST("noise asks for at most a day, or for nothing")
	{
		static const char alphabet[] = "0123456789..=-e \nAB\r\1";
		char text[64] = "ABUF_RETRY_AFTER=";
		size_t round, size, i;

		srandom(1);
		for (round = 0; round < 50000; round++) {
			uint64_t got;

			size = (size_t)random() % (sizeof(text) - 17);
			for (i = 0; i < size; i++)
				text[17 + i] = alphabet[(size_t)random() %
				    sizeof(alphabet)];
			got = asked_of(text, 17 + size);
			ok(got <= RETRY_AFTER_MAX_MS);
			got = asked_of(text + 17, size);
			ok(got <= RETRY_AFTER_MAX_MS);
		}
	}
}

SUITE(retry)
{
	test_bounds();
	test_jitter();
	test_asked();
	test_noise();
}
