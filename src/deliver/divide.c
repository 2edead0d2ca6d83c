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

struct part *
divide_off(struct delivery *delivery, const struct part *part,
    struct part *rest, bool has_run)
{
	if (rest->records == 0) {
		chronicle_conclude(
		    delivery, part, chronicle_failure(delivery), has_run);
		part_destroy(rest);
		return NULL;
	}
	alone_name(delivery, rest);
	if (chronicle_split(delivery, part, &rest, 1))
		return rest;
	part_destroy(rest);
	return NULL;
}

/*
 * The batch was left after `count` of these had been set aside.  The journal is
 * told, or another run would hand them over again.
 */
static void
leave_rest(struct delivery *delivery, const struct part *part,
    const struct rejects *rejects, size_t count)
{
	const struct rejects done = {.items = rejects->items, .count = count};
	struct part *rest, *bad;
	struct err e = {0};

	if (count == 0 ||
	    part_divide(part, delivery->batch, &done, &rest, &bad, &e) != 0)
		return;
	part_destroy(bad);
	part_destroy(divide_off(delivery, part, rest, true));
}

bool
divide_named(struct delivery *delivery, const struct part *part,
    const struct rejects *rejects)
{
	const struct batch_result *result = &delivery->batch->result;
	struct part *good, *bad;
	struct err e = {0};
	uint64_t before;

	if (part_divide(part, delivery->batch, rejects, &good, &bad, &e) != 0)
		return false;
	/* More than a journal can write down at once: it stays whole. */
	if (delivery->settings.chronicle != NULL &&
	    good->span_count > CHRONICLE_RANGES_MAX) {
		part_destroy(good);
		part_destroy(bad);
		return false;
	}
	/* Before the journal knows of the rest: after a crash in between,
	 * recall() finds them. */
	bad->attempts = part->attempts;
	before = result->aside_records + result->dropped_records;
	alone_put_named(delivery, bad, rejects);
	part_destroy(bad);
	if (delivery->is_left) {
		part_destroy(good);
		leave_rest(delivery, part, rejects,
		    result->aside_records + result->dropped_records - before);
		return true;
	}
	good = divide_off(delivery, part, good, true);
	if (good != NULL)
		divide_push(delivery, good);
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
