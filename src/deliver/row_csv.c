/*
 * A value of CSV, as RFC 4180 has it.
 *
 * Quotes go around what would not come back without them, and only there:
 * databases take an unquoted empty value for NULL, and a quoted one for text.
 */
#include "deliver/row_internal.h"

#include <string.h>

#include "base/json_scan.h"

/* Where a file begins, its readers take it for a mark, and away. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BYTE_ORDER_MARK_SIZE 3

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static bool
has_special(const struct row_text *text)
{
	static const bool specials[256] = {
	    [','] = true, ['"'] = true, ['\r'] = true, ['\n'] = true};
	bool found = false;
	size_t i;

	for (i = 0; i < text->size; i++)
		found |= specials[text->at[i]];
	return found;
}

static bool
needs_quotes(const struct row_text *text)
{
	if (text->size == 0)
		return true;
	if (is_blank(text->at[0]) || is_blank(text->at[text->size - 1]))
		return true;
	if (text->size >= BYTE_ORDER_MARK_SIZE &&
	    memcmp(text->at, BYTE_ORDER_MARK, BYTE_ORDER_MARK_SIZE) == 0)
		return true;
	/* A row of only that is the end of all data for COPY. */
	if (text->size == 2 && memcmp(text->at, "\\.", 2) == 0)
		return true;
	return has_special(text);
}

/* There is room for each byte twice, and for the quotes around them. */
static void
put_quoted(struct row_out *out, const struct row_text *text)
{
	struct row_buffer *buffer = out->buffer;
	uint8_t *to = buffer->data + buffer->size;
	size_t i;

	*to++ = '"';
	for (i = 0; i < text->size; i++) {
		if (text->at[i] == '"')
			*to++ = '"';
		*to++ = text->at[i];
	}
	*to++ = '"';
	buffer->size = (size_t)(to - buffer->data);
}

bool
row_csv_value(struct row_out *out, const struct json_value *value)
{
	struct row_text text;

	if (value->kind == JSON_SCAN_NONE || value->kind == JSON_SCAN_NULL)
		return true;
	if (!row_out_text(out, value, &text))
		return false;
	/* There is room, so that nothing moves the text meanwhile. */
	if (!needs_quotes(&text))
		return row_out_put(out, text.at, text.size);
	put_quoted(out, &text);
	return true;
}
