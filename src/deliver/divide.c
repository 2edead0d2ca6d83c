/*
 * Taking a rejected part apart: its bad records leave it, or it becomes several
 * parts.
 */
#include "base/err.h"
#include "base/log.h"
#include "config/config.h"
#include "deliver/delivery_internal.h"
#include "deliver/split.h"

void
divide_push(struct delivery *delivery, struct part *part)
{
	part->next = delivery->pending;
	delivery->pending = part;
}

/* What is left of part without its bad records, if that is anything. */
static void
keep_good(struct delivery *delivery, const struct part *part, struct part *good)
{
	if (delivery->is_left) {
		part_destroy(good);
		return;
	}
	if (good->records == 0) {
		chronicle_conclude(
		    delivery, part, chronicle_failure(delivery), true);
		part_destroy(good);
		return;
	}
	alone_name(delivery, good);
	if (chronicle_split(delivery, part, &good, 1))
		divide_push(delivery, good);
	else
		part_destroy(good);
}

bool
divide_named(struct delivery *delivery, const struct part *part,
    const struct rejects *rejects)
{
	struct part *good, *bad;
	struct err e = {0};

	if (part_divide(part, delivery->batch, rejects, &good, &bad, &e) != 0)
		return false;
	/* More than a journal can write down at once: it stays whole. */
	if (delivery->settings.chronicle != NULL &&
	    good->span_count > CHRONICLE_RANGES_MAX) {
		part_destroy(good);
		part_destroy(bad);
		return false;
	}
	/* Before the journal knows of the rest: a crash in between repeats
	 * part, and sets them aside under the same ids. */
	alone_put_named(delivery, bad, rejects);
	part_destroy(bad);
	keep_good(delivery, part, good);
	return true;
}

bool
divide_by_line(
    struct delivery *delivery, const struct part *part, uint64_t line)
{
	struct part *parts[SPLIT_PARTS_MAX];
	struct split_plan plan;
	struct err e = {0};
	uint64_t index = 0;
	unsigned int i;
	bool is_durable;

	split_plan(&plan, part->records, line);
	for (i = 0; i < plan.count; i++) {
		parts[i] =
		    part_cut(part, delivery->batch, index, plan.records[i], &e);
		if (parts[i] == NULL) {
			log_error("batch: %s: %s", part->id, e.message);
			while (i-- > 0)
				part_destroy(parts[i]);
			return false;
		}
		alone_name(delivery, parts[i]);
		index += plan.records[i];
	}
	if (plan.count == 0)
		return false;
	is_durable = chronicle_split(delivery, part, parts, plan.count);
	while (i-- > 0) {
		if (is_durable)
			divide_push(delivery, parts[i]);
		else
			part_destroy(parts[i]);
	}
	return true;
}
