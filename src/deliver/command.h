#ifndef ABUF_DELIVER_COMMAND_H
#define ABUF_DELIVER_COMMAND_H

/*
 * A command, looked up once, before any input is read.
 *
 * argv is run as it is, without a shell.  With is_shell, argv[0] is a
 * script, run by "bash -o pipefail -c" where there is a bash, else "sh -c";
 * the other words are its $1, $2, ...  Nothing of a record ever enters here.
 */

#include <stdbool.h>

struct err;

struct command {
	char *path;         /* what to execute */
	char **argv;        /* its words, argv[0] as the user wrote it */
	char **interpreted; /* the same by /bin/sh: for a script without #! */
};

/*
 * Look up words (argv, or a script and its arguments if is_shell) as execvp(3)
 * would: ERR_NOT_FOUND (127) or ERR_NOT_EXECUTABLE (126) with "name: why".
 */
int command_resolve(
    struct command *command, char *const *words, bool is_shell, struct err *e);

/* A no-op on a zeroed command. */
void command_release(struct command *command);

#endif
