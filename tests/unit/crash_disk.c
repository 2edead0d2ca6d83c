/*
 * A disk in memory that models crashes: what there is, what of it is durable,
 * and what becomes of the rest.
 */
#include "crash_disk_internal.h"

#include <stdlib.h>
#include <string.h>

uint64_t
crash_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	/* Steele, Lea, Flood: SplitMix64. */
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void *
grown(void *block, size_t count, size_t size)
{
	void *more = realloc(block, (count + 1) * size);

	if (more == NULL)
		abort();
	return more;
}

/* --- contents */

static void
content_resize(struct content *content, uint64_t size)
{
	uint64_t sectors = (size + CRASH_SECTOR - 1) / CRASH_SECTOR;
	uint64_t end = size < content->size ? size : content->size;

	if (content->data == NULL || sectors > content->sectors) {
		content->data = grown(content->data, sectors, CRASH_SECTOR);
		content->sectors = sectors;
	}
	memset(content->data + end, 0, content->sectors * CRASH_SECTOR - end);
	content->size = size;
}

static void
content_copy(struct content *to, const struct content *from)
{
	content_resize(to, 0);
	content_resize(to, from->size);
	if (from->size > 0)
		memcpy(to->data, from->data, from->size);
}

/* --- files */

static struct version *
add_version(struct node *node, uint64_t sector)
{
	struct version *version;

	if (node->version_count == node->version_room) {
		node->version_room = node->version_room * 2 + 8;
		node->versions = grown(node->versions, node->version_room,
		    sizeof(*node->versions));
	}
	version = &node->versions[node->version_count++];
	version->sector = sector;
	version->size = node->now.size;
	if (sector != SIZE_CHANGE)
		memcpy(version->data, node->now.data + sector * CRASH_SECTOR,
		    CRASH_SECTOR);
	return version;
}

void
crash_write_bytes(
    struct node *node, const uint8_t *data, size_t size, uint64_t offset)
{
	uint64_t sector;

	if (size == 0)
		return;
	if (offset + size > node->now.size) {
		content_resize(&node->now, offset + size);
		add_version(node, SIZE_CHANGE);
	}
	memcpy(node->now.data + offset, data, size);
	for (sector = offset / CRASH_SECTOR;
	     sector <= (offset + size - 1) / CRASH_SECTOR; sector++)
		add_version(node, sector);
}

void
crash_cut_bytes(struct node *node, uint64_t size)
{
	uint64_t sector, before = node->now.size;

	content_resize(&node->now, size);
	add_version(node, SIZE_CHANGE);
	for (sector = size / CRASH_SECTOR;
	     sector * CRASH_SECTOR < before && sector < node->now.sectors;
	     sector++)
		add_version(node, sector);
}

void
crash_sync_node(struct node *node)
{
	content_copy(&node->synced, &node->now);
	node->version_count = 0;
}

/* How much of a node's changes power loss keeps. */
enum survival { NOTHING, ALL, FIRST, ANY };

/* One legal content of a file. */
static void
survive(const struct node *node, enum survival survival, uint64_t *random,
    struct content *result)
{
	size_t i, first = node->version_count;
	const struct version *version;
	uint64_t size = node->synced.size;
	struct content all = {0};

	if (survival == FIRST)
		first = crash_random(random) % (node->version_count + 1);
	if (survival == NOTHING)
		first = 0;
	content_copy(&all, &node->synced);
	/*
	 * ANY: a later version replaces an earlier one half of the time, so
	 * that each of them, and the synced one, can be what stays.
	 */
	for (i = 0; i < first; i++) {
		version = &node->versions[i];
		if (survival == ANY && crash_random(random) % 2 == 0)
			continue;
		if (version->sector == SIZE_CHANGE) {
			size = version->size;
			continue;
		}
		if ((version->sector + 1) * CRASH_SECTOR > all.size)
			content_resize(
			    &all, (version->sector + 1) * CRASH_SECTOR);
		memcpy(all.data + version->sector * CRASH_SECTOR, version->data,
		    CRASH_SECTOR);
	}
	content_resize(&all, size);
	content_copy(result, &all);
	free(all.data);
}

