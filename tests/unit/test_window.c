/*
 * A window's file: what goes in is what a command will find, and nobody
 * changes it any more.
 */
#include "tap.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "buffer/window.h"

static int
append(struct window *window, const char *records, uint64_t count)
{
	struct err e = {0};

	return window_append(
	    window, (const uint8_t *)records, strlen(records), count, 1000, &e);
}

/* A closed window's descriptor. */
static int
closed(enum window_kind kind, const char *records, uint64_t count)
{
	struct window window = {0};
	struct err e = {0};

	if (window_open(&window, kind, &e) != 0)
		return -1;
	append(&window, records, count);
	return window_close(&window, &e);
}

/* What a reader of its own finds, as text. */
static const char *
content(int fd)
{
	static char text[256];
	int reader = window_reopen(fd);
	ssize_t n = read(reader, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	close(reader);
	return text;
}

/* 0 if the file can be opened so by its path in /proc, else errno. */
static int
open_again(int fd, int flags)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, flags | O_CLOEXEC);
	if (again < 0)
		return errno;
	close(again);
	return 0;
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
test_content(enum window_kind kind)
{
	TEST("the file holds what was appended, in order")
	{
		struct window window = {0};
		struct err e = {0};
		int fd;

		eq_int(window_open(&window, kind, &e), 0);
		eq_int(append(&window, "a\n", 1), 0);
		eq_int(append(&window, "bb\n\n", 2), 0);
		eq_int(window.trigger.records, 3);
		eq_int(window.trigger.bytes, 6);
		fd = window_close(&window, &e);
		eq_str(content(fd), "a\nbb\n\n");
		close(fd);
	}
	TEST("any bytes: NUL and all the others")
	{
		struct window window = {0};
		struct err e = {0};
		uint8_t all[256], got[257];
		int i, fd;

		for (i = 0; i < 256; i++)
			all[i] = (uint8_t)i;
		window_open(&window, kind, &e);
		eq_int(window_append(&window, all, 256, 1, 7, &e), 0);
		fd = window_close(&window, &e);
		eq_int(pread(fd, got, sizeof(got), 0), 256);
		eq_mem(got, all, 256);
		close(fd);
	}
	TEST("closing leaves an empty window that is not open")
	{
		struct window window = {0};
		struct err e = {0};
		int fd;

		window_open(&window, kind, &e);
		ok(window.is_open);
		append(&window, "a\n", 1);
		fd = window_close(&window, &e);
		ok(!window.is_open);
		eq_int(window.trigger.records, 0);
		close(fd);
	}
}

static void
test_readers(enum window_kind kind)
{
	TEST("every reader starts at the beginning, with its own offset")
	{
		int fd = closed(kind, "a\nb\n", 2), one, two;
		char byte;

		one = window_reopen(fd);
		eq_int(lseek(one, 2, SEEK_SET), 2);
		two = window_reopen(fd);
		eq_int(read(two, &byte, 1), 1);
		eq_int(byte, 'a');
		eq_int(lseek(one, 0, SEEK_CUR), 2);
		close(one);
		close(two);
		close(fd);
	}
	TEST("a reader can only read, and is not inherited")
	{
		int fd = closed(kind, "a\n", 1), reader;

		reader = window_reopen(fd);
		eq_int(fcntl(reader, F_GETFL) & O_ACCMODE, O_RDONLY);
		eq_int(fcntl(reader, F_GETFD), FD_CLOEXEC);
		eq_int(fcntl(fd, F_GETFD), FD_CLOEXEC);
		eq_int(write(reader, "x", 1), -1);
		close(reader);
		close(fd);
	}
	TEST("the file has no name")
	{
		int fd = closed(kind, "a\n", 1);
		struct stat st;

		eq_int(fstat(fd, &st), 0);
		eq_int(st.st_nlink, 0);
		eq_int(st.st_size, 2);
		close(fd);
	}
}

