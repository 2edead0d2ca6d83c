/*
 * A library for LD_PRELOAD, between abuf and the system: it counts what is done
 * to files and names under one folder, by all threads, and does one thing at
 * one of these operations.  Only in the process that it was loaded into: not in
 * what that starts, from whose environment it takes itself.
 *
 *	SHIM_FOLDER  the folder, an absolute path without a symbolic link
 *	SHIM_LOG     a line is appended here before each operation: its number
 *	             ("-" if it is not counted), name, path and size.  What the
 *	             process says on stderr is there, too, as "- say TEXT"
 *	SHIM_ONLY    count only operations of this name: write, sync, create,
 *	             rename, link, remove, truncate, reserve or folder
 *	SHIM_AT      the number of the operation, from 1; 0: none
 *	SHIM_DO      what then happens:
 *	    kill       SIGKILL, before it
 *	    torn       half of a write, then SIGKILL; others: as kill
 *	    fail       it fails with the number SHIM_ERROR, once; but not for
 *	               ENOSPC or EDQUOT what frees space
 *	    fail-on    so do it and all that follow it
 *	    short      half of a write; others are done
 *	    interrupt  EINTR, once, for a write or a reservation
 *	SHIM_SYNC_MS every sync takes so long
 *	SHIM_DISK    a folder, for what a disk would have: shim_disk.h
 *	SHIM_BOOT    a file with the name of this start of the machine
 */
#include "shim_disk.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE 4096

enum what { KILL, TORN, FAIL, FAIL_ON, SHORT, INTERRUPT };

static const char *const names[] = {
    [KILL] = "kill",
    [TORN] = "torn",
    [FAIL] = "fail",
    [FAIL_ON] = "fail-on",
    [SHORT] = "short",
    [INTERRUPT] = "interrupt",
};

static struct {
	pid_t pid;
	char folder[PATH_SIZE], only[16];
	size_t folder_size;
	int log, error;
	unsigned long at;
	long sync_ms;
	enum what what;
} settings = {.log = -1};

static atomic_ulong operations;

/* What stands behind ours: the system's, or a sanitizer's. */
#define NEXT(name) ((__typeof__(&(name)))next(#name))

static uintptr_t
next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL)
		abort();
	return (uintptr_t)function;
}

static void
read_settings(const char *folder)
{
	const char *text;
	size_t i;

	settings.folder_size = (size_t)snprintf(
	    settings.folder, sizeof(settings.folder), "%s/", folder);
	text = getenv("SHIM_ONLY");
	snprintf(settings.only, sizeof(settings.only), "%s",
	    text != NULL ? text : "");
	text = getenv("SHIM_AT");
	settings.at = text != NULL ? strtoul(text, NULL, 10) : 0;
	text = getenv("SHIM_SYNC_MS");
	settings.sync_ms = text != NULL ? strtol(text, NULL, 10) : 0;
	text = getenv("SHIM_ERROR");
	settings.error = text != NULL ? (int)strtol(text, NULL, 10) : EIO;
	text = getenv("SHIM_DO");
	for (i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0)
			settings.what = (enum what)i;
	}
	text = getenv("SHIM_LOG");
	if (text != NULL)
		settings.log = NEXT(open)(
		    text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *folder = getenv("SHIM_FOLDER");

	unsetenv("LD_PRELOAD");
	if (folder == NULL)
		return;
	read_settings(folder);
	if (getenv("SHIM_DISK") != NULL)
		shim_disk_begin(folder, getenv("SHIM_DISK"));
	settings.pid = getpid();
}

static void
note(const char *text, size_t size)
{
	if (settings.log >= 0 && NEXT(write)(settings.log, text, size) < 0)
		abort();
}

static bool
is_below(const char *path)
{
	return strncmp(path, settings.folder, settings.folder_size) == 0 ||
	    (strncmp(path, settings.folder, settings.folder_size - 1) == 0 &&
	        path[settings.folder_size - 1] == '\0');
}

/* The path of a descriptor; whether it is one of the folder's. */
static bool
descriptor_path(int fd, char path[PATH_SIZE])
{
	char link[32];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, PATH_SIZE - 1);
	path[size > 0 ? size : 0] = '\0';
	return is_below(path);
}

