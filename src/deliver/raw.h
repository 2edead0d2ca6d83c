#ifndef ABUF_DELIVER_RAW_H
#define ABUF_DELIVER_RAW_H

/*
 * The raw FormatInput: the command gets the window's bytes as they came.
 * Nothing is done per record, or per byte.
 */

#include "deliver/ibuffer.h"

/* See ibuffer.h; context is not used.  Always returns 0. */
int raw_format_input(void *context, const struct batch *batch,
    const struct part *part, payload_taker *take, void *take_context,
    struct formatted *formatted, struct err *e);

/* All of a batch, as it came. */
struct payload raw_payload(const struct batch *batch);

#endif
