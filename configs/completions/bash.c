/*
 * Completions for bash: functions that need nothing but bash itself, and use
 * bash-completion's _command_offset for the command where it is loaded.
 */
#include "flags.h"

#include "control/verbs.h"
#include "ctl_options.h"

/* The words that are options, for compgen -W. */
static void
bash_put_names(FILE *out, const struct flags *flags)
{
	size_t i;

	for (i = 0; i < flags->count; i++) {
		const struct flag *flag = &flags->rows[i];

		fprintf(out, "%s", i % 4 == 0 ? "\n\t\t" : " ");
		if (flag->letter != 0)
			fprintf(out, "-%c ", flag->letter);
		fprintf(out, "--%s", flag->name);
	}
}

/* "-c | --config | --control", of the flags with an argument of one kind. */
static void
bash_put_pattern(FILE *out, const struct flags *flags,
    bool (*is_meant)(const struct flag *flag))
{
	const char *between = "";
	size_t i;

	for (i = 0; i < flags->count; i++) {
		const struct flag *flag = &flags->rows[i];

		if (!is_meant(flag))
			continue;
		fputs(between, out);
		if (flag->letter != 0)
			fprintf(out, "-%c | ", flag->letter);
		fprintf(out, "--%s", flag->name);
		between = " | ";
	}
}

/* The directories, or the words, that the argument of a flag may be. */
static void
bash_put_choices(FILE *out, const struct flag *flag)
{
	if (!flag_wants_directory(flag) && !flag_wants_word(flag))
		return;
	fprintf(out, "\t--%s)\n", flag->name);
	if (flag_wants_directory(flag))
		fputs("\t\tcompopt -o filenames 2>/dev/null\n"
		      "\t\tmapfile -t COMPREPLY < <(compgen -d -- "
		      "\"$cur\")\n",
		    out);
	else
		fprintf(out,
		    "\t\tmapfile -t COMPREPLY < <(compgen -W '%s' -- "
		    "\"$cur\")\n",
		    flag->complete);
	fputs("\t\treturn ;;\n", out);
}

/* Where the word at the cursor is the argument of an option. */
static void
bash_put_arguments(FILE *out, const struct flags *flags)
{
	size_t i;

	fputs("\t# --name=value comes as three words.\n"
	      "\tif [[ $cur == = ]]; then\n"
	      "\t\tcur=\n"
	      "\telif [[ $prev == = ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\tfi\n"
	      "\tcase $prev in\n\t",
	    out);
	bash_put_pattern(out, flags, flag_wants_file);
	fputs(")\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\t\treturn ;;\n",
	    out);
	for (i = 0; i < flags->count; i++)
		bash_put_choices(out, &flags->rows[i]);
	fputs("\t", out);
	bash_put_pattern(out, flags, flag_wants_unknown);
	fputs(")\n\t\treturn ;;\n\tesac\n", out);
}

static void
bash_put_head(FILE *out, const char *program)
{
	fprintf(out,
	    "# bash completion for %s.  -*- shell-script -*-\n%s\n"
	    "_%s() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	    "prev=${COMP_WORDS[COMP_CWORD - 1]} i\n"
	    "\tCOMPREPLY=()\n",
	    program, flags_notice, program);
}

static void
bash_put_command(FILE *out)
{
	fputs("\t# Behind \"--\" stands a command, completed like any other.\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\t[[ ${COMP_WORDS[i]} == -- ]] || continue\n"
	      "\t\tif declare -F _command_offset >/dev/null; then\n"
	      "\t\t\t_command_offset $((i + 1))\n"
	      "\t\telif ((COMP_CWORD == i + 1)); then\n"
	      "\t\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	      "\t\telse\n"
	      "\t\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\t\tfi\n"
	      "\t\treturn\n"
	      "\tdone\n",
	    out);
}

void
bash_abuf(FILE *out)
{
	const struct flags flags = flags_abuf();

	bash_put_head(out, "abuf");
	bash_put_command(out);
	bash_put_arguments(out, &flags);
	fputs("\tif [[ $cur == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	    out);
	bash_put_names(out, &flags);
	fputs(" --' -- \"$cur\")\n"
	      "\telse\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _abuf abuf\n",
	    out);
}

static void
bash_put_verbs(FILE *out, const char *between)
{
	const struct verb *verb;

	for (verb = verbs_table; verb->name != NULL; verb++)
		fprintf(out, "%s%s", verb == verbs_table ? "" : between,
		    verb->name);
}

static void
bash_put_dead_verbs(FILE *out, const char *between)
{
	const struct dead_verb *verb;

	for (verb = dead_verbs; verb->name != NULL; verb++)
		fprintf(
		    out, "%s%s", verb == dead_verbs ? "" : between, verb->name);
}

static void
bash_put_wal_verbs(FILE *out, const char *between)
{
	const struct wal_verb *verb;

	for (verb = wal_verbs; verb->name != NULL; verb++)
		fprintf(
		    out, "%s%s", verb == wal_verbs ? "" : between, verb->name);
}

/* Behind "wal" stand a verb of its own, and a directory. */
static void
bash_put_wal(FILE *out)
{
	fputs("\tif [[ -n $is_wal && -n $verb ]]; then\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tif [[ -n $is_wal ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	    out);
	bash_put_wal_verbs(out, " ");
	fputs("' -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\tfi\n",
	    out);
}

void
bash_abufctl(FILE *out)
{
	const struct flags flags = flags_abufctl();

	bash_put_head(out, "abufctl");
	fputs("\tlocal is_dead= is_wal= verb=\n", out);
	bash_put_command(out);
	bash_put_arguments(out, &flags);
	fputs("\tif [[ $cur == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	    out);
	bash_put_names(out, &flags);
	fputs("' -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\t# One verb; the names of buffers are not known here.\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n\t\t",
	    out);
	bash_put_verbs(out, " | ");
	fputs(") return ;;\n\t\t" CTL_DEAD_VERB ") is_dead=1 ;;\n\t\t", out);
	bash_put_dead_verbs(out, " | ");
	fputs(")\n"
	      "\t\t\t[[ -z $is_dead ]] || return ;;\n"
	      "\t\t" CTL_WAL_VERB ") is_wal=1 ;;\n\t\t",
	    out);
	bash_put_wal_verbs(out, " | ");
	fputs(") verb=1 ;;\n"
	      "\t\tesac\n"
	      "\tdone\n",
	    out);
	bash_put_wal(out);
	fputs("\tif [[ -n $is_dead ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	    out);
	bash_put_dead_verbs(out, " ");
	fputs("' -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W '",
	    out);
	bash_put_verbs(out, " ");
	fputs(" " CTL_DEAD_VERB " " CTL_WAL_VERB, out);
	fputs("' -- \"$cur\")\n"
	      "}\n"
	      "complete -F _abufctl abufctl\n",
	    out);
}
