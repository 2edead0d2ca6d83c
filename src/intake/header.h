#ifndef ABUF_INTAKE_HEADER_H
#define ABUF_INTAKE_HEADER_H

/*
 * The header of a file whose reading begins behind it: it stands in front of
 * its records all the same.
 */

#include <stdint.h>

struct inlet;

/*
 * Read the inlet's header from the start of an open regular file, which is at
 * most limit bytes long.  If there is none, or none that can be read, the
 * inlet has none.  It is not wanted any more in either case.
 */
void header_read(struct inlet *inlet, int fd, uint64_t limit);

#endif
