/*
 * Options of abufctl.  getopt_long(3) does the walking; its own messages are
 * replaced, as ours name the nearest option.
 */
#include "ctl_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/nearest.h"
#include "base/units.h"
#include "control/verbs.h"

/* A day: whoever waits longer does not wait for an answer. */
#define TIMEOUT_MAX_MS (UINT64_C(24) * 3600 * 1000)

const struct ctl_option ctl_options_table[] = {
    {"socket", 's', "SOCKET",
        "where abuf --control listens (default: $ABUF_CONTROL)", NULL},
    {"timeout", 0, "TIME", "wait for the answer at most this long (5s)", NULL},
    {"json", 0, NULL, "as one JSON object", "status"},
    {"help", 'h', NULL, "show this help", NULL},
    {"version", 'V', NULL, "show the version", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Rows of the table, and the code that getopt_long() returns for them. */
enum row { ROW_SOCKET, ROW_TIMEOUT, ROW_JSON, ROW_HELP, ROW_VERSION };
#define ROW_COUNT (sizeof(ctl_options_table) / sizeof(ctl_options_table[0]) - 1)
#define ROW_CODE 256

_Static_assert(ROW_COUNT == ROW_VERSION + 1, "one name for each row");

/* Room for ':' and, for each row, a letter and a ':'. */
struct getopt_tables {
	struct option longs[ROW_COUNT + 1];
	char letters[2 * ROW_COUNT + 2];
};

static void
fill_tables(struct getopt_tables *tables)
{
	char *letter = tables->letters + 1;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		const struct ctl_option *row = &ctl_options_table[i];

		tables->longs[i].name = row->name;
		tables->longs[i].has_arg =
		    row->argument != NULL ? required_argument : no_argument;
		tables->longs[i].val = ROW_CODE + (int)i;
		if (row->letter == 0)
			continue;
		*letter++ = row->letter;
		if (row->argument != NULL)
			*letter++ = ':';
	}
}

static int
unknown_option(const char *word, struct err *e)
{
	const char *names[ROW_COUNT];
	char name[65];
	const char *meant;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++)
		names[i] = ctl_options_table[i].name;
	/* --name=value is a slip in the name only. */
	snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	meant = nearest_find(name, names, ROW_COUNT);
	if (meant != NULL)
		return err_set(e, ERR_USAGE,
		    "unknown option \"--%s\", did you mean \"--%s\"?", name,
		    meant);
	return err_set(e, ERR_USAGE, "unknown option \"--%s\"", name);
}

/* What getopt_long() did not like: ':' an argument is missing, or '?'. */
static int
bad_option(int code, char **argv, struct err *e)
{
	const char *word = argv[optind - 1];

	if (code == ':')
		return err_set(
		    e, ERR_USAGE, "option \"%.64s\": a value is missing", word);
	/* A letter in optopt; a code of ours: --json=1; 0: an unknown name. */
	if (optopt >= ROW_CODE)
		return err_set(e, ERR_USAGE, "option \"--%s\": takes no value",
		    ctl_options_table[optopt - ROW_CODE].name);
	if (optopt != 0)
		return err_set(e, ERR_USAGE, "unknown option \"-%c\"", optopt);
	return unknown_option(word, e);
}

static int
row_of_code(int code)
{
	int i;

	for (i = 0; i < (int)ROW_COUNT; i++) {
		if (code == ROW_CODE + i || code == ctl_options_table[i].letter)
			return i;
	}
	BUG("an option without a row");
}

static int
take_option(struct ctl_options *options, enum row row, struct err *e)
{
	switch (row) {
	case ROW_SOCKET:
		options->socket = optarg;
		break;
	case ROW_TIMEOUT:
		if (units_parse_time(optarg, 1, TIMEOUT_MAX_MS,
		        &options->timeout_ms, e) != 0)
			return err_wrap(e, "--timeout");
		break;
	case ROW_JSON:
		options->is_json = true;
		break;
	case ROW_HELP:
		options->action = CTL_SHOW_HELP;
		break;
	case ROW_VERSION:
		options->action = CTL_SHOW_VERSION;
		break;
	}
	return 0;
}

