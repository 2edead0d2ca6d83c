/*
 * Completions for fish: one line an option.
 */
#include "flags.h"

#include "control/verbs.h"

/* Write text inside single quotes. */
static void
put_quoted(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
}

static void
fish_put_flag(FILE *out, const char *program, const struct flag *flag)
{
	fprintf(out, "complete -c %s", program);
	if (flag->verb != NULL)
		fprintf(
		    out, " -n '__fish_seen_subcommand_from %s'", flag->verb);
	if (flag->letter != 0)
		fprintf(out, " -s %c", flag->letter);
	fprintf(out, " -l %s", flag->name);
	if (flag_wants_file(flag))
		fputs(" -r -F", out);
	else if (flag_wants_directory(flag))
		fputs(" -x -a '(__fish_complete_directories)'", out);
	else if (flag_wants_word(flag))
		fprintf(out, " -x -a '%s'", flag->complete);
	else if (flag->argument != NULL)
		fputs(" -x", out);
	fputs(" -d '", out);
	put_quoted(out, flag->help);
	fputs("'\n", out);
}

static void
fish_put_flags(FILE *out, const char *program, const struct flags *flags)
{
	size_t i;

	for (i = 0; i < flags->count; i++)
		fish_put_flag(out, program, &flags->rows[i]);
}

void
fish_abuf(FILE *out)
{
	const struct flags flags = flags_abuf();

	fprintf(out,
	    "# fish completion for abuf.\n%s\n"
	    "# Behind \"--\" stands a command, completed like any other.\n"
	    "function __abuf_has_command\n"
	    "\tcontains -- -- (commandline -opc)\n"
	    "end\n\n"
	    "function __abuf_complete_command\n"
	    "\tset -l words (commandline -opc)\n"
	    "\tset -l at (contains -i -- -- $words)\n"
	    "\tset -e words[1..$at]\n"
	    "\tset words (string escape -- $words) (commandline -ct)\n"
	    "\tcomplete -C \"$words\"\n"
	    "end\n\n"
	    "complete -c abuf -n __abuf_has_command "
	    "-f -a '(__abuf_complete_command)'\n",
	    flags_notice);
	fish_put_flags(out, "abuf", &flags);
}

void
fish_abufctl(FILE *out)
{
	const struct flags flags = flags_abufctl();
	const struct verb *verb;

	fprintf(out,
	    "# fish completion for abufctl.\n%s\n"
	    "complete -c abufctl -f\n",
	    flags_notice);
	for (verb = verbs_table; verb->name != NULL; verb++) {
		fprintf(out,
		    "complete -c abufctl -n __fish_use_subcommand -a %s -d '",
		    verb->name);
		put_quoted(out, verb->usage);
		fputs("'\n", out);
	}
	fish_put_flags(out, "abufctl", &flags);
}
