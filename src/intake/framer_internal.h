#ifndef ABUF_INTAKE_FRAMER_INTERNAL_H
#define ABUF_INTAKE_FRAMER_INTERNAL_H

/*
 * What the files of the framer share; see framer.h.
 */

#include "intake/framer.h"

/*
 * A record that is not whole has more than max_record_bytes: size bytes, the
 * last of which is no byte of it at the end of the input.
 */
bool framer_is_too_long(const struct framer *framer, size_t size);

/* framer_json.c: the next value, alone. */
struct cut framer_cut_json(
    struct framer *framer, const uint8_t *data, size_t size);

#endif
