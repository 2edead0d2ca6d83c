/*
 * What the forms of the report on a running abuf share, and the one line;
 * report_table.c has the table, report_json.c the JSON.
 */
#include "control/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_text.h"
#include "base/memory.h"
#include "base/units.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "control/report_internal.h"

void
report_add(struct report_text *text, const char *format, ...)
{
	va_list ap;
	size_t length;

	va_start(ap, format);
	length = (size_t)vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (text->used + length >= text->size) {
		text->size = 2 * (text->used + length) + 256;
		text->data = memory_resize(text->data, text->size, 1);
	}
	va_start(ap, format);
	vsnprintf(text->data + text->used, length + 1, format, ap);
	va_end(ap);
	text->used += length;
}

void
report_add_string(struct report_text *text, const char *string)
{
	char *quoted = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&quoted, &size);

	if (out != NULL)
		json_text_string(out, string, strlen(string));
	if (out == NULL || fclose(out) != 0)
		BUG("no memory to print to");
	report_add(text, "%s", quoted);
	free(quoted);
}

static uint64_t
age_ms(const struct trigger *trigger, uint64_t now_ns)
{
	if (trigger->records == 0 || now_ns < trigger->first_ns)
		return 0;
	return (now_ns - trigger->first_ns) / NS_PER_MS;
}

/*
 * What the lane's open windows have: its own and, of a buffer that gathers for
 * all of its channels, the one that each of them will get.  Windows that are
 * dealt out are shown with the first.
 */
static void
look_at_windows(const struct channel *channel, uint64_t now_ns,
    struct report_moment *moment)
{
	const struct buffer *buffer = channel->buffer;
	const struct stream *streams[] = {&channel->stream, &buffer->shared};
	size_t count = 1, i;

	if (buffer->has_shared &&
	    (buffer->shared.mode == STREAM_TO_ALL ||
	        channel == &buffer->channels[0]))
		count = 2;
	for (i = 0; i < count; i++) {
		const struct trigger *held = &streams[i]->window.trigger;

		if (stream_is_stuck(streams[i])) {
			moment->parked = 1;
			continue;
		}
		moment->open_records += held->records;
		moment->open_bytes += held->bytes;
		if (age_ms(held, now_ns) > moment->age_ms)
			moment->age_ms = age_ms(held, now_ns);
	}
}

static void
look_at_kept(const struct channel *channel, uint64_t now_ns,
    struct report_moment *moment)
{
	const struct batch *batch = channel->kept;

	if (batch != NULL && now_ns > batch->first_ns)
		moment->kept_age_ms = (now_ns - batch->first_ns) / NS_PER_MS;
	for (; batch != NULL; batch = batch->next) {
		moment->kept_batches++;
		moment->kept_records += batch_records_to_do(batch);
		moment->kept_bytes += batch->bytes;
	}
}

/*
 * A worker is busy while it has a batch; batches beyond the workers are in the
 * queue.  Workers are those that run: fewer than configured when descriptors
 * are scarce, none in a channel that gets no records.
 */
void
report_look(
    struct channel *channel, uint64_t now_ns, struct report_moment *moment)
{
	struct queue_numbers numbers;

	memset(moment, 0, sizeof(*moment));
	queue_count(&channel->queue, &numbers);
	look_at_windows(channel, now_ns, moment);
	moment->queued_batches = numbers.batches;
	moment->queued_records = numbers.records;
	moment->workers = numbers.workers;
	moment->held_batches = health_look(&channel->queue).holds;
	moment->busy_workers = channel->in_flight - channel->kept_count;
	if (moment->busy_workers > moment->workers)
		moment->busy_workers = moment->workers;
	look_at_kept(channel, now_ns, moment);
}

static void
look_at_all(
    const struct buffer_set *set, uint64_t now_ns, struct report_moment *all)
{
	struct channel *channel = NULL;
	struct report_moment moment;

	memset(all, 0, sizeof(*all));
	while ((channel = buffer_set_next(set, channel)) != NULL) {
		report_look(channel, now_ns, &moment);
		all->open_records += moment.open_records;
		all->open_bytes += moment.open_bytes;
		if (moment.age_ms > all->age_ms)
			all->age_ms = moment.age_ms;
		all->parked += moment.parked;
		all->queued_batches += moment.queued_batches;
		all->queued_records += moment.queued_records;
		all->workers += moment.workers;
		all->busy_workers += moment.busy_workers;
		all->held_batches += moment.held_batches;
		all->kept_batches += moment.kept_batches;
		all->kept_records += moment.kept_records;
		all->kept_bytes += moment.kept_bytes;
		if (moment.kept_age_ms > all->kept_age_ms)
			all->kept_age_ms = moment.kept_age_ms;
	}
}

/* "1 record", "2 records" */
static void
add_count(struct report_text *text, uint64_t count, const char *what)
{
	report_add(
	    text, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
}

void
report_add_kept(struct report_text *text, const struct report_moment *moment)
{
	char age[UNITS_TEXT_SIZE];

	report_add(text, "%" PRIu64 " batch%s (", moment->kept_batches,
	    moment->kept_batches == 1 ? "" : "es");
	add_count(text, moment->kept_records, "record");
	report_add(text, ", ");
	add_count(text, moment->kept_bytes, "byte");
	report_add(text, ")");
	if (moment->kept_batches > 0) {
		units_format_time(moment->kept_age_ms, age);
		report_add(text, ", oldest %s,", age);
	}
	report_add(text, " in the journal");
}

void
report_add_line(
    struct report_text *text, const struct buffer_set *set, uint64_t now_ns)
{
	struct channel_totals totals;
	struct report_moment all;
	char age[UNITS_TEXT_SIZE];

	buffer_set_totals(set, &totals);
	look_at_all(set, now_ns, &all);
	add_count(text, totals.records, "record");
	report_add(text, ", ");
	add_count(text, totals.bytes, "byte");
	report_add(text, ", %" PRIu64 " batch%s, %" PRIu64 " failed, ",
	    totals.batches, totals.batches == 1 ? "" : "es",
	    totals.failed_batches);
	add_count(text, totals.done_records, "record");
	report_add(text,
	    " delivered, %" PRIu64 " set aside, %" PRIu64 " dropped, %" PRIu64
	    " refused, ",
	    totals.aside_records, totals.dropped_records,
	    totals.refused_records);
	if (totals.lost_records > 0)
		report_add(text, "%" PRIu64 " lost, ", totals.lost_records);
	if (totals.left_records > 0)
		report_add(text, "%" PRIu64 " left, ", totals.left_records);
	report_add(text, "%" PRIu64 " open", all.open_records);
	if (all.open_records > 0) {
		units_format_time(all.age_ms, age);
		report_add(text, " (oldest %s)", age);
	}
	report_add(text,
	    ", %" PRIu64 " queued, %" PRIu64 " parked, %" PRIu64 " of %" PRIu64
	    " worker%s busy, %" PRIu64 " held, ",
	    all.queued_records, all.parked, all.busy_workers, all.workers,
	    all.workers == 1 ? "" : "s", all.held_batches);
	add_count(text, totals.attempts, "attempt");
	if (set->buffers[0].channels[0].keeper != NULL) {
		report_add(text, ", ");
		report_add_kept(text, &all);
	}
}

char *
report_line(const struct buffer_set *set, uint64_t now_ns)
{
	struct report_text text = {0};

	report_add_line(&text, set, now_ns);
	return text.data;
}
