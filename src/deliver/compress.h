#ifndef ABUF_DELIVER_COMPRESS_H
#define ABUF_DELIVER_COMPRESS_H

/*
 * Compressing a payload on its way: a member of gzip (RFC 1952), or a frame of
 * zstd with a checksum.  The same pieces give the same bytes: no time and no
 * name is in them.
 *
 *	compressor_begin(), compressor_put() any number of times,
 *	compressor_end(); and again
 *
 * zstd is there only if it was when abuf was built.
 *
 * One worker's; a compressor keeps its memory from one payload to the next.
 */

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "deliver/ibuffer.h"

struct compressor;
struct err;

/* ERR_CONFIG: abuf was built without it. */
int compress_check(enum config_compress kind, struct err *e);

/* For a kind that has been checked, other than none. */
struct compressor *compressor_create(enum config_compress kind);
void compressor_destroy(struct compressor *compressor); /* NULL: a no-op */

/*
 * A new payload, which take gets compressed.  Forgets one that was not ended.
 * ERR_IO: there is no memory for it now.
 */
int compressor_begin(struct compressor *compressor, payload_taker *take,
    void *context, struct err *e);

/* A payload_taker: context is the compressor.  Fails as take does. */
int compressor_put(
    void *context, const uint8_t *data, size_t size, struct err *e);

int compressor_end(struct compressor *compressor, struct err *e);

#endif
