/*
 * Reads the template of a command.
 *
 * One pass, character by character.  Every piece, byte and path comes from at
 * least one character of the text, so that room for as many is enough; only
 * the end of a word may come from none.
 */
#include "deliver/row_template.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "base/units.h"

/* More of the user's text than this says nothing new in a message. */
#define QUOTED 80

struct reader {
	struct row_template *template;
	const char *at;
	char quote;     /* the one that is open, or 0 */
	bool is_inside; /* of a word, perhaps of an empty one */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct row_piece *
add_piece(struct reader *reader, enum row_piece_kind kind)
{
	struct row_template *template = reader->template;
	struct row_piece *piece = &template->pieces[template->piece_count++];

	piece->kind = kind;
	return piece;
}

/* One more byte of text: of the piece at hand, or of a new one. */
static void
add_byte(struct reader *reader, uint8_t byte)
{
	struct row_template *template = reader->template;
	size_t count = template->piece_count;
	struct row_piece *piece;

	if (count > 0 && template->pieces[count - 1].kind == ROW_PIECE_TEXT) {
		piece = &template->pieces[count - 1];
	} else {
		piece = add_piece(reader, ROW_PIECE_TEXT);
		piece->at = (uint32_t) template->byte_count;
	}
	template->bytes[template->byte_count++] = byte;
	piece->size++;
}

/* Which of the paths that is; -1 if there are too many. */
static int
find_path(struct row_template *template, const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < template->path_count; i++) {
		if (strlen(template->paths[i]) == size &&
		    memcmp(template->paths[i], text, size) == 0)
			return (int)i;
	}
	if (template->path_count == JSON_PATHS_MAX)
		return -1;
	template->paths[i] = memory_printf("%.*s", (int)size, text);
	template->path_count++;
	return (int)i;
}

/* Between the braces there may be blanks around a path, or nothing. */
static int
add_field(struct reader *reader, const char *text, size_t size, struct err *e)
{
	int field;

	while (size > 0 && is_blank(text[0])) {
		text++;
		size--;
	}
	while (size > 0 && is_blank(text[size - 1]))
		size--;
	if (size == 0) {
		add_piece(reader, ROW_PIECE_RECORD);
		return 0;
	}
	field = find_path(reader->template, text, size);
	if (field < 0)
		return err_set(
		    e, ERR_USAGE, "more than %d fields", JSON_PATHS_MAX);
	add_piece(reader, ROW_PIECE_FIELD)->field = (uint32_t)field;
	return 0;
}

/* {path}, {} or {{; reader->at is at the brace, afterwards behind it all. */
static int
read_brace(struct reader *reader, struct err *e)
{
	const char *begin = reader->at + 1;
	size_t size = strcspn(begin, "{}");

	if (begin[0] == '{') {
		add_byte(reader, '{');
		reader->at += 2;
		return 0;
	}
	if (begin[size] != '}')
		return err_set(e, ERR_USAGE,
		    "a { without its }; a brace itself is written {{");
	if (reader->template->word_count == 0)
		return err_set(e, ERR_USAGE,
		    "the command's name may not come from a record");
	reader->at = begin + size + 1;
	return add_field(reader, begin, size, e);
}

/* A backslash between double quotes. */
static int
read_escape(struct reader *reader, struct err *e)
{
	uint8_t byte = '"';
	size_t length =
	    reader->at[1] == '"' ? 2 : units_read_escape(reader->at, &byte);

	if (length == 0)
		return err_set(e, ERR_USAGE,
		    "\\%.1s is none of \\n \\t \\r \\0 \\\\ \\\" \\xNN",
		    reader->at + 1);
	add_byte(reader, byte);
	reader->at += length;
	return 0;
}

static void
end_word(struct reader *reader)
{
	if (!reader->is_inside)
		return;
	add_piece(reader, ROW_PIECE_END);
	reader->template->word_count++;
	reader->is_inside = false;
}

/* What is at reader->at, which is moved behind it. */
static int
read_one(struct reader *reader, struct err *e)
{
	char c = reader->at[0];

	if (reader->quote == 0 && is_blank(c)) {
		end_word(reader);
		reader->at++;
		return 0;
	}
	reader->is_inside = true;
	if (c == '{')
		return read_brace(reader, e);
	if (c == '\\' && reader->quote == '"')
		return read_escape(reader, e);
	if (c == '}') {
		if (reader->at[1] != '}')
			return err_set(e, ERR_USAGE,
			    "a } without its {; a brace itself is written }}");
		reader->at++;
	} else if (c == reader->quote) {
		reader->quote = 0;
		reader->at++;
		return 0;
	} else if (reader->quote == 0 && (c == '"' || c == '\'')) {
		reader->quote = c;
		reader->at++;
		return 0;
	}
	add_byte(reader, (uint8_t)c);
	reader->at++;
	return 0;
}

static int
read_all(struct reader *reader, struct err *e)
{
	while (reader->at[0] != '\0') {
		if (read_one(reader, e) != 0)
			return e->code;
	}
	if (reader->quote != 0)
		return err_set(
		    e, ERR_USAGE, "a %c without its end", reader->quote);
	end_word(reader);
	if (reader->template->word_count == 0)
		return err_set(e, ERR_USAGE, "there is no command in it");
	return 0;
}

int
row_template_create(
    struct row_template **template, const char *text, struct err *e)
{
	size_t size = strlen(text);
	struct reader reader = {.at = text};
	struct row_template *t;

	*template = NULL;
	if (size > ROW_TEMPLATE_SIZE_MAX)
		return err_set(e, ERR_USAGE,
		    "the template has %zu bytes, at most %d are allowed", size,
		    ROW_TEMPLATE_SIZE_MAX);
	t = memory_zeroed(1, sizeof(*t));
	t->pieces = memory_zeroed(2 * size + 1, sizeof(*t->pieces));
	t->bytes = memory_zeroed(size + 1, 1);
	t->paths = memory_zeroed(JSON_PATHS_MAX, sizeof(*t->paths));
	reader.template = t;
	if (read_all(&reader, e) != 0) {
		row_template_destroy(t);
		return err_wrap(e, "template \"%.*s\"", QUOTED, text);
	}
	*template = t;
	return 0;
}

void
row_template_destroy(struct row_template *template)
{
	size_t i;

	if (template == NULL)
		return;
	for (i = 0; i < template->path_count; i++)
		free(template->paths[i]);
	free(template->paths);
	free(template->bytes);
	free(template->pieces);
	free(template);
}
