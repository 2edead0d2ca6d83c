#ifndef ABUF_BASE_JSON_TEXT_H
#define ABUF_BASE_JSON_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Write size bytes as a JSON string (RFC 8259, section 7), quotes included.
 * Bytes that are no UTF-8 become U+FFFD, one for each, and so does NUL, which
 * our own reader of JSON refuses (config/lexical.h).  Any thread.
 */
void json_text_string(FILE *out, const char *text, size_t size);

#endif
