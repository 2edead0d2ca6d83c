/*
 * Windows that are filled record by record, behind a header: no record is taken
 * that does not find its place later.
 */
#include "tap.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "buffer/window.h"

#define CONTENT_MAX ((size_t)1 << 20)

static struct err problem;
static struct window window;

/* A record of so many bytes, the last of which is a newline. */
static int
gather(size_t size, char letter)
{
	static uint8_t record[CONTENT_MAX];

	memset(record, letter, size);
	record[size - 1] = '\n';
	return window_gather(&window, record, size, 1, 1, &problem);
}

static int
gather_text(const char *text)
{
	return window_gather(
	    &window, (const uint8_t *)text, strlen(text), 1, 1, &problem);
}

static int
put_header(const char *text)
{
	return window_put_header(
	    &window, (const uint8_t *)text, strlen(text), &problem);
}

static size_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
}

/* Flush and close; what it holds, as text. */
static const char *
close_all(void)
{
	static char text[CONTENT_MAX];
	ssize_t n;
	int fd;

	eq_int(window_flush(&window, &problem), 0);
	fd = window_close(&window, &problem);
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_header(enum window_kind kind)
{
	TEST("a header stands before the records and is none of them")
	{
		eq_int(window_open(&window, kind, &problem), 0);
		eq_int(put_header("head\n"), 0);
		eq_int(window.header_size, 5);
		eq_int(window.trigger.records, 0);
		eq_int(window.trigger.bytes, 0);
		gather_text("a\n");
		eq_int(window_append(
		           &window, (const uint8_t *)"b\n", 2, 1, 1, &problem),
		    0);
		gather_text("c\n");
		eq_int(window.trigger.records, 3);
		eq_int(window.trigger.bytes, 6);
		eq_str(close_all(), "head\na\nb\nc\n");
	}
	TEST("the next window has none, unless it is given one")
	{
		eq_int(window_open(&window, kind, &problem), 0);
		eq_int(window.header_size, 0);
		gather_text("a\n");
		eq_str(close_all(), "a\n");
	}
	TEST("one that finds no space is not there")
	{
		eq_int(window_open(&window, kind, &problem), 0);
		limit_file_size(3);
		eq_int(put_header("head\n"), ERR_IO);
		limit_file_size(RLIM_INFINITY);
		eq_int(window.header_size, 0);
		eq_int(put_header("other\n"), 0);
		gather_text("a\n");
		eq_str(close_all(), "other\na\n");
	}
}

static void
test_gather(enum window_kind kind)
{
	TEST("what is gathered is in the file once it is flushed")
	{
		char byte = 0;

		window_open(&window, kind, &problem);
		gather_text("a\n");
		eq_int(window_flush(&window, &problem), 0);
		eq_int(pread(window.fd, &byte, 1, 0), 1);
		eq_int(byte, 'a');
		eq_int(window_flush(&window, &problem), 0);
		gather_text("b\n");
		eq_str(close_all(), "a\nb\n");
	}
	TEST("records that fill the memory to the byte, or are larger than it")
	{
		static const size_t sizes[] = {1, WINDOW_GATHER_SIZE - 1,
		    WINDOW_GATHER_SIZE, 1, WINDOW_GATHER_SIZE + 1, 2};
		size_t at = 0, i;
		const char *text;

		window_open(&window, kind, &problem);
		for (i = 0; i < 6; i++)
			eq_int(gather(sizes[i], (char)('a' + i)), 0);
		text = close_all();
		for (i = 0; i < 6; i++) {
			at += sizes[i];
			eq_int(text[at - 1], '\n');
			if (sizes[i] > 1)
				eq_int(text[at - 2], 'a' + i);
		}
		eq_int(strlen(text), at);
	}
	TEST("room that was reserved and not needed is no part of the file")
	{
		int fd;

		window_open(&window, kind, &problem);
		gather_text("a\n");
		window_flush(&window, &problem);
		fd = window_close(&window, &problem);
		eq_int(size_of(fd), 2);
		ok(window_is_intact(fd, 2));
		close(fd);
	}
	TEST("releasing one forgets what it has gathered")
	{
		window_open(&window, kind, &problem);
		gather_text("a\n");
		window_release(&window);
		ok(!window.is_open);
		window_open(&window, kind, &problem);
		gather_text("b\n");
		eq_str(close_all(), "b\n");
		window_release(&window);
	}
}

static void
test_no_space(enum window_kind kind)
{
	TEST("no record is gathered for which the file has no room")
	{
		window_open(&window, kind, &problem);
		limit_file_size(1000);
		eq_int(gather_text("a\n"), ERR_IO);
		eq_int(window.trigger.records, 0);
		limit_file_size(RLIM_INFINITY);
		eq_int(gather_text("b\n"), 0);
		eq_str(close_all(), "b\n");
	}
	TEST("nor one that would have to be written before, and cannot be")
	{
		window_open(&window, kind, &problem);
		gather(WINDOW_GATHER_SIZE - 1, 'a');
		limit_file_size(1);
		eq_int(gather_text("b\n"), ERR_IO);
		limit_file_size(RLIM_INFINITY);
		eq_int(window.trigger.records, 1);
		eq_int(window.gathered_size, WINDOW_GATHER_SIZE - 1);
		eq_int(gather_text("c\n"), 0);
		eq_int(strlen(close_all()), WINDOW_GATHER_SIZE + 1);
	}
}

/* A mount namespace of our own; refused in some containers. */
static bool
mount_small(char *folder)
{
	if (mkdtemp(folder) == NULL ||
	    (unshare(CLONE_NEWNS) != 0 &&
	        unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0))
		return false;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return mount("none", folder, "tmpfs", 0, "size=300k") == 0;
}

static void
test_small_disk(void)
{
	char folder[] = "/tmp/abuf-unit.XXXXXX";

	if (!mount_small(folder)) {
		printf("# no small file system: not allowed to mount\n");
		rmdir(folder);
		return;
	}
	setenv("TMPDIR", folder, 1);
	TEST("on a full disk, whatever has been gathered can be written")
	{
		uint64_t taken = 0;

		eq_int(window_open(&window, WINDOW_ON_DISK, &problem), 0);
		while (gather(1000, 'a') == 0)
			taken++;
		eq_int(problem.sys_errno, ENOSPC);
		eq_int(window.trigger.records, taken);
		ok(taken > 200);
		eq_int(strlen(close_all()), 1000 * taken);
	}
	TEST("... and its space is there for the next")
	{
		eq_int(window_open(&window, WINDOW_ON_DISK, &problem), 0);
		eq_int(gather(1000, 'a'), 0);
		eq_int(strlen(close_all()), 1000);
	}
	unsetenv("TMPDIR");
	umount(folder);
	rmdir(folder);
}

static void
ignore(int signal)
{
	(void)signal;
}

/* Signals as fast as they come, or no more of them. */
static void
set_signals(bool wanted)
{
	const struct sigaction action = {
	    .sa_handler = ignore,
	    .sa_flags = SA_RESTART,
	};
	const struct itimerval often = {{0, 20}, {0, 20}}, never = {0};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, wanted ? &often : &never, NULL);
}

