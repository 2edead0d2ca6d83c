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

static int
look(const struct disk *disk, const char *path, struct contents *contents,
    struct err *e)
{
	int status;

	memset(contents, 0, sizeof(*contents));
	status =
	    disk->ops->list(disk->context, disk->folder, look_at, contents);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "%s", path);
	if (contents->has_others && !contents->has_journal)
		return err_set(
		    e, ERR_CONFIG, "%s: not empty, and not a journal", path);
	return 0;
}

/* What somebody else keeps there is left alone; a new one is made durable. */
static int
check_contents(const struct folder *folder, const char *path, struct err *e)
{
	struct contents contents;

	if (look(&folder->disk, path, &contents, e) != 0)
		return e->code;
	return contents.has_journal ? 0 : folder_sync_parent(path, e);
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
	int fd, code;

	folder_read_boot(folder->boot);
	read_file_system(folder);
	if (check_contents(folder, path, e) != 0 ||
	    folder_take_lock(folder, path, e) != 0)
		return e->code;
	windows = memory_printf("%s/" FOLDER_WINDOWS, path);
	fd = folder_make(folder->disk.folder, FOLDER_WINDOWS, windows, e);
	code = fd < 0 ? e->code : folder_check_owner(fd, windows, e);
	if (fd >= 0)
		disk_posix_init(&folder->windows, fd);
	free(windows);
	return code;
}

/* What is no journal need not have its rights. */
static int
check_folder(const struct folder *folder, const char *path, struct err *e)
{
	struct contents contents;
	struct err why;

	if (folder_check_owner(folder->disk.folder, path, e) == 0)
		return 0;
	if (look(&folder->disk, path, &contents, &why) == ERR_CONFIG)
		*e = why;
	return e->code;
}

int
folder_open(struct folder *folder, const char *path, struct err *e)
{
	int fd;

	memset(folder, 0, sizeof(*folder));
	folder->lock = -1;
	folder->windows.folder = -1;
	if (folder_check_umask(path, e) != 0)
		return e->code;
	fd = folder_make(AT_FDCWD, path, path, e);
	if (fd < 0)
		return e->code;
	disk_posix_init(&folder->disk, fd);
	if (check_folder(folder, path, e) == 0 &&
	    open_all(folder, path, e) == 0)
		return 0;
	if (folder->lock < 0)
		close(fd);
	folder_close(folder);
	return e->code;
}

/* w/, whose name is durable with that of the log's first segment. */
static int
adopt_windows(struct folder *folder)
{
	const struct disk *disk = &folder->disk;
	int status =
	    disk->ops->make_folder(disk->context, disk->folder, FOLDER_WINDOWS);

	if (status < 0 && status != -EEXIST)
		return status;
	folder->windows = *disk;
	folder->windows.folder = disk->ops->open(
	    disk->context, disk->folder, FOLDER_WINDOWS, DISK_FOLDER);
	return folder->windows.folder < 0 ? folder->windows.folder : 0;
}

int
folder_adopt(struct folder *folder, const struct disk *disk, const char *path,
    struct err *e)
{
	int status;

	memset(folder, 0, sizeof(*folder));
	folder->disk = *disk;
	folder->is_adopted = true;
	snprintf(folder->file_system, sizeof(folder->file_system), "adopted");
	/* Nobody else has it, and nobody reads who does. */
	folder->lock = open("/dev/null", O_RDWR | O_CLOEXEC);
	status = folder->lock < 0 ? -errno : adopt_windows(folder);
	if (status == 0)
		return 0;
	folder_close(folder);
	return err_set_errno(e, ERR_IO, -status, "%s", path);
}

void
folder_close(struct folder *folder)
{
	const struct disk *windows = &folder->windows;

	if (folder->lock < 0)
		return;
	if (windows->ops != NULL && windows->folder >= 0)
		windows->ops->close(windows->context, windows->folder);
	if (!folder->is_adopted)
		close(folder->disk.folder);
	close(folder->lock);
	folder->lock = -1;
}
