/*
 * Forgetting files that are gone: the intake knows which, the journal which of
 * them it needs.
 */
#include "engine/forget.h"

#include <stdlib.h>

#include "base/memory.h"
#include "intake/gone.h"
#include "intake/intake.h"
#include "journal/journal.h"

static struct gone_file *
list(struct journal *journal, size_t count)
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

/* All paths and patterns that are read; the caller frees the list. */
static const char **
list_inputs(const struct forget *forget, size_t *count)
{
	const struct intake_group *group;
	const char **inputs = NULL;
	size_t i, k;

	*count = 0;
	for (i = 0; i < forget->group_count; i++) {
		group = &forget->groups[i];
		inputs = memory_resize(
		    inputs, *count + group->path_count + 1, sizeof(*inputs));
		for (k = 0; k < group->path_count; k++)
			inputs[(*count)++] = group->paths[k];
	}
	return inputs;
}

static void
find(const struct forget *forget, struct gone_file *files, size_t count)
{
	size_t input_count;
	const char **inputs = list_inputs(forget, &input_count);

	gone_find(files, count, inputs, input_count);
	free(inputs);
}

void
forget_gone(struct forget *forget)
{
	size_t count = journal_source_count(forget->journal), i;
	struct journal_source source;
	struct gone_file *files;
	bool *are_gone;

	if (count < forget->at)
		return;
	files = list(forget->journal, count);
	are_gone = memory_zeroed(count, sizeof(*are_gone));
	find(forget, files, count);
	for (i = 0; i < count; i++) {
		journal_source(forget->journal, files[i].order, &source);
		are_gone[files[i].order] = files[i].is_gone &&
		    !forget->is_open(forget->context, source.number);
	}
	count -= journal_forget_sources(forget->journal, are_gone);
	forget->at = count > FORGET_MIN / 2 ? 2 * count : FORGET_MIN;
	if (forget->at > JOURNAL_SOURCES_MAX)
		forget->at = JOURNAL_SOURCES_MAX;
	free(files);
	free(are_gone);
}