static bool
name_path(int folder, const char *name, char path[PATH_SIZE])
{
	size_t size = 0;

	if (name[0] != '/') {
		if (folder != AT_FDCWD)
			descriptor_path(folder, path);
		else if (getcwd(path, PATH_SIZE) == NULL)
			return false;
		size = strlen(path);
		path[size++] = '/';
	}
	snprintf(path + size, PATH_SIZE - size, "%s", name);
	return is_below(path);
}

static void
note_operation(
    const char *number, const char *name, const char *path, size_t size)
{
	char line[PATH_SIZE + 64];
	int length = snprintf(
	    line, sizeof(line), "%s %s %s %zu\n", number, name, path, size);

	note(line, (size_t)length);
}

/* Whether this is the one; counts it. */
static bool
is_chosen(const char *name, const char *path, size_t size)
{
	unsigned long number;
	char text[24];

	if (settings.only[0] != '\0' && strcmp(settings.only, name) != 0) {
		note_operation("-", name, path, size);
		return false;
	}
	number = atomic_fetch_add(&operations, 1) + 1;
	snprintf(text, sizeof(text), "%lu", number);
	note_operation(text, name, path, size);
	return settings.at > 0 &&
	    (number == settings.at ||
	        (number > settings.at && settings.what == FAIL_ON));
}

static void
die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* What gives space back does not fail for want of it. */
static int
failure_of(const char *name)
{
	bool frees =
	    strcmp(name, "truncate") == 0 || strcmp(name, "remove") == 0;

	bool is_space = settings.error == ENOSPC || settings.error == EDQUOT;

	return frees && is_space ? 0 : settings.error;
}

/* 0, or the error that it ends with instead of being done. */
static int
fate(const char *name, const char *path)
{
	if (!is_chosen(name, path, 0))
		return 0;
	switch (settings.what) {
	case KILL:
	case TORN:
		die();
		return 0;
	case FAIL:
	case FAIL_ON:
		return failure_of(name);
	case INTERRUPT:
		return strcmp(name, "reserve") == 0 ? EINTR : 0;
	default:
		return 0;
	}
}

/* The same for a write; *size becomes less if it is to be a short one. */
static int
fate_of_write(int fd, size_t *size, bool *is_last)
{
	char path[PATH_SIZE];

	*is_last = false;
	if (getpid() != settings.pid || fd == settings.log)
		return 0;
	if (!descriptor_path(fd, path) || !is_chosen("write", path, *size))
		return 0;
	switch (settings.what) {
	case KILL:
		die();
		return 0;
	case TORN:
		*is_last = true;
		*size /= 2;
		return 0;
	case SHORT:
		*size = (*size + 1) / 2;
		return 0;
	default:
		return settings.what == INTERRUPT ? EINTR : settings.error;
	}
}

static ssize_t
written(ssize_t n, bool is_last)
{
	if (is_last)
		die();
	return n;
}

static int
refuse(int error)
{
	errno = error;
	return -1;
}

static int
fate_of_file(const char *name, int fd)
{
	char path[PATH_SIZE];

	return getpid() == settings.pid && descriptor_path(fd, path)
	    ? fate(name, path)
	    : 0;
}

static int
fate_of_name(const char *operation, int folder, const char *name)
{
	char path[PATH_SIZE];

	return getpid() == settings.pid && name_path(folder, name, path)
	    ? fate(operation, path)
	    : 0;
}

/* A message is one write, and one line. */
static void
note_said(int fd, const char *text, size_t size)
{
	char line[PATH_SIZE];
	int length;

	if (fd != STDERR_FILENO || getpid() != settings.pid)
		return;
	length = snprintf(line, sizeof(line), "- say %.*s",
	    (int)(size < 1024 ? size : 1024), text);
	line[length - 1] = '\n';
	note(line, (size_t)length);
}

ssize_t
write(int fd, const void *data, size_t size)
{
	bool is_last;
	int error;

	note_said(fd, data, size);
	error = fate_of_write(fd, &size, &is_last);
	if (error != 0)
		return refuse(error);
	return written(NEXT(write)(fd, data, size), is_last);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
	bool is_last;
	int error = fate_of_write(fd, &size, &is_last);

	if (error != 0)
		return refuse(error);
	return written(NEXT(pwrite)(fd, data, size, offset), is_last);
}

