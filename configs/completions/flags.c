/*
 * One form for the options of both programs.
 */
#include "flags.h"

#include <string.h>

#include "ctl_options.h"
#include "options.h"

_Static_assert(OPTION_COUNT <= FLAGS_MAX, "room for all options");

const char flags_notice[] = "# Made by \"make completions\": do not edit.\n";

struct flags
flags_abuf(void)
{
	struct flags flags = {.count = OPTION_COUNT};
	size_t i;

	for (i = 0; i < flags.count; i++)
		flags.rows[i] = (struct flag){option_rows[i].letter,
		    option_rows[i].name, option_rows[i].argument,
		    option_rows[i].complete, option_rows[i].help, NULL};
	return flags;
}

struct flags
flags_abufctl(void)
{
	struct flags flags = {.count = 0};
	const struct ctl_option *row;

	for (row = ctl_options_table; row->name != NULL; row++) {
		const char *complete = "";

		if (row->argument != NULL &&
		    strcmp(row->argument, "SOCKET") == 0)
			complete = "file";
		else if (row->argument != NULL &&
		    strcmp(row->argument, "DIR") == 0)
			complete = "directory";
		flags.rows[flags.count++] = (struct flag){row->letter,
		    row->name, row->argument, complete, row->usage, row->verbs};
	}
	return flags;
}

bool
flag_wants_file(const struct flag *flag)
{
	return flag->argument != NULL && strcmp(flag->complete, "file") == 0;
}

bool
flag_wants_directory(const struct flag *flag)
{
	return flag->argument != NULL &&
	    strcmp(flag->complete, "directory") == 0;
}

bool
flag_wants_unknown(const struct flag *flag)
{
	return flag->argument != NULL && flag->complete[0] == '\0';
}

bool
flag_wants_word(const struct flag *flag)
{
	return flag->argument != NULL && !flag_wants_file(flag) &&
	    !flag_wants_directory(flag) && !flag_wants_unknown(flag);
}
