#ifndef ABUF_INTAKE_FRAMER_INTERNAL_H
#define ABUF_INTAKE_FRAMER_INTERNAL_H

/*
 * What the files of the framer share; see framer.h.
 */

#include "intake/framer.h"

/* The record at the front is done with: nothing is known of what follows. */
void framer_forget(struct framer *framer);

/* framer_json.c: the next value, alone. */
struct cut framer_cut_json(
    struct framer *framer, const uint8_t *data, size_t size);

#endif
