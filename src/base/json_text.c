/*
 * Strings as JSON.
 */
#include "base/json_text.h"

#include "base/utf8.h"

static void
write_control(FILE *out, unsigned char c)
{
	if (c == '\n')
		fputs("\\n", out);
	else if (c == '\t')
		fputs("\\t", out);
	else
		fprintf(out, "\\u%04x", c);
}

void
json_text_string(FILE *out, const char *text, size_t size)
{
	size_t at = 0, length;

	putc('"', out);
	while (at < size) {
		unsigned char c = (unsigned char)text[at];

		length = utf8_length(text + at, size - at);
		if (length == 0 || c == '\0') {
			fputs("\\ufffd", out);
			length = 1;
		} else if (c < 0x20) {
			write_control(out, c);
		} else if (c == '"' || c == '\\') {
			fprintf(out, "\\%c", c);
		} else {
			fwrite(text + at, 1, length, out);
		}
		at += length;
	}
	putc('"', out);
}
