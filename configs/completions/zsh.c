/*
 * Completions for zsh: _arguments does the work, except behind "--".
 */
#include "flags.h"

#include <string.h>

#include "control/verbs.h"
#include "ctl_options.h"

/* Write text inside single quotes, where _arguments reads on. */
static void
put_quoted(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (strchr("\\[]:", *text) != NULL)
			putc('\\', out);
		putc(*text, out);
	}
}

/* "'(-n --size)'{-n,--size=}'[close ...]:N: '" for _arguments. */
static void
zsh_put_flag(FILE *out, const struct flag *flag)
{
	const char *equals = flag->argument != NULL ? "=" : "";

	fputs("\t\t", out);
	if (flag->letter != 0)
		fprintf(out, "'(-%c --%s)'{-%c,--%s%s}'", flag->letter,
		    flag->name, flag->letter, flag->name, equals);
	else
		fprintf(out, "'--%s%s", flag->name, equals);
	putc('[', out);
	put_quoted(out, flag->help);
	putc(']', out);
	if (flag->argument != NULL) {
		fprintf(out, ":%s:", flag->argument);
		if (flag_wants_file(flag))
			fputs("_files", out);
		else if (flag_wants_directory(flag))
			fputs("_files -/", out);
		else if (flag_wants_word(flag))
			fprintf(out, "(%s)", flag->complete);
		else
			putc(' ', out);
	}
	fputs("' \\\n", out);
}

static void
zsh_put_flags(FILE *out, const struct flags *flags)
{
	size_t i;

	fputs("\t_arguments -s : \\\n", out);
	for (i = 0; i < flags->count; i++)
		zsh_put_flag(out, &flags->rows[i]);
}

static void
zsh_put_verb(FILE *out, const char *name, const char *usage)
{
	fprintf(out, "\t\t'%s:", name);
	put_quoted(out, usage);
	fputs("'\n", out);
}

/* What stands behind "--". */
static void
zsh_put_command(FILE *out)
{
	fputs("\t# Behind \"--\" stands a command, completed like any other.\n"
	      "\tinteger at=${words[(i)--]}\n"
	      "\tif ((at < CURRENT)); then\n"
	      "\t\tshift $at words\n"
	      "\t\t((CURRENT -= at))\n"
	      "\t\t_normal\n"
	      "\t\treturn\n"
	      "\tfi\n",
	    out);
}

void
zsh_abuf(FILE *out)
{
	const struct flags flags = flags_abuf();

	fprintf(out,
	    "#compdef abuf\n%s\n"
	    "_abuf() {\n",
	    flags_notice);
	zsh_put_command(out);
	zsh_put_flags(out, &flags);
	fputs("\t\t'*:FILE:_files'\n"
	      "}\n\n"
	      "_abuf \"$@\"\n",
	    out);
}

void
zsh_abufctl(FILE *out)
{
	const struct flags flags = flags_abufctl();
	const struct dead_verb *dead;
	const struct wal_verb *wal;
	const struct verb *verb;

	fprintf(out,
	    "#compdef abufctl\n%s\n"
	    "_abufctl() {\n"
	    "\tlocal -a verbs=(\n",
	    flags_notice);
	for (verb = verbs_table; verb->name != NULL; verb++)
		zsh_put_verb(out, verb->name, verb->usage);
	zsh_put_verb(out, CTL_DEAD_VERB, CTL_DEAD_USAGE);
	zsh_put_verb(out, CTL_WAL_VERB, CTL_WAL_USAGE);
	fputs("\t)\n\tlocal -a dead_verbs=(\n", out);
	for (dead = dead_verbs; dead->name != NULL; dead++)
		zsh_put_verb(out, dead->name, dead->usage);
	fputs("\t)\n\tlocal -a wal_verbs=(\n", out);
	for (wal = wal_verbs; wal->name != NULL; wal++)
		zsh_put_verb(out, wal->name, wal->usage);
	fputs("\t)\n", out);
	zsh_put_command(out);
	zsh_put_flags(out, &flags);
	fputs("\t\t'1:verb:{_describe verb verbs}' \\\n"
	      "\t\t'2: :{ if ((words[(I)" CTL_DEAD_VERB "])); "
	      "then _describe verb dead_verbs; "
	      "elif ((words[(I)" CTL_WAL_VERB "])); "
	      "then _describe verb wal_verbs; fi }' \\\n"
	      "\t\t'*: :{ if ((words[(I)" CTL_WAL_VERB "])); "
	      "then _files -/; else _message name; fi }'\n"
	      "}\n\n"
	      "_abufctl \"$@\"\n",
	    out);
}