static void
test_signals(void)
{
	TEST("a signal is no want of space")
	{
		int i, failed = 0;

		set_signals(true);
		for (i = 0; i < 1000; i++) {
			window_open(&window, WINDOW_IN_MEMORY, &problem);
			failed += gather_text("a\n") != 0;
			window_release(&window);
		}
		set_signals(false);
		eq_int(failed, 0);
	}
}

static void
test_copy(enum window_kind kind)
{
	static uint8_t copy[CONTENT_MAX];

	TEST("its records can be copied, wherever they are")
	{
		window_open(&window, kind, &problem);
		put_header("head\n");
		gather_text("a\n");
		window_append(
		    &window, (const uint8_t *)"b\n", 2, 1, 1, &problem);
		gather_text("c\n");
		eq_int(window_copy(&window, 0, copy, 6, &problem), 0);
		eq_str((const char *)copy, "a\nb\nc\n");
		memset(copy, 0, 6);
		eq_int(window_copy(&window, 5, copy, 1, &problem), 0);
		eq_str((const char *)copy, "\n");
		eq_str(close_all(), "head\na\nb\nc\n");
	}
}

static void
test_kind(enum window_kind kind)
{
	printf("# %s:\n", kind == WINDOW_IN_MEMORY ? "in memory" : "on disk");
	test_header(kind);
	test_gather(kind);
	test_no_space(kind);
	test_copy(kind);
}

SUITE(window_gather)
{
	signal(SIGXFSZ, SIG_IGN);
	test_kind(WINDOW_IN_MEMORY);
	test_kind(WINDOW_ON_DISK);
	test_signals();
	test_small_disk();
}
