#ifndef ABUF_INTAKE_CHECK_H
#define ABUF_INTAKE_CHECK_H

/*
 * Whether inputs can be read, as far as that can be told without opening them.
 */

struct err;
struct intake_settings;

/*
 * What is followed need not be there, nor need what is read with positions: it
 * is told when its turn comes, if what was read of it is not there under
 * another name.  No pattern needs to match.
 * ERR_NO_INPUT with "path: why" for one that is missing, a directory or not
 * readable.  ERR_CONFIG for a pipe that two groups would read side by side:
 * each would get pieces of the other's records.
 */
int check_inputs(const struct intake_settings *settings, struct err *e);

#endif
