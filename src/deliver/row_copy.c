/*
 * PostgreSQL's COPY text format, and tabs between values, which differ in
 * what NULL is.
 *
 * A backslash is what COPY gives a meaning to (\N is NULL, \. the end of all
 * data), a tab ends a column, a newline or carriage return the row: each of
 * the four becomes a backslash and a letter.  Everything else is data as it
 * stands, whatever the encoding, as long as that has no bytes of these values
 * inside of characters (UTF-8 and ISO 8859 have none).
 */
#include "deliver/row_internal.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json_scan.h"

/* In the table below: a byte for which there is no escape. */
#define REFUSED 1

/* What stands behind the backslash; 0 for bytes that stand for themselves. */
static const uint8_t letters[256] = {
    ['\0'] = REFUSED,
    ['\t'] = 't',
    ['\n'] = 'n',
    ['\r'] = 'r',
    ['\\'] = '\\',
};

/*
 * Copy a block, and tell how many bytes at its start are surely plain.  All
 * that need an escape are the backslash and bytes up to the carriage return;
 * whether one of those does need it is for the table to say.
 */
#ifdef __SSE2__
#define BLOCK 16

static size_t
copy_block(uint8_t *to, const uint8_t *from)
{
	const __m128i highest = _mm_set1_epi8('\r');
	const __m128i backslash = _mm_set1_epi8('\\');
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)from);
	__m128i is_low, is_backslash;
	unsigned int mask;

	_mm_storeu_si128((__m128i *)(void *)to, bytes);
	is_low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, highest), bytes);
	is_backslash = _mm_cmpeq_epi8(bytes, backslash);
	mask =
	    (unsigned int)_mm_movemask_epi8(_mm_or_si128(is_low, is_backslash));
	return mask == 0 ? BLOCK : (size_t)__builtin_ctz(mask);
}
#else
#define BLOCK 8

static size_t
copy_block(uint8_t *to, const uint8_t *from)
{
	size_t plain = 0;

	memcpy(to, from, BLOCK);
	while (plain < BLOCK && letters[from[plain]] == 0)
		plain++;
	return plain;
}
#endif

_Static_assert(BLOCK <= ROW_OUT_SLACK, "a block may be written to the slack");

/* Write one byte: returns how many it has become, 0 if it is refused. */
static size_t
escape_byte(uint8_t *to, uint8_t byte)
{
	uint8_t letter = letters[byte];

	if (letter == REFUSED)
		return 0;
	to[0] = letter != 0 ? '\\' : byte;
	to[1] = letter;
	return letter != 0 ? 2 : 1;
}

/* There is room for each byte twice, and the slack.  NULL: a NUL. */
static uint8_t *
escape(uint8_t *to, const uint8_t *from, size_t size)
{
	const uint8_t *end = from + size;
	size_t plain, written;

	while (from < end) {
		if ((size_t)(end - from) >= BLOCK) {
			plain = copy_block(to, from);
			to += plain;
			from += plain;
			if (plain == BLOCK)
				continue;
		}
		written = escape_byte(to, *from++);
		if (written == 0)
			return NULL;
		to += written;
	}
	return to;
}

/* Room has been seen to. */
static bool
put_escaped(struct row_out *out, const uint8_t *text, size_t size)
{
	struct row_buffer *buffer = out->buffer;
	uint8_t *end = escape(buffer->data + buffer->size, text, size);

	if (end == NULL)
		return row_out_refuse(out, "it has a NUL");
	buffer->size = (size_t)(end - buffer->data);
	return true;
}

bool
row_copy_encode(const struct row_format *format, const uint8_t *record,
    size_t size, struct row_out *out)
{
	(void)format;
	return row_out_reserve(out, 2 * size + ROW_OUT_SLACK) &&
	    put_escaped(out, record, size);
}

/* An object, an array, or a string with escapes. */
static bool
put_text(struct row_out *out, const struct json_value *value)
{
	struct row_text text;

	return row_out_text(out, value, &text) &&
	    put_escaped(out, text.at, text.size);
}

static inline bool
put_value(
    struct row_out *out, const struct json_value *value, const char *null_text)
{
	switch (value->kind) {
	case JSON_SCAN_NONE:
	case JSON_SCAN_NULL:
		return row_out_put(out, null_text, strlen(null_text));
	case JSON_SCAN_FALSE:
	case JSON_SCAN_TRUE:
	case JSON_SCAN_NUMBER:
		return row_out_put(out, value->at, value->size);
	case JSON_SCAN_STRING:
		/* JSON has no control characters in strings. */
		if (!value->has_escapes)
			return row_out_put(out, value->at + 1, value->size - 2);
		break;
	case JSON_SCAN_ARRAY:
	case JSON_SCAN_OBJECT:
		break;
	}
	return put_text(out, value);
}

bool
row_copy_value(struct row_out *out, const struct json_value *value)
{
	return put_value(out, value, "\\N");
}

bool
row_copy_tsv_value(struct row_out *out, const struct json_value *value)
{
	return put_value(out, value, "");
}
