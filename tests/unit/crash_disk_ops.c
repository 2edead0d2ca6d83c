/*
 * The table of functions of the disk that models crashes.  A misuse, such as a
 * handle that is closed already, ends the test.
 */
#include "crash_disk_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t
index_of(const struct crash_disk *crash, int handle)
{
	if (handle == ROOT_HANDLE)
		return 0;
	if (handle < 0 || handle >= HANDLE_MAX || crash->handles[handle] == 0)
		abort();
	return crash->handles[handle] - 1;
}

static struct node *
node_of(struct crash_disk *crash, int handle)
{
	return &crash->nodes[index_of(crash, handle)];
}

static void
name_entry(struct entry *entry, size_t folder, size_t node, const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= NAME_SIZE || strchr(name, '/') != NULL)
		abort();
	memset(entry, 0, sizeof(*entry));
	entry->folder = folder;
	entry->node = node;
	memcpy(entry->name, name, length + 1);
}

/* Lowest first, so that what is left open runs out. */
static int
new_handle(struct crash_disk *crash, size_t node)
{
	int handle;

	for (handle = 0; handle < HANDLE_MAX; handle++) {
		if (crash->handles[handle] == 0) {
			crash->handles[handle] = node + 1;
			return handle;
		}
	}
	return -EMFILE;
}

static int
crash_open(void *context, int folder, const char *name, enum disk_how how)
{
	struct crash_disk *crash = context;
	size_t in = index_of(crash, folder);
	const struct entry *entry = crash_find(&crash->now, in, name);
	struct entry made;

	if (how == DISK_CREATE) {
		if (entry != NULL)
			return -EEXIST;
		name_entry(&made, in, crash_add_node(crash, false), name);
		crash_change_names(crash, NULL, &made);
		return new_handle(crash, made.node);
	}
	if (entry == NULL)
		return -ENOENT;
	if ((how == DISK_FOLDER) != crash->nodes[entry->node].is_folder)
		return how == DISK_FOLDER ? -ENOTDIR : -EISDIR;
	return new_handle(crash, entry->node);
}

static void
crash_close(void *context, int handle)
{
	struct crash_disk *crash = context;

	index_of(crash, handle);
	if (handle != ROOT_HANDLE)
		crash->handles[handle] = 0;
}

static ssize_t
crash_read(void *context, int file, uint8_t *data, size_t size, uint64_t offset)
{
	const struct node *node = node_of(context, file);

	if (offset >= node->now.size)
		return 0;
	if (size > node->now.size - offset)
		size = (size_t)(node->now.size - offset);
	memcpy(data, node->now.data + offset, size);
	return (ssize_t)size;
}

/* Takes what is missing up to `end` from the space; how far it reaches. */
static uint64_t
take_space(struct crash_disk *crash, struct node *node, uint64_t end)
{
	uint64_t wanted = crash_sectors_of(end), more;

	if (wanted <= node->taken_sectors)
		return end;
	more = wanted - node->taken_sectors;
	if (crash->space_sectors == CRASH_SPACE_WITHOUT_END) {
		node->taken_sectors = wanted;
		return end;
	}
	if (more > crash->space_sectors)
		more = crash->space_sectors;
	crash->space_sectors -= more;
	node->taken_sectors += more;
	return node->taken_sectors < wanted ? node->taken_sectors * CRASH_SECTOR
	                                    : end;
}

static ssize_t
crash_write(
    void *context, int file, const uint8_t *data, size_t size, uint64_t offset)
{
	struct crash_disk *crash = context;
	struct node *node = node_of(crash, file);
	uint64_t end = take_space(crash, node, offset + size);

	if (end <= offset)
		return -ENOSPC;
	crash_write_bytes(node, data, (size_t)(end - offset), offset);
	return (ssize_t)(end - offset);
}

static int
crash_sync(void *context, int file)
{
	crash_sync_node(node_of(context, file));
	return 0;
}

static int
crash_sync_folder(void *context, int folder)
{
	crash_sync_names(context, index_of(context, folder));
	return 0;
}

static int
crash_forget(void *context, int file)
{
	index_of(context, file);
	return 0;
}

