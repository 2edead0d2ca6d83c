/*
 * What is left of an earlier run, with real processes.
 */
#include "tap.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "journal/fence.h"

#define LONG_MS 20000

static char run[17];
static struct fence_report report;
static struct err e;

/* A run of this process alone, however many there are at once. */
static void
begin(void)
{
	snprintf(run, sizeof(run), "%08lxabcdef01", (long)getpid());
}

/* A shell script that works for a run; its pid. */
static pid_t
start(const char *of, const char *script)
{
	char variable[64];
	char *environment[] = {variable, NULL};
	pid_t pid;
	int ready[2];
	char byte;

	snprintf(variable, sizeof(variable), "ABUF_BATCH_ID=%s.1.1", of);
	ok(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(ready[1], 9);
		close(ready[0]);
		close(ready[1]);
		execle("/bin/sh", "sh", "-c", script, NULL, environment);
		_exit(127);
	}
	close(ready[1]);
	eq_int(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static int
ended_by(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
test_pure(void)
{
	static const char mine[] = "A=1\0ABUF_BATCH_ID=0123456789abcdef.3.4";
	static const char replay[] = "ABUF_BATCH_ID=a.3.4\0ABUF_REPLAY=1\0B=2";

	TEST("a process is known by the run in its batch's id")
	{
		ok(fence_is_of_run(mine, sizeof(mine), "0123456789abcdef"));
		ok(fence_is_of_run(mine, sizeof(mine) - 4, "0123456789abcdef"));
		ok(!fence_is_of_run(mine, sizeof(mine), "0123456789abcdee"));
		ok(!fence_is_of_run(mine, sizeof(mine), "0123456789abcde"));
		ok(!fence_is_of_run("", 0, "0123456789abcdef"));
		ok(!fence_is_of_run(replay, sizeof(replay), "a"));
		ok(!fence_is_of_run("XABUF_BATCH_ID=a.", 17, "a"));
	}
}

static void
test_kill(void)
{
	TEST("a pipeline that outlived its shell is ended")
	{
		pid_t shell;

		begin();
		shell = start(run,
		    "sleep 600 | sleep 600 & sleep 600 & "
		    "echo >&9; exec 9>&-; wait");
		kill(shell, SIGKILL);
		eq_int(ended_by(shell), SIGKILL);
		eq_int(fence(run, FENCE_KILL, LONG_MS, &report, &e), 0);
		ok(report.found >= 3);
		eq_int(fence(run, FENCE_KILL, 0, &report, &e), 0);
		eq_int(report.found, 0);
	}
	TEST("those of another run are left alone")
	{
		char other[17];
		pid_t pid;

		begin();
		snprintf(other, sizeof(other), "%08lxabcdef02", (long)getpid());
		pid = start(other, "echo >&9; exec 9>&-; exec sleep 600");
		eq_int(fence(run, FENCE_KILL, LONG_MS, &report, &e), 0);
		eq_int(report.found, 0);
		eq_int(waitpid(pid, NULL, WNOHANG), 0);
		kill(pid, SIGKILL);
		ended_by(pid);
	}
	TEST("one that has ended, and that nobody has noticed, does not count")
	{
		siginfo_t info;
		pid_t pid;

		begin();
		pid = start(run, "echo >&9; exit 0");
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
		eq_int(fence(run, FENCE_KILL, 0, &report, &e), 0);
		eq_int(report.found, 0);
		ended_by(pid);
	}
}

/* So few descriptors that /proc can be opened, and nothing in it. */
static int
fence_without_descriptors(void)
{
	struct rlimit before, few;
	int next = dup(STDERR_FILENO), code;

	close(next);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)next + 1;
	setrlimit(RLIMIT_NOFILE, &few);
	code = fence(run, FENCE_KILL, 0, &report, &e);
	setrlimit(RLIMIT_NOFILE, &before);
	return code;
}

static void
test_others(void)
{
	pid_t pid;

	TEST("who cannot look does not say that there is none")
	{
		begin();
		pid = start(run, "echo >&9; exec 9>&-; exec sleep 600");
		eq_int(fence_without_descriptors(), ERR_SYSTEM);
		eq_int(e.sys_errno, EMFILE);
		eq_int(fence(run, FENCE_KILL, LONG_MS, &report, &e), 0);
		eq_int(ended_by(pid), SIGKILL);
	}

	TEST("to wait is to wait until they have ended by themselves")
	{
		begin();
		pid = start(run, "echo >&9; exec 9>&-; exec sleep 0.2");
		eq_int(fence(run, FENCE_WAIT, LONG_MS, &report, &e), 0);
		eq_int(report.found, 1);
		eq_int(report.named[0], pid);
		eq_int(ended_by(pid), 0);
	}
	TEST("... but not for ever, and then they are named")
	{
		const char *script = "echo >&9; exec 9>&-; exec sleep 600";
		char one[32], two[32];
		pid_t other;

		begin();
		pid = start(run, script);
		other = start(run, script);
		snprintf(one, sizeof(one), " %ld", (long)pid);
		snprintf(two, sizeof(two), " %ld", (long)other);
		eq_int(fence(run, FENCE_WAIT, 50, &report, &e), ERR_BUSY);
		ok(strstr(e.message, one) != NULL);
		ok(strstr(e.message, two) != NULL);
		eq_int(fence(run, FENCE_IGNORE, 0, &report, &e), 0);
		eq_int(report.found, 2);
		eq_int(fence(run, FENCE_KILL, LONG_MS, &report, &e), 0);
		eq_int(ended_by(pid), SIGKILL);
		eq_int(ended_by(other), SIGKILL);
	}
}

SUITE(fence)
{
	test_pure();
	test_kill();
	test_others();
}
