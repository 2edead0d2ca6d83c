/*
 * Strings around and between records.  They are read here only to refuse them
 * early, with the place; deliver/frame.c reads them in earnest.
 */
#include "config/frame_text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "config/config.h"

/* More of the user's text than this says nothing new in a message. */
#define QUOTED 48

int
frame_text_check(const char *text, struct err *e)
{
	size_t length = strlen(text);
	const char *at;
	uint8_t unused;

	if (length > CONFIG_FRAME_TEXT_MAX)
		return err_set(e, ERR_USAGE,
		    "it has %zu bytes, at most %d are allowed", length,
		    CONFIG_FRAME_TEXT_MAX);
	for (at = text; *at != '\0'; at += length) {
		length = *at == '\\' ? units_read_escape(at, &unused) : 1;
		if (length == 0)
			return err_set(e, ERR_USAGE,
			    "\"%.*s\": only \\n \\t \\r \\0 \\\\ and \\xNN "
			    "may follow a backslash",
			    QUOTED, text);
	}
	return 0;
}
