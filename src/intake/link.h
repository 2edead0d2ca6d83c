#ifndef ABUF_INTAKE_LINK_H
#define ABUF_INTAKE_LINK_H

/*
 * Where symbolic links lead.  It asks the file system.  Any thread.
 */

/*
 * The path that a symbolic link leads to, over others, whether anything is
 * there or not: its last name is no link.  NULL: path is no link, or nobody can
 * tell.  The caller frees.
 */
char *link_target(const char *path);

/* The folder of a path, with its slash, or "./"; the caller frees. */
char *link_folder(const char *path);

#endif
