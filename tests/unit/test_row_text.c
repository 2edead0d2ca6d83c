/*
 * Records, rows and random texts for the suites of rows and frames.
 */
#include "tap.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Room for what row_of() says. */
static char said[65536];
static struct err problem;

struct row_format *
make_format(enum row_kind kind, const char *columns, const char *resp)
{
	struct row_settings settings = {kind, columns, resp};
	struct row_format *format = NULL;

	if (row_format_create(&format, &settings, &problem) != 0)
		printf("# %s\n", problem.message);
	ok(format != NULL);
	return format;
}

const char *
refusal(enum row_kind kind, const char *columns, const char *resp)
{
	struct row_settings settings = {kind, columns, resp};
	struct row_format *format;

	if (row_format_create(&format, &settings, &problem) == 0) {
		row_format_destroy(format);
		return "-";
	}
	ok(format == NULL);
	eq_int(problem.code, ERR_USAGE);
	return problem.message;
}

int
append_row(struct row_buffer *out, const struct row_format *format,
    const void *record, size_t size, const char **why)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	int code;

	if (size > 0)
		memcpy(copy, record, size);
	code = row_format_record(format, copy, size, out, why);
	free(copy);
	return code;
}

const char *
row_of(enum row_kind kind, const char *columns, const char *resp,
    const char *record)
{
	struct row_format *format = make_format(kind, columns, resp);
	/* As little room as can be, so that what needs more must ask. */
	struct row_buffer out = {malloc(1), 0, 1};
	const char *why = NULL;

	if (append_row(&out, format, record, strlen(record), &why) != 0) {
		eq_int(out.size, 0);
		snprintf(said, sizeof(said), "refused: %s", why);
	} else {
		snprintf(said, sizeof(said), "%.*s", (int)out.size,
		    (const char *)out.data);
	}
	free(out.data);
	row_format_destroy(format);
	return said;
}

uint32_t
draw(struct random *random, uint32_t below)
{
	random->state =
	    random->state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (random->state >> 8) % below;
}

void
append_bytes(struct row_buffer *out, const void *bytes, size_t size)
{
	if (out->size + size > out->capacity) {
		out->capacity = 2 * (out->size + size);
		out->data = realloc(out->data, out->capacity);
	}
	if (size > 0)
		memcpy(out->data + out->size, bytes, size);
	out->size += size;
}

struct text
draw_text(struct random *random)
{
	static const char *const pieces[] = {"\\", "\n", "\r", "\t", "\"", "'",
	    ",", " ", "\\.", "\\N", "\r\n", "{", "}", "$5", "*", "\x01", "\x1f",
	    "\x7f", "\b", "\f", "\v", "\xc3\xa9", "\xe2\x82\xac",
	    "\xf0\x9f\x98\x80", "a", "plain text of some length", "0", "null"};
	struct text text = {.is_null = draw(random, 10) == 0};
	uint32_t count = draw(random, 2) ? draw(random, 4) : draw(random, 12);

	while (count-- > 0) {
		const char *piece =
		    pieces[draw(random, sizeof(pieces) / sizeof(pieces[0]))];
		size_t size = strlen(piece);

		if (text.size + size > TEXT_SIZE_MAX)
			break;
		memcpy(text.bytes + text.size, piece, size);
		text.size += size;
	}
	return text;
}

static void
append_character(struct row_buffer *out, uint8_t byte, struct random *random)
{
	char escape[7];

	if (byte == '"' || byte == '\\') {
		append_bytes(out, "\\", 1);
		append_bytes(out, &byte, 1);
	} else if (byte == '\n' && draw(random, 2)) {
		append_bytes(out, "\\n", 2);
	} else if (byte < 0x20 || (byte < 0x80 && draw(random, 30) == 0)) {
		snprintf(escape, sizeof(escape), "\\u%04X", byte);
		append_bytes(out, escape, 6);
	} else {
		append_bytes(out, &byte, 1);
	}
}

void
append_json(
    struct row_buffer *out, const struct text *text, struct random *random)
{
	size_t i;

	if (text->is_null) {
		append_bytes(out, "null", 4);
		return;
	}
	append_bytes(out, "\"", 1);
	for (i = 0; i < text->size; i++)
		append_character(out, text->bytes[i], random);
	append_bytes(out, "\"", 1);
}

void
append_object(struct row_buffer *out, const struct text *texts, size_t count,
    struct random *random)
{
	char key[] = "\"a\": ";
	size_t i;

	append_bytes(out, "{", 1);
	for (i = 0; i < count; i++) {
		key[1] = (char)('a' + i);
		append_bytes(out, key, strlen(key));
		append_json(out, &texts[i], random);
		append_bytes(out, i + 1 < count ? "," : "}", 1);
	}
}
