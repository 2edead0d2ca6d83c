/*
 * Where a record goes, by its tag, a field, a column or the hash of a key, as
 * the first byte says: the same that a slow look at it finds.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "intake/destination.h"
#include "intake/router.h"

/* Four routes to the same buffers, one of which goes by the hash of "a.b". */
#define BUFFERS                                             \
	"\"async_buffer\": {\"a\": {\"chs\": {\"x\": {}, "  \
	"\"y\": {}}}, \"b\": {}, \"h\": {\"dispatch\": "    \
	"{\"hash\": \"a.b\"}, \"chs\": {\"x\": {}, \"y\": " \
	"{}, \"z\": {}}}}, \"route\": "

static const struct {
	const char *text;
	bool is_csv;
} routes[] = {
    {"{" BUFFERS "\"tagged\"}", false},
    {"{" BUFFERS "{\"field\": \"a.b\", \"map\": {\"1\": \"a\", "
     "\"\": \"a/x\", \"\xc3\xa9\": \"a/y\", \"true\": \"b\"}}}",
        false},
    {"{" BUFFERS "{\"column\": 2}}", true},
    {"{" BUFFERS "{\"column\": 2}}", false},
    {"{" BUFFERS "{\"tagged\": true, \"else\": \"h\"}}", false},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

struct world {
	struct config config;
	struct buffer_set set;
	struct destination_set destinations;
	struct router *router;
};

static struct world worlds[ROUTES];

static struct world *
world_of(size_t number)
{
	struct world *world = &worlds[number];
	struct err e;

	if (world->router != NULL)
		return world;
	config_init(&world->config);
	HOLDS(config_parse(&world->config, "f", routes[number].text,
	          strlen(routes[number].text), &e) == 0);
	buffer_set_init(&world->set, &world->config);
	HOLDS(
	    destination_set_create(&world->destinations, &world->set, &e) == 0);
	HOLDS(router_create(&world->router, &world->config.route,
	          &world->destinations, routes[number].is_csv, &e) == 0);
	return world;
}

/* --- slowly --- */

/* A value, on the heap; text NULL: there is none. */
struct text {
	uint8_t *text;
	size_t size;
};

static struct text
copy(const uint8_t *data, size_t size)
{
	struct text text = {malloc(size + 1), size};

	memcpy(text.text, data, size);
	return text;
}

/* A column byte by byte: only one that begins with a quote loses quotes. */
static struct text
slow_column(
    const uint8_t *data, size_t size, uint8_t separator, bool has_quotes)
{
	struct text text = {malloc(size + 1), 0};
	bool is_quoted = false, was_quoted = false;
	int column = 1;
	size_t i, start = 0;

	if (size > 0 && data[size - 1] == '\r') {
		for (i = 0; i < size; i++)
			is_quoted ^= has_quotes && data[i] == '"';
		size -= !is_quoted;
		is_quoted = false;
	}
	for (i = 0; i < size && column <= 2; i++) {
		if (data[i] == separator && !is_quoted) {
			column++;
			start = i + 1;
			continue;
		}
		was_quoted = is_quoted;
		is_quoted ^= has_quotes && data[i] == '"';
		if (column != 2)
			continue;
		if (!has_quotes || data[start] != '"' || data[i] != '"')
			text.text[text.size++] = data[i];
		else if (!was_quoted && i > start && data[i - 1] == '"')
			text.text[text.size++] = '"';
	}
	if (column >= 2)
		return text;
	free(text.text);
	text.text = NULL;
	return text;
}

/* Behind the value at data[at] of a text that is valid. */
static size_t
value_end(const uint8_t *data, size_t at)
{
	bool is_string = false;
	int depth = 0;

	for (;; at++) {
		if (is_string && data[at] == '\\') {
			at++;
		} else if (data[at] == '"') {
			is_string = !is_string;
		} else if (!is_string && strchr("[{", data[at]) != NULL) {
			depth++;
		} else if (!is_string && depth > 0 &&
		    strchr("]}", data[at]) != NULL) {
			depth--;
		} else if (!is_string && depth == 0 &&
		    strchr(",:]} \t\r\n", data[at]) != NULL) {
			return at;
		}
	}
}

static size_t
blanks_end(const uint8_t *data, size_t at)
{
	while (strchr(" \t\r\n", data[at]) != NULL)
		at++;
	return at;
}

static struct text
decode(const uint8_t *data, size_t size)
{
	struct json_value value = {JSON_SCAN_STRING, true, data, size};
	struct text text = {malloc(size + 1), 0};
	bool has_nul;

	if (data[0] != '"') {
		free(text.text);
		return copy(data, size);
	}
	text.size = json_scan_string(&value, text.text, &has_nul);
	return text;
}

/* The first member of that key, in a text that ends with a NUL; 0: none. */
static size_t
member(const uint8_t *data, size_t at, uint8_t key, size_t *end)
{
	struct text name;
	size_t from;
	bool is_it;

	if (data[at] != '{')
		return 0;
	at = blanks_end(data, at + 1);
	while (data[at] != '}') {
		from = at;
		at = value_end(data, at);
		name = decode(data + from, at - from);
		is_it = name.size == 1 && name.text[0] == key;
		free(name.text);
		at = blanks_end(data, blanks_end(data, at) + 1);
		*end = value_end(data, at);
		if (is_it)
			return at;
		at = blanks_end(data, *end);
		if (data[at] == ',')
			at = blanks_end(data, at + 1);
	}
	return 0;
}

/* a.b of an object that is valid, and has no NUL. */
static struct text
slow_field(const uint8_t *data, size_t size)
{
	struct text none = {NULL, 0}, text = copy(data, size), value;
	size_t at, end = 0;

	text.text[size] = ' ';
	text.text = realloc(text.text, size + 2);
	text.text[size + 1] = '\0';
	at = member(text.text, blanks_end(text.text, 0), 'a', &end);
	if (at > 0)
		at = member(text.text, at, 'b', &end);
	value = at > 0 && memcmp(text.text + at, "null", 4) != 0
	    ? decode(text.text + at, end - at)
	    : none;
	free(text.text);
	return value;
}

static struct text
slow_tag(const uint8_t *data, size_t size)
{
	struct text none = {NULL, 0};
	size_t i = 0;

	while (i < size && data[i] != '\t')
		i++;
	return i < size ? copy(data, i) : none;
}

/* The destination of that name. */
static const struct destination *
slow_name(const struct world *world, const struct text *text)
{
	const struct destination *item = world->destinations.items;
	size_t i;
	char name[200];

	for (i = 0; i < world->destinations.count; i++, item++) {
		snprintf(name, sizeof(name), "%s%s%s", item->buffer,
		    item->channel != NULL ? "/" : "",
		    item->channel != NULL ? item->channel : "");
		if (text->text != NULL && strlen(name) == text->size &&
		    memcmp(name, text->text, text->size) == 0)
			return item;
	}
	return NULL;
}

static const struct destination *
slow_map(const struct world *world, const struct text *text)
{
	const struct config_route *route = &world->config.route;
	size_t i;

	for (i = 0; i < route->map_count; i++) {
		if (text->text != NULL &&
		    strlen(route->map[i].value) == text->size &&
		    memcmp(route->map[i].value, text->text, text->size) == 0)
			return destination_find(&world->destinations,
			    route->map[i].target.buffer,
			    route->map[i].target.channel);
	}
	return NULL;
}

/* --- both --- */

/* A stream of the destination, the same for the same key. */
static void
check_stream(const struct destination *destination, const uint8_t *record,
    size_t size, bool is_valid)
{
	const char *why = NULL;
	struct stream *stream =
	    destination_stream(destination, record, size, &why);
	struct text key;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	HOLDS(stream != NULL || (why != NULL && destination->key != NULL));
	if (destination->key == NULL || !is_valid)
		return;
	key = slow_field(record, size);
	HOLDS((key.text != NULL) == (stream != NULL));
	for (i = 0; i < key.size; i++)
		hash = (hash ^ key.text[i]) * UINT64_C(0x100000001b3);
	HOLDS(stream == NULL ||
	    stream == &destination->channels[hash % 3].stream);
	free(key.text);
}

static struct text
slow_value(size_t number, const uint8_t *record, size_t size)
{
	switch (number) {
	case 1:
		return slow_field(record, size);
	case 2:
		return slow_column(record, size, ',', true);
	case 3:
		return slow_column(record, size, '\t', false);
	default:
		return slow_tag(record, size);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct destination *got, *want;
	struct world *world;
	struct json_fault fault;
	struct text record, value;
	const char *why = NULL;
	size_t number, tag_size;
	bool is_valid;

	if (size == 0)
		return 0;
	number = data[0] % ROUTES;
	world = world_of(number);
	record = copy(data + 1, size - 1);
	record.text = realloc(record.text, size > 1 ? size - 1 : 1);
	is_valid = memchr(record.text, 0, record.size) == NULL &&
	    json_scan_validate(record.text, record.size, &fault) == 0;
	got = router_choose(
	    world->router, record.text, record.size, &tag_size, &why);
	HOLDS(got != NULL || why != NULL);
	HOLDS(tag_size <= record.size);
	if (number != 1 || is_valid) {
		value = slow_value(number, record.text, record.size);
		want = number == 1 ? slow_map(world, &value)
		                   : slow_name(world, &value);
		HOLDS(tag_size ==
		    (want != NULL && number % 4 == 0 ? value.size + 1 : 0));
		if (want == NULL && number == 4)
			want =
			    destination_find(&world->destinations, "h", NULL);
		HOLDS(got == want);
		free(value.text);
	}
	if (got != NULL)
		check_stream(got, record.text + tag_size,
		    record.size - tag_size, is_valid && tag_size == 0);
	free(record.text);
	return 0;
}
