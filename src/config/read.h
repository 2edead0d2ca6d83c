#ifndef ABUF_CONFIG_READ_H
#define ABUF_CONFIG_READ_H

#include <stddef.h>

struct err;

/*
 * The bytes of a configuration file.
 *
 * path may be anything that can be read to its end: a regular file, a FIFO,
 * /dev/stdin, the /dev/fd/N of a shell's <(...).  Blocks until the end of the
 * file.  On success *text is the caller's to free() and has a 0 behind its
 * *size bytes.  ERR_CONFIG with "path: why" if it cannot be read, is a
 * directory, or has more than CONFIG_FILE_MAX bytes.
 */
int read_file(const char *path, char **text, size_t *size, struct err *e);

#endif
