/*
 * What psql and curl say on stderr: curl's, and noise; psql's is in files of
 * its own.
 */
#include "test_preset.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/ibuffer.h"

struct verdict
read_copy(reader *read, const char *text, size_t size)
{
	char *tail = malloc(size > 0 ? size : 1);
	struct verdict verdict;

	memcpy(tail, text, size);
	verdict = read(tail, size);
	free(tail);
	return verdict;
}

const char *
describe_verdict(struct verdict verdict)
{
	static char text[48];

	snprintf(text, sizeof(text), "%s %llu", outcome_name(verdict.outcome),
	    (unsigned long long)verdict.line);
	return text;
}

const char *
psql(const char *tail)
{
	return describe_verdict(read_copy(preset_psql, tail, strlen(tail)));
}

const char *
psql_words(const char *message)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "ERROR:  %s\nCONTEXT:  COPY t, line 5: \"data\"\n", message);
	return psql(text);
}

static const char *
curl(const char *tail)
{
	return describe_verdict(read_copy(preset_curl, tail, strlen(tail)));
}

static void
test_curl(void)
{
	TEST("curl: 408, 425, 429 and 5xx hold")
	{
		eq_str(curl("curl: (22) The requested URL returned error: "
		            "429\n"),
		    "hold 0");
		eq_str(curl("The requested URL returned error: 408"), "hold 0");
		eq_str(curl("The requested URL returned error: 425"), "hold 0");
		eq_str(curl("The requested URL returned error: 500"), "hold 0");
		eq_str(curl("The requested URL returned error: 599"), "hold 0");
	}
	TEST("curl: every other number rejects")
	{
		eq_str(curl("curl: (22) The requested URL returned error: 400 "
		            "Bad Request\n"),
		    "reject 0");
		eq_str(
		    curl("The requested URL returned error: 404"), "reject 0");
		eq_str(
		    curl("The requested URL returned error: 499"), "reject 0");
		eq_str(
		    curl("The requested URL returned error: 600"), "reject 0");
	}
	TEST("curl: no number is a retry")
	{
		eq_str(curl(""), "retry 0");
		eq_str(
		    curl("curl: (6) Could not resolve host: x\n"), "retry 0");
		eq_str(curl("The requested URL returned error: "), "retry 0");
		eq_str(curl("The requested URL returned error: 5"), "retry 0");
		eq_str(
		    curl("The requested URL returned error: 5000"), "retry 0");
		eq_str(
		    curl("The requested URL returned error: -500"), "retry 0");
	}
	TEST("curl: the last of several counts, also behind an answer's body")
	{
		eq_str(curl("curl: (22) The requested URL returned error: 503\n"
		            "curl: (22) The requested URL returned error: "
		            "400\n"),
		    "reject 0");
		eq_str(curl("{\"e\":\"The requested URL returned error: 400\"}"
		            "curl: (22) The requested URL returned error: "
		            "503\n"),
		    "hold 0");
	}
}

/* Pieces of what psql and curl say, in any order, with noise between. */
static size_t
write_noise(char *text, size_t room)
{
	static const char *const pieces[] = {"ERROR:  ", "FATAL:  ", "psql:",
	    ":7: ", "57014: ", "22P02", "CONTEXT:  ", "COPY t", ", line ",
	    "18446744073709551616", "3", ", column n", ": \"",
	    "LOCATION:  ", "deadlock detected", " violates ", "constraint",
	    "The requested URL returned error: ", "503", "\n", "\n", "\n"};
	size_t used = 0, size, limit = (size_t)random() % room;

	while (used + 40 < limit) {
		const char *piece = pieces[(size_t)random() %
		    (sizeof(pieces) / sizeof(pieces[0]))];

		size = strlen(piece);
		memcpy(text + used, piece, size);
		used += size;
		if (random() % 4 == 0)
			text[used++] = (char)random();
	}
	return used;
}

/* What no stderr may lead to. */
static bool
is_sound(struct verdict verdict)
{
	return verdict.outcome < OUTCOME_READ &&
	    verdict.outcome != OUTCOME_OK &&
	    (verdict.line == 0 || verdict.outcome == OUTCOME_REJECT);
}

static void
test_noise(void)
{
	TEST("noise is never a success, and only a reject has a line")
	{
		char text[ATTEMPT_TAIL_SIZE] = {0};
		unsigned int seen[OUTCOME_READ + 1] = {0};
		size_t round, size;

		srandom(1);
		for (round = 0; round < 20000; round++) {
			struct verdict verdict;

			size = write_noise(
			    text, round % 50 > 0 ? 400 : sizeof(text));
			/* Now and then as a tail that was cut. */
			if (round % 50 == 1)
				size = sizeof(text);
			verdict = read_copy(preset_psql, text, size);
			ok(is_sound(verdict));
			seen[verdict.outcome]++;
			ok(is_sound(read_copy(preset_curl, text, size)));
		}
		ok(seen[OUTCOME_REJECT] > 0);
		ok(seen[OUTCOME_HOLD] > 0);
		ok(seen[OUTCOME_SETUP] > 0);
	}
}

SUITE(preset)
{
	test_preset_psql();
	test_preset_deceit();
	test_curl();
	test_noise();
}
