/*
 * Files that can be read again: how far they have been taken.
 */
#include <string.h>

#include "base/err.h"
#include "journal/journal_internal.h"
#include "journal/position.h"

bool
journal_source(
    struct journal *journal, size_t index, struct journal_source *source)
{
	struct state_source *known;

	if (index >= journal->state.source_count)
		return false;
	known = &journal->state.sources[index];
	source->number = known->id;
	source->path = known->path;
	source->identity = known->identity;
	source->durable_position =
	    lagging_durable(&known->position, wal_durable(journal->wal));
	return true;
}

size_t
journal_source_count(const struct journal *journal)
{
	return journal->state.source_count;
}

bool
journal_has_source(const struct journal *journal, uint32_t number)
{
	return state_source(&journal->state, number) != NULL;
}

size_t
journal_forget_sources(struct journal *journal, const bool *are_gone)
{
	size_t count = state_forget_sources(&journal->state, are_gone);

	/* Only a checkpoint says so: until then a reader has them, too. */
	if (count > 0 && journal->has_begun)
		journal->pipeline.is_due = true;
	return count;
}

/* path NULL: as it is known. */
static int
append_position(struct journal *journal, uint32_t number, const char *path,
    const struct identity *identity, struct err *e)
{
	const struct position position = {
	    .source = number,
	    .identity = *identity,
	    .path = path,
	    .path_size = path != NULL ? strlen(path) : 0,
	};
	uint8_t data[POSITION_SIZE_MAX];
	int code;

	position_encode(&position, data);
	code = journal_append(journal, PAYLOAD_SOURCE, 0, data,
	    position_size(&position), 0, false, e);
	return code == 0 ? wal_flush(journal->wal, e) : code;
}

int
journal_begin_source(struct journal *journal, const char *path,
    const struct identity *identity, uint32_t *number, struct err *e)
{
	int code;

	if (journal->state.source_count >= JOURNAL_SOURCES_MAX)
		return err_set(e, ERR_IO,
		    "%s: it knows as many files as it can", journal->path);
	if (strlen(path) > POSITION_PATH_MAX)
		return err_set(e, ERR_IO, "%s: a path too long", path);
	*number = state_next_source(&journal->state);
	code = append_position(journal, *number, path, identity, e);
	if (code == ERR_BUSY)
		e->code = ERR_IO;
	return code == 0 ? 0 : ERR_IO;
}

bool
journal_is_behind(
    const struct journal *journal, uint32_t number, uint64_t position)
{
	const struct state_source *source =
	    state_source(&journal->state, number);

	return source != NULL && source->identity.position < position;
}

int
journal_end_source(struct journal *journal, uint32_t number,
    const struct identity *identity, struct err *e)
{
	int code;

	if (!journal_is_behind(journal, number, identity->position))
		return 0;
	code = append_position(journal, number, NULL, identity, e);
	return code == ERR_BUSY ? 0 : code;
}

bool
journal_is_taken(const struct journal *journal, uint32_t number,
    const struct stream *stream, uint64_t end)
{
	const struct state_source *source =
	    state_source(&journal->state, number);
	bool is_shared;
	uint16_t lane = journal_stream(stream, &is_shared);

	return source != NULL && state_mark(source, lane, is_shared) >= end;
}
