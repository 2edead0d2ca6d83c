/*
 * Where records are in files, in words.
 */
#include "journal/span_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define NAMED 3

void
span_text_add(
    struct span_text *text, uint64_t start, uint64_t end, const char *path)
{
	size_t used = strlen(text->text), left = sizeof(text->text) - used;

	if (text->count < NAMED)
		snprintf(text->text + used, left,
		    "%sbytes %" PRIu64 " to %" PRIu64 " of %s",
		    text->count > 0 ? ", " : "", start, end, path);
	else if (text->count == NAMED)
		snprintf(text->text + used, left, ", and others");
	text->count++;
}

int
span_text_tell(const struct span_text *text, struct err *e)
{
	size_t used = strlen(e->message);

	if (text->count > 0)
		snprintf(e->message + used, sizeof(e->message) - used, ": %s",
		    text->text);
	return e->code;
}
