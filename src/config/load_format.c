/*
 * What the command gets and what becomes of what it writes: "format_input",
 * and "frame", "compress" and "output" of "batch_do".  Columns and templates
 * are compiled when the run is built (deliver/row.h), not here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/config_internal.h"
#include "config/frame_text.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"

#define IN_FORMAT(member) offsetof(struct config_format_input, member)
#define IN_FRAME(member) offsetof(struct config_frame, member)

static int
load_kind(struct loader *loader, const struct place *place, void *object)
{
	unsigned choice = CONFIG_FORMAT_RAW;
	int rc = load_choice(loader, place, names_format, &choice);

	*(enum config_format *)object = (enum config_format)choice;
	return rc;
}

/* Text for the row of a record, of at most size_max bytes. */
static int
load_bounded(struct loader *loader, const struct place *place, size_t size_max,
    char **object)
{
	const char *text = json_string(place->node);

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(loader, place, "a string");
	if (text[0] == '\0')
		return load_fail(loader, place, "empty, expected some text");
	if (strlen(text) > size_max)
		return load_fail(
		    loader, place, "too long, allowed are %zu bytes", size_max);
	return load_text(loader, text, object);
}

/* A column that the comma behind it will not become a part of. */
static int
check_column(struct loader *loader, const struct place *place)
{
	const char *at;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(
		    loader, place, "a string, the path of a field");
	at = json_string(place->node);
	if (at[0] == '\0')
		return load_fail(
		    loader, place, "empty, expected the path of a field");
	for (; *at != '\0' && *at != ','; at++) {
		if (*at == '\\' && *++at == '\0')
			return load_fail(loader, place,
			    "nothing follows the backslash at its end");
	}
	if (*at == ',')
		return load_fail(loader, place,
		    "a comma in a key is written \\, (in JSON \"\\\\,\")");
	return 0;
}

/* An array of columns as one text. */
static int
join_columns(struct loader *loader, const struct place *place, char **columns)
{
	const struct json *node;
	size_t index = 0, size = 0;
	char *text;
	int rc = 0;

	for (node = json_first(place->node); rc == 0 && node != NULL;
	     node = json_next(node), index++) {
		struct place child = load_child(place, node, index);

		rc = check_column(loader, &child);
		if (rc == 0)
			size += strlen(json_string(node)) + 1;
	}
	if (rc != 0)
		return rc;
	if (index == 0 || size - 1 > CONFIG_COLUMNS_MAX)
		return load_fail(loader, place,
		    "%s, expected 1 to %d bytes of columns",
		    index == 0 ? "empty" : "too long", CONFIG_COLUMNS_MAX);
	text = malloc(size);
	if (text == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	free(*columns);
	*columns = text;
	for (node = json_first(place->node); node != NULL;
	     node = json_next(node)) {
		size = strlen(json_string(node));
		memcpy(text, json_string(node), size);
		text += size;
		*text++ = json_next(node) != NULL ? ',' : '\0';
	}
	return 0;
}

static int
load_columns(struct loader *loader, const struct place *place, void *object)
{
	if (json_type(place->node) == JSON_ARRAY)
		return join_columns(loader, place, object);
	if (json_type(place->node) == JSON_STRING)
		return load_bounded(loader, place, CONFIG_COLUMNS_MAX, object);
	return load_fail_type(loader, place,
	    "an array of strings or a string such as \"id,user.name\"");
}

static int
load_resp(struct loader *loader, const struct place *place, void *object)
{
	return load_bounded(loader, place, CONFIG_RESP_MAX, object);
}

static const struct field format_fields[] = {
    OTHER("format", load_kind, IN_FORMAT(kind)),
    OTHER("columns", load_columns, IN_FORMAT(columns)),
    OTHER("resp", load_resp, IN_FORMAT(resp)),
};

/*
 * A channel that names another format does not want what its buffer gave for
 * the buffer's.  What the channel gives itself stays, and is refused later if
 * it does not fit.
 */
static void
drop_inherited(const struct place *place, struct config_format_input *format)
{
	bool is_word = json_type(place->node) == JSON_STRING;

	if (!is_word && json_member(place->node, "format") == NULL)
		return;
	if (!config_format_takes_columns(format) &&
	    (is_word || json_member(place->node, "columns") == NULL)) {
		free(format->columns);
		format->columns = NULL;
	}
	if (!config_format_takes_resp(format) &&
	    (is_word || json_member(place->node, "resp") == NULL)) {
		free(format->resp);
		format->resp = NULL;
	}
}

int
load_format_input(
    struct loader *loader, const struct place *place, void *object)
{
	struct config_format_input *format = object;
	int rc;

	if (json_type(place->node) == JSON_STRING)
		rc = load_kind(loader, place, &format->kind);
	else
		rc = load_object(loader, place, format_fields,
		    COUNT_OF(format_fields), format);
	if (rc == 0)
		drop_inherited(place, format);
	return rc;
}

static int
load_frame_text(struct loader *loader, const struct place *place, void *object)
{
	return load_checked(loader, place, object, frame_text_check,
	    "a string such as \",\\\\n\"");
}

static const struct field frame_fields[] = {
    OTHER("prefix", load_frame_text, IN_FRAME(prefix)),
    OTHER("separator", load_frame_text, IN_FRAME(separator)),
    OTHER("suffix", load_frame_text, IN_FRAME(suffix)),
};

/* All of it is one key: nothing of an inherited frame is left. */
int
load_frame(struct loader *loader, const struct place *place, void *object)
{
	struct config_frame *frame = object;
	unsigned choice = CONFIG_FRAME_LINES;
	int rc;

	config_frame_release(frame);
	if (json_type(place->node) == JSON_OBJECT) {
		frame->kind = CONFIG_FRAME_STRINGS;
		if (json_first(place->node) == NULL)
			return load_fail(loader, place,
			    "empty, expected prefix, separator or suffix");
		return load_object(
		    loader, place, frame_fields, COUNT_OF(frame_fields), frame);
	}
	rc = load_choice(loader, place, names_frame, &choice);
	frame->kind = (enum config_frame_kind)choice;
	return rc;
}

int
load_compress(struct loader *loader, const struct place *place, void *object)
{
	unsigned choice = CONFIG_COMPRESS_NONE;
	int rc = load_choice(loader, place, names_compress, &choice);

	*(enum config_compress *)object = (enum config_compress)choice;
	return rc;
}

int
load_output(struct loader *loader, const struct place *place, void *object)
{
	unsigned choice = CONFIG_OUTPUT_PASS;
	int rc = load_choice(loader, place, names_output, &choice);

	*(enum config_output *)object = (enum config_output)choice;
	return rc;
}
