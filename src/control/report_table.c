/*
 * The report as a table: one line per channel, then the totals.
 */
#include "control/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "control/report_internal.h"

#define CELL_SIZE (CONFIG_NAME_MAX + 1)
#define COLUMN_COUNT 18

struct row {
	char cells[COLUMN_COUNT][CELL_SIZE];
};

static const struct row head = {{"BUFFER", "CHANNEL", "LANE", "OPEN", "BYTES",
    "AGE", "PARKED", "QUEUE", "WAITING", "BUSY", "HELD", "RECORDS", "DELIVERED",
    "ASIDE", "DROPPED", "REFUSED", "BATCHES", "FAILED"}};

/* The columns before this one are names, to the left. */
#define FIRST_NUMBER 2

static void
fill_row(struct channel *channel, uint64_t now_ns, struct row *row)
{
	const struct channel_totals *totals = &channel->totals;
	struct report_moment moment;
	char age[UNITS_TEXT_SIZE] = "-";
	char(*cell)[CELL_SIZE] = row->cells;

	report_look(channel, now_ns, &moment);
	if (moment.open_records > 0)
		units_format_time(moment.age_ms, age);
#define CELL(...) snprintf(*cell++, CELL_SIZE, __VA_ARGS__)
	CELL("%s", channel->buffer->name);
	CELL("%s", channel->name);
	CELL("%u", channel->lane);
	CELL("%" PRIu64, moment.open_records);
	CELL("%" PRIu64, moment.open_bytes);
	CELL("%s", age);
	CELL("%" PRIu64, moment.parked);
	CELL("%" PRIu64, moment.queued_batches);
	CELL("%" PRIu64, moment.queued_records);
	CELL("%" PRIu64 "/%" PRIu64, moment.busy_workers, moment.workers);
	CELL("%" PRIu64, moment.held_batches);
	CELL("%" PRIu64, totals->records);
	CELL("%" PRIu64, totals->done_records);
	CELL("%" PRIu64, totals->aside_records);
	CELL("%" PRIu64, totals->dropped_records);
	CELL("%" PRIu64, totals->refused_records);
	CELL("%" PRIu64, totals->batches);
	CELL("%" PRIu64, totals->failed_batches);
#undef CELL
}

static void
widen(const struct row *row, int widths[COLUMN_COUNT])
{
	size_t i;
	int length;

	for (i = 0; i < COLUMN_COUNT; i++) {
		length = (int)strlen(row->cells[i]);
		if (length > widths[i])
			widths[i] = length;
	}
}

static void
add_row(struct report_text *text, const struct row *row,
    const int widths[COLUMN_COUNT])
{
	size_t i;

	for (i = 0; i < COLUMN_COUNT; i++)
		report_add(text, "%s%*s", i > 0 ? "  " : "",
		    i < FIRST_NUMBER ? -widths[i] : widths[i], row->cells[i]);
	report_add(text, "\n");
}

/* What waits in the journal, and what has been acknowledged in it. */
static void
add_journal(
    struct report_text *text, const struct buffer_set *set, uint64_t now_ns)
{
	struct channel *channel = NULL;
	struct report_moment moment;

	while ((channel = buffer_set_next(set, channel)) != NULL) {
		if (channel->keeper == NULL)
			continue;
		report_look(channel, now_ns, &moment);
		report_add(text, "journal: %s/%s: ", channel->buffer->name,
		    channel->name);
		report_add_kept(text, &moment);
		report_add(text,
		    "; lower numbers than %" PRIu64 " are acknowledged\n",
		    channel->acked_below);
	}
}

/* How far the files of a journal are in it: those that were begun last. */
static void
add_files(struct report_text *text, const struct report_about *about)
{
	struct report_file file;
	size_t count = 0, i;

	if (about->file_at == NULL)
		return;
	while (about->file_at(about->context, count, &file))
		count++;
	i = count > REPORT_FILES_MAX ? count - REPORT_FILES_MAX : 0;
	if (i > 0)
		report_add(text, "journal: %zu files; the last %d:\n", count,
		    REPORT_FILES_MAX);
	for (; about->file_at(about->context, i, &file); i++) {
		report_add(text, "journal: ");
		report_add_string(text, file.path);
		report_add(text, ": durable up to byte %" PRIu64 "\n",
		    file.durable_position);
	}
}

/* Two walks, one for the widths: rows need not be kept. */
char *
report_text(const struct report_about *about)
{
	const struct buffer_set *set = about->set;
	struct channel *channel = NULL;
	struct report_text text = {0};
	struct row row;
	int widths[COLUMN_COUNT] = {0};

	widen(&head, widths);
	while ((channel = buffer_set_next(set, channel)) != NULL) {
		fill_row(channel, about->now_ns, &row);
		widen(&row, widths);
	}
	add_row(&text, &head, widths);
	while ((channel = buffer_set_next(set, channel)) != NULL) {
		fill_row(channel, about->now_ns, &row);
		add_row(&text, &row, widths);
	}
	add_journal(&text, set, about->now_ns);
	add_files(&text, about);
	report_add(&text, "total: ");
	report_add_line(&text, set, about->now_ns);
	report_add(&text, "\n");
	return text.data;
}
