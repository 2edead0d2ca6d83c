#ifndef ABUF_DELIVER_SPLIT_H
#define ABUF_DELIVER_SPLIT_H

/*
 * How to take a rejected batch apart.  Pure functions; any thread.
 */

#include <regex.h>
#include <stddef.h>
#include <stdint.h>

#define SPLIT_PARTS_MAX 3

struct split_plan {
	unsigned int count;                /* of parts; 0: it is one record */
	uint64_t records[SPLIT_PARTS_MAX]; /* in each, in order, never 0 */
};

/*
 * The parts for `records` (at least 1) records.  With a line that is one of
 * them: what stands before it, it alone, what stands behind it; without (0,
 * or more than there are): halves, the first one the larger.
 */
void split_plan(struct split_plan *plan, uint64_t records, uint64_t line);

/*
 * The line that the first match of hint in a command's stderr names, by
 * hint's first group; 0 if nothing matches or that is no number.  hint was
 * compiled with REG_EXTENDED and REG_NEWLINE, so that ^ and $ match at lines.
 */
uint64_t split_hint_line(const regex_t *hint, const char *tail, size_t size);

#endif
