#ifndef ABUF_DELIVER_GROUP_H
#define ABUF_DELIVER_GROUP_H

/*
 * A command's process group: the command and what it started.  Only the
 * worker that spawned a group signals it, and only before it has reaped the
 * leader: until then the number cannot belong to anybody else.
 */

#include <stdbool.h>
#include <sys/types.h>

/* Send a signal to every member. */
void group_signal(pid_t group, int signal);

/*
 * Kill what is left of the group and wait until nothing lives.  Gives up
 * after 10 s (a process that the kernel cannot end): false.
 */
bool group_end(pid_t group);

#endif
