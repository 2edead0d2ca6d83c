/*
 * Windows that an earlier run had open.
 */
#include "crash_disk.h"
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/err.h"
#include "buffer/window.h"
#include "journal/reopen.h"

static char folder[64];
static struct reopen what;
static struct reopen_synced synced;
static struct window window;
static uint64_t cut_bytes;
static struct err e;

/* A window's file with this content. */
static void
begin(const char *bytes, uint64_t header_size)
{
	char path[128];
	int fd;

	snprintf(folder, sizeof(folder), "/tmp/abuf-reopen.XXXXXX");
	ok(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/0000000000000007", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	eq_int(write(fd, bytes, strlen(bytes)), strlen(bytes));
	close(fd);
	memset(&what, 0, sizeof(what));
	disk_posix_init(&what.windows, open(folder, O_RDONLY | O_DIRECTORY));
	what.number = 7;
	what.header_size = header_size;
	what.records.delimiter = '\n';
	what.now_ns = 5;
	memset(&window, 0, sizeof(window));
}

/* So many bytes and records of it are known to have been synced. */
static void
set_synced(const char *bytes, uint64_t records)
{
	synced.length = strlen(bytes);
	synced.records = records;
	synced.crc = crc32c(0, (const uint8_t *)bytes, strlen(bytes));
	what.synced = &synced;
}

static int
run(void)
{
	return reopen(&what, &window, &cut_bytes, &e);
}

static void
end(void)
{
	window_release(&window);
	close(what.windows.folder);
	files_remove(folder);
}

/* Put one more record in, close it, and see what a command would read. */
static const char *
closed(const char *record)
{
	static char bytes[256];
	uint32_t crc;
	ssize_t n;
	int fd;

	window_append(
	    &window, (const uint8_t *)record, strlen(record), 1, 9, &e);
	crc = window.crc;
	fd = window_close(&window, &e);
	n = pread(fd, bytes, sizeof(bytes) - 1, 0);
	close(fd);
	bytes[n > 0 ? n : 0] = '\0';
	eq_int(crc, crc32c(0, (const uint8_t *)bytes, strlen(bytes)));
	return bytes;
}

static void
test_process(void)
{
	TEST("all whole records count, and the next one goes behind them")
	{
		begin("one\ntwo\n", 0);
		eq_int(run(), 0);
		eq_int(cut_bytes, 0);
		eq_int(window.trigger.records, 2);
		eq_int(window.trigger.bytes, 8);
		eq_int(window.number, 7);
		eq_str(closed("three\n"), "one\ntwo\nthree\n");
		end();
	}
	TEST("half a record behind them is cut, and counted")
	{
		begin("one\ntw", 0);
		eq_int(run(), 0);
		eq_int(cut_bytes, 2);
		eq_str(closed("x\n"), "one\nx\n");
		end();
	}
	TEST("a header is no record")
	{
		begin("name\none\n", 5);
		eq_int(run(), 0);
		eq_int(window.trigger.records, 1);
		eq_int(window.trigger.bytes, 4);
		eq_str(closed("x\n"), "name\none\nx\n");
		end();
	}
	TEST("a file without a whole record is no window")
	{
		begin("na", 5);
		eq_int(run(), 0);
		ok(!window.is_open);
		eq_int(cut_bytes, 2);
		end();
	}
	TEST("in CSV a newline in quotes ends no record")
	{
		begin("a,\"1\n2\"\nb,\"3\n", 0);
		what.records.is_csv = true;
		eq_int(run(), 0);
		eq_int(window.trigger.records, 1);
		eq_int(cut_bytes, 5);
		end();
	}
	TEST("a record as long as several pieces is found")
	{
		char *bytes = malloc(700001);

		memset(bytes, 'x', 700000);
		bytes[600000] = '\n';
		bytes[700000] = '\0';
		begin(bytes, 0);
		eq_int(run(), 0);
		eq_int(window.trigger.records, 1);
		eq_int(cut_bytes, 99999);
		free(bytes);
		end();
	}
}

static void
test_power(void)
{
	TEST("after power loss only that counts which was synced")
	{
		begin("one\ntwo\nxxx\n", 0);
		set_synced("one\ntwo\n", 2);
		eq_int(run(), 0);
		eq_int(cut_bytes, 4);
		eq_str(closed("x\n"), "one\ntwo\nx\n");
		end();
	}
	TEST("if that is not there as it was, it is damaged, and left alone")
	{
		begin("one\ntwO\n", 0);
		set_synced("one\ntwo\n", 2);
		eq_int(run(), ERR_DATA);
		ok(!window.is_open);
		end();
	}
	TEST("... or if it is shorter")
	{
		begin("one\n", 0);
		set_synced("one\ntwo\n", 2);
		eq_int(run(), ERR_DATA);
		end();
	}
	TEST("nothing was synced: nothing counts")
	{
		begin("one\n", 0);
		set_synced("", 0);
		eq_int(run(), 0);
		ok(!window.is_open);
		eq_int(cut_bytes, 4);
		end();
	}
}

static void
test_missing(void)
{
	TEST("a window that is not there is an error")
	{
		begin("", 0);
		what.number = 8;
		eq_int(run(), ERR_IO);
		end();
	}
}

SUITE(reopen)
{
	test_process();
	test_power();
	test_missing();
}
