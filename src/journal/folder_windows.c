/*
 * Which windows' files are in a journal's folder.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "journal/folder.h"
#include "journal/pipeline.h"

uint64_t
folder_window_number(const char *name)
{
	uint64_t number;
	size_t i;

	if (strlen(name) != PIPELINE_NAME_SIZE - 1)
		return 0;
	for (i = 0; name[i] != '\0'; i++) {
		if (strchr("0123456789abcdef", name[i]) == NULL)
			return 0;
	}
	number = strtoull(name, NULL, 16);
	return number <= FOLDER_WINDOW_MAX ? number : 0;
}

struct listing {
	uint64_t *numbers;
	size_t count;
};

static int
note_window(void *argument, const char *name)
{
	struct listing *listing = argument;
	uint64_t number = folder_window_number(name);

	if (number == 0)
		return 0;
	/* At powers of two: there may be many. */
	if ((listing->count & (listing->count - 1)) == 0)
		listing->numbers = memory_resize(listing->numbers,
		    listing->count > 0 ? listing->count * 2 : 1,
		    sizeof(*listing->numbers));
	listing->numbers[listing->count++] = number;
	return 0;
}

int
folder_list_windows(const struct folder *folder, uint64_t **numbers,
    size_t *count, struct err *e)
{
	const struct disk *disk = &folder->windows;
	struct listing listing = {0};
	int status =
	    disk->ops->list(disk->context, disk->folder, note_window, &listing);

	if (status < 0) {
		free(listing.numbers);
		return err_set_errno(e, ERR_IO, -status, "journal: w");
	}
	numbers_sort(listing.numbers, listing.count);
	*numbers = listing.numbers;
	*count = listing.count;
	return 0;
}

int
folder_measure_window(const struct folder *folder, uint64_t number,
    uint64_t *size, bool *is_there, struct err *e)
{
	const struct disk *disk = &folder->windows;
	char name[PIPELINE_NAME_SIZE];
	int file, status;

	*size = 0;
	pipeline_name(number, name);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_READ);
	*is_there = file != -ENOENT;
	if (file == -ENOENT)
		return 0;
	status = file < 0 ? file : disk->ops->size(disk->context, file, size);
	if (file >= 0)
		disk->ops->close(disk->context, file);
	return status < 0 ? err_set_errno(e, ERR_IO, -status, "w/%s", name) : 0;
}
