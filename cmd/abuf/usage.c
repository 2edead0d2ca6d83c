/*
 * --help, from the option table, and --version.
 */
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "config/config.h"
#include "options.h"

#define HELP_COLUMN 26

static const char head[] =
    "abuf gathers records and hands each full window to a command: the batch "
    "on\nits standard input, its exit status as the acknowledgement.\n"
    "\n"
    "  tail -F app.log | abuf -n 5000 -t 1s -- sh -c 'gzip >>app.log.gz'\n"
    "  abuf -n 500 -j 4 urls.txt -- xargs -d '\\n' -n1 curl -fsSO\n"
    "  abuf -c app.json --buffer events -- ./load-events\n"
    "  abuf --dry-run -n 1000000000 -s 64K big.log\n"
    "\n"
    "usage: abuf [option ...] [FILE ...] [-- COMMAND [ARG ...]]\n"
    "\n";

static const char tail[] =
    "\n"
    "Sizes: 64K 1M 1MiB.  Times: 500ms 5s 1m 1h; a bare number is ms.\n"
    "Signals: INT TERM HUP drain and end, USR1 flush now, USR2 status line.\n"
    "Exit: 0 all delivered, 65 some set aside, 1 some dropped, 74 some lost,\n"
    "75 some left in the journal, or another has it, 64 usage, 66 input, 70 a\n"
    "bug, 78 configuration or set-up, 126 127 command.\n"
    "More in abuf(1).\n";

/* Where the rows of the table change their subject. */
static const struct {
	enum option_id first;
	const char *title;
} groups[] = {
    {OPTION_SIZE, "Windows"},
    {OPTION_NULL, "Records"},
    {OPTION_FORMAT, "What the command gets"},
    {OPTION_SHELL, "The command"},
    {OPTION_ATTEMPTS, "When the command fails"},
    {OPTION_WAL, "The journal"},
    {OPTION_FOLLOW, "Following files"},
    {OPTION_CONFIG, "Configuration"},
    {OPTION_CONTROL, "Watching"},
};

static void
print_title(size_t option)
{
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (groups[i].first == option)
			printf("%s%s:\n", i > 0 ? "\n" : "", groups[i].title);
	}
}

static void
print_row(const struct option_row *row)
{
	char left[64];
	int used = 0;

	if (row->letter != 0)
		used = snprintf(left, sizeof(left), "-%c, ", row->letter);
	snprintf(left + used, sizeof(left) - (size_t)used, "--%s%s%s",
	    row->name, row->argument != NULL ? " " : "",
	    row->argument != NULL ? row->argument : "");
	printf("  %-*s %s\n", HELP_COLUMN, left, row->help);
}

static int
finish(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	fprintf(stderr, "abuf: stdout: %s\n", strerror(errno));
	return 74;
}

int
usage_help(void)
{
	size_t i;

	fputs(head, stdout);
	for (i = 0; i < OPTION_COUNT; i++) {
		print_title(i);
		print_row(&option_rows[i]);
	}
	fputs(tail, stdout);
	return finish();
}

int
usage_version(void)
{
	puts("abuf " ABUF_VERSION);
	puts("MIT licence; no warranty.");
	return finish();
}
