/*
 * "abufctl dead ls": a line for each entry.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/units.h"
#include "config/config.h"
#include "dead_work.h"
#include "deliver/errors.h"
#include "harmless.h"

#define COLUMN_COUNT 7
#define CELL_SIZE BATCH_ID_SIZE
#define LINE_SHOWN 200

_Static_assert(CELL_SIZE > CONFIG_NAME_MAX, "room for names");

struct row {
	char cells[COLUMN_COUNT][CELL_SIZE];
};

static const struct row head = {
    {"ID", "BUFFER", "CHANNEL", "STAGE", "RECORDS", "AGE", "STATUS"}};

#define HEAD_OF_REST "WHY"
#define RECORDS_COLUMN 4

/* Whole seconds. */
static void
format_age(uint64_t then_ns, char text[UNITS_TEXT_SIZE])
{
	uint64_t now_ns = clock_wall_ns();
	uint64_t age_s = now_ns > then_ns ? (now_ns - then_ns) / NS_PER_S : 0;

	snprintf(text, UNITS_TEXT_SIZE, "0s");
	if (age_s > 0)
		units_format_time(age_s * 1000, text);
}

static void
fill_row(const struct dead_entry *entry, struct row *row)
{
	const char *name = sigabbrev_np(entry->signal);
	char age[UNITS_TEXT_SIZE];
	char(*cell)[CELL_SIZE] = row->cells;

	format_age(entry->set_aside_wall_ns, age);
#define CELL(...) snprintf(*cell++, CELL_SIZE, __VA_ARGS__)
	CELL("%s", entry->id);
	CELL("%s", entry->buffer);
	CELL("%s", entry->channel);
	CELL("%s", dead_stage_name(entry->stage));
	CELL("%" PRIu64, entry->records);
	CELL("%s", age);
	if (entry->signal != 0)
		CELL("SIG%s", name != NULL ? name : "?");
	else if (entry->status >= 0)
		CELL("%d", entry->status);
	else
		CELL("-");
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
print_row(const struct row *row, const int widths[COLUMN_COUNT],
    const char *rest, size_t rest_size)
{
	int i;

	for (i = 0; i < COLUMN_COUNT; i++)
		printf("%*s  ", i >= RECORDS_COLUMN ? widths[i] : -widths[i],
		    row->cells[i]);
	harmless_put_start(stdout, rest, rest_size, LINE_SHOWN);
	putchar('\n');
}

static void
print_json(struct dead_work *work, const struct dead_copy *copy)
{
	size_t size;
	char *text = dead_copy_json(copy, &size);

	if (text == NULL) {
		dead_say(copy->entry.id, "no memory");
		dead_worsen(work, err_exit_status(ERR_SYSTEM));
		return;
	}
	fwrite(text, 1, size, stdout);
	free(text);
}

/* How wide the columns are; false if there is nothing to print. */
static bool
measure(struct dead_work *work, int widths[COLUMN_COUNT])
{
	struct dead_copy copy;
	struct row row;
	struct err e;
	bool has_any = false;
	size_t i;

	widen(&head, widths);
	for (i = 0; i < work->names.count; i++) {
		if (dead_describe(
		        work->letters, work->names.names[i].id, &copy, &e) != 0)
			continue;
		has_any = true;
		fill_row(&copy.entry, &row);
		widen(&row, widths);
		dead_copy_release(&copy);
	}
	return has_any;
}

/* The command's last word; of one that said nothing, or of none, ours. */
static const char *
tell_why(const struct dead_entry *entry, size_t *size)
{
	const char *line =
	    errors_last_line(entry->stderr_tail, entry->stderr_size, size);

	if (*size > 0)
		return line;
	*size = strlen(entry->why);
	return entry->why;
}

static void
print_one(
    struct dead_work *work, const char *id, const int widths[COLUMN_COUNT])
{
	struct dead_copy copy;
	struct row row;
	struct err e;
	const char *line;
	size_t size;
	int fd;

	if (dead_open(work->letters, id, false, &copy, &fd, &e) != 0) {
		dead_failed(work, id, &e);
		return;
	}
	close(fd);
	if (work->request->is_json) {
		print_json(work, &copy);
	} else {
		fill_row(&copy.entry, &row);
		line = tell_why(&copy.entry, &size);
		print_row(&row, widths, line, size);
	}
	dead_copy_release(&copy);
}

/* Two walks, one for the widths: rows need not be kept. */
void
dead_ls(struct dead_work *work)
{
	int widths[COLUMN_COUNT] = {0};
	size_t i;

	if (!work->request->is_json && measure(work, widths))
		print_row(&head, widths, HEAD_OF_REST, strlen(HEAD_OF_REST));
	for (i = 0; i < work->names.count; i++) {
		const struct dead_name *name = &work->names.names[i];

		if (name->is_stray)
			dead_say(name->id, "a stray: .batch without .json");
		else
			print_one(work, name->id, widths);
	}
}
