/*
 * What an earlier run has set aside, and did not live to note in the journal.
 * An entry is on disk before its end is noted, so where that may be wanting,
 * the entries tell: what has one is not run again, or it would be there twice.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/numbers.h"
#include "deliver/dead_read.h"
#include "deliver/delivery_internal.h"

static bool
has_entry(const struct delivery *delivery, const char *id, bool must_be_named)
{
	struct dead_copy copy;
	struct err ignored;
	bool is_named;

	if (dead_describe(delivery->settings.letters, id, &copy, &ignored) != 0)
		return false;
	is_named = copy.entry.stage == DEAD_COMMAND;
	dead_copy_release(&copy);
	return is_named || !must_be_named;
}

/* All of it. */
static bool
is_aside(const struct delivery *delivery, const struct part *part)
{
	char id[BATCH_ID_SIZE];

	alone_entry_id(part, delivery->batch->id, id);
	return has_entry(delivery, id, false);
}

/*
 * Those of part's records that its command had named.  What format refused it
 * refuses again, under the same id: that leaves part as it was.  False: memory
 * is refused.
 */
static bool
find_named(const struct delivery *delivery, const struct part *part,
    const struct recalled *known, struct rejects *named)
{
	const char *batch_id = delivery->batch->id;
	uint64_t before = 0, record;
	char id[BATCH_ID_SIZE];
	size_t i;

	for (i = 0; i < part->span_count; i++) {
		const struct span *span = &part->spans[i];

		for (record = 0; record < span->records; record++) {
			if (!numbers_has(known->numbers, known->count,
			        span->first + record))
				continue;
			alone_number_id(batch_id, span->first + record, id);
			if (has_entry(delivery, id, true) &&
			    rejects_append(named, before + record + 1, "") != 0)
				return false;
		}
		before += span->records;
	}
	return true;
}

/* False: the batch is left, for that is not on disk yet. */
static bool
note_aside(struct delivery *delivery, const struct part *part, uint64_t records)
{
	struct err e;

	if (dead_letter_sync(delivery->settings.letters, &e) != 0) {
		chronicle_leave(delivery, e.message, false);
		return false;
	}
	delivery->batch->result.aside_records += records;
	log_info("batch: %s: an earlier run has set aside %s", part->id,
	    records == part->records ? "all of it" : "some of it");
	return true;
}

/* The others are a part of their own, as they would have been. */
static struct part *
go_on_without(struct delivery *delivery, const struct part *part,
    const struct rejects *named)
{
	struct part *rest, *bad;
	struct err e = {0};
	bool is_noted;

	if (part_divide(part, delivery->batch, named, &rest, &bad, &e) != 0) {
		chronicle_leave(delivery, e.message, false);
		return NULL;
	}
	is_noted = note_aside(delivery, part, bad->records);
	part_destroy(bad);
	if (is_noted)
		return divide_off(delivery, part, rest, false);
	part_destroy(rest);
	return NULL;
}

/* Where that cannot be read, nothing is known. */
static void
read_known(const struct delivery *delivery, struct recalled *known)
{
	struct err ignored;

	if (known->is_read)
		return;
	known->is_read = true;
	dead_records_read(delivery->settings.letters, delivery->batch->id,
	    &known->numbers, &known->count, &ignored);
}

/* Those of its records that are there, as entries of their own. */
static struct part *
recall_records(
    struct delivery *delivery, const struct recalled *known, struct part *part)
{
	struct rejects named = {0};
	struct part *rest = part;

	if (known->count == 0)
		return part;
	if (!find_named(delivery, part, known, &named)) {
		chronicle_leave(delivery, "no memory", false);
		rest = NULL;
	} else if (named.count > 0) {
		rest = go_on_without(delivery, part, &named);
	}
	if (rest != part)
		part_destroy(part);
	rejects_release(&named);
	return rest;
}

struct part *
recall(struct delivery *delivery, struct recalled *known, struct part *part)
{
	if (delivery->settings.letters == NULL || !part->may_have_run)
		return part;
	if (!is_aside(delivery, part)) {
		read_known(delivery, known);
		return recall_records(delivery, known, part);
	}
	if (note_aside(delivery, part, part->records))
		chronicle_conclude(delivery, part, PAYLOAD_DEAD, false);
	part_destroy(part);
	return NULL;
}

void
recall_release(struct recalled *known)
{
	free(known->numbers);
}
