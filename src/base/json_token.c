/*
 * Strings, numbers and words of JSON.
 */
#include <string.h>

#include "base/json_internal.h"
#include "base/utf8.h"

const uint8_t *
json_token_refuse(
    const struct json_reader *reader, const uint8_t *at, const char *why)
{
	reader->fault->why = why;
	reader->fault->offset = (size_t)(at - reader->text);
	return NULL;
}

/* --- strings --- */

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int32_t
json_token_hex4(const uint8_t *digits)
{
	int32_t value = 0;
	int digit, i;

	for (i = 0; i < 4; i++) {
		digit = hex_digit(digits[i]);
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* The code unit of the \uXXXX at `at`; -1 if there is none. */
static int32_t
code_unit(const struct json_reader *reader, const uint8_t *at)
{
	if (reader->end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	return json_token_hex4(at + 2);
}

static const uint8_t *
unicode_escape(const struct json_reader *reader, const uint8_t *at)
{
	int32_t first = code_unit(reader, at), second;

	if (first < 0)
		return json_token_refuse(reader, at, "\\u without four digits");
	if (first < 0xd800 || first > 0xdfff)
		return at + 6;
	second = code_unit(reader, at + 6);
	if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
		return json_token_refuse(reader, at, "a lone surrogate");
	return at + 12;
}

static const uint8_t *
escape(const struct json_reader *reader, const uint8_t *at)
{
	if (reader->end - at < 2)
		return json_token_refuse(
		    reader, reader->end, "an unfinished string");
	switch (at[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return at + 2;
	case 'u':
		return unicode_escape(reader, at);
	default:
		return json_token_refuse(reader, at, "an unknown escape");
	}
}

/* One or more characters beyond ASCII. */
static const uint8_t *
characters(const struct json_reader *reader, const uint8_t *at)
{
	size_t length;

	do {
		length =
		    utf8_length((const char *)at, (size_t)(reader->end - at));
		if (length == 0)
			return json_token_refuse(reader, at, "not UTF-8");
		at += length;
	} while (at < reader->end && *at >= 0x80);
	return at;
}

const uint8_t *
json_token_string_rest(
    const struct json_reader *reader, const uint8_t *at, bool *has_escapes)
{
	for (;;) {
		if (at == reader->end)
			return json_token_refuse(
			    reader, at, "an unfinished string");
		if (*at == '"')
			return at + 1;
		if (*at == '\\') {
			*has_escapes = true;
			at = escape(reader, at);
		} else if (*at < 0x20) {
			return json_token_refuse(
			    reader, at, "a control character in a string");
		} else {
			at = characters(reader, at);
		}
		if (at == NULL)
			return NULL;
		/* Escapes come in rows, too. */
		if (at < reader->end && json_is_plain(*at))
			at = json_plain_end(at, reader->end);
	}
}

/* --- numbers and words --- */

static bool
is_digit(const uint8_t *at, const uint8_t *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

/* As signed numbers, bytes that are not ASCII are less than a digit. */
static const uint8_t *
digits_end(const uint8_t *at, const uint8_t *end)
{
#ifdef __SSE2__
	const __m128i lowest = _mm_set1_epi8('0'), highest = _mm_set1_epi8('9');
	__m128i bytes;
	int mask;

	for (; end - at >= 16; at += 16) {
		bytes = _mm_loadu_si128((const __m128i *)at);
		mask = _mm_movemask_epi8(
		    _mm_or_si128(_mm_cmplt_epi8(bytes, lowest),
		        _mm_cmpgt_epi8(bytes, highest)));
		if (mask != 0)
			return at + __builtin_ctz((unsigned int)mask);
	}
#endif
	while (is_digit(at, end))
		at++;
	return at;
}

/* At least one digit. */
static const uint8_t *
digits(const struct json_reader *reader, const uint8_t *at)
{
	const uint8_t *end = digits_end(at, reader->end);

	if (end == at)
		return json_token_refuse(reader, at, "a digit is missing");
	return end;
}

static const uint8_t *
whole_part(const struct json_reader *reader, const uint8_t *at)
{
	if (at == reader->end || *at != '0')
		return digits(reader, at);
	if (is_digit(at + 1, reader->end))
		return json_token_refuse(reader, at, "a leading zero");
	return at + 1;
}

const uint8_t *
json_token_number(const struct json_reader *reader, const uint8_t *at)
{
	const uint8_t *end = reader->end;

	at = whole_part(reader, *at == '-' ? at + 1 : at);
	if (at != NULL && at < end && *at == '.')
		at = digits(reader, at + 1);
	if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		at = digits(reader, at);
	}
	return at;
}

const uint8_t *
json_token_word(
    const struct json_reader *reader, const uint8_t *at, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(reader->end - at) < size || memcmp(at, word, size) != 0)
		return json_token_refuse(reader, at, "an unknown word");
	return at + size;
}
