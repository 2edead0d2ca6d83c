#ifndef ABUF_BASE_PROC_STAT_H
#define ABUF_BASE_PROC_STAT_H

/*
 * What /proc/PID/stat tells of a process (see proc(5)).  Pure; any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct proc_stat {
	char state;  /* 'R', 'S', 'Z', ... */
	pid_t group; /* its process group */
};

/* False if size bytes of text are no such line. */
bool proc_stat_parse(struct proc_stat *stat, const char *text, size_t size);

/* It has ended, and at most waits for its parent to notice. */
bool proc_stat_is_dead(const struct proc_stat *stat);

#endif
