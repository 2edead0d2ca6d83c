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
    {"json", 0, NULL, "as JSON, one object on a line", "status|ls|dump|stat"},
    {"dir", 0, "DIR", "where dead letters are (see abufctl(1))", "dead"},
    {"all", 0, NULL, "all dead letters", "drop"},
    {"apply", 0, NULL, "do it; else only say what", "repair"},
    {"help", 'h', NULL, "show this help", NULL},
    {"version", 'V', NULL, "show the version", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Rows of the table, and the code that getopt_long() returns for them. */
enum row {
	ROW_SOCKET,
	ROW_TIMEOUT,
	ROW_JSON,
	ROW_DIR,
	ROW_ALL,
	ROW_APPLY,
	ROW_HELP,
	ROW_VERSION
};
#define ROW_COUNT (sizeof(ctl_options_table) / sizeof(ctl_options_table[0]) - 1)
#define ROW_CODE 256

/* More verbs than this are not suggested. */
#define CTL_VERBS_MAX 16
#define DEAD_VERBS_MAX 16
#define WAL_VERBS_MAX 16

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

/* "unknown WHAT "PREFIXword"", and the nearest of names. */
static int
refuse_unknown(struct err *e, const char *what, const char *word,
    const char *const *names, size_t count)
{
	const char *prefix = strcmp(what, "option") == 0 ? "--" : "";
	const char *meant = nearest_find(word, names, count);

	if (meant != NULL)
		return err_set(e, ERR_USAGE,
		    "unknown %s \"%s%.64s\", did you mean \"%s%s\"?", what,
		    prefix, word, prefix, meant);
	return err_set(e, ERR_USAGE,
	    "unknown %s \"%s%.64s\": see abufctl --help", what, prefix, word);
}

static int
unknown_option(const char *word, struct err *e)
{
	const char *names[ROW_COUNT];
	char name[65];
	size_t i;

	for (i = 0; i < ROW_COUNT; i++)
		names[i] = ctl_options_table[i].name;
	/* --name=value is a slip in the name only. */
	snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	return refuse_unknown(e, "option", name, names, ROW_COUNT);
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
		options->dead.is_json = true;
		options->wal.is_json = true;
		break;
	case ROW_DIR:
		options->dead.dir = optarg;
		break;
	case ROW_ALL:
		options->dead.is_all = true;
		break;
	case ROW_APPLY:
		options->wal.is_apply = true;
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

/* Where "--" stands, or argc. */
static int
find_end(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
	}
	return i;
}

static int
walk(struct ctl_options *options, int argc, char **argv,
    bool is_given[ROW_COUNT], struct err *e)
{
	struct getopt_tables tables = {.letters = ":"};
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

/* Is the verb one of "a|b"? */
static bool
is_among(const char *verbs, const char *verb)
{
	size_t size = strlen(verb);

	while (strncmp(verbs, verb, size) != 0 ||
	    (verbs[size] != '|' && verbs[size] != '\0')) {
		verbs += strcspn(verbs, "|");
		if (*verbs++ == '\0')
			return false;
	}
	return true;
}

/* Options are for some verbs only; other is NULL or one more name. */
static int
check_given(const bool is_given[ROW_COUNT], const char *verb, const char *other,
    struct err *e)
{
	const struct ctl_option *row;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		row = &ctl_options_table[i];
		if (!is_given[i] || row->verbs == NULL ||
		    is_among(row->verbs, verb) ||
		    (other != NULL && is_among(row->verbs, other)))
			continue;
		return err_set(
		    e, ERR_USAGE, "--%s: only for %s", row->name, row->verbs);
	}
	return 0;
}

/* The verb for a running abuf; as an error it is the nearest of all verbs. */
static int
find_verb(struct ctl_options *options, const char *name, struct err *e)
{
	const char *names[CTL_VERBS_MAX];
	const struct verb *verb;
	size_t count = 0;

	for (verb = verbs_table; verb->name != NULL; verb++) {
		if (strcmp(verb->name, name) == 0) {
			options->verb = verb;
			return 0;
		}
		if (count < CTL_VERBS_MAX - 2)
			names[count++] = verb->name;
	}
	names[count++] = CTL_DEAD_VERB;
	names[count++] = CTL_WAL_VERB;
	return refuse_unknown(e, "verb", name, names, count);
}

/* words: the verb and its arguments, without any "--". */
static int
take_verb(struct ctl_options *options, char **words, size_t count,
    const bool is_given[ROW_COUNT], struct err *e)
{
	if (count == 0)
		return err_set(
		    e, ERR_USAGE, "a verb is missing: see abufctl --help");
	if (find_verb(options, words[0], e) != 0)
		return e->code;
	options->arguments = words + 1;
	options->argument_count = count - 1;
	if (options->verb->option != NULL && options->argument_count > 0)
		return err_set(e, ERR_USAGE, "usage: abufctl %s %s",
		    options->verb->name, options->verb->args);
	if (check_given(is_given, options->verb->name, NULL, e) != 0)
		return e->code;
	if (options->socket == NULL || *options->socket == '\0')
		return err_set(e, ERR_USAGE,
		    "no socket: use -s SOCKET or set ABUF_CONTROL");
	return 0;
}

/* words: what follows "dead", up to "--"; command: what follows that. */
static int
take_dead(struct ctl_options *options, char **words, size_t count,
    char **command, const bool is_given[ROW_COUNT], struct err *e)
{
	struct dead_request *request = &options->dead;
	const char *names[DEAD_VERBS_MAX];
	const struct dead_verb *verb;
	size_t name_count = 0;

	options->action = CTL_DEAD;
	if (count == 0)
		return err_set(e, ERR_USAGE,
		    "dead: a verb is missing: see abufctl --help");
	for (verb = dead_verbs; verb->name != NULL; verb++) {
		if (strcmp(verb->name, words[0]) == 0)
			request->verb = verb;
		if (name_count < DEAD_VERBS_MAX)
			names[name_count++] = verb->name;
	}
	if (request->verb == NULL)
		return refuse_unknown(
		    e, "verb of dead", words[0], names, name_count);
	request->ids = words + 1;
	request->id_count = count - 1;
	request->command = command;
	if (check_given(is_given, CTL_DEAD_VERB, request->verb->name, e) != 0)
		return e->code;
	return dead_command_check(request, e);
}

/* words: what follows "wal", without any "--". */
static int
take_wal(struct ctl_options *options, char **words, size_t count,
    const bool is_given[ROW_COUNT], struct err *e)
{
	struct wal_request *request = &options->wal;
	const char *names[WAL_VERBS_MAX];
	const struct wal_verb *verb;
	size_t name_count = 0;

	options->action = CTL_WAL;
	if (count == 0)
		return err_set(
		    e, ERR_USAGE, "wal: a verb is missing: see abufctl --help");
	for (verb = wal_verbs; verb->name != NULL; verb++) {
		if (strcmp(verb->name, words[0]) == 0)
			request->verb = verb;
		if (name_count < WAL_VERBS_MAX)
			names[name_count++] = verb->name;
	}
	if (request->verb == NULL)
		return refuse_unknown(
		    e, "verb of wal", words[0], names, name_count);
	if (count != 2)
		return err_set(e, ERR_USAGE, "usage: abufctl wal %s %s",
		    request->verb->name, request->verb->args);
	request->path = words[1];
	return check_given(is_given, request->verb->name, NULL, e);
}

int
ctl_options_parse(
    struct ctl_options *options, int argc, char **argv, struct err *e)
{
	bool is_given[ROW_COUNT] = {false};
	int end = find_end(argc, argv);
	char **words;
	size_t count;

	memset(options, 0, sizeof(*options));
	options->timeout_ms = CTL_TIMEOUT_MS;
	options->socket = getenv("ABUF_CONTROL");
	if (walk(options, end, argv, is_given, e) != 0)
		return e->code;
	if (options->action != CTL_ASK)
		return 0;
	words = argv + optind;
	count = (size_t)(end - optind);
	if (count > 0 && strcmp(words[0], CTL_DEAD_VERB) == 0)
		return take_dead(options, words + 1, count - 1,
		    end < argc ? argv + end + 1 : NULL, is_given, e);
	/* What stands behind "--" is more of the same. */
	if (end < argc) {
		memmove(argv + end, argv + end + 1,
		    (size_t)(argc - end) * sizeof(*argv));
		count = (size_t)(argc - 1 - optind);
	}
	if (count > 0 && strcmp(words[0], CTL_WAL_VERB) == 0)
		return take_wal(options, words + 1, count - 1, is_given, e);
	return take_verb(options, words, count, is_given, e);
}
