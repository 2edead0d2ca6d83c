#ifndef ABUF_TESTS_TEST_LOT_H
#define ABUF_TESTS_TEST_LOT_H

/*
 * A batch of given bytes, for the suites of what is done with one.
 */
#include <stddef.h>
#include <stdint.h>

#include "buffer/buffer.h"
#include "config/config.h"

struct lot {
	struct config config;
	struct buffer_set set;
	struct batch *batch; /* NULL: none yet */
};

/* Buffer b, channel c. */
void lot_begin(
    struct lot *lot, enum config_input_format format, uint8_t delimiter);

/*
 * A batch of these records, each with what ends it, behind a header, which may
 * be empty.  The one before is destroyed.
 */
void lot_fill(
    struct lot *lot, const char *header, const void *records, size_t size);

void lot_end(struct lot *lot);

#endif
