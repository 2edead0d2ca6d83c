/*
 * The regular expression that finds a bad record in a command's messages.  It
 * is compiled here only to refuse it early; whoever uses it compiles it again.
 */
#include "config/split_hint.h"

#include <regex.h>

#include "base/err.h"

/* More of the user's text than this says nothing new in a message. */
#define QUOTED 80

int
split_hint_check(const char *text, struct err *e)
{
	regex_t hint;
	char why[128];
	size_t groups;
	int code = regcomp(&hint, text, REG_EXTENDED);

	if (code != 0) {
		regerror(code, &hint, why, sizeof(why));
		return err_set(e, ERR_USAGE, "\"%.*s\": %s", QUOTED, text, why);
	}
	groups = hint.re_nsub;
	regfree(&hint);
	if (groups == 0)
		return err_set(e, ERR_USAGE,
		    "\"%.*s\" has no group, expected one for the number of "
		    "the line, such as line ([0-9]+)",
		    QUOTED, text);
	return 0;
}
