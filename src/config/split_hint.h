#ifndef ABUF_CONFIG_SPLIT_HINT_H
#define ABUF_CONFIG_SPLIT_HINT_H

struct err;

/*
 * Is text a hint: a POSIX extended regular expression with at least one
 * group?  0; or ERR_USAGE, quoting it, with regcomp(3)'s reason.  Any thread.
 */
int split_hint_check(const char *text, struct err *e);

#endif
