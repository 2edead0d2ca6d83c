#ifndef ABUF_BASE_FOLDERS_H
#define ABUF_BASE_FOLDERS_H

/*
 * Folders that last: what is made is the owner's only, and its name is on the
 * disk.
 */

/*
 * Make the folder at path and its parents, as far as they are not there.
 * Whether that worked, open(2) tells.  Returns 0, or the errno of a sync: then
 * the folder whose name might not last is gone again.  Any thread.
 */
int folders_make(const char *path);

#endif
