#ifndef ABUF_TESTS_CRASH_DISK_INTERNAL_H
#define ABUF_TESTS_CRASH_DISK_INTERNAL_H

/*
 * What crash_disk.c (the model) and crash_disk_ops.c (its table of functions)
 * share.
 *
 * A node is a file or a folder.  A file has its content now, its content at
 * the last sync, and every version of every sector in between, with the sizes
 * it had.  Names are two tables, one as they are now and one as they were
 * synced, and a list of the changes in between.
 */

#include "crash_disk.h"

#define NAME_SIZE 64
#define HANDLE_MAX 256
#define ROOT_HANDLE 1000 /* the top folder's */

struct content {
	uint8_t *data; /* whole sectors; zero behind the end */
	uint64_t sectors;
	uint64_t size;
};

/* What became of a sector, or (sector == SIZE_CHANGE) of the size. */
#define SIZE_CHANGE UINT64_MAX
struct version {
	uint64_t sector;
	uint64_t size;
	uint8_t data[CRASH_SECTOR];
};

struct node {
	bool is_folder;
	struct content now;
	struct content synced;
	struct version *versions; /* since the sync, in their order */
	size_t version_count, version_room;
	uint64_t taken_sectors; /* of the space: written or reserved */
};

struct entry {
	size_t folder, node; /* indexes */
	char name[NAME_SIZE];
};

struct table {
	struct entry *entries;
	size_t count;
};

/* Take `from` away where has_from, put `to` in where has_to: at once. */
struct change {
	bool has_from, has_to;
	bool from_waits, to_waits; /* for the folder's sync */
	struct entry from, to;
};

struct crash_disk {
	struct node *nodes; /* nodes[0] is the top folder */
	size_t node_count;
	struct table now, synced;
	struct change *changes;
	size_t change_count;
	size_t handles[HANDLE_MAX]; /* node + 1, or 0 */
	uint64_t space_sectors;
};

extern const struct disk_ops crash_ops;

/* The index of a new node, which has no name yet. */
size_t crash_add_node(struct crash_disk *crash, bool is_folder);

void crash_write_bytes(
    struct node *node, const uint8_t *data, size_t size, uint64_t offset);
void crash_cut_bytes(struct node *node, uint64_t size);
void crash_sync_node(struct node *node);
uint64_t crash_sectors_of(uint64_t bytes);

/* NULL if the folder has no such name. */
struct entry *crash_find(struct table *table, size_t folder, const char *name);

/* Take one name away, put one in, or both at once; either may be NULL. */
void crash_change_names(
    struct crash_disk *crash, const struct entry *from, const struct entry *to);
void crash_sync_names(struct crash_disk *crash, size_t folder);
void crash_table_copy(struct table *to, const struct table *from);

#endif
