/*
 * Readiness of descriptors.
 */
#include "tap.h"

#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/readiness.h"

static int
open_set(int fd, enum readiness what)
{
	struct err e = {0};
	int set = -2;

	eq_int(readiness_open(fd, what, ERR_NO_INPUT, &set, &e), 0);
	return set;
}

SUITE(readiness)
{
	int ends[2] = {-1, -1}, set;

	TEST("a pipe is ready to be read when something is in it")
	{
		eq_int(pipe(ends), 0);
		set = open_set(ends[0], READINESS_READ);
		ok(set >= 0 && !readiness_is_now(set));
		eq_int(write(ends[1], "x", 1), 1);
		ok(readiness_is_now(set));
		close(set);
		close(ends[0]);
		close(ends[1]);
	}
	TEST("a pipe is ready to be written to while there is room")
	{
		eq_int(pipe(ends), 0);
		set = open_set(ends[1], READINESS_WRITE);
		ok(set >= 0 && readiness_is_now(set));
		close(set);
		close(ends[0]);
		close(ends[1]);
	}
	TEST("a regular file needs no set, and is always ready")
	{
		FILE *file = tmpfile();

		ok(file != NULL);
		eq_int(open_set(fileno(file), READINESS_READ), -1);
		eq_int(open_set(fileno(file), READINESS_WRITE), -1);
		ok(readiness_is_now(-1));
		fclose(file);
	}
	TEST("what cannot be watched is refused with the caller's code")
	{
		struct err e = {0};

		eq_int(
		    readiness_open(-1, READINESS_READ, ERR_NO_INPUT, &set, &e),
		    ERR_NO_INPUT);
		eq_str(e.message, "epoll: Bad file descriptor");
		eq_int(set, -1);
	}
}
