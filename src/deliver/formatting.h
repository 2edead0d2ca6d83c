#ifndef ABUF_DELIVER_FORMATTING_H
#define ABUF_DELIVER_FORMATTING_H

/*
 * FormatInput at work: from the records of a part to what a command gets, as a
 * formatter (formatter.h) has it.
 *
 * Memory is bounded by the longest record and its row, not by the batch, and
 * is kept for the next one unless that record was a long one.
 *
 * One worker's.
 */

#include "deliver/ibuffer.h"

struct formatter;
struct formatting;

/* formatter outlives it. */
struct formatting *formatting_create(const struct formatter *formatter);

/* The format_input() of ibuffer.h, but for its context. */
int formatting_do(struct formatting *formatting, const struct batch *batch,
    const struct part *part, payload_taker *take, void *take_context,
    struct formatted *formatted, struct err *e);

void formatting_destroy(struct formatting *formatting);

#endif
