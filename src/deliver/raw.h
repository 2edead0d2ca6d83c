#ifndef ABUF_DELIVER_RAW_H
#define ABUF_DELIVER_RAW_H

/*
 * The raw FormatInput: the command gets the window's bytes as they came.
 * Nothing is done per record, or per byte.
 */

struct batch;
struct err;
struct payload;

/* See ibuffer.h; context is not used.  Always returns 0. */
int raw_format_input(void *context, const struct batch *batch,
    struct payload *payload, struct err *e);

#endif
