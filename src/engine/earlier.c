/*
 * The files that earlier runs have read.
 */
#include "engine/earlier.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/identity.h"
#include "base/memory.h"
#include "intake/places.h"
#include "intake/search.h"
#include "journal/journal.h"

struct earlier_file {
	uint32_t source;
	char *path;
	struct identity identity;
};

void
earlier_set(struct earlier *earlier, struct journal *journal)
{
	struct journal_source source;
	size_t i;

	earlier->count = journal_source_count(journal);
	earlier->files = memory_zeroed(earlier->count, sizeof(*earlier->files));
	for (i = 0; journal_source(journal, i, &source); i++) {
		earlier->files[i].source = source.number;
		earlier->files[i].path = memory_string(source.path);
		earlier->files[i].identity = source.identity;
	}
}

void
earlier_release(struct earlier *earlier)
{
	size_t i;

	for (i = 0; i < earlier->count; i++)
		free(earlier->files[i].path);
	free(earlier->files);
}

bool
earlier_get(const struct earlier *earlier, size_t index, struct place *place)
{
	if (index >= earlier->count)
		return false;
	place->source = earlier->files[index].source;
	place->path = earlier->files[index].path;
	place->identity = earlier->files[index].identity;
	return true;
}

static int
compare_number(const void *number, const void *element)
{
	const uint64_t *source = number;
	const struct earlier_file *file = element;

	return (*source > file->source) - (*source < file->source);
}

int
earlier_open(const struct earlier *earlier, uint64_t source, struct err *e)
{
	const struct earlier_file *file = bsearch(&source, earlier->files,
	    earlier->count, sizeof(*file), compare_number);

	if (file != NULL)
		return search_open(file->path, &file->identity, e);
	BUG("a file that no earlier run has read");
}
