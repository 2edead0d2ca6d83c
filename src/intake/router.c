/*
 * From a record's own word to its destination.  Values are found in a table
 * by their hash (open addressing, at most half full).
 */
#include "intake/router.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fnv.h"
#include "base/memory.h"
#include "config/config.h"
#include "intake/destination.h"
#include "intake/field_reader.h"

/* BUFFER/CHANNEL */
#define NAME_SIZE_MAX (2 * CONFIG_NAME_MAX + 1)

struct entry {
	const char *value; /* NULL: free */
	size_t size;
	const struct destination *destination;
	char *owned; /* value, if it was made here */
};

struct router {
	const struct config_route *config;
	struct field_reader *reader; /* NULL: tagged */
	const struct destination *otherwise;
	struct entry *entries;
	size_t mask; /* their number less one */
};

/* The place of a value: its entry, or a free one. */
static struct entry *
find(const struct router *router, const uint8_t *value, size_t size)
{
	size_t i = fnv_hash(value, size) & router->mask;
	struct entry *entry;

	for (;; i = (i + 1) & router->mask) {
		entry = &router->entries[i];
		if (entry->value == NULL ||
		    (entry->size == size &&
		        memcmp(entry->value, value, size) == 0))
			return entry;
	}
}

static void
make_table(struct router *router, size_t count)
{
	size_t size = 4;

	while (size < 2 * count)
		size *= 2;
	router->mask = size - 1;
	router->entries = memory_zeroed(size, sizeof(*router->entries));
}

static struct entry *
add(struct router *router, const char *value,
    const struct destination *destination)
{
	size_t size = strlen(value);
	struct entry *entry = find(router, (const uint8_t *)value, size);

	entry->value = value;
	entry->size = size;
	entry->destination = destination;
	return entry;
}

/* Every destination by its own name. */
static void
add_names(struct router *router, const struct destination_set *destinations)
{
	size_t i;

	make_table(router, destinations->count);
	for (i = 0; i < destinations->count; i++) {
		const struct destination *item = &destinations->items[i];
		char *name = item->channel == NULL
		    ? memory_string(item->buffer)
		    : memory_printf("%s/%s", item->buffer, item->channel);

		add(router, name, item)->owned = name;
	}
}

/* The loader has seen to it that targets are there. */
static const struct destination *
destination_of(const struct destination_set *destinations,
    const struct config_target *target)
{
	const struct destination *found =
	    destination_find(destinations, target->buffer, target->channel);

	if (found == NULL)
		BUG("a target that is not there");
	return found;
}

static void
add_map(struct router *router, const struct destination_set *destinations)
{
	const struct config_route *config = router->config;
	size_t i;

	make_table(router, config->map_count);
	for (i = 0; i < config->map_count; i++)
		add(router, config->map[i].value,
		    destination_of(destinations, &config->map[i].target));
}

static int
make_reader(struct router *router, bool is_csv, struct err *e)
{
	const struct config_route *config = router->config;
	uint8_t separator = config->separator;

	if (separator == 0)
		separator = is_csv ? ',' : '\t';
	if (config->kind == CONFIG_ROUTE_COLUMN)
		router->reader = field_reader_of_columns(
		    config->column, separator, is_csv || separator != '\t');
	if (config->kind == CONFIG_ROUTE_FIELD &&
	    field_reader_of_json(&router->reader, config->field, e) != 0)
		return err_wrap(e, "route");
	return 0;
}

int
router_create(struct router **result, const struct config_route *config,
    const struct destination_set *destinations, bool is_csv, struct err *e)
{
	struct router *router = memory_zeroed(1, sizeof(*router));

	router->config = config;
	if (make_reader(router, is_csv, e) != 0) {
		free(router);
		return e->code;
	}
	if (config->has_otherwise)
		router->otherwise =
		    destination_of(destinations, &config->otherwise);
	if (config->map_count > 0)
		add_map(router, destinations);
	else
		add_names(router, destinations);
	*result = router;
	return 0;
}

void
router_destroy(struct router *router)
{
	size_t i;

	if (router == NULL)
		return;
	for (i = 0; i <= router->mask; i++)
		free(router->entries[i].owned);
	free(router->entries);
	field_reader_destroy(router->reader);
	free(router);
}

int
router_reach(
    struct router *router, const struct config_input *input, struct err *e)
{
	const struct destination *otherwise = router->otherwise;
	size_t i;

	for (i = 0; i <= router->mask; i++) {
		const struct entry *entry = &router->entries[i];

		if (entry->value != NULL &&
		    destination_reach(entry->destination, input, e) != 0)
			return e->code;
	}
	return otherwise != NULL ? destination_reach(otherwise, input, e) : 0;
}

/* The tag before the tab; names are short, so the tab is near or nowhere. */
static const uint8_t *
read_tag(const uint8_t *record, size_t size, size_t *tag_size, const char **why)
{
	size_t within = size < NAME_SIZE_MAX + 1 ? size : NAME_SIZE_MAX + 1;
	const uint8_t *tab = memchr(record, '\t', within);

	if (tab == NULL) {
		*why = "it does not begin with a tag and a tab";
		return NULL;
	}
	*tag_size = (size_t)(tab - record);
	return record;
}

const struct destination *
router_choose(struct router *router, const uint8_t *record, size_t size,
    size_t *tag_size, const char **why)
{
	const struct entry *entry = NULL;
	const uint8_t *value;
	size_t value_size;

	*tag_size = 0;
	value = router->reader != NULL
	    ? field_reader_read(router->reader, record, size, &value_size, why)
	    : read_tag(record, size, &value_size, why);
	if (value != NULL)
		entry = find(router, value, value_size);
	if (entry == NULL || entry->value == NULL) {
		if (value != NULL)
			*why = router->reader != NULL
			    ? "no target for this value"
			    : "no such buffer or channel";
		return router->otherwise;
	}
	if (router->reader == NULL)
		*tag_size = value_size + 1;
	return entry->destination;
}
