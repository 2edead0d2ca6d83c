/*
 * The bytes of batches that an earlier run has left.
 */
#include "fault_disk.h"
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/err.h"
#include "buffer/window.h"
#include "journal/pipeline.h"
#include "journal/refetch.h"

#define BYTES "h\none\ntwo\n"
#define SIZE (sizeof(BYTES) - 1)

static char folder[64];
static struct refetch what;
static struct err e;
static int fd;

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static int
open_source(void *context, uint64_t source, struct err *problem)
{
	char path[128];
	int file;

	(void)context;
	snprintf(path, sizeof(path), "%s/source%d", folder, (int)source);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		err_set(problem, ERR_NO_INPUT, "gone");
	return file;
}

static void
begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/abuf-refetch.XXXXXX");
	ok(mkdtemp(folder) != NULL);
	memset(&what, 0, sizeof(what));
	what.size = SIZE;
	what.crc = crc32c(0, (const uint8_t *)BYTES, SIZE);
	what.open_source = open_source;
	disk_posix_init(&what.windows, open(folder, O_RDONLY | O_DIRECTORY));
}

static void
end(void)
{
	if (fd >= 0)
		close(fd);
	close(what.windows.folder);
	files_remove(folder);
}

/* What a command would read. */
static const char *
text(void)
{
	static char bytes[64];
	int reader = window_reopen(fd);
	ssize_t n = read(reader, bytes, sizeof(bytes) - 1);

	close(reader);
	bytes[n > 0 ? n : 0] = '\0';
	return bytes;
}

static const struct refetch_span spans[] = {
    {1, 4, 8, "/one"}, {2, 0, 4, "/two"}};

static void
set_spans(void)
{
	what.spans = spans;
	what.span_count = 2;
	what.header = (const uint8_t *)"h\n";
	what.header_size = 2;
}

static void
test_window(void)
{
	TEST("a window's file is handed over as it is, and as a closed one")
	{
		begin();
		what.window = 0x1f;
		write_file("000000000000001f", BYTES);
		eq_int(refetch(&what, &fd, &e), 0);
		eq_str(text(), BYTES);
		ok(window_is_intact(fd, SIZE));
		end();
	}
	TEST("one with another byte, or one more, is not")
	{
		begin();
		what.window = 1;
		write_file("0000000000000001", "h\none\ntwO\n");
		eq_int(refetch(&what, &fd, &e), ERR_DATA);
		close(fd);
		write_file("0000000000000001", BYTES "x");
		eq_int(refetch(&what, &fd, &e), ERR_DATA);
		end();
	}
	TEST("what an earlier run wrote is read from the disk, if that will")
	{
		struct fault_disk faulty;

		begin();
		write_file("0000000000000001", BYTES);
		what.window = 1;
		fault_disk_init(&faulty, &what.windows, &what.windows);
		fault_disk_fail(&faulty, FAULT_SYNC, 0, 2, EIO);
		eq_int(refetch(&what, &fd, &e), 0);
		what.windows.ops->close(what.windows.context, fd);
		what.is_old = true;
		eq_int(refetch(&what, &fd, &e), ERR_IO);
		eq_int(e.sys_errno, EIO);
		eq_int(fd, -1);
		what.windows = faulty.inner;
		fault_disk_release(&faulty);
		end();
	}
	TEST("records that end otherwise now are not handed over")
	{
		begin();
		what.window = 1;
		write_file("0000000000000001", BYTES);
		what.first_record_at = 2;
		what.record_count = 2;
		what.records.delimiter = '\n';
		eq_int(refetch(&what, &fd, &e), 0);
		close(fd);
		what.records.delimiter = 'e';
		eq_int(refetch(&what, &fd, &e), ERR_CONFIG);
		eq_int(fd, -1);
		what.records.delimiter = '\0';
		eq_int(refetch(&what, &fd, &e), ERR_CONFIG);
		end();
	}
	TEST("one that is not there is damage: it is ours")
	{
		begin();
		what.window = 1;
		eq_int(refetch(&what, &fd, &e), ERR_DATA);
		eq_int(fd, -1);
		end();
	}
}

static void
test_others(void)
{
	TEST("what rode inside the frame becomes a file")
	{
		begin();
		what.inside = (const uint8_t *)BYTES;
		eq_int(refetch(&what, &fd, &e), 0);
		eq_str(text(), BYTES);
		ok(window_is_intact(fd, SIZE));
		end();
	}
	TEST("pieces of files are read again, behind their header")
	{
		begin();
		set_spans();
		write_file("source1", "abc\none\nmore\n");
		write_file("source2", "two\n");
		eq_int(refetch(&what, &fd, &e), 0);
		eq_str(text(), BYTES);
		end();
	}
	TEST("a file that has changed, or is shorter, is never passed off")
	{
		begin();
		set_spans();
		write_file("source1", "abc\nonE\nmore\n");
		write_file("source2", "two\n");
		eq_int(refetch(&what, &fd, &e), ERR_DATA);
		eq_str(text(), "h\nonE\ntwo\n");
		eq_str(e.message,
		    "the source is not what it was: bytes 4 to 8 of /one, "
		    "bytes 0 to 4 of /two");
		close(fd);
		write_file("source1", "abc\non");
		eq_int(refetch(&what, &fd, &e), ERR_DATA);
		end();
	}
	TEST("a file that is gone is gone")
	{
		begin();
		set_spans();
		write_file("source1", "abc\none\n");
		eq_int(refetch(&what, &fd, &e), ERR_NO_INPUT);
		eq_int(fd, -1);
		end();
	}
}

SUITE(refetch)
{
	test_window();
	test_others();
}
