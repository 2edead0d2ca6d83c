/*
 * What a delivery tells the journal, if there is one, and what it leaves there.
 */
#include "deliver/chronicle.h"

#include <stdlib.h>

#include "base/memory.h"
#include "buffer/batch.h"
#include "buffer/past.h"
#include "config/config.h"
#include "deliver/delivery_internal.h"
#include "deliver/split.h"

/* As timeout(1) and a shell have them. */
#define STATUS_TIMED_OUT 124
#define STATUS_NOT_RUN 127
#define STATUS_SIGNALED 128

/* As a shell would tell it. */
static uint32_t
status_of(const struct attempt *attempt)
{
	switch (attempt->end) {
	case ATTEMPT_EXITED:
		return (uint32_t)attempt->status;
	case ATTEMPT_SIGNALED:
		return STATUS_SIGNALED + (uint32_t)attempt->signal;
	case ATTEMPT_TIMED_OUT:
		return STATUS_TIMED_OUT;
	default:
		return STATUS_NOT_RUN;
	}
}

/* How the last attempt at the part at hand ended. */
static void
describe_previous(
    const struct delivery *delivery, struct chronicle_attempt *attempt)
{
	const struct attempt *previous = &delivery->attempt;

	if (!has_tried(delivery)) {
		attempt->end =
		    attempt->number == 1 ? PAYLOAD_END_NONE : PAYLOAD_END_LOST;
	} else if (previous->end == ATTEMPT_TIMED_OUT) {
		attempt->end = PAYLOAD_END_TIMEOUT;
	} else if (previous->end == ATTEMPT_SIGNALED) {
		attempt->end = PAYLOAD_END_SIGNAL;
		attempt->status = (uint32_t)previous->signal;
	} else {
		attempt->end = PAYLOAD_END_EXIT;
		attempt->status = status_of(previous);
	}
}

void
chronicle_note_attempt(struct delivery *delivery, const struct part *part)
{
	const struct chronicle *chronicle = delivery->settings.chronicle;
	struct chronicle_attempt attempt = {
	    .part = part->number,
	    .number = delivery->attempt.number + 1,
	};

	if (chronicle == NULL || attempt.number <= delivery->noted)
		return;
	describe_previous(delivery, &attempt);
	chronicle->attempt(chronicle->context, delivery->batch, &attempt);
	delivery->noted = attempt.number;
}

/* The numbers of part's records, in ranges; spans that touch become one. */
static struct chronicle_part
describe_part(const struct part *part, struct batch_range *ranges)
{
	struct chronicle_part result = {part->number, ranges, 0};
	struct batch_range *last = NULL;
	const struct span *span;
	size_t i;

	for (i = 0; i < part->span_count; i++) {
		span = &part->spans[i];
		if (last != NULL &&
		    last->first + last->records == span->first) {
			last->records += span->records;
			continue;
		}
		last = &ranges[result.range_count++];
		last->first = span->first;
		last->records = span->records;
	}
	return result;
}

bool
chronicle_split(struct delivery *delivery, const struct part *parent,
    struct part *const *parts, size_t count)
{
	const struct chronicle *chronicle = delivery->settings.chronicle;
	struct chronicle_part described[SPLIT_PARTS_MAX];
	struct batch_range *ranges;
	size_t spans = 0, used = 0, i;
	struct err e = {0};
	int code;

	if (chronicle == NULL)
		return true;
	for (i = 0; i < count; i++)
		spans += parts[i]->span_count;
	ranges = memory_zeroed(spans, sizeof(*ranges));
	for (i = 0; i < count; i++) {
		described[i] = describe_part(parts[i], ranges + used);
		used += described[i].range_count;
	}
	code = chronicle->split(chronicle->context, delivery->batch,
	    parent->number, described, count, &e);
	free(ranges);
	if (code != 0)
		chronicle_leave(delivery, e.message, true);
	return code == 0;
}

enum payload_verdict
chronicle_failure(const struct delivery *delivery)
{
	return delivery->settings.buffer->on_failure == CONFIG_DROP
	    ? PAYLOAD_DROPPED
	    : PAYLOAD_DEAD;
}

void
chronicle_conclude(struct delivery *delivery, const struct part *part,
    enum payload_verdict what, bool has_run)
{
	const struct chronicle *chronicle = delivery->settings.chronicle;
	struct chronicle_verdict verdict = {
	    .part = part->number,
	    .verdict = what,
	    .attempts = part->attempts,
	};

	if (chronicle == NULL || part->number == 0)
		return;
	if (has_run) {
		verdict.attempts = delivery->attempt.number;
		verdict.status = status_of(&delivery->attempt);
	}
	chronicle->verdict(chronicle->context, delivery->batch, &verdict);
}

void
chronicle_leave(struct delivery *delivery, const char *why, bool has_run)
{
	struct batch_result *result = &delivery->batch->result;

	if (delivery->is_left)
		return;
	delivery->is_left = true;
	result->left_records = batch_records_to_do(delivery->batch) -
	    result->delivered_records - result->aside_records -
	    result->dropped_records - result->lost_records;
	notice_left(delivery, why, has_run);
}
