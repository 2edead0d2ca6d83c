/*
 * The files that a run with a journal reads.
 */
#include "engine/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/identity.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "engine/earlier.h"
#include "engine/engine_internal.h"
#include "engine/forget.h"
#include "engine/readings.h"
#include "intake/places.h"
#include "journal/journal.h"

/*
 * How often files are looked at that have no more for now: less than it takes
 * until they are looked up again.
 */
#define RESTING_NS (500 * NS_PER_MS)

struct place_table {
	struct places places; /* its context is the table */
	struct journal *journal;
	const struct buffer_set *set;

	struct earlier earlier; /* set once, then for any thread */

	struct readings readings;
	size_t over_count; /* of these, files that have been read */
	size_t over_max;   /* so many at most, for want of descriptors */
	bool has_settled;  /* some were let go */
	bool has_resting;  /* others have no more for now: at times */
	uint64_t looked_ns;
	struct forget forget;
};

static bool
get(void *context, size_t index, struct place *place)
{
	const struct place_table *table = context;

	return earlier_get(&table->earlier, index, place);
}

static bool
is_open(const void *context, uint32_t source)
{
	const struct place_table *table = context;

	return readings_find(&table->readings, source) != NULL;
}

bool
places_are_full(const struct place_table *table)
{
	return table != NULL && table->over_count >= table->over_max;
}

/*
 * Files that have been read stay open for the windows that have their records:
 * those close, and no other file is begun until they are written down.
 */
static int
make_room(struct place_table *table, struct err *e)
{
	struct stream *stream = NULL;

	if (!places_are_full(table))
		return 0;
	while ((stream = buffer_set_next_stream(table->set, stream)) != NULL) {
		if (stream->origin_count > 0)
			stream_close_source(stream);
	}
	return err_set(e, ERR_BUSY, "too many files at a time");
}

/*
 * A known file goes on where its batches end, whatever has been read of it
 * beyond: so nothing is written down for it.
 */
static int
begin(void *context, uint32_t known, const char *path, int fd,
    const struct identity *identity, uint32_t *source, struct err *e)
{
	struct place_table *table = context;
	int copy;

	if (make_room(table, e) != 0)
		return e->code;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return err_set_errno(e, ERR_IO, errno, "%s", path);
	*source = known;
	/* One that was taken for gone is a new one. */
	if (known == 0 || !journal_has_source(table->journal, known)) {
		forget_gone(&table->forget);
		if (journal_begin_source(
		        table->journal, path, identity, source, e) != 0) {
			close(copy);
			return ERR_IO;
		}
	}
	table->over_count -=
	    readings_hold(&table->readings, *source, path, copy, identity);
	return 0;
}

static void
end(void *context, uint32_t source, uint64_t position)
{
	struct place_table *table = context;
	struct reading *reading = readings_find(&table->readings, source);

	if (reading == NULL)
		return;
	table->over_count += !reading->is_over;
	reading->is_over = true;
	reading->position = position;
}

static void
rest(void *context, uint32_t source, uint64_t position)
{
	struct place_table *table = context;
	struct reading *reading = readings_find(&table->readings, source);

	if (reading == NULL || reading->is_over ||
	    position <= reading->settled_at)
		return;
	reading->rests_at = position;
	table->has_resting = true;
}

static bool
is_taken(void *context, uint32_t source, const struct stream *stream,
    uint64_t end_offset)
{
	const struct place_table *table = context;

	return journal_is_taken(table->journal, source, stream, end_offset);
}

struct place_table *
places_create(void)
{
	struct place_table *table = memory_zeroed(1, sizeof(*table));

	table->over_max = SIZE_MAX;
	table->places = (struct places){
	    .get = get,
	    .begin = begin,
	    .rest = rest,
	    .end = end,
	    .is_taken = is_taken,
	    .context = table,
	};
	return table;
}

const struct places *
places_of(const struct place_table *table)
{
	return table != NULL ? &table->places : NULL;
}

