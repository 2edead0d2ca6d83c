#ifndef ABUF_DELIVER_COMMAND_H
#define ABUF_DELIVER_COMMAND_H

/*
 * A command, looked up once, before any input is read.
 *
 * argv is run as it is, without a shell.  With `shell` set, argv[0] is a
 * script, run by "bash -o pipefail -c" where there is a bash, else "sh -c";
 * the other words are its $1, $2, ...  Nothing of a record ever enters here.
 */

struct config_batch_do;
struct err;

struct command {
	char *path;         /* what to execute */
	char **argv;        /* its words, argv[0] as the user wrote it */
	char **interpreted; /* the same by /bin/sh: for a script without #! */
};

/*
 * Look up config's command as execvp(3) would: ERR_NOT_FOUND (127) or
 * ERR_NOT_EXECUTABLE (126) with "name: why".  config has a command.
 */
int command_resolve(struct command *command,
    const struct config_batch_do *config, struct err *e);

/* A no-op on a zeroed command. */
void command_release(struct command *command);

#endif
