#ifndef ABUF_JOURNAL_POSITION_H
#define ABUF_JOURNAL_POSITION_H

/*
 * How far a regular file has been taken, as bytes: what a journal keeps of a
 * source.  All numbers are little-endian.
 *
 *	offset  size  field
 *	0       4     number of the source, from 1
 *	4       2     length of the path, at most 4095; 0: it is as before
 *	6       2     length of the head, at most 1024
 *	8       8     device
 *	16      8     inode
 *	24      8     when the inode was born, in ns since 1970; 0: unknown
 *	32      8     position: the first byte not taken, at most 2^63 - 1
 *	40      8     FNV-1a of the head: as many of the file's first bytes
 *	48      8     FNV-1a of the up to 64 bytes before the position
 *	56      8     records before the position
 *	64      n     path, without a NUL; n is its length
 *
 * Nothing follows.  There is no checksum: the frame around it has one.  Still
 * every field is checked against its range, and the head has at least
 * min(1024, position) bytes, as in every file that was read to there.
 *
 * To change the layout: give the journal's format a new version, keep the
 * decoder of the old one and its golden bytes in tests/unit/test_position.c,
 * and add those of the new one.
 *
 * Pure functions; any thread.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"

struct err;

#define POSITION_FIXED_SIZE 64
#define POSITION_PATH_MAX 4095
#define POSITION_SIZE_MAX (POSITION_FIXED_SIZE + POSITION_PATH_MAX)

struct position {
	uint32_t source;
	uint64_t records;
	struct identity identity;
	const char *path; /* not ours; without a NUL */
	size_t path_size;
};

/* How many bytes it is encoded as. */
size_t position_size(const struct position *position);

/*
 * Write position_size() bytes to data.  A position out of the ranges above is
 * a bug.
 */
void position_encode(const struct position *position, uint8_t *data);

/*
 * Read what size bytes at data say, which has to be one position and no more.
 * The path stays in data.  ERR_DATA says which field is wrong.
 */
int position_decode(
    struct position *position, const uint8_t *data, size_t size, struct err *e);

#endif
