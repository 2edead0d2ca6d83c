/*
 * Where a batch begins: with all of it, or with what earlier runs have left.
 */
#include "base/err.h"
#include "buffer/past.h"
#include "deliver/delivery_internal.h"

/* Among those that are pending, in record order. */
static void
insert(struct delivery *delivery, struct part *part)
{
	struct part **at = &delivery->pending;

	while (*at != NULL && (*at)->spans[0].first < part->spans[0].first)
		at = &(*at)->next;
	part->next = *at;
	*at = part;
}

static int
resume_part(struct delivery *delivery, const struct past_part *past,
    struct recalled *known, struct err *e)
{
	struct part *part =
	    part_of_ranges(delivery->batch, past->ranges, past->range_count, e);

	if (part == NULL)
		return e->code;
	alone_rename(delivery, part, past->number);
	part->attempts = past->attempts;
	part->may_have_run =
	    past->attempts > 0 || delivery->batch->past->is_redelivery;
	part = recall(delivery, known, part);
	if (part != NULL)
		insert(delivery, part);
	return 0;
}

static void
resume_whole(struct delivery *delivery, struct recalled *known)
{
	const struct batch_past *past = delivery->batch->past;
	struct part *whole = part_whole(delivery->batch);

	if (past != NULL) {
		whole->attempts = past->attempts;
		whole->may_have_run = past->attempts > 0 || past->is_redelivery;
	}
	delivery->pending = recall(delivery, known, whole);
}

void
resume(struct delivery *delivery)
{
	const struct batch_past *past = delivery->batch->past;
	struct recalled known = {0};
	struct err e = {0};
	size_t i;

	delivery->parts = past != NULL ? past->part_number_max : 0;
	if (past == NULL || past->part_count == 0)
		resume_whole(delivery, &known);
	for (i = 0; past != NULL && i < past->part_count; i++) {
		if (resume_part(delivery, &past->parts[i], &known, &e) != 0)
			chronicle_leave(delivery, e.message, false);
		if (delivery->is_left)
			break;
	}
	recall_release(&known);
}
