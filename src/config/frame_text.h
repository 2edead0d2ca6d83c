#ifndef ABUF_CONFIG_FRAME_TEXT_H
#define ABUF_CONFIG_FRAME_TEXT_H

struct err;

/*
 * Is text good for a prefix, a separator or a suffix of a frame: no more than
 * CONFIG_FRAME_TEXT_MAX bytes, with escapes as units_read_escape() has them?
 * 0; or ERR_USAGE, quoting it.  Any thread.
 */
int frame_text_check(const char *text, struct err *e);

#endif
