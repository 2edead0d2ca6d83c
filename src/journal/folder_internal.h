#ifndef ABUF_JOURNAL_FOLDER_INTERNAL_H
#define ABUF_JOURNAL_FOLDER_INTERNAL_H

/*
 * What the two halves of a journal's folder (folder.c, folder_lock.c) share.
 */

struct err;
struct folder;

/*
 * Lock the folder, which is open, and write into LOCK who has it; its run, if
 * there is one, is in *folder then.  path is for messages.  ERR_BUSY, ERR_IO.
 */
int folder_take_lock(struct folder *folder, const char *path, struct err *e);

#endif
