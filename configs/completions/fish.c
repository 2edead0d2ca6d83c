/*
 * Completions for fish: one line an option.
 */
#include "flags.h"

#include "control/verbs.h"
#include "ctl_options.h"

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
	const char *verb;

	fprintf(out, "complete -c %s", program);
	if (flag->verbs != NULL) {
		fputs(" -n '__fish_seen_subcommand_from ", out);
		for (verb = flag->verbs; *verb != '\0'; verb++)
			putc(*verb == '|' ? ' ' : *verb, out);
		putc('\'', out);
	}
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

static void
fish_put_head(FILE *out, const char *program)
{
	fprintf(out, "# fish completion for %s.\n%s\n", program, flags_notice);
}

/* What stands behind "--". */
static void
fish_put_command(FILE *out, const char *program)
{
	fprintf(out,
	    "# Behind \"--\" stands a command, completed like any other.\n"
	    "function __%s_has_command\n"
	    "\tcontains -- -- (commandline -opc)\n"
	    "end\n\n"
	    "function __%s_complete_command\n"
	    "\tset -l words (commandline -opc)\n"
	    "\tset -l at (contains -i -- -- $words)\n"
	    "\tset -e words[1..$at]\n"
	    "\tset words (string escape -- $words) (commandline -ct)\n"
	    "\tcomplete -C \"$words\"\n"
	    "end\n\n"
	    "complete -c %s -n __%s_has_command "
	    "-f -a '(__%s_complete_command)'\n",
	    program, program, program, program, program);
}

void
fish_abuf(FILE *out)
{
	const struct flags flags = flags_abuf();

	fish_put_head(out, "abuf");
	fish_put_command(out, "abuf");
	fish_put_flags(out, "abuf", &flags);
}

/* A verb that may stand where `place` says so. */
static void
fish_put_verb(FILE *out, const char *place, const char *name, const char *usage)
{
	fprintf(out, "complete -c abufctl -n %s -a %s -d '", place, name);
	put_quoted(out, usage);
	fputs("'\n", out);
}

/* Behind "wal" stand a verb of its own, and a directory. */
static void
fish_put_wal(FILE *out)
{
	const struct wal_verb *verb;

	fputs("function __abufctl_has_wal_verb\n"
	      "\t__fish_seen_subcommand_from " CTL_WAL_VERB "; and "
	      "__fish_seen_subcommand_from",
	    out);
	for (verb = wal_verbs; verb->name != NULL; verb++)
		fprintf(out, " %s", verb->name);
	fputs("\nend\n"
	      "function __abufctl_wants_wal_verb\n"
	      "\t__fish_seen_subcommand_from " CTL_WAL_VERB "; and not "
	      "__abufctl_has_wal_verb\n"
	      "end\n",
	    out);
	for (verb = wal_verbs; verb->name != NULL; verb++)
		fish_put_verb(
		    out, "__abufctl_wants_wal_verb", verb->name, verb->usage);
	fputs("complete -c abufctl -n __abufctl_has_wal_verb "
	      "-a '(__fish_complete_directories)'\n",
	    out);
}

void
fish_abufctl(FILE *out)
{
	const struct flags flags = flags_abufctl();
	const struct dead_verb *dead;
	const struct verb *verb;
	static const char first[] = "__fish_use_subcommand";

	fish_put_head(out, "abufctl");
	fish_put_command(out, "abufctl");
	fputs("complete -c abufctl -f\n", out);
	for (verb = verbs_table; verb->name != NULL; verb++)
		fish_put_verb(out, first, verb->name, verb->usage);
	fish_put_verb(out, first, CTL_DEAD_VERB, CTL_DEAD_USAGE);
	fish_put_verb(out, first, CTL_WAL_VERB, CTL_WAL_USAGE);
	fputs("function __abufctl_wants_dead_verb\n"
	      "\t__fish_seen_subcommand_from " CTL_DEAD_VERB "; and not "
	      "__fish_seen_subcommand_from",
	    out);
	for (dead = dead_verbs; dead->name != NULL; dead++)
		fprintf(out, " %s", dead->name);
	fputs("\nend\n", out);
	for (dead = dead_verbs; dead->name != NULL; dead++)
		fish_put_verb(
		    out, "__abufctl_wants_dead_verb", dead->name, dead->usage);
	fish_put_wal(out);
	fish_put_flags(out, "abufctl", &flags);
}
