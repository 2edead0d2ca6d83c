/*
 * Forgetting files that are gone: the intake knows which, the journal which of
 * them it needs.
 */
#include "engine/forget.h"

#include <stdlib.h>

#include "base/memory.h"
#include "intake/gone.h"
#include "journal/journal.h"

static struct gone_file *
list(const struct journal *journal, size_t count)
{
	struct gone_file *files = memory_zeroed(count, sizeof(*files));
	struct journal_source source;
	size_t i;

	for (i = 0; i < count; i++) {
		journal_source(journal, i, &source);
		files[i].path = source.path;
		files[i].device = source.identity.device;
		files[i].inode = source.identity.inode;
		files[i].order = i;
	}
	return files;
}

void
forget_gone(struct journal *journal, size_t *at,
    bool (*is_open)(const void *context, uint32_t source), const void *context)
{
	size_t count = journal_source_count(journal), i;
	struct journal_source source;
	struct gone_file *files;
	bool *are_gone;

	if (count < *at)
		return;
	files = list(journal, count);
	are_gone = memory_zeroed(count, sizeof(*are_gone));
	gone_find(files, count);
	for (i = 0; i < count; i++) {
		journal_source(journal, files[i].order, &source);
		are_gone[files[i].order] =
		    files[i].is_gone && !is_open(context, source.number);
	}
	count -= journal_forget_sources(journal, are_gone);
	*at = count > FORGET_MIN / 2 ? 2 * count : FORGET_MIN;
	if (*at > JOURNAL_SOURCES_MAX)
		*at = JOURNAL_SOURCES_MAX;
	free(files);
	free(are_gone);
}
