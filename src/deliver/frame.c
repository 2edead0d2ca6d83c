/*
 * What stands around rows: three strings, whatever the kind is called.
 *
 * What ends a row is written before the next one, and after the last; so a
 * payload can be written piece by piece, and lines are a case like others.
 */
#include "deliver/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "deliver/row_out.h"

/* More of the user's text than this says nothing new in a message. */
#define QUOTED 48

struct string {
	uint8_t *bytes;
	size_t size;
};

struct frame {
	enum row_kind rows;
	struct string prefix, separator, suffix;
	bool is_watched; /* rows must not have the separator in them */
};

static const struct {
	const char *prefix, *separator, *suffix;
} strings[] = {
    [FRAME_LINES] = {"", "\\n", "\\n"},
    [FRAME_NULL] = {"", "\\0", "\\0"},
    [FRAME_JSON_ARRAY] = {"[", ",", "]\\n"},
    [FRAME_STRINGS] = {"", "", ""},
    [FRAME_NONE] = {"", "", ""},
};

/* Room for the bytes of a text with escapes: never more than characters. */
static int
read_string(
    struct string *string, const char *what, const char *text, struct err *e)
{
	size_t length = strlen(text);
	const char *at;

	if (length > FRAME_STRING_MAX)
		return err_set(e, ERR_USAGE,
		    "%s: it has %zu bytes, at most %d are allowed", what,
		    length, FRAME_STRING_MAX);
	string->bytes = memory_zeroed(length + 1, 1);
	for (at = text; *at != '\0'; at += length, string->size++) {
		string->bytes[string->size] = (uint8_t)*at;
		length = 1;
		if (*at == '\\')
			length =
			    units_read_escape(at, &string->bytes[string->size]);
		if (length == 0)
			return err_set(e, ERR_USAGE,
			    "%s: \"%.*s\": only \\n \\t \\r \\0 \\\\ and \\xNN "
			    "may follow a backslash",
			    what, QUOTED, text);
	}
	return 0;
}

static int
check(const struct frame_settings *settings, struct err *e)
{
	bool has_strings = settings->prefix != NULL ||
	    settings->separator != NULL || settings->suffix != NULL;

	if (has_strings && settings->kind != FRAME_STRINGS)
		return err_set(e, ERR_USAGE,
		    "prefix, separator and suffix go with no other framing");
	if (settings->kind == FRAME_JSON_ARRAY && settings->rows != ROW_JSON)
		return err_set(
		    e, ERR_USAGE, "json-array goes with the format json only");
	if ((settings->kind == FRAME_NONE) != (settings->rows == ROW_RESP))
		return err_set(e, ERR_USAGE,
		    "rows of resp, and no others, have nothing around them");
	return 0;
}

static const char *
choose(const char *given, const char *usual)
{
	return given != NULL ? given : usual;
}

/* Can a row have the separator in it where a reader would be misled? */
static bool
must_watch(const struct frame *frame)
{
	const struct string *separator = &frame->separator;

	if (separator->size == 0)
		return false;
	if (frame->rows == ROW_RAW)
		return true;
	if (frame->rows != ROW_COPY && frame->rows != ROW_TSV)
		return false;
	/* These have neither newlines nor NULs. */
	return memchr(separator->bytes, '\n', separator->size) == NULL &&
	    memchr(separator->bytes, '\0', separator->size) == NULL;
}

int
frame_create(
    struct frame **frame, const struct frame_settings *settings, struct err *e)
{
	enum frame_kind kind = settings->kind;
	struct frame *f;

	*frame = NULL;
	if (check(settings, e) != 0)
		return e->code;
	f = memory_zeroed(1, sizeof(*f));
	f->rows = settings->rows;
	if (read_string(&f->prefix, "prefix",
	        choose(settings->prefix, strings[kind].prefix), e) != 0 ||
	    read_string(&f->separator, "separator",
	        choose(settings->separator, strings[kind].separator), e) != 0 ||
	    read_string(&f->suffix, "suffix",
	        choose(settings->suffix, strings[kind].suffix), e) != 0) {
		frame_destroy(f);
		return e->code;
	}
	f->is_watched = must_watch(f);
	*frame = f;
	return 0;
}

void
frame_destroy(struct frame *frame)
{
	if (frame == NULL)
		return;
	free(frame->prefix.bytes);
	free(frame->separator.bytes);
	free(frame->suffix.bytes);
	free(frame);
}

static bool
is_byte(const struct string *string, uint8_t byte)
{
	return string->size == 1 && string->bytes[0] == byte;
}

bool
frame_is_plain(const struct frame *frame, uint8_t delimiter)
{
	return frame->rows == ROW_RAW && frame->prefix.size == 0 &&
	    is_byte(&frame->separator, delimiter) &&
	    is_byte(&frame->suffix, delimiter);
}

struct framing
frame_begin(const struct frame *frame, const struct row_format *format)
{
	struct framing framing = {.frame = frame, .format = format};

	return framing;
}

/*
 * A separator must be found first where it will stand: behind the row.  Of
 * "\n\n" there could be one half in the row, and a reader would cut there.
 * So it is put behind the row, to look, and is not counted.
 */
static bool
has_separator(struct row_out *out, size_t row, const struct string *separator)
{
	struct row_buffer *buffer = out->buffer;
	const uint8_t *found;

	if (!row_out_put(out, separator->bytes, separator->size))
		return true;
	buffer->size -= separator->size;
	found =
	    memmem(buffer->data + row, buffer->size - row + separator->size - 1,
	        separator->bytes, separator->size);
	if (found != NULL)
		row_out_refuse(out, "it has the separator of rows in it");
	return found != NULL;
}

int
frame_header(struct framing *framing, const uint8_t *header, size_t size,
    struct row_buffer *buffer, const char **why)
{
	const struct string *prefix = &framing->frame->prefix;
	struct row_out out = row_out_begin(buffer);

	if (row_out_put(&out, prefix->bytes, prefix->size) &&
	    row_out_put(&out, header, size)) {
		framing->has_header = true;
		return 0;
	}
	row_out_undo(&out);
	*why = out.why;
	return -1;
}

int
frame_record(struct framing *framing, const uint8_t *record, size_t size,
    struct row_buffer *buffer, const char **why)
{
	const struct frame *frame = framing->frame;
	const struct string *before = framing->rows == 0 && !framing->has_header
	    ? &frame->prefix
	    : &frame->separator;
	struct row_out out = row_out_begin(buffer);
	size_t row = buffer->size + before->size;

	if (!row_out_put(&out, before->bytes, before->size))
		goto refused;
	if (row_format_record(
	        framing->format, record, size, buffer, &out.why) != 0)
		goto refused;
	if (frame->is_watched && has_separator(&out, row, &frame->separator))
		goto refused;
	framing->rows++;
	return 0;
refused:
	row_out_undo(&out);
	*why = out.why;
	return -1;
}

int
frame_end(
    const struct framing *framing, struct row_buffer *buffer, const char **why)
{
	const struct string *suffix = &framing->frame->suffix;
	struct row_out out = row_out_begin(buffer);

	if (framing->rows == 0 ||
	    row_out_put(&out, suffix->bytes, suffix->size))
		return 0;
	*why = out.why;
	return -1;
}
