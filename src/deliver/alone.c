/*
 * Records that leave their batch, each under an id of its own: those that the
 * command has named, and those that format refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer/channel.h"
#include "deliver/delivery_internal.h"

void
alone_name(struct delivery *delivery, struct part *part)
{
	alone_rename(delivery, part, ++delivery->parts);
}

void
alone_rename(struct delivery *delivery, struct part *part, uint64_t number)
{
	part->number = number;
	snprintf(part->id, sizeof(part->id), "%.*s.%" PRIu64,
	    BATCH_ID_SIZE - 24, delivery->batch->id, number);
}

void
alone_number_id(const char *batch_id, uint64_t record, char id[BATCH_ID_SIZE])
{
	snprintf(id, BATCH_ID_SIZE, "%.*s.r%" PRIu64, BATCH_ID_SIZE - 24,
	    batch_id, record);
}

void
alone_entry_id(
    const struct part *part, const char *batch_id, char id[BATCH_ID_SIZE])
{
	if (part->is_whole)
		snprintf(id, BATCH_ID_SIZE, "%s", batch_id);
	else if (part->records == 1)
		alone_number_id(batch_id, part->spans[0].first, id);
	else
		memmove(id, part->id, BATCH_ID_SIZE);
}

/* One by one; those that a stop comes before, as one, or they are left. */
static void
put_each(struct delivery *delivery, const struct part *bad,
    const struct rejects *rejects, struct aside_note *note)
{
	struct queue *queue = delivery->settings.queue;
	const char *why = note->why;
	const struct reject *reject;
	struct part *part;
	size_t i, end;

	for (i = 0; i < bad->span_count; i = end) {
		end = queue_get_stop(queue) < QUEUE_TERMINATE ? i + 1
		                                              : bad->span_count;
		/* As one they would need an id that another run gives anew. */
		if (end > i + 1 && delivery->settings.chronicle != NULL) {
			chronicle_leave(delivery, "stopped", note->has_run);
			return;
		}
		part = part_of_spans(bad, i, end);
		part->attempts = bad->attempts;
		reject = &rejects->items[i];
		if (note->is_refused) {
			note->why = end == i + 1 ? reject->reason : why;
		} else {
			/* The only record of a batch has the batch's id. */
			part->is_whole = delivery->batch->records == 1;
			note->detail = reject->reason;
			note->detail_size = reject->reason_size;
		}
		if (part->records > 1)
			alone_name(delivery, part);
		alone_entry_id(part, delivery->batch->id, part->id);
		aside_put(delivery, part, note);
		part_destroy(part);
		if (delivery->is_left)
			return;
	}
}

void
alone_put_named(struct delivery *delivery, const struct part *bad,
    const struct rejects *rejects)
{
	struct aside_note note = {
	    .why = "named by the command", .has_run = true, .is_named = true};

	put_each(delivery, bad, rejects, &note);
}

void
alone_put_refused(struct delivery *delivery, struct refused *refused)
{
	struct aside_note note = {
	    .why = "refused", .detail = "", .is_refused = true};

	put_each(delivery, refused->part, &refused->why, &note);
	part_destroy(refused->part);
	rejects_release(&refused->why);
	refused->part = NULL;
}