static void
give_back(struct crash_disk *crash, struct node *node, uint64_t sectors)
{
	if (sectors >= node->taken_sectors)
		return;
	if (crash->space_sectors != CRASH_SPACE_WITHOUT_END)
		crash->space_sectors += node->taken_sectors - sectors;
	node->taken_sectors = sectors;
}

static int
crash_truncate(void *context, int file, uint64_t size)
{
	struct node *node = node_of(context, file);

	crash_cut_bytes(node, size);
	give_back(context, node, crash_sectors_of(size));
	return 0;
}

static int
crash_size(void *context, int file, uint64_t *size)
{
	*size = node_of(context, file)->now.size;
	return 0;
}

static int
crash_reserve(void *context, int file, uint64_t offset, uint64_t size)
{
	struct node *node = node_of(context, file);
	uint64_t before = node->taken_sectors;

	if (take_space(context, node, offset + size) == offset + size)
		return 0;
	give_back(context, node, before);
	return -ENOSPC;
}

static int
crash_link(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	struct crash_disk *crash = context;
	const struct entry *entry =
	    crash_find(&crash->now, index_of(crash, folder), name);
	size_t to = index_of(crash, new_folder);
	struct entry made;

	if (entry == NULL)
		return -ENOENT;
	if (crash->nodes[entry->node].is_folder)
		return -EPERM;
	if (crash_find(&crash->now, to, new_name) != NULL)
		return -EEXIST;
	name_entry(&made, to, entry->node, new_name);
	crash_change_names(crash, NULL, &made);
	return 0;
}

static int
crash_rename(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	struct crash_disk *crash = context;
	size_t in = index_of(crash, folder);
	const struct entry *entry = crash_find(&crash->now, in, name);
	struct entry from, to;

	if (entry == NULL)
		return -ENOENT;
	from = *entry;
	name_entry(&to, index_of(crash, new_folder), from.node, new_name);
	crash_change_names(crash, &from, &to);
	return 0;
}

/* Is there another one? */
static bool
has_name(const struct crash_disk *crash, size_t node)
{
	size_t i;

	for (i = 0; i < crash->now.count; i++) {
		if (crash->now.entries[i].node == node)
			return true;
	}
	return false;
}

static int
crash_remove(void *context, int folder, const char *name)
{
	struct crash_disk *crash = context;
	const struct entry *entry =
	    crash_find(&crash->now, index_of(crash, folder), name);
	struct entry from;

	if (entry == NULL)
		return -ENOENT;
	if (crash->nodes[entry->node].is_folder)
		return -EISDIR;
	from = *entry;
	crash_change_names(crash, &from, NULL);
	if (!has_name(crash, from.node))
		give_back(crash, &crash->nodes[from.node], 0);
	return 0;
}

static int
crash_make_folder(void *context, int folder, const char *name)
{
	struct crash_disk *crash = context;
	size_t in = index_of(crash, folder);
	struct entry made;

	if (crash_find(&crash->now, in, name) != NULL)
		return -EEXIST;
	name_entry(&made, in, crash_add_node(crash, true), name);
	crash_change_names(crash, NULL, &made);
	return 0;
}

/* each() may open and remove. */
static int
crash_list(void *context, int folder, disk_each *each, void *argument)
{
	struct crash_disk *crash = context;
	size_t i, in = index_of(crash, folder);
	struct table copy;
	int status = 0;

	crash_table_copy(&copy, &crash->now);
	for (i = 0; i < copy.count && status == 0; i++) {
		if (copy.entries[i].folder == in)
			status = each(argument, copy.entries[i].name);
	}
	free(copy.entries);
	return status;
}

const struct disk_ops crash_ops = {
    .open = crash_open,
    .close = crash_close,
    .read = crash_read,
    .write = crash_write,
    .sync = crash_sync,
    .sync_folder = crash_sync_folder,
    .forget = crash_forget,
    .truncate = crash_truncate,
    .size = crash_size,
    .reserve = crash_reserve,
    .link = crash_link,
    .rename = crash_rename,
    .remove = crash_remove,
    .make_folder = crash_make_folder,
    .list = crash_list,
};
