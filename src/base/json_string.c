/*
 * From a string as it is written in JSON to its characters.  The walk has
 * checked it before, so that nothing can be wrong with it here.
 */
#include <string.h>

#include "base/json_internal.h"

static uint8_t *
put_character(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (uint8_t)c;
	} else if (c < 0x800) {
		*out++ = (uint8_t)(0xc0 | c >> 6);
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (uint8_t)(0xe0 | c >> 12);
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	} else {
		*out++ = (uint8_t)(0xf0 | c >> 18);
		*out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	}
	return out;
}

/* \uXXXX, or two of them: *at is moved behind. */
static uint32_t
read_unicode(const uint8_t **at)
{
	uint32_t first = (uint32_t)json_token_hex4(*at + 2), second;

	*at += 6;
	if (first < 0xd800 || first > 0xdfff)
		return first;
	second = (uint32_t)json_token_hex4(*at + 2);
	*at += 6;
	return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static uint8_t
meaning(uint8_t letter)
{
	switch (letter) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return letter;
	}
}

size_t
json_scan_string(const struct json_value *value, uint8_t *out, bool *has_nul)
{
	const uint8_t *at = value->at + 1, *end = value->at + value->size - 1;
	const uint8_t *escape;
	uint8_t *to = out;
	uint32_t c;
	size_t size;

	*has_nul = false;
	while (at < end) {
		escape = value->has_escapes
		    ? memchr(at, '\\', (size_t)(end - at))
		    : NULL;
		size = (size_t)((escape != NULL ? escape : end) - at);
		memcpy(to, at, size);
		to += size;
		at += size;
		if (escape == NULL)
			break;
		if (at[1] == 'u') {
			c = read_unicode(&at);
			*has_nul |= c == 0;
			to = put_character(to, c);
		} else {
			*to++ = meaning(at[1]);
			at += 2;
		}
	}
	return (size_t)(to - out);
}
