/*
 * The disk seam: the POSIX back end in a folder of its own, and the loops
 * above it.
 */
#include "tap.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "fault_disk.h"

static struct disk disk;
static char place[] = "/tmp/abuf-disk-XXXXXX";

static int
opened(const char *name, enum disk_how how)
{
	return disk.ops->open(disk.context, disk.folder, name, how);
}

static void
enter(void)
{
	ok(mkdtemp(place) != NULL);
	disk_posix_init(&disk, open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void
leave(void)
{
	close(disk.folder);
	ok(rmdir(place) == 0);
}

static int
count_name(void *argument, const char *name)
{
	size_t *count = argument;

	(void)name;
	++*count;
	return 0;
}

static int
stop_at_name(void *argument, const char *name)
{
	snprintf(argument, 16, "%s", name);
	return 7;
}

/* As most run abuf: root may write to whatever is read-only. */
static int
open_as_nobody(void)
{
	char own[] = "/tmp/abuf-disk-XXXXXX";
	int file, status;

	if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
		return -1;
	if (mkdtemp(own) == NULL)
		return -1;
	disk_posix_init(&disk, open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	file = opened("a", DISK_CREATE);
	fchmod(file, 0400);
	status = opened("a", DISK_WRITE);
	if (status >= 0)
		status =
		    disk_write_all(&disk, status, (const uint8_t *)"x", 1, 0);
	disk.ops->remove(NULL, disk.folder, "a");
	rmdir(own);
	return status;
}

static void
test_closed_windows(void)
{
	TEST("a file of ours that was made read-only can be written to again")
	{
		int status = -1;
		pid_t child = fork();

		if (child == 0)
			_exit(-open_as_nobody());
		waitpid(child, &status, 0);
		eq_int(status, 0);
	}
}

static void
test_posix_files(void)
{
	const uint8_t *data = (const uint8_t *)"0123456789";
	char name[16];
	uint8_t got[16];
	struct rlimit limit, low;
	uint64_t size;
	size_t count = 0;
	int file;

	TEST("a file is created once, written, cut, renamed and removed")
	{
		file = opened("a", DISK_CREATE);
		ok(file >= 0);
		eq_int(opened("a", DISK_CREATE), -EEXIST);
		eq_int(disk_write_all(&disk, file, data, 10, 5), 0);
		eq_int(disk.ops->sync(NULL, file), 0);
		eq_int(disk.ops->size(NULL, file, &size), 0);
		eq_int(size, 15);
		eq_int(disk.ops->truncate(NULL, file, 12), 0);
		eq_int(disk.ops->forget(NULL, file), 0);
		eq_int(disk_read_all(&disk, file, got, sizeof(got), 0), 12);
		eq_mem(got, "\0\0\0\0\0000123456", 12);
		disk.ops->close(NULL, file);
		eq_int(
		    disk.ops->rename(NULL, disk.folder, "a", disk.folder, "b"),
		    0);
		eq_int(opened("a", DISK_READ), -ENOENT);
		eq_int(disk.ops->sync_folder(NULL, disk.folder), 0);
		eq_int(
		    disk.ops->list(NULL, disk.folder, count_name, &count), 0);
		eq_int(count, 1);
		eq_int(
		    disk.ops->list(NULL, disk.folder, stop_at_name, name), 7);
		eq_str(name, "b");
		eq_int(disk.ops->remove(NULL, disk.folder, "b"), 0);
		eq_int(disk.ops->remove(NULL, disk.folder, "b"), -ENOENT);
	}
	TEST("room is set aside without making the file longer, up to the "
	     "limit on the size of files")
	{
		file = opened("a", DISK_CREATE);
		eq_int(disk.ops->reserve(NULL, file, 0, 65536), 0);
		eq_int(disk.ops->size(NULL, file, &size), 0);
		eq_int(size, 0);
		getrlimit(RLIMIT_FSIZE, &limit);
		low = (struct rlimit){70000, limit.rlim_max};
		setrlimit(RLIMIT_FSIZE, &low);
		eq_int(disk.ops->reserve(NULL, file, 65536, 4464), 0);
		eq_int(disk.ops->reserve(NULL, file, 65536, 4465), -EFBIG);
		setrlimit(RLIMIT_FSIZE, &limit);
		disk.ops->close(NULL, file);
		eq_int(disk.ops->remove(NULL, disk.folder, "a"), 0);
	}
}

static void
test_posix_folders(void)
{
	struct stat st;
	int folder, file;

	TEST("only we may look into what is made")
	{
		eq_int(disk.ops->make_folder(NULL, disk.folder, "w"), 0);
		ok(fstatat(disk.folder, "w", &st, 0) == 0);
		eq_int(st.st_mode & 07777, 0700);
		folder = opened("w", DISK_FOLDER);
		ok(folder >= 0);
		file = disk.ops->open(NULL, folder, "a", DISK_CREATE);
		ok(fstat(file, &st) == 0);
		eq_int(st.st_mode & 07777, 0600);
		disk.ops->close(NULL, file);
		eq_int(
		    disk.ops->rename(NULL, folder, "a", disk.folder, "b"), 0);
		disk.ops->close(NULL, folder);
		eq_int(disk.ops->remove(NULL, disk.folder, "b"), 0);
	}
	TEST("symbolic links are not followed, a FIFO does not stop us")
	{
		ok(symlinkat("w", disk.folder, "link") == 0);
		ok(opened("link", DISK_READ) < 0);
		ok(opened("link", DISK_FOLDER) < 0);
		ok(opened("link", DISK_CREATE) < 0);
		ok(unlinkat(disk.folder, "link", 0) == 0);
		ok(unlinkat(disk.folder, "w", AT_REMOVEDIR) == 0);
		ok(mkfifoat(disk.folder, "fifo", 0600) == 0);
		file = opened("fifo", DISK_READ);
		ok(file >= 0);
		disk.ops->close(NULL, file);
		ok(unlinkat(disk.folder, "fifo", 0) == 0);
	}
}

static void
test_loops(void)
{
	const uint8_t *data = (const uint8_t *)"0123456789";
	struct fault_disk faulty;
	struct disk outer;
	uint8_t got[10];
	int file;

	fault_disk_init(&faulty, &disk, &outer);
	file = opened("a", DISK_CREATE);
	TEST("short writes and reads, and interruptions, are gone over")
	{
		fault_disk_short(&faulty, FAULT_WRITE, 0, FAULT_FOR_EVER);
		eq_int(disk_write_all(&outer, file, data, 10, 0), 0);
		ok(fault_disk_count(&faulty) > 3);
		fault_disk_short(&faulty, FAULT_READ, 0, FAULT_FOR_EVER);
		eq_int(disk_read_all(&outer, file, got, 10, 0), 10);
		eq_mem(got, data, 10);
		fault_disk_fail(&faulty, FAULT_WRITE | FAULT_READ, 0, 3, EINTR);
		eq_int(disk_write_all(&outer, file, data, 10, 0), 0);
		fault_disk_fail(&faulty, FAULT_WRITE | FAULT_READ, 0, 3, EINTR);
		eq_int(disk_read_all(&outer, file, got, 10, 0), 10);
	}
	TEST("what the system refuses is told")
	{
		fault_disk_fail(&faulty, FAULT_WRITE, 0, 1, EIO);
		eq_int(disk_write_all(&outer, file, data, 10, 0), -EIO);
		fault_disk_fail(&faulty, FAULT_READ, 0, 1, EIO);
		eq_int(disk_read_all(&outer, file, got, 10, 0), -EIO);
		fault_disk_fail(&faulty, FAULT_WRITE, 0, 1, 0);
		eq_int(disk_write_all(&outer, file, data, 10, 0), -ENOSPC);
	}
	disk.ops->close(NULL, file);
	disk.ops->remove(NULL, disk.folder, "a");
	fault_disk_release(&faulty);
}

SUITE(disk)
{
	enter();
	test_posix_files();
	test_closed_windows();
	test_posix_folders();
	test_loops();
	leave();
}
