#ifndef ABUF_TESTS_CRASH_DISK_FILES_H
#define ABUF_TESTS_CRASH_DISK_FILES_H

/*
 * A disk in front of another one, for a journal's folder: a window's file is a
 * descriptor, which is written to without the disk (window.h), and handed on.
 * So files in w/ are memfds here, which only grow but for truncate(); whatever
 * was written to them since is written to the disk behind before each of its
 * operations, and dies with that.  What happens to them in between, two writes
 * to the same sectors, say, is one write to the disk.
 *
 * The caller:
 *	1. crash_files_init(&files, &inner, &outer);
 *	2. whatever uses outer, and crash_files_pull() when it matters;
 *	3. crash_files_release(&files): descriptors are the user's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/disk.h"

#define CRASH_FILES_MAX 256

/* A file in w/ that has been opened, until it is removed. */
struct crash_file {
	char name[32];  /* "": none */
	int inner;      /* its handle there */
	int fd;         /* ours */
	ino_t inode;    /* of the memfd */
	uint64_t size;  /* that the disk has been told */
	bool is_closed; /* read-only for good */
};

struct crash_files {
	struct disk inner;
	int windows; /* the handle of w/ there; -1: it is not open */
	struct crash_file files[CRASH_FILES_MAX];
	size_t count; /* all behind are none */
};

/* In front of inner, which must stay; *outer is what is to be used. */
void crash_files_init(
    struct crash_files *files, const struct disk *inner, struct disk *outer);
void crash_files_release(struct crash_files *files);

/* What has been written to descriptors goes to the disk. */
void crash_files_pull(struct crash_files *files);

#endif
