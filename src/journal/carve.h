#ifndef ABUF_JOURNAL_CARVE_H
#define ABUF_JOURNAL_CARVE_H

/*
 * Batches in bytes that are no frame, for people who have nothing else left:
 * those of a damaged checkpoint that have their records inside.  Where they
 * are is known by nothing but what they look like, so that only those count
 * whose own CRC holds for their records; lanes and numbers have none.  Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

/* Told a BATCH as a frame, and where its payload begins in the data. */
typedef void carve_each(void *context, const struct frame *batch, size_t at);

/* data begins at a multiple of FRAME_ALIGNMENT of its segment. */
void carve(const uint8_t *data, size_t size, carve_each *each, void *context);

/*
 * Has a BATCH its records inside, as they were?  *offset is where they begin
 * in its payload, behind a header line.
 */
bool carve_records(const struct frame *batch, size_t *offset);

#endif
