/*
 * Files in memory with descriptors, and a disk behind them.
 */
#include "crash_disk_files.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Handles behind, but for files in w/, are ours plus that. */
#define BASE (1 << 20)

static int
outer_handle(int inner)
{
	return inner < 0 ? inner : inner + BASE;
}

static bool
is_window_folder(const struct crash_files *files, int folder)
{
	return files->windows >= 0 && folder - BASE == files->windows;
}

static struct crash_file *
find_name(struct crash_files *files, const char *name)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		if (strcmp(files->files[i].name, name) == 0)
			return &files->files[i];
	}
	return NULL;
}

/* Descriptors are copied: the inode tells.  NULL: it has no name anywhere. */
static struct crash_file *
find_handle(struct crash_files *files, int handle)
{
	struct stat st;
	size_t i;

	if (fstat(handle, &st) != 0)
		abort();
	for (i = 0; i < files->count; i++) {
		if (files->files[i].name[0] != '\0' &&
		    files->files[i].inode == st.st_ino)
			return &files->files[i];
	}
	return NULL;
}

static int
inner_handle(struct crash_files *files, int handle)
{
	const struct crash_file *file;

	if (handle >= BASE)
		return handle - BASE;
	file = find_handle(files, handle);
	if (file == NULL)
		abort();
	return file->inner;
}

/* What is behind the end that the disk knows. */
static void
pull(struct crash_files *files, struct crash_file *file)
{
	uint8_t *data;
	struct stat st;
	size_t more;

	if (file->name[0] == '\0' || file->is_closed)
		return;
	if (fstat(file->fd, &st) != 0 || (uint64_t)st.st_size < file->size)
		abort();
	file->is_closed = (st.st_mode & 0200) == 0;
	more = (size_t)((uint64_t)st.st_size - file->size);
	if (more == 0)
		return;
	data = malloc(more);
	if (data == NULL ||
	    pread(file->fd, data, more, (off_t)file->size) != (ssize_t)more)
		abort();
	/* If the machine dies in it, nobody is told. */
	(void)disk_write_all(
	    &files->inner, file->inner, data, more, file->size);
	file->size = (uint64_t)st.st_size;
	free(data);
}

void
crash_files_pull(struct crash_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		pull(files, &files->files[i]);
}

static void
drop(struct crash_files *files, struct crash_file *file)
{
	if (file == NULL || file->name[0] == '\0')
		return;
	files->inner.ops->close(files->inner.context, file->inner);
	close(file->fd);
	file->name[0] = '\0';
}

/* What the disk has of it. */
static int
fill(struct crash_files *files, struct crash_file *file)
{
	const struct disk *disk = &files->inner;
	uint8_t *data;
	int status = disk->ops->size(disk->context, file->inner, &file->size);

	if (status < 0 || file->size == 0)
		return status;
	data = malloc((size_t)file->size);
	if (data == NULL)
		abort();
	if (disk_read_all(disk, file->inner, data, (size_t)file->size, 0) !=
	    (ssize_t)file->size)
		status = -EIO;
	else if (pwrite(file->fd, data, (size_t)file->size, 0) < 0)
		abort();
	free(data);
	return status;
}

/* A memfd for a file that is open behind; a descriptor of the caller's. */
static int
add(struct crash_files *files, const char *name, int inner)
{
	struct crash_file *file = find_name(files, "");
	struct stat st;
	int status;

	if (file == NULL) {
		if (files->count == CRASH_FILES_MAX)
			abort();
		file = &files->files[files->count++];
	}
	memset(file, 0, sizeof(*file));
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->inner = inner;
	file->fd = memfd_create(name, MFD_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &st) != 0)
		abort();
	file->inode = st.st_ino;
	status = fill(files, file);
	if (status == 0)
		return fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
	drop(files, file);
	return status;
}

static int
files_open(void *context, int folder, const char *name, enum disk_how how)
{
	struct crash_files *files = context;
	const struct disk *disk = &files->inner;
	struct crash_file *file;
	int handle;

	crash_files_pull(files);
	handle = disk->ops->open(disk->context, folder - BASE, name, how);
	if (handle < 0)
		return handle;
	if (how == DISK_FOLDER && strcmp(name, "w") == 0)
		files->windows = handle;
	if (how == DISK_FOLDER || !is_window_folder(files, folder))
		return handle + BASE;
	file = find_name(files, name);
	if (file == NULL)
		return add(files, name, handle);
	disk->ops->close(disk->context, handle);
	return fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
}

