/*
 * Parsing: getopt_long(3) fed from the table, with messages of our own.
 */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/nearest.h"

const struct option_row option_rows[OPTION_COUNT] = {
#define OPTION_ROW(id, letter, name, argument, complete, help) \
	{letter, name, argument, complete, help},
    OPTION_LIST(OPTION_ROW)
#undef OPTION_ROW
};

/* getopt's code of a row without a letter lies above all characters. */
#define CODE_BASE 256

static void
make_long_options(struct option longs[OPTION_COUNT + 1])
{
	size_t i;

	memset(longs, 0, (OPTION_COUNT + 1) * sizeof(*longs));
	for (i = 0; i < OPTION_COUNT; i++) {
		longs[i].name = option_rows[i].name;
		longs[i].has_arg = option_rows[i].argument != NULL
		    ? required_argument
		    : no_argument;
		longs[i].val = CODE_BASE + (int)i;
	}
}

static void
make_letters(char letters[2 * OPTION_COUNT + 2])
{
	size_t i, used = 0;

	letters[used++] = ':'; /* tell a missing argument apart */
	for (i = 0; i < OPTION_COUNT; i++) {
		if (option_rows[i].letter == 0)
			continue;
		letters[used++] = option_rows[i].letter;
		if (option_rows[i].argument != NULL)
			letters[used++] = ':';
	}
	letters[used] = '\0';
}

/* The row for getopt's code, or OPTION_COUNT. */
static size_t
find_row(int code)
{
	size_t i;

	if (code >= CODE_BASE)
		return (size_t)(code - CODE_BASE);
	for (i = 0; i < OPTION_COUNT; i++) {
		if (option_rows[i].letter != 0 && option_rows[i].letter == code)
			return i;
	}
	return OPTION_COUNT;
}

static int
refuse_long(const char *word, struct err *e)
{
	const char *names[OPTION_COUNT];
	const char *near;
	char name[64];
	size_t i, length = strcspn(word + 2, "=");

	for (i = 0; i < OPTION_COUNT; i++)
		names[i] = option_rows[i].name;
	if (length >= sizeof(name))
		return err_set(e, ERR_USAGE, "unknown option %.40s...", word);
	memcpy(name, word + 2, length);
	name[length] = '\0';
	near = nearest_find(name, names, OPTION_COUNT);
	for (i = 0; near == NULL && i < OPTION_COUNT; i++) {
		if (length > 0 && strncmp(names[i], name, length) == 0)
			near = names[i];
	}
	if (near != NULL)
		return err_set(e, ERR_USAGE,
		    "unknown option --%s: did you mean --%s?", name, near);
	return err_set(
	    e, ERR_USAGE, "unknown option --%s: see abuf --help", name);
}

/* getopt said '?': which word, and what about it. */
static int
refuse(char **argv, struct err *e)
{
	const char *word = argv[optind - 1];

	if (optopt >= CODE_BASE)
		return err_set(e, ERR_USAGE, "--%s: takes no argument",
		    option_rows[optopt - CODE_BASE].name);
	if (optopt != 0)
		return err_set(e, ERR_USAGE,
		    "unknown option -%c: see abuf --help", optopt);
	return refuse_long(word, e);
}

static int
refuse_missing(struct err *e)
{
	size_t row = find_row(optopt);

	return err_set(e, ERR_USAGE, "--%s: needs an argument: %s",
	    option_rows[row].name, option_rows[row].argument);
}

/* The word that getopt has just taken, its argument apart or not. */
static const char *
word_of(char **argv)
{
	bool is_apart = optarg != NULL && optarg == argv[optind - 1];

	return argv[optind - (is_apart ? 2 : 1)];
}

/*
 * getopt_long(3) takes any unique beginning for the name.  A script that
 * relies on one breaks when an option is added, so we do not.
 */
static bool
is_abbreviated(const char *word, size_t row)
{
	size_t length = strlen(option_rows[row].name);

	return strncmp(word + 2, option_rows[row].name, length) != 0 ||
	    (word[2 + length] != '\0' && word[2 + length] != '=');
}

static int
take(struct options *options, size_t row, struct err *e)
{
	if (options->values[row] != NULL)
		return err_set(
		    e, ERR_USAGE, "--%s: given twice", option_rows[row].name);
	options->values[row] = optarg != NULL ? optarg : "";
	return 0;
}

static int
parse_left(struct options *options, int argc, char **argv, struct err *e)
{
	struct option longs[OPTION_COUNT + 1];
	char letters[2 * OPTION_COUNT + 2];
	int code, failed = 0;

	make_long_options(longs);
	make_letters(letters);
	opterr = 0;
	while (failed == 0 &&
	    (code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (code == '?')
			failed = refuse(argv, e);
		else if (code == ':')
			failed = refuse_missing(e);
		else if (code >= CODE_BASE &&
		    is_abbreviated(word_of(argv), find_row(code)))
			failed = refuse_long(word_of(argv), e);
		else
			failed = take(options, find_row(code), e);
	}
	return failed;
}

int
options_parse(struct options *options, int argc, char **argv, struct err *e)
{
	int left = 1, i;

	memset(options, 0, sizeof(*options));
	while (left < argc && strcmp(argv[left], "--") != 0)
		left++;
	if (left + 1 < argc)
		options->command = argv + left + 1;
	if (left < argc)
		argv[left] = NULL;
	if (parse_left(options, left, argv, e) != 0)
		return e->code;
	options->paths =
	    memory_zeroed((size_t)(left - optind) + 1, sizeof(char *));
	for (i = optind; i < left; i++)
		options->paths[options->path_count++] = argv[i];
	return 0;
}

void
options_release(struct options *options)
{
	free(options->paths);
	memset(options, 0, sizeof(*options));
}
