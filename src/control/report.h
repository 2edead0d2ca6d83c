#ifndef ABUF_CONTROL_REPORT_H
#define ABUF_CONTROL_REPORT_H

/*
 * What is to be said about a running abuf: for abufctl status, for SIGUSR2,
 * for the progress line and the summary.  Integers are printed exactly.
 * Loop thread only.
 */

#include <stddef.h>
#include <stdint.h>

struct buffer_set;

/*
 * A table for people, one line per channel below a head line, then totals.
 * Returns a string that the caller frees.
 */
char *report_text(const struct buffer_set *set, uint64_t now_ns);

/* The same as one JSON object on one line. */
char *report_json(const struct buffer_set *set, uint64_t now_ns);

/* "N records, N bytes, N batches, ..." for SIGUSR2; the caller frees. */
char *report_line(const struct buffer_set *set, uint64_t now_ns);

#endif
