/*
 * Reading a text piece by piece.
 */
#include "deliver/span.h"

#include <string.h>

#include "base/units.h"

size_t
span_size(struct span span)
{
	return (size_t)(span.end - span.start);
}

bool
span_begins(struct span span, const char *prefix)
{
	size_t size = strlen(prefix);

	return span_size(span) >= size && memcmp(span.start, prefix, size) == 0;
}

bool
span_skip(struct span *span, const char *prefix)
{
	if (!span_begins(*span, prefix))
		return false;
	span->start += strlen(prefix);
	return true;
}

bool
span_skip_number(struct span *span, uint64_t *value)
{
	size_t digits = units_read_digits(span->start, span_size(*span), value);

	span->start += digits;
	return digits > 0;
}

bool
span_skip_to(struct span *span, const char *text)
{
	size_t size = strlen(text);
	const char *found = memmem(span->start, span_size(*span), text, size);

	if (found == NULL)
		return false;
	span->start = found + size;
	return true;
}

bool
span_next_line(struct span *span, struct span *line)
{
	const char *newline;

	if (span->start == span->end)
		return false;
	newline = memchr(span->start, '\n', span_size(*span));
	line->start = span->start;
	line->end = newline != NULL ? newline : span->end;
	span->start = newline != NULL ? newline + 1 : span->end;
	return true;
}