static int
walk(struct ctl_options *options, int argc, char **argv, struct err *e)
{
	struct getopt_tables tables = {.letters = ":"};
	bool is_given[ROW_COUNT] = {false};
	int code, row;

	fill_tables(&tables);
	opterr = 0;
	while (options->action == CTL_ASK) {
		code =
		    getopt_long(argc, argv, tables.letters, tables.longs, NULL);
		if (code == -1)
			break;
		if (code == '?' || code == ':')
			return bad_option(code, argv, e);
		row = row_of_code(code);
		if (is_given[row])
			return err_set(e, ERR_USAGE, "--%s: given twice",
			    ctl_options_table[row].name);
		is_given[row] = true;
		if (take_option(options, (enum row)row, e) != 0)
			return e->code;
	}
	return 0;
}

/* What getopt_long() left: the verb and its arguments. */
static int
take_verb(struct ctl_options *options, int argc, char **argv, struct err *e)
{
	if (optind >= argc)
		return err_set(
		    e, ERR_USAGE, "a verb is missing: see abufctl --help");
	options->verb = verbs_find(argv[optind], e);
	if (options->verb == NULL)
		return e->code;
	options->arguments = argv + optind + 1;
	options->argument_count = (size_t)(argc - optind - 1);
	if (options->verb->option != NULL && options->argument_count > 0)
		return err_set(e, ERR_USAGE, "usage: abufctl %s %s",
		    options->verb->name, options->verb->args);
	if (options->is_json &&
	    strcmp(options->verb->name, ctl_options_table[ROW_JSON].verb) != 0)
		return err_set(e, ERR_USAGE, "--json: only for %s",
		    ctl_options_table[ROW_JSON].verb);
	return 0;
}

int
ctl_options_parse(
    struct ctl_options *options, int argc, char **argv, struct err *e)
{
	memset(options, 0, sizeof(*options));
	options->timeout_ms = CTL_TIMEOUT_MS;
	options->socket = getenv("ABUF_CONTROL");
	if (walk(options, argc, argv, e) != 0)
		return e->code;
	if (options->action != CTL_ASK)
		return 0;
	if (take_verb(options, argc, argv, e) != 0)
		return e->code;
	if (options->socket == NULL || *options->socket == '\0')
		return err_set(e, ERR_USAGE,
		    "no socket: use -s SOCKET or set ABUF_CONTROL");
	return 0;
}

static void
print_option(FILE *out, const struct ctl_option *row)
{
	char left[40];

	snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
	    row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
	    row->letter != 0 ? ", " : "  ", row->name,
	    row->argument != NULL ? " " : "",
	    row->argument != NULL ? row->argument : "");
	fprintf(out, "  %-22s  %s%s%s\n", left,
	    row->verb != NULL ? row->verb : "", row->verb != NULL ? ": " : "",
	    row->usage);
}

void
ctl_options_help(FILE *out)
{
	const struct ctl_option *row;
	const struct verb *verb;
	char left[40];

	fputs("Examples:\n"
	      "  abufctl -s abuf.sock flush            # all buffers\n"
	      "  abufctl -s abuf.sock flush logs jobs  # these two\n"
	      "  abufctl -s abuf.sock status --json | jq .totals\n"
	      "\nUsage: abufctl [-s SOCKET] [--timeout TIME] VERB ...\n"
	      "\nVerbs:\n",
	    out);
	for (verb = verbs_table; verb->name != NULL; verb++) {
		snprintf(left, sizeof(left), "%s %s", verb->name, verb->args);
		fprintf(out, "  %-22s  %s\n", left, verb->usage);
	}
	fputs("\nOptions:\n", out);
	for (row = ctl_options_table; row->name != NULL; row++)
		print_option(out, row);
	fputs("\nSee abufctl(1) for the protocol and the exit status.\n", out);
}
