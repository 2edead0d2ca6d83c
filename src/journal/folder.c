/*
 * The folder of a journal: whose it is, and who has it.
 */
#include "journal/folder.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "journal/pipeline.h"
#include "journal/segment.h"

#define LOCK_NAME "LOCK"
#define WINDOWS_NAME "w"
#define TEXT_SIZE 256

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

static const char *
file_system_of(int fd)
{
	struct statfs st;
	size_t i;

	if (fstatfs(fd, &st) != 0)
		return "unknown";
	for (i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		if ((long)st.f_type == file_systems[i].magic)
			return file_systems[i].name;
	}
	return "unknown";
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
		return err_set_errno(e,
		    errno == ENOENT || errno == EACCES || errno == ENOTDIR
		        ? ERR_CONFIG
		        : ERR_IO,
		    errno, "%s: cannot be made", path);
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

	if (strcmp(name, LOCK_NAME) == 0 || segment_number(name) > 0)
		contents->has_journal = true;
	else if (strcmp(name, "lost+found") != 0)
		contents->has_others = true;
	return 0;
}

/* What somebody else keeps there is left alone. */
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
	return 0;
}

/* Zeros if nobody knows. */
static void
read_boot(uint8_t boot[FOLDER_BOOT_SIZE])
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
	if (file != NULL)
		fclose(file);
}

/* For people; nobody relies on it. */
static void
write_lock(int lock)
{
	char text[TEXT_SIZE], when[32] = "";
	time_t now = time(NULL);
	struct tm utc;
	int size;

	if (gmtime_r(&now, &utc) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	size = snprintf(
	    text, sizeof(text), "pid %ld\nsince %s\n", (long)getpid(), when);
	if (ftruncate(lock, 0) == 0 &&
	    pwrite(lock, text, (size_t)size, 0) != size)
		return;
}

static int
refuse_held(int lock, const char *path, struct err *e)
{
	char text[TEXT_SIZE] = "";
	long pid = 0;

	if (pread(lock, text, sizeof(text) - 1, 0) > 0 &&
	    sscanf(text, "pid %ld", &pid) == 1)
		return err_set(
		    e, ERR_BUSY, "%s: in use by process %ld", path, pid);
	return err_set(e, ERR_BUSY, "%s: in use", path);
}

static int
take_lock(struct folder *folder, const char *path, struct err *e)
{
	int lock = openat(folder->disk.folder, LOCK_NAME,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (lock < 0)
		return err_set_errno(e, ERR_IO, errno, "%s/" LOCK_NAME, path);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			refuse_held(lock, path, e);
		else
			err_set_errno(e, ERR_IO, errno, "%s/" LOCK_NAME, path);
		close(lock);
		return e->code;
	}
	write_lock(lock);
	folder->lock = lock;
	return 0;
}

static int
open_all(struct folder *folder, const char *path, struct err *e)
{
	char *windows;
	int fd;

	if (check_contents(folder, path, e) != 0 ||
	    take_lock(folder, path, e) != 0)
		return e->code;
	windows = memory_printf("%s/" WINDOWS_NAME, path);
	fd = open_folder(folder->disk.folder, WINDOWS_NAME, windows, e);
	free(windows);
	if (fd < 0)
		return e->code;
	disk_posix_init(&folder->windows, fd);
	read_boot(folder->boot);
	folder->file_system = file_system_of(fd);
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

uint64_t
folder_window_number(const char *name)
{
	size_t i;

	if (strlen(name) != PIPELINE_NAME_SIZE - 1)
		return 0;
	for (i = 0; name[i] != '\0'; i++) {
		if (strchr("0123456789abcdef", name[i]) == NULL)
			return 0;
	}
	return strtoull(name, NULL, 16);
}

struct listing {
	uint64_t *numbers;
	size_t count;
};

static int
note_window(void *argument, const char *name)
{
	struct listing *listing = argument;
	uint64_t number = folder_window_number(name);

	if (number == 0)
		return 0;
	/* At powers of two: there may be many. */
	if ((listing->count & (listing->count - 1)) == 0)
		listing->numbers = memory_resize(listing->numbers,
		    listing->count > 0 ? listing->count * 2 : 1,
		    sizeof(*listing->numbers));
	listing->numbers[listing->count++] = number;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

int
folder_list_windows(const struct folder *folder, uint64_t **numbers,
    size_t *count, struct err *e)
{
	const struct disk *disk = &folder->windows;
	struct listing listing = {0};
	int status =
	    disk->ops->list(disk->context, disk->folder, note_window, &listing);

	if (status < 0) {
		free(listing.numbers);
		return err_set_errno(e, ERR_IO, -status, "journal: w");
	}
	if (listing.count > 0)
		qsort(listing.numbers, listing.count, sizeof(*listing.numbers),
		    compare);
	*numbers = listing.numbers;
	*count = listing.count;
	return 0;
}
