/*
 * The list of bad records.
 *
 * A list in order, which is what a command that goes through its input
 * writes, is kept as it comes.  Any other is sorted, once at its end; and
 * before it would grow, for one that repeats itself must not cost more memory
 * than it has records.
 */
#include "deliver/rejects.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define FIRST_ROOM 64

struct list {
	struct reject *items;
	size_t count;
	size_t room;
	bool is_sorted; /* and each record is there once */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One line without its newline. */
static bool
read_line(
    struct reject *reject, const char *line, size_t size, uint64_t records)
{
	size_t at;

	if (size > 0 && line[size - 1] == '\r')
		size--;
	at = units_read_digits(line, size, &reject->record);
	if (at == 0 || reject->record == 0 || reject->record > records)
		return false;
	if (at < size && !is_blank(line[at]))
		return false;
	while (at < size && is_blank(line[at]))
		at++;
	reject->reason = line + at;
	reject->reason_size = size - at;
	return true;
}

/* By record, then by place in the text, so that the first line stays first. */
static int
compare(const void *left, const void *right)
{
	const struct reject *a = left, *b = right;

	if (a->record != b->record)
		return a->record < b->record ? -1 : 1;
	return (a->reason > b->reason) - (a->reason < b->reason);
}

static void
sort(struct list *list)
{
	size_t from, to = 0;

	if (list->is_sorted)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare);
	for (from = 1; from < list->count; from++) {
		if (list->items[from].record != list->items[to].record)
			list->items[++to] = list->items[from];
	}
	list->count = to + 1;
	list->is_sorted = true;
}

/* Room for one more; false if memory is refused. */
static bool
make_room(struct list *list)
{
	struct reject *moved;
	size_t room;

	if (list->count < list->room)
		return true;
	/* Half of it must come free, or the next sort is not worth its time. */
	sort(list);
	if (list->room > 0 && list->count <= list->room / 2)
		return true;
	room = list->room > 0 ? list->room * 2 : FIRST_ROOM;
	moved = realloc(list->items, room * sizeof(*moved));
	if (moved == NULL)
		return false;
	list->items = moved;
	list->room = room;
	return true;
}

static bool
add(struct list *list, const struct reject *reject)
{
	uint64_t last;

	/* First, for this may sort, and then another one is the last. */
	if (!make_room(list))
		return false;
	last = list->count > 0 ? list->items[list->count - 1].record : 0;
	if (reject->record == last)
		return true;
	if (reject->record < last)
		list->is_sorted = false;
	list->items[list->count++] = *reject;
	return true;
}

static bool
read_list(struct list *list, const char *text, size_t size, uint64_t records)
{
	const char *newline, *end = text + size;
	struct reject reject;

	if (size == 0 || size > REJECTS_SIZE_MAX)
		return false;
	for (; text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL ||
		    !read_line(
		        &reject, text, (size_t)(newline - text), records) ||
		    !add(list, &reject))
			return false;
	}
	sort(list);
	return true;
}

int
rejects_parse(
    struct rejects *rejects, const char *text, size_t size, uint64_t records)
{
	struct list list = {.is_sorted = true};

	memset(rejects, 0, sizeof(*rejects));
	if (!read_list(&list, text, size, records)) {
		free(list.items);
		return -1;
	}
	rejects->items = list.items;
	rejects->count = list.count;
	return 0;
}

int
rejects_append(struct rejects *rejects, uint64_t record, const char *reason)
{
	size_t count = rejects->count;
	struct reject *moved;

	/* Room for the next power of two: counts that are one are full. */
	if ((count & (count - 1)) == 0) {
		moved = realloc(rejects->items,
		    (count > 0 ? count * 2 : 1) * sizeof(*moved));
		if (moved == NULL)
			return -1;
		rejects->items = moved;
	}
	rejects->items[count] = (struct reject){record, reason, strlen(reason)};
	rejects->count++;
	return 0;
}

void
rejects_release(struct rejects *rejects)
{
	free(rejects->items);
	memset(rejects, 0, sizeof(*rejects));
}
