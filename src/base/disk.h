#ifndef ABUF_BASE_DISK_H
#define ABUF_BASE_DISK_H

/*
 * The seam between what must survive a crash and the system: a small table of
 * functions for files in one folder and the folders in it.  POSIX is one back
 * end; tests put others in its place, which forget, tear, run full and fail.
 *
 * A handle is an int, as a descriptor is, and is the caller's until close().
 * A name is one component, without a slash, and is never followed if it is a
 * symbolic link.
 *
 * Every function returns a negative errno on failure.  Those of the table may
 * do less than they are asked for, and may be interrupted (-EINTR), exactly as
 * the system may; disk_write_all() and disk_read_all() are the loops, above
 * the seam, so that tests reach them.
 *
 * What is written is durable after sync() of its file, and what is created,
 * renamed or removed after sync_folder(); before that, power loss may keep any
 * of it, in any order.  A sync that has failed is never repeated: the second
 * one succeeds although the data is lost.
 *
 * One caller at a time for each handle, except that sync() may run beside
 * write().  Any thread.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum disk_how {
	DISK_READ,   /* an existing file, to be read */
	DISK_WRITE,  /* to be read and written, even if it is read-only */
	DISK_CREATE, /* a new one, mode 0600; -EEXIST if there is one */
	DISK_FOLDER  /* an existing folder */
};

/* Told a name in a folder.  Anything but 0 ends the list, and is returned. */
typedef int disk_each(void *argument, const char *name);

struct disk_ops {
	/* A handle on `name` in folder. */
	int (*open)(
	    void *context, int folder, const char *name, enum disk_how how);

	/* Closes a handle, also where the system complains. */
	void (*close)(void *context, int handle);

	/* How many bytes were read at offset: 0 at the end, or fewer. */
	ssize_t (*read)(void *context, int file, uint8_t *data, size_t size,
	    uint64_t offset);

	/* How many bytes were written at offset; perhaps fewer. */
	ssize_t (*write)(void *context, int file, const uint8_t *data,
	    size_t size, uint64_t offset);

	/* Makes the content and the size of a file durable. */
	int (*sync)(void *context, int file);

	/*
	 * Begins to write a file to the disk, so that the syncs of several that
	 * follow have little left to wait for.  It promises nothing, and may be
	 * NULL.
	 */
	void (*begin_sync)(void *context, int file);

	/* The same as sync() for the names in a folder. */
	int (*sync_folder)(void *context, int folder);

	/* Keeps no copy in memory, so that what is read comes from the disk. */
	int (*forget)(void *context, int file);

	int (*truncate)(void *context, int file, uint64_t size);
	int (*size)(void *context, int file, uint64_t *size);

	/*
	 * Space for `size` bytes at offset, so that writing there cannot fail
	 * for lack of it; the size of the file stays.  -EFBIG beyond the limit
	 * on the size of files, -EOPNOTSUPP where the file system cannot do
	 * that.
	 */
	int (*reserve)(void *context, int file, uint64_t offset, uint64_t size);

	/*
	 * A second name for a file; -EEXIST if something has it already.  Not
	 * every file system can do that, nor for every kind of file.
	 */
	int (*link)(void *context, int folder, const char *name, int new_folder,
	    const char *new_name);

	/* Replaces a file that has the new name, at once. */
	int (*rename)(void *context, int folder, const char *name,
	    int new_folder, const char *new_name);
	int (*remove)(void *context, int folder, const char *name);

	/* A new folder, mode 0700. */
	int (*make_folder)(void *context, int folder, const char *name);

	/* Every name but "." and "..", in no order. */
	int (*list)(void *context, int folder, disk_each *each, void *argument);
};

struct disk {
	const struct disk_ops *ops;
	void *context; /* the back end's */
	int folder;    /* the handle of the folder it is about */
};

/*
 * The folder that the descriptor is open on; the disk does not own it, and
 * needs no release.
 */
void disk_posix_init(struct disk *disk, int folder);

/*
 * Write all of data at offset, however often it takes.  0, or why it stopped;
 * some of it may be written then.  -ENOSPC if the system takes nothing and has
 * no reason.
 */
int disk_write_all(const struct disk *disk, int file, const uint8_t *data,
    size_t size, uint64_t offset);

/*
 * What is read of the file from now on comes from the disk: after a write that
 * failed, memory has bytes that the disk never got.  0, or why that cannot be.
 */
int disk_settle(const struct disk *disk, int file);

/*
 * Read `size` bytes at offset, however often it takes.  How many there were:
 * fewer at the end of the file only.
 */
ssize_t disk_read_all(const struct disk *disk, int file, uint8_t *data,
    size_t size, uint64_t offset);

#endif
