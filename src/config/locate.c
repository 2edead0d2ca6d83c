/*
 * The walk.  The text is known to be JSON, so strings and brackets are all
 * there is to see; should it not be, the walk ends early and never runs over
 * the end.
 */
#include "config/locate.h"

struct walk {
	const char *text;
	size_t size;
	size_t at;
};

static char
here(const struct walk *walk)
{
	return walk->at < walk->size ? walk->text[walk->at] : '\0';
}

/* Also over a byte order mark, the only thing that may precede the value. */
static void
skip_space(struct walk *walk)
{
	while (walk->at < walk->size) {
		unsigned char c = (unsigned char)here(walk);

		if (c > ' ' && c < 0x80)
			return;
		walk->at++;
	}
}

static void
skip_string(struct walk *walk)
{
	for (walk->at++; walk->at < walk->size && here(walk) != '"';
	     walk->at++) {
		if (here(walk) == '\\')
			walk->at++;
	}
	walk->at++;
}

/* To the comma or the bracket that ends the value (or key and value) here. */
static void
skip_member(struct walk *walk)
{
	size_t depth = 0;

	while (walk->at < walk->size) {
		char c = here(walk);

		if (c == '"') {
			skip_string(walk);
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return;
		if (c == '{' || c == '[')
			depth++;
		if (c == '}' || c == ']')
			depth--;
		walk->at++;
	}
}

/* From an opening bracket to the start of its member number index. */
static bool
enter(struct walk *walk, size_t index)
{
	if (here(walk) != '{' && here(walk) != '[')
		return false;
	walk->at++;
	for (; index > 0; index--) {
		skip_member(walk);
		if (here(walk) != ',')
			return false;
		walk->at++;
	}
	skip_space(walk);
	return walk->at < walk->size && here(walk) != '}' && here(walk) != ']';
}

/* From a key to its value. */
static void
skip_key(struct walk *walk)
{
	skip_string(walk);
	skip_space(walk);
	if (here(walk) == ':')
		walk->at++;
	skip_space(walk);
}

bool
locate_path(const char *text, size_t size, const size_t *path, size_t depth,
    size_t *offset)
{
	struct walk walk = {text, size, 0};
	bool is_found = true;
	bool is_key = false;
	size_t i;

	skip_space(&walk);
	for (i = 0; i < depth && is_found; i++) {
		if (is_key)
			skip_key(&walk);
		is_key = here(&walk) == '{';
		is_found = enter(&walk, path[i]);
	}
	*offset = walk.at < size ? walk.at : size;
	return is_found;
}

void
locate_position(
    const char *text, size_t size, size_t offset, size_t *line, size_t *column)
{
	size_t i;

	*line = 1;
	*column = 1;
	for (i = 0; i < offset && i < size; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}
