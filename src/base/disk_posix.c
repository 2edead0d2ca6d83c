/*
 * The disk as the system has it.  Each function is one call, but for a second
 * try at what is read-only, so that tests of what stands above know all that
 * can happen; errno is taken at once.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"

static int
outcome(int returned)
{
	return returned < 0 ? -errno : 0;
}

/* A FIFO under a name of ours must not stop us here for ever. */
#define COMMON_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/* A file of our own that was made read-only when it was complete. */
static bool
make_writable(int folder, const char *name)
{
	int file = openat(folder, name, O_RDONLY | COMMON_FLAGS);
	bool is_done = file >= 0 && fchmod(file, 0600) == 0;

	if (file >= 0)
		close(file);
	return is_done;
}

static int
posix_open(void *context, int folder, const char *name, enum disk_how how)
{
	static const int flags[] = {
	    [DISK_READ] = O_RDONLY,
	    [DISK_WRITE] = O_RDWR,
	    [DISK_CREATE] = O_RDWR | O_CREAT | O_EXCL,
	    [DISK_FOLDER] = O_RDONLY | O_DIRECTORY,
	};
	int handle;

	(void)context;
	handle = openat(folder, name, flags[how] | COMMON_FLAGS, 0600);
	if (handle < 0 && errno == EACCES && how == DISK_WRITE &&
	    make_writable(folder, name))
		handle = openat(folder, name, flags[how] | COMMON_FLAGS);
	return handle < 0 ? -errno : handle;
}

/* An error comes too late to mean anything: sync() has told, or will not. */
static void
posix_close(void *context, int handle)
{
	(void)context;
	close(handle);
}

static ssize_t
posix_read(void *context, int file, uint8_t *data, size_t size, uint64_t offset)
{
	ssize_t n = pread(file, data, size, (off_t)offset);

	(void)context;
	return n < 0 ? -errno : n;
}

static ssize_t
posix_write(
    void *context, int file, const uint8_t *data, size_t size, uint64_t offset)
{
	ssize_t n = pwrite(file, data, size, (off_t)offset);

	(void)context;
	return n < 0 ? -errno : n;
}

static int
posix_sync(void *context, int file)
{
	(void)context;
	return outcome(fdatasync(file));
}

/* Without waiting, and without taking an error away from fdatasync(). */
static void
posix_begin_sync(void *context, int file)
{
	(void)context;
	(void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* A new name need not be what fdatasync() calls data. */
static int
posix_sync_folder(void *context, int folder)
{
	(void)context;
	return outcome(fsync(folder));
}

/* Advice: a file system without it has nothing in memory, or keeps it. */
static int
posix_forget(void *context, int file)
{
	(void)context;
	return -posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

static int
posix_truncate(void *context, int file, uint64_t size)
{
	(void)context;
	return outcome(ftruncate(file, (off_t)size));
}

static int
posix_size(void *context, int file, uint64_t *size)
{
	struct stat st;

	(void)context;
	if (fstat(file, &st) < 0)
		return -errno;
	*size = (uint64_t)st.st_size;
	return 0;
}

/* A limit on the size of files is one for what is written, not for this. */
static int
posix_reserve(void *context, int file, uint64_t offset, uint64_t size)
{
	struct rlimit limit;

	(void)context;
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	    offset + size > limit.rlim_cur)
		return -EFBIG;
	return outcome(
	    fallocate(file, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)size));
}

static int
posix_link(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	(void)context;
	return outcome(linkat(folder, name, new_folder, new_name, 0));
}

static int
posix_rename(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	(void)context;
	return outcome(renameat(folder, name, new_folder, new_name));
}

static int
posix_remove(void *context, int folder, const char *name)
{
	(void)context;
	return outcome(unlinkat(folder, name, 0));
}

static int
posix_make_folder(void *context, int folder, const char *name)
{
	(void)context;
	return outcome(mkdirat(folder, name, 0700));
}

/* Hands out names until there is none, or each() wants no more. */
static int
list_stream(DIR *stream, disk_each *each, void *argument)
{
	const struct dirent *entry;
	int status = 0;

	while (status == 0) {
		errno = 0;
		entry = readdir(stream);
		if (entry == NULL)
			return -errno;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			status = each(argument, entry->d_name);
	}
	return status;
}

static int
posix_list(void *context, int folder, disk_each *each, void *argument)
{
	int copy, status;
	DIR *stream;

	(void)context;
	/* Opened anew: a copy would share its place in the list with others. */
	copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return -errno;
	stream = fdopendir(copy);
	if (stream == NULL) {
		status = -errno;
		close(copy);
		return status;
	}
	status = list_stream(stream, each, argument);
	closedir(stream);
	return status;
}

static const struct disk_ops posix_ops = {
    .open = posix_open,
    .close = posix_close,
    .read = posix_read,
    .write = posix_write,
    .sync = posix_sync,
    .begin_sync = posix_begin_sync,
    .sync_folder = posix_sync_folder,
    .forget = posix_forget,
    .truncate = posix_truncate,
    .size = posix_size,
    .reserve = posix_reserve,
    .link = posix_link,
    .rename = posix_rename,
    .remove = posix_remove,
    .make_folder = posix_make_folder,
    .list = posix_list,
};

void
disk_posix_init(struct disk *disk, int folder)
{
	disk->ops = &posix_ops;
	disk->context = NULL;
	disk->folder = folder;
}
