#ifndef ABUF_JOURNAL_SPAN_TEXT_H
#define ABUF_JOURNAL_SPAN_TEXT_H

/*
 * Where the records of a batch are in files, for people: with that they can get
 * them out of a copy.  Zeroed, it has no text.  Pure.
 */

#include <stddef.h>
#include <stdint.h>

struct err;

struct span_text {
	char text[384]; /* "bytes 4 to 8 of /f, bytes 0 to 4 of /g" */
	size_t count;   /* the first three are named */
};

/* From start to before end. */
void span_text_add(
    struct span_text *text, uint64_t start, uint64_t end, const char *path);

/* Behind the message of an error, if there is any.  Returns e->code. */
int span_text_tell(const struct span_text *text, struct err *e);

#endif
