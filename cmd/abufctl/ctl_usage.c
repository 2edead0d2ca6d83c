/*
 * abufctl --help.
 */
#include <stdio.h>

#include "control/verbs.h"
#include "ctl_options.h"

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
	    row->verbs != NULL ? row->verbs : "",
	    row->verbs != NULL ? ": " : "", row->usage);
}

void
ctl_options_help(FILE *out)
{
	const struct ctl_option *row;
	const struct dead_verb *dead;
	const struct wal_verb *wal;
	const struct verb *verb;
	char left[40];

	fputs("Examples:\n"
	      "  abufctl -s abuf.sock flush            # all buffers\n"
	      "  abufctl -s abuf.sock flush logs jobs  # these two\n"
	      "  abufctl -s abuf.sock status --json | jq .totals\n"
	      "  abufctl dead ls\n"
	      "  abufctl dead replay                   # all, oldest first\n"
	      "  abufctl dead replay ID -- ./load app.db\n"
	      "\nUsage: abufctl [-s SOCKET] [--timeout TIME] VERB ...\n"
	      "       abufctl dead VERB [--dir DIR] [ID ...] "
	      "[-- COMMAND [ARG ...]]\n"
	      "       abufctl wal VERB DIR\n"
	      "\nVerbs for a running abuf:\n",
	    out);
	for (verb = verbs_table; verb->name != NULL; verb++) {
		snprintf(left, sizeof(left), "%s %s", verb->name, verb->args);
		fprintf(out, "  %-22s  %s\n", left, verb->usage);
	}
	fputs("\nVerbs for what could not be delivered, set aside in files:\n",
	    out);
	for (dead = dead_verbs; dead->name != NULL; dead++) {
		snprintf(left, sizeof(left), CTL_DEAD_VERB " %s %s", dead->name,
		    dead->args);
		fprintf(out, "  %-22s  %s\n", left, dead->usage);
	}
	fputs("\nVerbs for a journal, the directory of --wal:\n", out);
	for (wal = wal_verbs; wal->name != NULL; wal++) {
		snprintf(left, sizeof(left), CTL_WAL_VERB " %s %s", wal->name,
		    wal->args);
		fprintf(out, "  %-22s  %s\n", left, wal->usage);
	}
	fputs("\nOptions:\n", out);
	for (row = ctl_options_table; row->name != NULL; row++)
		print_option(out, row);
	fputs("\nSee abufctl(1) for the protocol and the exit status.\n", out);
}
