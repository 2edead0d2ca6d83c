/*
 * Compiling paths into a tree of keys, and finding a key in it.
 *
 * All edges of the tree are in one table, by a hash of parent and key.  Only
 * the user's paths are put in, so that no record can make its rows long.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_internal.h"
#include "base/memory.h"
#include "base/utf8.h"

#define INLINED static inline __attribute__((always_inline))

/* More of a path than this says nothing new in a message. */
#define QUOTED 48

/* Of a written key: each byte may be a \uXXXX. */
#define WRITTEN_MAX (6 * JSON_KEY_SIZE_MAX + 2)

/* What the ends of a key, see below, have all of. */
#define SHORT_MAX 16

struct ends {
	uint64_t head, tail;
};

/* Two keys of one size and the same ends are equal if they are short. */
INLINED struct ends
ends_of(const uint8_t *key, size_t size)
{
	struct ends ends = {0, 0};

	if (size >= 8) {
		memcpy(&ends.head, key, 8);
		memcpy(&ends.tail, key + size - 8, 8);
	} else if (size >= 4) {
		memcpy(&ends.head, key, 4);
		memcpy(&ends.tail, key + size - 4, 4);
	} else if (size > 0) {
		ends.head = key[0];
		ends.tail = (uint64_t)key[size / 2] << 8 | key[size - 1];
	}
	return ends;
}

