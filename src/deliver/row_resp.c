/*
 * Commands of RESP: "*3\r\n", the number of words, and each word behind its
 * length, "$5\r\nhello\r\n".  With the length before it a word may have any
 * byte in it, and cannot become two.
 *
 * The length of a string with escapes is known only when it is decoded.  For
 * such words the head is left as much room as its longest form takes, and the
 * word is moved if it took less.
 */
#include "deliver/row_internal.h"

#include <string.h>

#include "base/json_scan.h"
#include "deliver/row_template.h"

/* "$", 20 digits, "\r\n". */
#define HEAD_SIZE_MAX 23
#define LINE_END "\r\n"

/* What the pieces of a template are replaced with. */
struct filling {
	const struct row_template *template;
	const struct json_value *values;
	const uint8_t *record;
	size_t record_size;
};

/* "$120\r\n"; returns its size. */
static size_t
write_head(uint8_t head[HEAD_SIZE_MAX], uint8_t sign, size_t number)
{
	uint8_t digits[20];
	size_t count = 0, at = 0;

	do {
		digits[count++] = (uint8_t)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	head[at++] = sign;
	while (count > 0)
		head[at++] = digits[--count];
	memcpy(head + at, LINE_END, 2);
	return at + 2;
}

static size_t
field_bound(const struct json_value *value)
{
	if (value->kind == JSON_SCAN_NONE || value->kind == JSON_SCAN_NULL)
		return 0;
	return value->kind == JSON_SCAN_STRING ? value->size - 2 : value->size;
}

/* The size of the word that begins with a piece, or a little more. */
static size_t
word_bound(const struct filling *filling, const struct row_piece *piece)
{
	size_t bound = 0;

	for (; piece->kind != ROW_PIECE_END; piece++) {
		if (piece->kind == ROW_PIECE_TEXT)
			bound += piece->size;
		else if (piece->kind == ROW_PIECE_RECORD)
			bound += filling->record_size;
		else
			bound += field_bound(&filling->values[piece->field]);
	}
	return bound;
}

static size_t
copy(uint8_t *to, const uint8_t *from, size_t size)
{
	if (size > 0)
		memcpy(to, from, size);
	return size;
}

static size_t
fill_field(uint8_t *to, const struct json_value *value)
{
	bool has_nul;

	switch (value->kind) {
	case JSON_SCAN_NONE:
	case JSON_SCAN_NULL:
		return 0;
	case JSON_SCAN_STRING:
		if (value->has_escapes)
			return json_scan_string(value, to, &has_nul);
		return copy(to, value->at + 1, value->size - 2);
	default:
		return copy(to, value->at, value->size);
	}
}

static size_t
fill_piece(
    const struct filling *filling, uint8_t *to, const struct row_piece *piece)
{
	if (piece->kind == ROW_PIECE_TEXT)
		return copy(
		    to, filling->template->bytes + piece->at, piece->size);
	if (piece->kind == ROW_PIECE_RECORD)
		return copy(to, filling->record, filling->record_size);
	return fill_field(to, &filling->values[piece->field]);
}

/* Write a word; returns the piece that begins the next one, NULL: refused. */
static const struct row_piece *
put_word(struct row_out *out, const struct filling *filling,
    const struct row_piece *piece)
{
	struct row_buffer *buffer = out->buffer;
	uint8_t head[HEAD_SIZE_MAX];
	size_t bound = word_bound(filling, piece);
	size_t room, head_size, size = 0;
	uint8_t *to;

	/* Decoding may need room for both quotes of a string, too. */
	if (!row_out_reserve(out, HEAD_SIZE_MAX + bound + 2 + strlen(LINE_END)))
		return NULL;
	to = buffer->data + buffer->size;
	room = write_head(head, '$', bound);
	for (; piece->kind != ROW_PIECE_END; piece++)
		size += fill_piece(filling, to + room + size, piece);
	head_size = write_head(head, '$', size);
	if (head_size != room)
		memmove(to + head_size, to + room, size);
	memcpy(to, head, head_size);
	memcpy(to + head_size + size, LINE_END, strlen(LINE_END));
	buffer->size += head_size + size + strlen(LINE_END);
	return piece + 1;
}

bool
row_resp_encode(const struct row_format *format, const uint8_t *record,
    size_t size, struct row_out *out)
{
	const struct row_template *template = format->template;
	const struct row_piece *piece = template->pieces;
	struct json_value values[JSON_PATHS_MAX];
	struct filling filling = {template, values, record, size};
	struct json_fault fault;
	uint8_t head[HEAD_SIZE_MAX];
	size_t i;

	if (format->paths != NULL &&
	    json_scan_fields(format->paths, record, size, values, &fault) != 0)
		return row_out_refuse(out, fault.why);
	if (!row_out_put(
	        out, head, write_head(head, '*', template->word_count)))
		return false;
	for (i = 0; i < template->word_count; i++) {
		piece = put_word(out, &filling, piece);
		if (piece == NULL)
			return false;
	}
	return true;
}
