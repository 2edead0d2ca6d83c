/*
 * What a disk would have after power loss: the bytes that each file had at its
 * last sync, under the names that its folder had at that of the folder.  All
 * that was there at the beginning counts as synced.
 *
 * It is kept in another folder, the image:
 *
 *	k-root   the key of the folder itself
 *	n-KEY    of a folder: a line for each name, MODE KEY NAME
 *	d-KEY    of a file: its bytes
 *
 * A key is an inode with its time of birth, for inodes are used again.  Files
 * there are replaced at once, so that a process may be killed at any moment.
 * Any thread.
 */
#ifndef SHIM_DISK_H
#define SHIM_DISK_H

#include <stdbool.h>

/* folder need not be there. */
void shim_disk_begin(const char *folder, const char *image);

/* This file or folder, below the folder or itself, is about to be synced. */
void shim_disk_sync(int fd, bool is_root);

#endif