/* --- names */

struct entry *
crash_find(struct table *table, size_t folder, const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (table->entries[i].folder == folder &&
		    strcmp(table->entries[i].name, name) == 0)
			return &table->entries[i];
	}
	return NULL;
}

static void
take_out(struct table *table, const struct entry *gone)
{
	struct entry *entry = crash_find(table, gone->folder, gone->name);

	if (entry != NULL && entry->node == gone->node)
		*entry = table->entries[--table->count];
}

static void
put_in(struct table *table, const struct entry *made)
{
	struct entry *entry = crash_find(table, made->folder, made->name);

	if (entry == NULL) {
		table->entries = grown(
		    table->entries, table->count, sizeof(*table->entries));
		entry = &table->entries[table->count++];
	}
	*entry = *made;
}

static void
apply(struct table *table, const struct change *change)
{
	if (change->has_from)
		take_out(table, &change->from);
	if (change->has_to)
		put_in(table, &change->to);
}

void
crash_change_names(
    struct crash_disk *crash, const struct entry *from, const struct entry *to)
{
	struct change *change;

	crash->changes =
	    grown(crash->changes, crash->change_count, sizeof(*crash->changes));
	change = &crash->changes[crash->change_count++];
	memset(change, 0, sizeof(*change));
	if (from != NULL) {
		change->has_from = change->from_waits = true;
		change->from = *from;
	}
	if (to != NULL) {
		change->has_to = change->to_waits = true;
		change->to = *to;
	}
	apply(&crash->now, change);
}

void
crash_sync_names(struct crash_disk *crash, size_t folder)
{
	struct change *change;
	size_t i, kept = 0;

	for (i = 0; i < crash->change_count; i++) {
		change = &crash->changes[i];
		if (change->has_from && change->from.folder == folder)
			change->from_waits = false;
		if (change->has_to && change->to.folder == folder)
			change->to_waits = false;
		if (change->from_waits || change->to_waits)
			crash->changes[kept++] = *change;
		else
			apply(&crash->synced, change);
	}
	crash->change_count = kept;
}

void
crash_table_copy(struct table *to, const struct table *from)
{
	to->count = from->count;
	to->entries = grown(NULL, from->count, sizeof(*to->entries));
	if (from->count > 0)
		memcpy(to->entries, from->entries,
		    from->count * sizeof(*to->entries));
}

/* --- life and death */

size_t
crash_add_node(struct crash_disk *crash, bool is_folder)
{
	crash->nodes =
	    grown(crash->nodes, crash->node_count, sizeof(*crash->nodes));
	crash->nodes[crash->node_count] = (struct node){.is_folder = is_folder};
	return crash->node_count++;
}

static struct crash_disk *
create(struct disk *disk)
{
	struct crash_disk *crash = calloc(1, sizeof(*crash));

	if (crash == NULL)
		abort();
	crash->space_sectors = CRASH_SPACE_WITHOUT_END;
	*disk = (struct disk){
	    .ops = &crash_ops,
	    .context = crash,
	    .folder = ROOT_HANDLE,
	};
	return crash;
}

struct crash_disk *
crash_disk_create(struct disk *disk)
{
	struct crash_disk *crash = create(disk);

	crash_add_node(crash, true);
	return crash;
}

void
crash_disk_destroy(struct crash_disk *crash)
{
	size_t i;

	if (crash == NULL)
		return;
	for (i = 0; i < crash->node_count; i++) {
		free(crash->nodes[i].now.data);
		free(crash->nodes[i].synced.data);
		free(crash->nodes[i].versions);
	}
	free(crash->nodes);
	free(crash->now.entries);
	free(crash->synced.entries);
	free(crash->changes);
	free(crash);
}

