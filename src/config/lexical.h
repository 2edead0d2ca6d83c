#ifndef ABUF_CONFIG_LEXICAL_H
#define ABUF_CONFIG_LEXICAL_H

#include <stddef.h>

struct err;

/*
 * What the JSON parser would let pass, refused before it runs.
 *
 * cJSON is lenient where JSON is not: it takes 01 and 1. as numbers, raw
 * control characters and broken UTF-8 in strings, \uZZZZ as an escape, any
 * byte up to 32 as white space, and cuts a string at \u0000.  Each of these
 * would make the program do something other than what the file says, so this
 * pass reads the tokens once, strictly.  It knows nothing of the grammar
 * between tokens, except for two slips that deserve a clear message: a comma
 * before a closing bracket, and nesting deeper than LEXICAL_DEPTH_MAX.
 *
 * The text has no comments left.  Returns 0; or ERR_CONFIG with *offset at
 * the byte to blame and the reason, without a position, in *e.  A byte order
 * mark at the start is accepted.  Pure; any thread.
 */
#define LEXICAL_DEPTH_MAX 100

int lexical_check(const char *text, size_t size, size_t *offset, struct err *e);

#endif