/* Halves are of the first part: enough to be short. */
ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	size_t size = parts[0].iov_len, whole = size;
	bool is_last;
	int error = fate_of_write(fd, &size, &is_last);

	if (error != 0)
		return refuse(error);
	if (size != whole)
		return written(
		    NEXT(write)(fd, parts[0].iov_base, size), is_last);
	return written(NEXT(writev)(fd, parts, count), is_last);
}

ssize_t
pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	size_t size = parts[0].iov_len, whole = size;
	bool is_last;
	int error = fate_of_write(fd, &size, &is_last);

	if (error != 0)
		return refuse(error);
	if (size != whole)
		return written(
		    NEXT(pwrite)(fd, parts[0].iov_base, size, offset), is_last);
	return written(NEXT(pwritev)(fd, parts, count, offset), is_last);
}

static int
fate_of_sync(int fd)
{
	const struct timespec time = {.tv_sec = settings.sync_ms / 1000,
	    .tv_nsec = settings.sync_ms % 1000 * 1000000};
	int error = fate_of_file("sync", fd);
	char path[PATH_SIZE];

	if (getpid() != settings.pid)
		return error;
	nanosleep(&time, NULL);
	if (error == 0 && descriptor_path(fd, path))
		shim_disk_sync(fd, strlen(path) + 1 == settings.folder_size);
	return error;
}

int
fsync(int fd)
{
	int error = fate_of_sync(fd);

	return error != 0 ? refuse(error) : NEXT(fsync)(fd);
}

int
fdatasync(int fd)
{
	int error = fate_of_sync(fd);

	return error != 0 ? refuse(error) : NEXT(fdatasync)(fd);
}

int
ftruncate(int fd, off_t size)
{
	int error = fate_of_file("truncate", fd);

	return error != 0 ? refuse(error) : NEXT(ftruncate)(fd, size);
}

int
fallocate(int fd, int mode, off_t offset, off_t size)
{
	int error = fate_of_file("reserve", fd);

	return error != 0 ? refuse(error)
	                  : NEXT(fallocate)(fd, mode, offset, size);
}

int
renameat(int folder, const char *name, int new_folder, const char *new_name)
{
	int error = fate_of_name("rename", new_folder, new_name);

	return error != 0 ? refuse(error)
	                  : NEXT(renameat)(folder, name, new_folder, new_name);
}

int
rename(const char *name, const char *new_name)
{
	int error = fate_of_name("rename", AT_FDCWD, new_name);

	return error != 0 ? refuse(error) : NEXT(rename)(name, new_name);
}

int
linkat(int folder, const char *name, int new_folder, const char *new_name,
    int flags)
{
	int error = fate_of_name("link", new_folder, new_name);

	return error != 0
	    ? refuse(error)
	    : NEXT(linkat)(folder, name, new_folder, new_name, flags);
}

int
unlinkat(int folder, const char *name, int flags)
{
	int error = fate_of_name("remove", folder, name);

	return error != 0 ? refuse(error) : NEXT(unlinkat)(folder, name, flags);
}

int
unlink(const char *name)
{
	int error = fate_of_name("remove", AT_FDCWD, name);

	return error != 0 ? refuse(error) : NEXT(unlink)(name);
}

int
mkdirat(int folder, const char *name, mode_t mode)
{
	int error = fate_of_name("folder", folder, name);

	return error != 0 ? refuse(error) : NEXT(mkdirat)(folder, name, mode);
}

int
openat(int folder, const char *name, int flags, ...)
{
	va_list arguments;
	mode_t mode;
	int error = 0;

	va_start(arguments, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t)
	                                            : 0;
	va_end(arguments);
	if ((flags & O_CREAT) != 0)
		error = fate_of_name("create", folder, name);
	return error != 0 ? refuse(error)
	                  : NEXT(openat)(folder, name, flags, mode);
}

FILE *
fopen(const char *name, const char *mode)
{
	const char *boot = getenv("SHIM_BOOT");

	if (boot != NULL &&
	    strcmp(name, "/proc/sys/kernel/random/boot_id") == 0)
		name = boot;
	return NEXT(fopen)(name, mode);
}