static void
files_close(void *context, int handle)
{
	struct crash_files *files = context;

	if (handle < BASE) {
		close(handle);
		return;
	}
	if (handle - BASE == files->windows)
		files->windows = -1;
	files->inner.ops->close(files->inner.context, handle - BASE);
}

static ssize_t
files_read(void *context, int file, uint8_t *data, size_t size, uint64_t offset)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	if (file < BASE && find_handle(files, file) == NULL)
		return pread(file, data, size, (off_t)offset);
	return files->inner.ops->read(files->inner.context,
	    inner_handle(files, file), data, size, offset);
}

/* Nobody writes to a window's file so. */
static ssize_t
files_write(
    void *context, int file, const uint8_t *data, size_t size, uint64_t offset)
{
	struct crash_files *files = context;

	if (file < BASE)
		abort();
	crash_files_pull(files);
	return files->inner.ops->write(
	    files->inner.context, file - BASE, data, size, offset);
}

static int
files_sync(void *context, int file)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->sync(
	    files->inner.context, inner_handle(files, file));
}

static int
files_sync_folder(void *context, int folder)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->sync_folder(
	    files->inner.context, folder - BASE);
}

static int
files_forget(void *context, int file)
{
	struct crash_files *files = context;

	return files->inner.ops->forget(
	    files->inner.context, inner_handle(files, file));
}

static int
files_truncate(void *context, int file, uint64_t size)
{
	struct crash_files *files = context;
	struct crash_file *window;
	int status;

	crash_files_pull(files);
	status = files->inner.ops->truncate(
	    files->inner.context, inner_handle(files, file), size);
	if (status < 0 || file >= BASE)
		return status;
	window = find_handle(files, file);
	window->size = size;
	return ftruncate(file, (off_t)size) < 0 ? -errno : 0;
}

static int
files_size(void *context, int file, uint64_t *size)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->size(
	    files->inner.context, inner_handle(files, file), size);
}

static int
files_reserve(void *context, int file, uint64_t offset, uint64_t size)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->reserve(
	    files->inner.context, inner_handle(files, file), offset, size);
}

static int
files_link(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->link(files->inner.context, folder - BASE, name,
	    new_folder - BASE, new_name);
}

static int
files_rename(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	struct crash_files *files = context;
	int status;

	crash_files_pull(files);
	status = files->inner.ops->rename(files->inner.context, folder - BASE,
	    name, new_folder - BASE, new_name);
	if (status == 0 && is_window_folder(files, folder))
		drop(files, find_name(files, name));
	return status;
}

static int
files_remove(void *context, int folder, const char *name)
{
	struct crash_files *files = context;
	int status;

	crash_files_pull(files);
	status =
	    files->inner.ops->remove(files->inner.context, folder - BASE, name);
	if (status == 0 && is_window_folder(files, folder))
		drop(files, find_name(files, name));
	return status;
}

static int
files_make_folder(void *context, int folder, const char *name)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->make_folder(
	    files->inner.context, folder - BASE, name);
}

static int
files_list(void *context, int folder, disk_each *each, void *argument)
{
	struct crash_files *files = context;

	crash_files_pull(files);
	return files->inner.ops->list(
	    files->inner.context, folder - BASE, each, argument);
}

static const struct disk_ops files_ops = {
    .open = files_open,
    .close = files_close,
    .read = files_read,
    .write = files_write,
    .sync = files_sync,
    .sync_folder = files_sync_folder,
    .forget = files_forget,
    .truncate = files_truncate,
    .size = files_size,
    .reserve = files_reserve,
    .link = files_link,
    .rename = files_rename,
    .remove = files_remove,
    .make_folder = files_make_folder,
    .list = files_list,
};

void
crash_files_init(
    struct crash_files *files, const struct disk *inner, struct disk *outer)
{
	memset(files, 0, sizeof(*files));
	files->inner = *inner;
	files->windows = -1;
	*outer = (struct disk){
	    .ops = &files_ops,
	    .context = files,
	    .folder = outer_handle(inner->folder),
	};
}

void
crash_files_release(struct crash_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		drop(files, &files->files[i]);
}
