/*
 * Messages of the loader.  All that costs anything (walking the text for a
 * line and a column, spelling out the path) happens here, once, after the
 * first thing that is wrong.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/locate.h"

/* Deeper than any place of ours: the values of unknown keys stay unread. */
#define DEPTH_MAX 16

/* What of a key, and of a file's name, is shown at most. */
#define KEY_SHOWN 64
#define NAME_SHOWN 160

struct place
load_child(const struct place *place, const struct json *node, size_t index)
{
	struct place child = {place, node, index};

	return child;
}

/* Append at most KEY_SHOWN bytes of a key; control characters as '?'. */
static size_t
append_key(char *text, size_t used, size_t size, const char *key)
{
	size_t shown = 0;

	while (key[shown] != '\0') {
		size_t length = utf8_length(key + shown, strlen(key + shown));

		if (shown + length > KEY_SHOWN || used + length + 4 >= size)
			return used +
			    (size_t)snprintf(text + used, size - used, "...");
		memcpy(text + used, key + shown, length);
		if ((unsigned char)key[shown] < 0x20 || key[shown] == 0x7f)
			text[used] = '?';
		used += length;
		shown += length;
	}
	text[used] = '\0';
	return used;
}

/* async_buffer.default.chs.x.batch_do.command[1]; returns its length. */
static size_t
append_path(char *text, size_t used, size_t size, const struct place *place)
{
	if (place->parent == NULL) {
		text[0] = '\0';
		return 0;
	}
	used = append_path(text, used, size, place->parent);
	if (used + 24 >= size)
		return used;
	if (json_type(place->parent->node) == JSON_ARRAY)
		return used +
		    (size_t)snprintf(
		        text + used, size - used, "[%zu]", place->index);
	if (place->parent->parent != NULL)
		text[used++] = '.';
	return append_key(text, used, size, json_key(place->node));
}

static size_t
find_offset(const struct loader *loader, const struct place *place)
{
	size_t path[DEPTH_MAX];
	size_t depth = 0, offset = 0, at;
	const struct place *up;

	for (up = place; up->parent != NULL; up = up->parent)
		depth++;
	if (depth > DEPTH_MAX)
		BUG("a place deeper than the configuration is");
	for (at = depth, up = place; up->parent != NULL; up = up->parent)
		path[--at] = up->index;
	locate_path(loader->blank, loader->size, path, depth, &offset);
	return offset;
}

int
load_fail_at(struct loader *loader, size_t offset, const char *why)
{
	size_t line, column;

	/* Columns count in the text as it came, comments and all. */
	locate_position(loader->text, loader->size, offset, &line, &column);
	return err_set(loader->e, ERR_CONFIG, "%.*s:%zu:%zu: %s", NAME_SHOWN,
	    loader->name, line, column, why);
}

int
load_fail(
    struct loader *loader, const struct place *place, const char *format, ...)
{
	char why[sizeof(loader->e->message)];
	size_t used;
	va_list ap;

	/* Half of the room at most, so that the reason keeps the other. */
	used = append_path(why, 0, sizeof(why) / 2, place);
	if (used > 0)
		used += (size_t)snprintf(why + used, sizeof(why) - used, ": ");
	va_start(ap, format);
	vsnprintf(why + used, sizeof(why) - used, format, ap);
	va_end(ap);
	return load_fail_at(loader, find_offset(loader, place), why);
}

int
load_fail_type(
    struct loader *loader, const struct place *place, const char *wanted)
{
	return load_fail(loader, place, "%s is not allowed, expected %s",
	    json_type_name(place->node), wanted);
}
