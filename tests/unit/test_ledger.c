/*
 * A journal in memory.
 */
#include "test_ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "tap.h"
#include "test_delivery.h"

struct ledger ledger;

void
ledger_begin(void)
{
	ledger_end();
	memset(&ledger, 0, sizeof(ledger));
	ledger.parts[0].is_known = true;
	lane_begin();
	lane.chronicle = &ledger_chronicle;
}

void
ledger_end(void)
{
	size_t i;

	for (i = 0; i < LEDGER_PARTS; i++) {
		free(ledger.parts[i].ranges);
		ledger.parts[i].ranges = NULL;
	}
}

void
ledger_log(const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(ledger.log + ledger.used,
	    sizeof(ledger.log) - ledger.used, format, arguments);
	va_end(arguments);
	ledger.used += (size_t)size;
	if (ledger.used > sizeof(ledger.log) - 1)
		ledger.used = sizeof(ledger.log) - 1;
}

void
ledger_note_run(
    uint64_t number, const struct attempt *attempt, const char *records)
{
	struct ledger_part *part = &ledger.parts[number];

	ledger_log("%" PRIu64 "#%" PRIu64 "%s:%s ", number, attempt->number,
	    attempt->is_redelivery ? "!" : "", records);
	if (part->seen[0] == '\0')
		snprintf(part->seen, sizeof(part->seen), "%s", records);
	if (strcmp(part->seen, records) != 0)
		ledger.has_changed = true;
}

static void
note_attempt(void *context, const struct batch *batch,
    const struct chronicle_attempt *attempt)
{
	static const char *const ends[] = {
	    "none", "exit", "signal", "timeout", "lost"};

	(void)context;
	(void)batch;
	ledger.parts[attempt->part].attempts = attempt->number;
	ledger_log("try%" PRIu64 "#%" PRIu64 "=%s", attempt->part,
	    attempt->number, ends[attempt->end]);
	if (attempt->end == PAYLOAD_END_EXIT ||
	    attempt->end == PAYLOAD_END_SIGNAL)
		ledger_log("%u", attempt->status);
	ledger_log(" ");
}

void
ledger_add(uint64_t number, uint64_t attempts, const struct batch_range *ranges,
    size_t count)
{
	struct ledger_part *part = &ledger.parts[number];

	ok(number < LEDGER_PARTS && !part->is_known);
	part->ranges = memory_zeroed(count, sizeof(*ranges));
	memcpy(part->ranges, ranges, count * sizeof(*ranges));
	part->range_count = count;
	part->attempts = attempts;
	part->is_known = true;
	ledger.parts[0].is_over = true;
	if (number > ledger.number_max)
		ledger.number_max = number;
}

static void
log_part(const struct chronicle_part *part)
{
	size_t i;

	ledger_log("%" PRIu64 "[", part->number);
	for (i = 0; i < part->range_count; i++)
		ledger_log("%s%" PRIu64 "-%" PRIu64, i > 0 ? "," : "",
		    part->ranges[i].first,
		    part->ranges[i].first + part->ranges[i].records - 1);
	ledger_log("]");
}

static int
split(void *context, const struct batch *batch, uint64_t parent,
    const struct chronicle_part *parts, size_t count, struct err *e)
{
	size_t i;

	(void)context;
	(void)batch;
	if (ledger.has_failed ||
	    (ledger.fail_chance > 0 && world_chance(ledger.fail_chance) == 0))
		return err_set(e, ERR_IO, "the journal has failed");
	ledger_log("split%" PRIu64 "=", parent);
	ledger.parts[parent].is_over = true;
	for (i = 0; i < count; i++) {
		log_part(&parts[i]);
		ledger_add(
		    parts[i].number, 0, parts[i].ranges, parts[i].range_count);
	}
	ledger_log(" ");
	return 0;
}

static void
note_verdict(void *context, const struct batch *batch,
    const struct chronicle_verdict *verdict)
{
	static const char *const names[] = {"", "ok", "dead", "dropped"};

	(void)context;
	(void)batch;
	ok(!ledger.parts[verdict->part].is_over);
	ledger.parts[verdict->part].is_over = true;
	ledger_log("%s%" PRIu64 "#%" PRIu64, names[verdict->verdict],
	    verdict->part, verdict->attempts);
	if (verdict->verdict != PAYLOAD_OK)
		ledger_log("/%u", verdict->status);
	ledger_log(" ");
}

const struct chronicle ledger_chronicle = {
    .attempt = note_attempt,
    .split = split,
    .verdict = note_verdict,
};

struct batch_past *
ledger_past(void)
{
	struct batch_past *past = memory_zeroed(1, sizeof(*past));
	uint64_t number;

	past->attempts = ledger.parts[0].attempts;
	past->crashes = ledger.crashes;
	past->part_number_max = ledger.number_max;
	past->parts = memory_zeroed(LEDGER_PARTS, sizeof(*past->parts));
	/* Backwards: their order is not for us to keep. */
	for (number = ledger.number_max; number > 0; number--) {
		struct ledger_part *from = &ledger.parts[number];
		struct past_part *to = &past->parts[past->part_count];

		if (!from->is_known || from->is_over)
			continue;
		past->part_count++;
		to->number = number;
		to->attempts = from->attempts;
		to->range_count = from->range_count;
		to->ranges =
		    memory_zeroed(to->range_count, sizeof(*to->ranges));
		memcpy(to->ranges, from->ranges,
		    to->range_count * sizeof(*to->ranges));
	}
	if (past->part_count > 0 || !ledger.parts[0].is_over)
		return past;
	past_destroy(past);
	return NULL;
}