static void
test_seals(void)
{
	TEST("a closed memory window cannot be written, cut or grown")
	{
		int fd = closed(WINDOW_IN_MEMORY, "a\nb\n", 2);

		eq_int(pwrite(fd, "x", 1, 0), -1);
		eq_int(errno, EPERM);
		eq_int(ftruncate(fd, 1), -1);
		eq_int(ftruncate(fd, 100), -1);
		ok(mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
		    MAP_FAILED);
		eq_str(content(fd), "a\nb\n");
		close(fd);
	}
	TEST("... not by its path in /proc either")
	{
		int fd = closed(WINDOW_IN_MEMORY, "a\nb\n", 2), again;
		char path[64];

		eq_int(open_again(fd, O_RDWR | O_TRUNC), EPERM);
		eq_int(open_again(fd, O_WRONLY | O_TRUNC), EPERM);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		again = open(path, O_RDWR | O_CLOEXEC);
		eq_int(again < 0 ? -1 : write(again, "x", 1), -1);
		eq_str(content(fd), "a\nb\n");
		close(again);
		close(fd);
	}
	TEST("the seals cannot be taken off or added to")
	{
		int fd = closed(WINDOW_IN_MEMORY, "a\n", 1);

		eq_int(fcntl(fd, F_GET_SEALS),
		    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
		eq_int(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
		close(fd);
	}
	TEST("a closed window on disk has lost its write permission")
	{
		int fd = closed(WINDOW_ON_DISK, "a\n", 1);
		struct stat st;

		eq_int(fstat(fd, &st), 0);
		eq_int(st.st_mode & 07777, 0400);
		close(fd);
	}
}

/* Room for 4 bytes of the 6 that come second, then for all. */
static void
test_no_space(enum window_kind kind)
{
	TEST("an append without space fails, and the window is as before")
	{
		struct window window = {0};
		struct err e = {0};

		window_open(&window, kind, &e);
		append(&window, "a\n", 1);
		limit_file_size(6);
		eq_int(append(&window, "bbbbb\n", 1), ERR_IO);
		limit_file_size(RLIM_INFINITY);
		eq_int(window.trigger.records, 1);
		eq_int(window.trigger.bytes, 2);
		window_release(&window);
	}
	TEST("the same append, repeated when there is space, succeeds")
	{
		struct window window = {0};
		struct err e = {0};
		int fd;

		window_open(&window, kind, &e);
		append(&window, "a\n", 1);
		limit_file_size(6);
		append(&window, "bbbbb\n", 1);
		limit_file_size(RLIM_INFINITY);
		eq_int(append(&window, "bbbbb\n", 1), 0);
		fd = window_close(&window, &e);
		eq_str(content(fd), "a\nbbbbb\n");
		close(fd);
	}
	TEST("closed after that, it holds whole records only")
	{
		struct window window = {0};
		struct err e = {0};
		int fd;

		window_open(&window, kind, &e);
		append(&window, "a\n", 1);
		limit_file_size(6);
		append(&window, "bbbbb\n", 1);
		limit_file_size(RLIM_INFINITY);
		fd = window_close(&window, &e);
		eq_str(content(fd), "a\n");
		close(fd);
	}
}

static void
test_kinds(void)
{
	TEST("up to 16 MiB in memory, larger or without limit on disk")
	{
		eq_int(window_kind_for(1), WINDOW_IN_MEMORY);
		eq_int(window_kind_for(16777216), WINDOW_IN_MEMORY);
		eq_int(window_kind_for(16777217), WINDOW_ON_DISK);
		eq_int(window_kind_for(UINT64_MAX), WINDOW_ON_DISK);
	}
	TEST("the disk is $TMPDIR, if that is an absolute path")
	{
		struct window window = {0};
		struct err e = {0};

		setenv("TMPDIR", "/nonexistent", 1);
		eq_int(window_open(&window, WINDOW_ON_DISK, &e), ERR_IO);
		eq_str(e.message, "/nonexistent: No such file or directory");
		ok(!window.is_open);
		setenv("TMPDIR", "nonexistent", 1);
		eq_int(window_open(&window, WINDOW_ON_DISK, &e), 0);
		window_release(&window);
		unsetenv("TMPDIR");
	}
	TEST("a window in memory needs no disk")
	{
		setenv("TMPDIR", "/nonexistent", 1);
		eq_str(content(closed(WINDOW_IN_MEMORY, "a\n", 1)), "a\n");
		unsetenv("TMPDIR");
	}
	TEST("without a descriptor there is no window, and no harm")
	{
		struct rlimit before, none;
		struct window window = {0};
		struct err e = {0};

		getrlimit(RLIMIT_NOFILE, &before);
		none = before;
		none.rlim_cur = 3;
		setrlimit(RLIMIT_NOFILE, &none);
		eq_int(window_open(&window, WINDOW_IN_MEMORY, &e), ERR_IO);
		setrlimit(RLIMIT_NOFILE, &before);
		eq_str(e.message, "memory: Too many open files");
		ok(!window.is_open);
	}
	TEST("releasing closes the file; releasing nothing is fine")
	{
		struct window window = {0};
		struct err e = {0};
		int fd;

		window_release(&window);
		window_open(&window, WINDOW_IN_MEMORY, &e);
		fd = window.fd;
		window_release(&window);
		eq_int(fcntl(fd, F_GETFD), -1);
		ok(!window.is_open);
	}
}

static void
test_kind(enum window_kind kind)
{
	printf("# %s:\n", kind == WINDOW_IN_MEMORY ? "in memory" : "on disk");
	test_content(kind);
	test_readers(kind);
	test_no_space(kind);
}

SUITE(window)
{
	signal(SIGXFSZ, SIG_IGN);
	test_kind(WINDOW_IN_MEMORY);
	test_kind(WINDOW_ON_DISK);
	test_seals();
	test_kinds();
}
