/*
 * Text of others on a terminal.
 */
#include "harmless.h"

#include "base/utf8.h"

static void
put_byte(FILE *out, unsigned char byte)
{
	if (byte >= 0x80) {
		fputs("M-", out);
		byte -= 0x80;
	}
	if (byte < 0x20 || byte == 0x7f) {
		fputc('^', out);
		byte ^= 0x40;
	}
	fputc(byte, out);
}

void
harmless_put(FILE *out, const char *text, size_t size)
{
	size_t at = 0, length;

	while (at < size) {
		length = utf8_length(text + at, size - at);
		/* U+0080 to U+009F are controls, too. */
		if (length > 1 &&
		    !(text[at] == '\xc2' && (unsigned char)text[at + 1] < 0xa0))
			fwrite(text + at, 1, length, out);
		else if (text[at] == '\t')
			fputc('\t', out);
		else {
			put_byte(out, (unsigned char)text[at]);
			length = 1;
		}
		at += length;
	}
}

void
harmless_put_start(FILE *out, const char *text, size_t size, size_t max)
{
	size_t shown = size;

	if (size > max) {
		/* Do not cut through a character. */
		for (shown = max; shown > 0 && shown > max - 4 &&
		     ((unsigned char)text[shown] & 0xc0) == 0x80;
		     shown--)
			continue;
	}
	harmless_put(out, text, shown);
	if (size > max)
		fputs("...", out);
}
