#ifndef ABUF_JOURNAL_FOLDER_INTERNAL_H
#define ABUF_JOURNAL_FOLDER_INTERNAL_H

/*
 * What the files of a journal's folder share; see folder.h.  path is for
 * messages, where there is a name, too.
 */

struct err;
struct folder;

/* ERR_CONFIG: files would be made that the next run cannot open. */
int folder_check_umask(const char *path, struct err *e);

/*
 * Make the folder of this name, unless it is there, and open it: a descriptor,
 * the caller's; or ERR_CONFIG, ERR_IO.
 */
int folder_make(int in, const char *name, const char *path, struct err *e);

/* ERR_CONFIG: it is not ours alone. */
int folder_check_owner(int fd, const char *path, struct err *e);

/*
 * Power loss must not take a new folder with all that was promised in it: its
 * name becomes durable.
 */
int folder_sync_parent(const char *path, struct err *e);

/*
 * folder_lock.c: lock the folder, which is open, and write into LOCK who has
 * it; its run, if there is one, is in *folder then.  ERR_BUSY, ERR_IO.
 */
int folder_take_lock(struct folder *folder, const char *path, struct err *e);

#endif
