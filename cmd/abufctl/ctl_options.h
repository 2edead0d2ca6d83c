#ifndef ABUF_ABUFCTL_CTL_OPTIONS_H
#define ABUF_ABUFCTL_CTL_OPTIONS_H

/*
 * What the user of abufctl typed.  One table of options drives parsing, the
 * usage and the completions; the verbs that a running abuf is asked come from
 * control/verbs.h, which the server reads too, those of dead letters from
 * dead_command.h, those of journals from wal_command.h.
 *
 * Options may stand before and after the verb; "--" ends them, for the name
 * of a buffer that begins with "-", or for a command.
 *
 * Main thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dead_command.h"
#include "wal_command.h"

struct err;
struct verb;

/* How long to wait for the answer, in all. */
#define CTL_TIMEOUT_MS UINT64_C(5000)

/* A row of the table. */
struct ctl_option {
	const char *name;     /* without "--" */
	char letter;          /* without "-"; 0: none */
	const char *argument; /* as the usage shows it; NULL: takes none */
	const char *usage;    /* what it does, in a few words */
	const char *verbs;    /* that it is for, as "a|b"; NULL: all */
};

/* The verb whose own verbs are those of dead letters. */
#define CTL_DEAD_VERB "dead"
#define CTL_DEAD_USAGE "look after what could not be delivered"

/* And that whose own verbs are those of journals. */
#define CTL_WAL_VERB "wal"
#define CTL_WAL_USAGE "look at a journal, and repair it"

/* All options; a row without a name ends the table. */
extern const struct ctl_option ctl_options_table[];

enum ctl_action { CTL_ASK, CTL_DEAD, CTL_WAL, CTL_SHOW_HELP, CTL_SHOW_VERSION };

struct ctl_options {
	enum ctl_action action;

	/* For CTL_ASK. */
	const char *socket; /* argv's or the environment's */
	uint64_t timeout_ms;
	bool is_json;
	const struct verb *verb;
	char **arguments; /* argv's, what follows the verb */
	size_t argument_count;

	/* For CTL_DEAD. */
	struct dead_request dead;

	/* For CTL_WAL. */
	struct wal_request wal;
};

/*
 * Understand argv, whose strings must live as long as *options.  Strings may
 * change places in argv.  Returns 0, or ERR_USAGE.
 */
int ctl_options_parse(
    struct ctl_options *options, int argc, char **argv, struct err *e);

/* The help, examples first. */
void ctl_options_help(FILE *out);

#endif