uint64_t
crash_sectors_of(uint64_t bytes)
{
	return bytes / CRASH_SECTOR + (bytes % CRASH_SECTOR != 0);
}

/* Which kind of power loss a seed is. */
static enum survival
survival_of(uint64_t *random)
{
	uint64_t kind = crash_random(random) % 8;

	if (kind == 0)
		return NOTHING;
	if (kind == 1)
		return ALL;
	return kind < 4 ? FIRST : ANY;
}

struct crash_disk *
crash_disk_crash(
    const struct crash_disk *crash, uint64_t seed, struct disk *disk)
{
	struct crash_disk *left = create(disk);
	enum survival survival;
	size_t i, first = crash->change_count;
	const struct node *node;
	struct node *copy;

	crash_table_copy(&left->now, &crash->synced);
	survival = survival_of(&seed);
	if (survival == FIRST)
		first = crash_random(&seed) % (crash->change_count + 1);
	if (survival == NOTHING)
		first = 0;
	for (i = 0; i < first; i++) {
		if (survival != ANY || crash_random(&seed) % 2 == 0)
			apply(&left->now, &crash->changes[i]);
	}
	crash_table_copy(&left->synced, &left->now);
	for (i = 0; i < crash->node_count; i++) {
		node = &crash->nodes[i];
		crash_add_node(left, node->is_folder);
		copy = &left->nodes[i];
		survive(node, survival_of(&seed), &seed, &copy->now);
		content_copy(&copy->synced, &copy->now);
		copy->taken_sectors = crash_sectors_of(copy->now.size);
	}
	return left;
}

struct crash_disk *
crash_disk_kill(const struct crash_disk *crash, struct disk *disk)
{
	struct crash_disk *left = create(disk);
	const struct node *node;
	struct node *copy;
	size_t i;

	crash_table_copy(&left->now, &crash->now);
	crash_table_copy(&left->synced, &crash->synced);
	left->change_count = crash->change_count;
	left->changes =
	    grown(NULL, crash->change_count, sizeof(*left->changes));
	if (crash->change_count > 0)
		memcpy(left->changes, crash->changes,
		    crash->change_count * sizeof(*left->changes));
	for (i = 0; i < crash->node_count; i++) {
		node = &crash->nodes[i];
		crash_add_node(left, node->is_folder);
		copy = &left->nodes[i];
		content_copy(&copy->now, &node->now);
		content_copy(&copy->synced, &node->synced);
		copy->version_count = copy->version_room = node->version_count;
		copy->versions =
		    grown(NULL, node->version_count, sizeof(*copy->versions));
		if (node->version_count > 0)
			memcpy(copy->versions, node->versions,
			    node->version_count * sizeof(*copy->versions));
		copy->taken_sectors = node->taken_sectors;
	}
	left->space_sectors = crash->space_sectors;
	return left;
}

void
crash_disk_limit(struct crash_disk *crash, uint64_t space_bytes)
{
	crash->space_sectors = space_bytes == CRASH_SPACE_WITHOUT_END
	    ? space_bytes
	    : space_bytes / CRASH_SECTOR;
}

const uint8_t *
crash_disk_peek(const struct crash_disk *crash, const char *name, size_t *size)
{
	struct table now = crash->now;
	const struct entry *entry = crash_find(&now, 0, name);
	const struct node *node;

	if (entry == NULL)
		return NULL;
	node = &crash->nodes[entry->node];
	*size = (size_t)node->now.size;
	return node->now.data;
}

void
crash_disk_poke(
    struct crash_disk *crash, const char *name, size_t offset, uint8_t byte)
{
	const struct entry *entry = crash_find(&crash->now, 0, name);
	struct node *node;

	if (entry == NULL)
		abort();
	node = &crash->nodes[entry->node];
	node->now.data[offset] = byte;
	crash_sync_node(node);
}
