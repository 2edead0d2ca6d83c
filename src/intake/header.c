/*
 * The header of a file, read again.
 */
#include "intake/header.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intake/route.h"

#define FIRST_SIZE ((size_t)65536)

/* The first size bytes of a file, as many of them as there are. */
static size_t
read_start(int fd, uint8_t *data, size_t size)
{
	size_t used = 0;
	ssize_t n;

	do {
		n = pread(fd, data + used, size - used, (off_t)used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0 && used < size);
	return used;
}

/* Does the header end within size bytes?  Then they are the inlet's. */
static bool
try_size(struct inlet *inlet, int fd, size_t size)
{
	struct framer framer = inlet->framer;
	uint8_t *data = malloc(size);
	struct cut cut = {0};
	size_t used;

	if (data == NULL)
		return false;
	used = read_start(fd, data, size);
	if (used > 0)
		cut = framer_cut(&framer, data, used, 1, UINT64_MAX, true);
	if (cut.records > 0) {
		inlet->header = data;
		inlet->header_size = cut.size;
		return true;
	}
	free(data);
	return false;
}

void
header_read(struct inlet *inlet, int fd, uint64_t limit)
{
	uint64_t longest = inlet->framer.max_record_bytes, size = FIRST_SIZE;

	longest = longest < limit ? longest + 1 : limit;
	while (
	    !try_size(inlet, fd, (size_t)(size < longest ? size : longest)) &&
	    size < longest)
		size *= 2;
	inlet->wants_header = false;
}
