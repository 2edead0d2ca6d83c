#ifndef ABUF_ABUFCTL_DEAD_COMMAND_H
#define ABUF_ABUFCTL_DEAD_COMMAND_H

/*
 * "abufctl dead": what could not be delivered, and what to do about it.  The
 * entries are files (deliver/dead_letter.h); no running abuf is asked.
 *
 * Main thread only.
 */

#include <stdbool.h>
#include <stddef.h>

struct dead_work;
struct err;

struct dead_verb {
	const char *name;
	const char *args;  /* as the usage shows them */
	const char *usage; /* what it does, in a few words */
	void (*run)(struct dead_work *work);
};

/* All of them; a row without a name ends the table. */
extern const struct dead_verb dead_verbs[];

/* What was typed. */
struct dead_request {
	const struct dead_verb *verb;
	const char *dir; /* NULL: the default one */
	char **ids;      /* none: all entries */
	size_t id_count;
	char **command; /* behind "--", ends with NULL; NULL: there was none */
	bool is_json;
	bool is_all;
};

/* Whether it makes sense.  ERR_USAGE. */
int dead_command_check(const struct dead_request *request, struct err *e);

/* Do it and return the exit status. */
int dead_command_run(const struct dead_request *request);

#endif
