#ifndef ABUF_BASE_DESCRIPTORS_H
#define ABUF_BASE_DESCRIPTORS_H

/*
 * The process's descriptors, put in order once, first thing in main().
 */

#include <stddef.h>
#include <sys/resource.h>

struct err;

/*
 * Where 0, 1 or 2 is closed, open /dev/null there, so that no file of ours
 * ever lands on them.  Mark every descriptor above 2 close-on-exec: they stay
 * open for us (a shell's <(...) is one) and away from commands.  Raise the
 * limit on open files to its maximum and return the former limit in *before,
 * to be given back to commands.  ERR_SYSTEM if there is no /dev/null.
 */
int descriptors_prepare(struct rlimit *before, struct err *e);

/*
 * How many more descriptors can be opened now; at most max, which is also the
 * answer where it cannot be told.
 */
size_t descriptors_left(size_t max);

#endif