void
places_destroy(struct place_table *table)
{
	if (table == NULL)
		return;
	readings_release(&table->readings);
	earlier_release(&table->earlier);
	free(table);
}

void
places_set_journal(struct place_table *table, struct journal *journal,
    const struct engine *engine)
{
	table->journal = journal;
	table->set = &engine->set;
	table->forget = (struct forget){
	    .journal = journal,
	    .groups = engine->groups,
	    .group_count = engine->inflow_count,
	    .at = FORGET_MIN,
	    .is_open = is_open,
	    .context = table,
	};
	forget_gone(&table->forget);
	earlier_set(&table->earlier, journal);
}

void
places_identify(void *context, uint64_t source, uint64_t position,
    struct identity *identity)
{
	const struct place_table *table = context;
	struct reading *reading = readings_find(&table->readings, source);

	if (reading != NULL && reading_identify(reading, position, identity))
		return;
	/* There is no copy either: no file will be like this. */
	memset(identity, 0, sizeof(*identity));
	identity->head_size = position < IDENTITY_HEAD_MAX ? (uint32_t)position
	                                                   : IDENTITY_HEAD_MAX;
}

int
places_open_source(void *context, uint64_t source, struct err *e)
{
	const struct place_table *table = context;

	return earlier_open(&table->earlier, source, e);
}

/* Does an open window have records of it? */
static bool
is_in_window(const struct place_table *table, uint32_t source)
{
	const struct stream *stream = NULL;
	size_t i;

	while ((stream = buffer_set_next_stream(table->set, stream)) != NULL) {
		for (i = 0; i < stream->origin_count; i++) {
			if (stream->origins[i].source == source)
				return true;
		}
	}
	return false;
}

static int
let_go(struct place_table *table, struct reading *reading, struct err *e)
{
	struct identity identity;
	struct err ignored;
	int code = 0;

	if (identity_take(
	        &identity, reading->fd, reading->position, &ignored) == 0)
		code = journal_end_source(
		    table->journal, reading->source, &identity, e);
	readings_drop(&table->readings, reading);
	table->over_count--;
	table->has_settled = true;
	return code;
}

/*
 * A file that is followed goes on, but all that it had is in batches.  Of these
 * only those of its last window may say how far it was taken, and that can be
 * less: others have passed them.
 */
static int
settle_resting(
    struct place_table *table, struct reading *reading, struct err *e)
{
	struct identity identity;

	reading->settled_at = reading->rests_at;
	if (!journal_is_behind(
	        table->journal, reading->source, reading->rests_at) ||
	    !reading_identify_itself(reading, reading->rests_at, &identity))
		return 0;
	return journal_end_source(
	    table->journal, reading->source, &identity, e);
}

/* There may be thousands of them, and each is looked for in all windows. */
static int
settle_all_resting(struct place_table *table, struct err *e)
{
	uint64_t now_ns = clock_now_ns();
	size_t i;

	if (!table->has_resting || now_ns - table->looked_ns < RESTING_NS)
		return 0;
	table->looked_ns = now_ns;
	table->has_resting = false;
	for (i = 0; i < table->readings.count; i++) {
		struct reading *reading = &table->readings.list[i];

		if (reading->rests_at <= reading->settled_at)
			continue;
		if (is_in_window(table, reading->source))
			table->has_resting = true;
		else if (settle_resting(table, reading, e) != 0)
			return e->code;
	}
	return 0;
}

int
places_settle(struct place_table *table, struct err *e)
{
	size_t i = 0;

	while (i < table->readings.count) {
		struct reading *reading = &table->readings.list[i];

		if (!reading->is_over || is_in_window(table, reading->source)) {
			i++;
			continue;
		}
		if (let_go(table, reading, e) != 0)
			return e->code;
	}
	return settle_all_resting(table, e);
}

void
places_limit(struct place_table *table, size_t count)
{
	table->over_max = count;
}

bool
places_have_settled(struct place_table *table)
{
	bool has_settled = table != NULL && table->has_settled;

	if (has_settled)
		table->has_settled = false;
	return has_settled;
}
