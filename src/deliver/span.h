#ifndef ABUF_DELIVER_SPAN_H
#define ABUF_DELIVER_SPAN_H

/*
 * Reading a text that has no end mark, piece by piece.  Pure functions; any
 * thread.
 *
 * Those that skip something move the span's start behind it and return true,
 * or return false and leave the span as it was.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *start;
	const char *end;
};

size_t span_size(struct span span);
bool span_begins(struct span span, const char *prefix);

bool span_skip(struct span *span, const char *prefix);

/* Decimal digits; false also if more than 64 bits hold. */
bool span_skip_number(struct span *span, uint64_t *value);

/* Whatever stands before the first text in the span, and that. */
bool span_skip_to(struct span *span, const char *text);

/* The next line, without its newline; the last one may have none. */
bool span_next_line(struct span *span, struct span *line);

#endif
