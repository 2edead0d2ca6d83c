/*
 * The folder of a journal: whose it is.
 */
#include "journal/folder.h"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/folder_internal.h"
#include "journal/segment.h"

/* Not from the headers: these are old, and one is not in all of them. */
static const struct {
	long magic;
	const char *name;
} file_systems[] = {
    {0xef53, "ext4"},
    {0x58465342, "xfs"},
    {0x9123683e, "btrfs"},
    {0x01021994, "tmpfs"},
    {0x6969, "nfs"},
    {0x794c7630, "overlayfs"},
    {0x2fc12fc1, "zfs"},
    {0xf2f52010, "f2fs"},
};

static void
read_file_system(struct folder *folder)
{
	size_t size = sizeof(folder->file_system), i;
	struct statfs st;

	if (fstatfs(folder->disk.folder, &st) != 0) {
		snprintf(folder->file_system, size, "unknown");
		return;
	}
	snprintf(folder->file_system, size, "0x%lx", (unsigned long)st.f_type);
	for (i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		if ((long)st.f_type == file_systems[i].magic)
			snprintf(folder->file_system, size, "%s",
			    file_systems[i].name);
	}
}

/* Where a path's last name is; the caller frees. */
static char *
parent_of(const char *path)
{
	char *parent = memory_string(path);
	size_t size = strlen(parent);

	while (size > 0 && parent[size - 1] == '/')
		size--;
	while (size > 0 && parent[size - 1] != '/')
		size--;
	while (size > 1 && parent[size - 1] == '/')
		size--;
	parent[size] = '\0';
	if (size > 0)
		return parent;
	free(parent);
	return memory_string(".");
}

static int
refuse_to_make(const char *path, int error, struct err *e)
{
	char *parent = parent_of(path);
	bool is_users = error == ENOENT || error == EACCES || error == ENOTDIR;

	err_set_errno(e, is_users ? ERR_CONFIG : ERR_IO, error,
	    "%s: cannot be made in %s", path, parent);
	free(parent);
	return e->code;
}

/*
 * Power loss must not take a new folder with all that was promised in it.  A
 * parent that we may not read we cannot sync; and some file systems have
 * nothing to sync there.
 */
static int
sync_parent(const char *path, struct err *e)
{
	char *parent = parent_of(path);
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

	if (fd < 0 || fsync(fd) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error == EACCES || error == EINVAL)
		error = 0;
	if (error != 0)
		err_set_errno(e, ERR_IO, error, "%s", parent);
	free(parent);
	return error != 0 ? e->code : 0;
}

/* Ours alone. */
static int
check_owner(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set_errno(e, ERR_IO, errno, "%s", path);
	if (st.st_uid != geteuid())
		return err_set(
		    e, ERR_CONFIG, "%s: it belongs to another user", path);
	if ((st.st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG,
		    "%s: others may use it (mode %04o): chmod 700 it", path,
		    (unsigned)(st.st_mode & 07777));
	return 0;
}

static int
open_folder(int in, const char *name, const char *path, struct err *e)
{
	int fd;

	if (mkdirat(in, name, 0700) != 0 && errno != EEXIST)
		return refuse_to_make(path, errno, e);
	fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set_errno(e,
		    errno == ENOTDIR || errno == ELOOP || errno == EACCES
		        ? ERR_CONFIG
		        : ERR_IO,
		    errno, "%s", path);
	if (check_owner(fd, path, e) != 0) {
		close(fd);
		return e->code;
	}
	return fd;
}

struct contents {
	bool has_journal;
	bool has_others;
};

static int
look_at(void *argument, const char *name)
{
	struct contents *contents = argument;

	if (strcmp(name, FOLDER_LOCK) == 0 || segment_number(name) > 0)
		contents->has_journal = true;
	else if (strcmp(name, "lost+found") != 0)
		contents->has_others = true;
	return 0;
}

/* What somebody else keeps there is left alone; a new one is made durable. */
static int
check_contents(const struct folder *folder, const char *path, struct err *e)
{
	const struct disk *disk = &folder->disk;
	struct contents contents = {0};
	int status =
	    disk->ops->list(disk->context, disk->folder, look_at, &contents);

	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "%s", path);
	if (contents.has_others && !contents.has_journal)
		return err_set(
		    e, ERR_CONFIG, "%s: not empty, and not a journal", path);
	return contents.has_journal ? 0 : sync_parent(path, e);
}

bool
folder_is_same_boot(
    const uint8_t one[FOLDER_BOOT_SIZE], const uint8_t other[FOLDER_BOOT_SIZE])
{
	static const uint8_t unknown[FOLDER_BOOT_SIZE];

	return memcmp(one, other, FOLDER_BOOT_SIZE) == 0 &&
	    memcmp(one, unknown, FOLDER_BOOT_SIZE) != 0;
}

void
folder_read_boot(uint8_t boot[FOLDER_BOOT_SIZE])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	unsigned int byte;
	size_t i;
	int c;

	memset(boot, 0, FOLDER_BOOT_SIZE);
	for (i = 0; file != NULL && i < FOLDER_BOOT_SIZE; i++) {
		c = fgetc(file);
		if (c != '-')
			ungetc(c, file);
		if (fscanf(file, "%2x", &byte) != 1)
			break;
		boot[i] = (uint8_t)byte;
	}
	if (i < FOLDER_BOOT_SIZE)
		memset(boot, 0, FOLDER_BOOT_SIZE);
	if (file != NULL)
		fclose(file);
}

static int
open_all(struct folder *folder, const char *path, struct err *e)
{
	char *windows;
	int fd;

	folder_read_boot(folder->boot);
	read_file_system(folder);
	if (check_contents(folder, path, e) != 0 ||
	    folder_take_lock(folder, path, e) != 0)
		return e->code;
	windows = memory_printf("%s/" FOLDER_WINDOWS, path);
	fd = open_folder(folder->disk.folder, FOLDER_WINDOWS, windows, e);
	free(windows);
	if (fd < 0)
		return e->code;
	disk_posix_init(&folder->windows, fd);
	return 0;
}

int
folder_open(struct folder *folder, const char *path, struct err *e)
{
	int fd;

	memset(folder, 0, sizeof(*folder));
	folder->lock = -1;
	folder->windows.folder = -1;
	fd = open_folder(AT_FDCWD, path, path, e);
	if (fd < 0)
		return e->code;
	disk_posix_init(&folder->disk, fd);
	if (open_all(folder, path, e) == 0)
		return 0;
	if (folder->lock < 0)
		close(fd);
	folder_close(folder);
	return e->code;
}

void
folder_close(struct folder *folder)
{
	if (folder->lock < 0)
		return;
	if (folder->windows.folder >= 0)
		close(folder->windows.folder);
	close(folder->disk.folder);
	close(folder->lock);
	folder->lock = -1;
}