INLINED uint32_t
hash(struct ends ends, uint16_t parent, size_t size)
{
	uint64_t mixed = ends.head ^ ends.tail << 32 ^ ends.tail >> 32 ^
	    (uint64_t)parent << 8 ^ size;

	return (uint32_t)(mixed * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Where the child is, or the empty slot where it would be. */
INLINED uint32_t
find_slot(const struct json_paths *paths, uint16_t parent, const uint8_t *key,
    size_t size, bool is_short)
{
	struct ends ends = ends_of(key, size);
	uint32_t slot = hash(ends, parent, size) & paths->slot_mask;
	const struct json_node *node;

	while (paths->slots[slot] != JSON_ROOT) {
		node = &paths->nodes[paths->slots[slot]];
		if (node->head == ends.head && node->tail == ends.tail &&
		    node->parent == parent && node->key_size == size &&
		    (is_short || memcmp(node->key, key, size) == 0))
			break;
		slot = (slot + 1) & paths->slot_mask;
	}
	return slot;
}

static __attribute__((noinline)) uint32_t
find_slot_of_any(const struct json_paths *paths, uint16_t parent,
    const uint8_t *key, size_t size)
{
	return find_slot(paths, parent, key, size, false);
}

/* Without a call, and so without registers to save, where keys are short. */
uint16_t
json_paths_look_up(const struct json_paths *paths, uint16_t parent,
    const uint8_t *key, size_t size)
{
	uint32_t slot = size <= SHORT_MAX
	    ? find_slot(paths, parent, key, size, true)
	    : find_slot_of_any(paths, parent, key, size);
	uint16_t node = paths->slots[slot];

	return node != JSON_ROOT ? node : JSON_NO_NODE;
}

uint16_t
json_paths_look_up_written(const struct json_paths *paths, uint16_t parent,
    const struct json_value *key)
{
	uint8_t decoded[WRITTEN_MAX];
	bool has_nul;
	size_t size;

	if (key->size > sizeof(decoded))
		return JSON_NO_NODE;
	size = json_scan_string(key, decoded, &has_nul);
	return json_paths_look_up(paths, parent, decoded, size);
}

/* --- compiling --- */

/* Append a part to the keys: returns where the path goes on. */
static const char *
read_part(const char *at, uint8_t *key, size_t *size)
{
	*size = 0;
	while (*at != '\0' && *at != '.') {
		if (*at == '\\') {
			at++;
			if (*at != '\\' && *at != '.')
				return NULL;
		}
		key[(*size)++] = (uint8_t)*at++;
	}
	return at;
}

static uint16_t
child(
    struct json_paths *paths, uint16_t parent, const uint8_t *key, size_t size)
{
	uint32_t slot = find_slot_of_any(paths, parent, key, size);
	struct ends ends = ends_of(key, size);
	struct json_node *node;

	if (paths->slots[slot] != JSON_ROOT)
		return paths->slots[slot];
	node = &paths->nodes[paths->node_count];
	node->head = ends.head;
	node->tail = ends.tail;
	node->key = key;
	node->key_size = (uint16_t)size;
	node->parent = parent;
	node->name = JSON_NO_NAME;
	paths->marks |= json_key_mark(key[0], size);
	paths->slots[slot] = (uint16_t)paths->node_count;
	return (uint16_t)paths->node_count++;
}

static int
refuse(struct err *e, const char *name, const char *why)
{
	return err_set(e, ERR_USAGE, "\"%.*s\": %s", QUOTED, name, why);
}

/* Its keys go to `keys`, which has as many bytes as the name. */
static int
add_path(
    struct json_paths *paths, const char *name, uint8_t *keys, struct err *e)
{
	const char *at = name;
	uint16_t node = JSON_ROOT, i;
	size_t size, parts = 0;

	if (!utf8_is_valid(name))
		return refuse(e, name, "not UTF-8");
	for (;;) {
		at = read_part(at, keys, &size);
		if (at == NULL)
			return refuse(e, name, "\\ is not before . or \\");
		if (size == 0)
			return refuse(e, name, "a key is empty");
		if (size > JSON_KEY_SIZE_MAX)
			return refuse(e, name, "a key is too long");
		if (++parts > JSON_PATH_PARTS_MAX)
			return refuse(e, name, "too many keys");
		node = child(paths, node, keys, size);
		keys += size;
		if (*at == '\0')
			break;
		at++;
	}
	i = (uint16_t)paths->name_count++;
	paths->node_of_name[i] = node;
	paths->has_twins |= paths->nodes[node].name != JSON_NO_NAME;
	paths->nodes[node].name = i;
	return 0;
}

/* Room for all that the names can need. */
static struct json_paths *
reserve(const char *const *names, size_t count)
{
	struct json_paths *paths = memory_zeroed(1, sizeof(*paths));
	size_t nodes = 1, bytes = 0, slots = 16, i;

	for (i = 0; i < count; i++) {
		bytes += strlen(names[i]);
		nodes += JSON_PATH_PARTS_MAX;
	}
	while (slots < 2 * nodes)
		slots *= 2;
	paths->nodes = memory_zeroed(nodes, sizeof(*paths->nodes));
	paths->node_of_name =
	    memory_zeroed(count, sizeof(*paths->node_of_name));
	paths->slots = memory_zeroed(slots, sizeof(*paths->slots));
	paths->slot_mask = (uint32_t)slots - 1;
	paths->keys = memory_zeroed(bytes, 1);
	paths->nodes[JSON_ROOT].name = JSON_NO_NAME;
	paths->node_count = 1;
	return paths;
}

int
json_paths_create(struct json_paths **paths, const char *const *names,
    size_t count, struct err *e)
{
	struct json_paths *made;
	size_t used = 0, i;
	int error;

	*paths = NULL;
	if (count > JSON_PATHS_MAX)
		return err_set(
		    e, ERR_USAGE, "more than %d fields", JSON_PATHS_MAX);
	made = reserve(names, count);
	for (i = 0; i < count; i++) {
		error = add_path(made, names[i], made->keys + used, e);
		if (error != 0) {
			json_paths_destroy(made);
			return error;
		}
		used += strlen(names[i]);
	}
	*paths = made;
	return 0;
}

void
json_paths_destroy(struct json_paths *paths)
{
	if (paths == NULL)
		return;
	free(paths->nodes);
	free(paths->node_of_name);
	free(paths->slots);
	free(paths->keys);
	free(paths);
}
