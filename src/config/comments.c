/*
 * The pass that blanks comments.  It is ours because a comment must leave a
 * gap: a stripper that closes up turns "1 2" around a comment into "12", and
 * moves every position that a later message would name.
 */
#include "config/comments.h"

#include <stdbool.h>

#include "base/err.h"

struct pass {
	char *text;
	size_t size;
	size_t at;
};

/* Past the closing quote; false if the line or the text ends before it. */
static bool
skip_string(struct pass *pass)
{
	for (pass->at++; pass->at < pass->size; pass->at++) {
		char c = pass->text[pass->at];

		if (c == '"') {
			pass->at++;
			return true;
		}
		if (c == '\n')
			return false;
		/* What follows a backslash never closes the string. */
		if (c == '\\' && pass->at + 1 < pass->size &&
		    pass->text[pass->at + 1] != '\n')
			pass->at++;
	}
	return false;
}

static void
blank_line(struct pass *pass)
{
	for (; pass->at < pass->size; pass->at++) {
		if (pass->text[pass->at] == '\n')
			return;
		if (pass->text[pass->at] != '\r')
			pass->text[pass->at] = ' ';
	}
}

/* Past the closing star and slash; false if they never come. */
static bool
blank_block(struct pass *pass)
{
	size_t start =
	    pass->at + 2; /* the star of the opening does not close */

	for (; pass->at < pass->size; pass->at++) {
		char c = pass->text[pass->at];

		if (c != '\n' && c != '\r')
			pass->text[pass->at] = ' ';
		if (c == '*' && pass->at >= start &&
		    pass->at + 1 < pass->size &&
		    pass->text[pass->at + 1] == '/') {
			pass->text[pass->at + 1] = ' ';
			pass->at += 2;
			return true;
		}
	}
	return false;
}

int
comments_blank(char *text, size_t size, size_t *offset, struct err *e)
{
	struct pass pass = {text, size, 0};

	while (pass.at < size) {
		size_t start = pass.at;
		char next = start + 1 < size ? text[start + 1] : '\0';

		if (text[start] == '"') {
			if (!skip_string(&pass)) {
				*offset = start;
				return err_set(e, ERR_CONFIG,
				    "a string is not closed on its line");
			}
		} else if (text[start] == '/' && next == '/') {
			blank_line(&pass);
		} else if (text[start] == '/' && next == '*') {
			if (!blank_block(&pass)) {
				*offset = start;
				return err_set(
				    e, ERR_CONFIG, "a comment is not closed");
			}
		} else {
			pass.at++;
		}
	}
	return 0;
}
