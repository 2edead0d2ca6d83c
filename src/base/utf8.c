/*
 * UTF-8: one row for each shape of a first byte.  The second byte's range
 * does the real work; it is what excludes overlong forms and surrogates.
 */
#include "base/utf8.h"

#include <string.h>

struct shape {
	unsigned char first_low, first_high;
	unsigned char second_low, second_high;
	unsigned char length;
};

static const struct shape shapes[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static size_t
match(const struct shape *shape, const char *text, size_t size)
{
	unsigned char second;
	size_t i;

	if (size < shape->length)
		return 0;
	second = (unsigned char)text[1];
	if (second < shape->second_low || second > shape->second_high)
		return 0;
	for (i = 2; i < shape->length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	}
	return shape->length;
}

size_t
utf8_length(const char *text, size_t size)
{
	unsigned char first;
	size_t i;

	if (size == 0)
		return 0;
	first = (unsigned char)text[0];
	if (first < 0x80)
		return 1;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (first >= shapes[i].first_low &&
		    first <= shapes[i].first_high)
			return match(&shapes[i], text, size);
	}
	return 0;
}

bool
utf8_is_valid(const char *string)
{
	size_t size = strlen(string);
	size_t length;

	while (size > 0) {
		length = utf8_length(string, size);
		if (length == 0)
			return false;
		string += length;
		size -= length;
	}
	return true;
}
